import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix

from matcher import Matcher
from matcher.config import Config, MarketSettings
from matcher.datasets import load_demo
from matcher.evaluation.metrics import measure_exposure
from matcher.matching.pool import draw
from matcher.matching.prices import EquilibriumLearner, PriceLearner, equilibrium_prices, priced_score

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
    return [
        names[place] for place in np.argsort(draw(np.array(names, dtype=object), seed), kind="stable")[:n]
    ]


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


# --- Equilibria ------------------------------------------------------------------------------------------


def symmetric(n, seed):
    half = np.triu(np.random.default_rng(seed).random((n, n)), 1)
    return half + half.T


pools = st.builds(symmetric, st.integers(3, 9), st.integers(0, 99))
betas = st.sampled_from([0.1, 0.2, 0.5, 1.0])


def partnerships(mutual, prices, beta):
    """Expected partnerships of each pair by the prices of both; nobody has itself."""
    found = np.exp((mutual - (prices[:, None] + prices) / 2) / beta)
    np.fill_diagonal(found, 0.0)
    return found


def sparse(mutual):
    """The pairs of a pool, those of score 0 too, but not the diagonal."""
    rows, columns = np.nonzero(~np.eye(len(mutual), dtype=bool))
    return csr_matrix((mutual[rows, columns], (rows, columns)), mutual.shape)


@given(pools, betas, st.data())
def test_transferable_utility_fills_capacities_with_partnerships_and_what_stays_free(mutual, beta, data):
    capacities = data.draw(arrays(np.float64, len(mutual), elements=st.integers(1, 5)))
    prices, converged = equilibrium_prices(sparse(mutual), capacities, beta, outside=True)
    assert converged
    free = np.exp(-prices / beta)
    np.testing.assert_allclose(partnerships(mutual, prices, beta).sum(axis=1) + free, capacities, rtol=1e-3)


@given(pools, betas)
def test_sinkhorn_fills_equal_capacities_whole(mutual, beta):
    prices, converged = equilibrium_prices(sparse(mutual), np.ones(len(mutual)), beta, outside=False)
    if converged:
        np.testing.assert_allclose(partnerships(mutual, prices, beta).sum(axis=1), 1.0, rtol=1e-3)


@pytest.mark.parametrize("outside", [True, False])
def test_equilibrium_large_scores_do_not_cancel(outside):
    # exp(1 / .01) = 2.7e43: sqrt(c + h^2) - h would be 0 in floating point.
    prices, converged = equilibrium_prices(sparse(np.ones((4, 4))), np.ones(4), 0.01, outside=outside)
    assert converged
    np.testing.assert_allclose(prices, 1.0 + 0.01 * np.log(3), atol=1e-4)


def test_equilibrium_more_capacity_lowers_the_price_and_without_partner_there_is_none():
    mutual = np.full((4, 4), 0.5)
    mutual[3] = mutual[:, 3] = 0.0
    np.fill_diagonal(mutual, 0.0)
    pairs = csr_matrix(mutual)
    prices, _ = equilibrium_prices(pairs, np.array([1.0, 4.0, 1.0, 1.0]), 0.1, outside=True)
    assert prices[1] < prices[0] == pytest.approx(prices[2])
    assert np.isnan(prices[3])
    assert np.isnan(equilibrium_prices(pairs, np.array([1.0, 0, 1, 1]), 0.1, outside=True)[0][1])


def learned(mutual, method, size=None, rows=None, beta=0.1):
    rows = np.arange(len(mutual)) if rows is None else rows
    known = np.where(np.eye(len(mutual), dtype=bool), np.nan, mutual)
    learner = EquilibriumLearner(MarketSettings(method=method, beta=beta), np.ones(len(mutual)))
    for start in range(0, len(rows), size or len(rows)):
        block = rows[start : start + (size or len(rows))]
        learner.add(block, np.arange(len(mutual)), known[block])
    return learner.prices()


@given(pools, st.sampled_from(["tu", "sinkhorn"]), st.integers(1, 4))
def test_equilibrium_learner_in_blocks_gives_the_price_of_all(mutual, method, size):
    whole = learned(mutual, method)
    np.testing.assert_allclose(learned(mutual, method, size), whole, atol=1e-12)
    assert ((whole >= 0) & (whole <= 1)).all()


def test_equilibrium_learner_popular_costs_more_and_a_sample_says_nearly_the_same():
    popular = np.linspace(0.2, 0.8, 60)
    mutual = (popular[:, None] + popular) / 2
    whole, sample = learned(mutual, "tu"), learned(mutual, "tu", rows=np.arange(0, 60, 3))
    assert (np.diff(whole) > 0).all()
    assert np.corrcoef(whole, sample)[0, 1] > 0.99


def test_equilibrium_learner_without_pairs_has_no_prices():
    assert learned(np.full((3, 3), np.nan), "tu").tolist() == [0.0, 0.0, 0.0]


def test_equilibrium_learner_says_where_capacities_cannot_all_be_filled():
    # A star: the middle cannot have three partners with a capacity of one.
    star = np.full((4, 4), np.nan)
    star[0, 1:] = star[1:, 0] = 0.5
    with pytest.warns(UserWarning, match="prices of sinkhorn do not agree after 2000 steps"):
        prices = learned(star, "sinkhorn")
    assert prices[0] == prices.max()
    learned(star, "tu")


@pytest.mark.parametrize("method", ["tu", "sinkhorn"])
@pytest.mark.parametrize("scale", [{}, {"exhaustive": 10, "candidates": 40}])
def test_matcher_market_methods_balance_lists_and_update(method, scale, encoder):
    profiles = load_demo().kept.head(100)
    profiles["capacity_max"] = float("nan")
    market = {"method": method, "beta": 0.1, "strength": 1.0}
    found = {}
    for name, settings in {"csls": {"strength": 0.0}, method: market}.items():
        matcher = Matcher(Config.from_dict({"market": settings, "scale": scale}), encoder=encoder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found[name] = matcher.fit(profiles)
    lists = {name: one.recommend_all(5, explain="none") for name, one in found.items()}
    ginis = {name: measure_exposure(one, profiles["id"], 5).gini for name, one in lists.items()}
    assert ginis[method] < 0.7 * ginis["csls"]
    assert lists[method]["score"].between(0, 1).all()
    assert (lists[method]["score"] <= lists[method]["mutual"]).all()
    before = found[method].scorer.prices
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found[method].remove(profiles["id"].iloc[0]).add(profiles.head(1))
    np.testing.assert_allclose(found[method].scorer.prices, before, atol=2e-4)
