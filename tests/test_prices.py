import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.matching.pool import draw
from matcher.matching.prices import PriceLearner, priced_score

pytestmark = pytest.mark.numerical

shapes = st.tuples(st.integers(1, 6), st.integers(1, 5))
mutuals = arrays(np.float64, shapes, elements=st.floats(0, 1) | st.just(np.nan))
known_mutuals = arrays(np.float64, shapes, elements=st.floats(0, 1))
strengths = st.floats(0, 1)


def suitor_price(mutual, neighbours, size=None):
    learner = PriceLearner(neighbours, mutual.shape[1])
    for start in range(0, len(mutual), size or max(len(mutual), 1)):
        learner.add(mutual[start : start + (size or len(mutual))])
        assert len(learner._strongest) <= neighbours
    return learner.prices()


def test_price_worked_table():
    # Two strongest suitors: (0.9 + 0.5) / 2; only one eligible: 0.4; none: 0.
    mutual = np.array([[0.9, np.nan, np.nan], [0.1, 0.4, np.nan], [0.5, np.nan, np.nan]])
    np.testing.assert_allclose(suitor_price(mutual, 2), [0.7, 0.4, 0.0])


def test_price_zero_suitor_is_not_an_absent_one():
    # An eligible suitor that gains nothing counts: (0.8 + 0) / 2.
    assert suitor_price(np.array([[0.8], [0.0]]), 2)[0] == pytest.approx(0.4)


def test_price_without_suitors_is_zero():
    assert suitor_price(np.empty((0, 3)), 5).tolist() == [0.0, 0.0, 0.0]


@given(mutuals, st.integers(1, 8))
def test_price_any_pool_equals_sorted_means(mutual, neighbours):
    for column, price in zip(mutual.T, suitor_price(mutual, neighbours), strict=True):
        best = sorted(column[~np.isnan(column)], reverse=True)[:neighbours]
        assert price == pytest.approx(sum(best) / len(best) if best else 0.0, abs=1e-12)


@given(mutuals, st.integers(1, 8), st.data())
def test_price_order_of_suitors_changes_nothing(mutual, neighbours, data):
    order = data.draw(st.permutations(range(len(mutual))))
    turned = suitor_price(mutual[order], neighbours)
    np.testing.assert_allclose(turned, suitor_price(mutual, neighbours), atol=1e-12)


@given(mutuals, st.integers(1, 8), st.data())
def test_price_raised_mutual_never_lowers(mutual, neighbours, data):
    raised = mutual.copy()
    place = data.draw(st.tuples(st.integers(0, len(mutual) - 1), st.integers(0, mutual.shape[1] - 1)))
    raised[place] = np.maximum(mutual[place], data.draw(st.floats(0, 1)))
    assert (suitor_price(raised, neighbours) >= suitor_price(mutual, neighbours) - 1e-12).all()


@given(mutuals, st.integers(1, 8))
def test_price_any_pool_stays_in_range_and_leaves_its_input_alone(mutual, neighbours):
    before = mutual.copy()
    prices = suitor_price(mutual, neighbours)
    assert ((prices >= 0) & (prices <= 1)).all()
    np.testing.assert_array_equal(mutual, before)


def test_priced_score_worked_table():
    # Prices .2 and .6: the dearer lies .4 above, half of it at full strength is .2, at half strength .1.
    mutual, prices = np.array([[0.5, 0.5]]), np.array([0.2, 0.6])
    np.testing.assert_allclose(priced_score(mutual, prices, 1.0), [[0.5, 0.3]])
    np.testing.assert_allclose(priced_score(mutual, prices, 0.5), [[0.5, 0.4]])


def priced_case(data, mutual):
    return data.draw(arrays(np.float64, mutual.shape[1], elements=st.floats(0, 1)))


@given(known_mutuals, st.data(), strengths)
def test_priced_score_never_exceeds_mutual_nor_falls_below_zero(mutual, data, strength):
    scores = priced_score(mutual, priced_case(data, mutual), strength)
    assert ((scores >= 0) & (scores <= mutual)).all()


@given(known_mutuals, st.data())
def test_priced_score_strength_zero_changes_nothing(mutual, data):
    np.testing.assert_array_equal(priced_score(mutual, priced_case(data, mutual), 0.0), mutual)


@given(known_mutuals, st.floats(0, 1), strengths)
def test_priced_score_equal_prices_change_nothing(mutual, price, strength):
    scores = priced_score(mutual, np.full(mutual.shape[1], price), strength)
    np.testing.assert_array_equal(scores, mutual)


@given(known_mutuals, st.data(), strengths, strengths)
def test_priced_score_greater_strength_never_raises(mutual, data, one, other):
    prices = priced_case(data, mutual)
    low, high = sorted([one, other])
    assert (priced_score(mutual, prices, high) <= priced_score(mutual, prices, low) + 1e-12).all()


@given(known_mutuals, st.data())
def test_priced_score_full_strength_ranks_as_csls(mutual, data):
    # 2 m - r_seeker - r_candidate, wherever the floor of 0 does not cut.
    prices = priced_case(data, mutual)
    scores = priced_score(mutual, prices, 1.0)[0]
    csls = 2 * mutual[0] - prices
    for one in range(len(csls)):
        for other in range(len(csls)):
            if csls[one] > csls[other] + 1e-9:
                assert scores[one] >= scores[other] - 1e-12


ids = st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=40, unique=True)


def drawn(names, n, seed=0):
    return [names[place] for place in draw(np.array(names, dtype=object), seed)[:n]]


@given(ids, st.integers(2, 50), st.integers(0, 5))
def test_reference_any_pool_draws_distinct_members(names, n, seed):
    chosen = drawn(names, n, seed)
    assert len(chosen) == len(set(chosen)) == min(n, len(names))


@given(ids, st.integers(2, 20), st.data())
def test_reference_order_of_rows_changes_nothing(names, n, data):
    # The order counts too: the first drawn show what is usual in the pool.
    assert drawn(data.draw(st.permutations(names)), n) == drawn(names, n)


@given(ids, st.integers(2, 20))
def test_reference_added_member_displaces_at_most_one(names, n):
    before = set(drawn(names[:-1], n)) if len(names) > 1 else set()
    assert len(before - set(drawn(names, n))) <= 1


def test_reference_another_seed_draws_others():
    names = [f"org-{place}" for place in range(200)]
    assert drawn(names, 20, seed=0) == drawn(names, 20, seed=0)
    assert drawn(names, 20, seed=0) != drawn(names, 20, seed=1)


# --- Learning in blocks ----------------------------------------------------------------------------------


@given(mutuals, st.integers(1, 8), st.integers(1, 4))
def test_price_learner_in_blocks_gives_the_price_of_all(mutual, neighbours, size):
    np.testing.assert_array_equal(suitor_price(mutual, neighbours, size), suitor_price(mutual, neighbours))
