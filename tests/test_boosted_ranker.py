from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from threadpoolctl import threadpool_limits

from matcher.errors import OutcomeError
from matcher.features import COMPONENT_NAMES
from matcher.ranking import BoostedRanker

pytestmark = pytest.mark.numerical

FEATURES = (*COMPONENT_NAMES, "overlap_tags", "ratio_size")
N = len(FEATURES)
PLACE = {name: place for place, name in enumerate(FEATURES)}
GATE, CULTURE = PLACE["conflict"], PLACE["culture"]


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    # Threads that wait for each other on a busy machine take longer than one that does all.
    with threadpool_limits(1):
        yield


def make(**settings):
    return BoostedRanker(FEATURES, **{"n_trees": 40, "n_members": 2, **settings})


def simulate(n=1500, seed=0):
    """Return features and labels that go against most directions, so that constraints have to bind."""
    rng = np.random.default_rng(seed)
    pairs = rng.random((n, N))
    score = 5.0 * pairs[:, 0] - 3.0 * pairs[:, 1] + 3.0 * pairs[:, GATE] - 3.0 * pairs[:, PLACE["ratio_size"]]
    score += 3.0 * np.sin(9.0 * pairs[:, PLACE["trust"]]) - 2.0 * pairs[:, CULTURE]
    labels = (score + rng.logistic(size=n) > np.quantile(score, 0.8)).astype(float)
    pairs[rng.random(pairs.shape) < 0.1] = np.nan
    return pairs, labels


@cache
def fitted():
    return make().fit(*simulate())


cells = st.floats(0, 1) | st.just(np.nan)


@settings(max_examples=200)
@given(arrays(np.float64, (4, N), elements=cells), st.integers(0, N - 1), st.floats(0, 1))
def test_boosted_raised_feature_never_lowers_and_a_raised_gate_never_raises(pairs, column, value):
    raised = pairs.copy()
    raised[:, column] = np.where(np.isnan(pairs[:, column]), np.nan, np.maximum(pairs[:, column], value))
    change = fitted().utility(raised) - fitted().utility(pairs)
    if column == GATE:
        assert (change <= 1e-12).all()
    elif column != CULTURE:
        assert (change >= -1e-12).all()


def test_boosted_culture_may_go_either_way():
    low, high = np.full((1, N), 0.5), np.full((1, N), 0.5)
    low[:, CULTURE], high[:, CULTURE] = 0.05, 0.95
    assert fitted().utility(high)[0] < fitted().utility(low)[0]


def test_boosted_feature_that_tells_moves_the_gain():
    low, high = np.full((1, N), 0.5), np.full((1, N), 0.5)
    low[:, 0], high[:, 0] = 0.05, 0.95
    assert fitted().predict(high)[0] > fitted().predict(low)[0] + 0.1
    assert fitted().shares_.argmax() == 0


def test_boosted_predict_is_the_logistic_of_the_utility():
    pairs, _ = simulate()
    np.testing.assert_allclose(fitted().predict(pairs), 1.0 / (1.0 + np.exp(-fitted().utility(pairs))))


def test_boosted_utility_is_the_mean_of_its_members():
    pairs, labels = simulate(300)
    whole = make(n_trees=10, n_members=2, seed=3).fit(pairs, labels)
    alone = [make(n_trees=10, n_members=1, seed=seed).fit(pairs, labels).utility(pairs) for seed in (3, 4)]
    np.testing.assert_allclose(whole.utility(pairs), np.mean(alone, axis=0), atol=1e-12)
    assert not np.allclose(alone[0], alone[1])


@pytest.mark.parametrize("labels", [None, np.zeros(60), np.ones(60)])
def test_boosted_one_class_is_refused(labels):
    message = "needs partners and other candidates.*one class only. Use WeightedRanker or add outcomes"
    with pytest.raises(OutcomeError, match=message):
        make().fit(np.random.default_rng(0).random((60, N)), labels)


# The analyst weighs neither: of `culture` no direction can be asked, the other is no component.
@pytest.mark.parametrize("column", [CULTURE, PLACE["ratio_size"]])
def test_boosted_column_unknown_in_training_never_matters_later(column):
    pairs, labels = simulate()
    pairs[:, column] = np.nan
    ranker = make().fit(pairs, labels)
    later = np.random.default_rng(1).random((50, N))
    expected = ranker.utility(later)
    for value in (0.0, 1.0, np.nan):
        later[:, column] = value
        np.testing.assert_array_equal(ranker.utility(later), expected)
    assert ranker.is_known_.tolist() == [place != column for place in range(N)]
    later[:, column] = np.linspace(0, 1, 50)
    assert ranker.observe(later).shares_[column] == 0.0
    assert ranker.shares_.sum() == pytest.approx(1.0)


def unknown_in_training(name, **settings):
    pairs, labels = simulate()
    pairs[:, PLACE[name]] = np.nan
    return make(**settings).fit(pairs, labels, groups=np.arange(len(labels)) % 50)


def test_boosted_component_unknown_in_training_keeps_the_analysts_weight():
    ranker = unknown_in_training("goals")
    low, high = np.full((1, N), 0.3), np.full((1, N), 0.3)
    high[:, PLACE["goals"]] = 0.8
    rise = ranker.utility(high)[0] - ranker.utility(low)[0]
    assert ranker.kept_[PLACE["goals"]] > 0.0
    assert rise == pytest.approx(0.5 * ranker.kept_[PLACE["goals"]])
    assert np.flatnonzero(ranker.kept_).tolist() == [PLACE["goals"]]


def test_boosted_component_unknown_in_training_takes_the_pools_mean_where_it_is_missing():
    ranker = unknown_in_training("goals")
    pool = np.full((2, N), 0.3)
    pool[:, PLACE["goals"]] = 0.2, 0.6
    ranker.observe(pool)
    gap, mean = np.full((1, N), 0.3), np.full((1, N), 0.3)
    gap[:, PLACE["goals"]], mean[:, PLACE["goals"]] = np.nan, 0.4
    assert ranker.utility(gap)[0] == pytest.approx(ranker.utility(mean)[0])


def test_boosted_kept_weight_is_the_analysts():
    heavy, light = (
        unknown_in_training("goals", weights={"values": 1.0, "goals": weight}).kept_[PLACE["goals"]]
        for weight in (1.0, 0.0)
    )
    assert heavy > light == 0.0


def test_boosted_nothing_known_in_training_still_predicts():
    ranker = make(n_trees=3).fit(np.full((80, N), np.nan), np.tile([0.0, 1.0], 40))
    assert np.isfinite(ranker.predict(np.random.default_rng(0).random((5, N)))).all()
    assert not ranker.shares_.any()


def test_boosted_shares_sum_to_one():
    assert (fitted().shares_ >= 0.0).all()
    assert fitted().shares_.sum() == pytest.approx(1.0)


def test_boosted_too_few_pairs_for_a_tree_count_all_features_alike():
    # Leaves hold at least 30 pairs: 40 cannot be split, so all gains are equal.
    pairs, labels = np.random.default_rng(0).random((40, N)), np.tile([0.0, 1.0], 20)
    ranker = make().fit(pairs, labels)
    assert len(np.unique(ranker.predict(pairs))) == 1
    np.testing.assert_allclose(ranker.shares_, 1.0 / N)


def test_boosted_shares_come_from_the_whole_pool():
    # The first pairs all lack `values`; those that have it come after them.
    pairs, _ = simulate(3000, seed=2)
    pairs[:2500, 0] = np.nan
    assert make().fit(*simulate()).observe(pairs).shares_[0] > 0.05


def test_boosted_shares_of_a_part_of_the_pool_are_near_those_of_all(monkeypatch):
    pairs, labels = simulate(6000, seed=3)
    ranker = make().fit(pairs[:1500], labels[:1500])
    part = ranker.observe(pairs).shares_
    monkeypatch.setattr("matcher.ranking.boosted.WEIGHING_ROWS", len(pairs))
    np.testing.assert_allclose(part, ranker.observe(pairs).shares_, atol=0.02)


def test_boosted_groups_and_weights_change_nothing_where_all_is_known():
    pairs, labels = simulate(300)
    ranker = make(n_trees=10).fit(pairs, labels, groups=np.arange(300), sample_weight=np.arange(300.0))
    expected = make(n_trees=10).fit(pairs, labels).utility(pairs)
    np.testing.assert_array_equal(ranker.utility(pairs), expected)


def test_boosted_other_seed_gives_another_ranker():
    pairs, labels = simulate(300)
    one, other = (
        make(n_trees=10, n_members=1, seed=seed).fit(pairs, labels).utility(pairs) for seed in (0, 1)
    )
    assert not np.array_equal(one, other)


def test_boosted_labels_of_another_length_are_refused():
    pairs, labels = simulate(300)
    with pytest.raises(ValueError, match=r"300.*295|295.*300"):
        make().fit(pairs, labels[:-5])
