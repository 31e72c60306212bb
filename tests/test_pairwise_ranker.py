import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.config import DEFAULT_WEIGHTS
from matcher.errors import ConfigError
from matcher.features import COMPONENT_NAMES
from matcher.ranking import PairwiseRanker, SignalRanker, StackedRanker, WeightedRanker
from matcher.ranking.pairwise import BLUNTEST, SHARPEST, Choices, project
from matcher.ranking.storage import open_ranker, save_ranker

pytestmark = pytest.mark.numerical

FEATURES = (*COMPONENT_NAMES, "overlap_tags", "ratio_size")
N = len(FEATURES)
PLACE = {name: place for place, name in enumerate(FEATURES)}
GATE = PLACE["conflict"]
ANALYST = np.array([DEFAULT_WEIGHTS.normalised().get(name, 0.0) for name in FEATURES])


def simulate(weights, n_seekers=60, n_candidates=30, seed=0, gaps=0.0):
    """Return features, labels and seekers: each seeker chooses one candidate by a conditional logit."""
    rng = np.random.default_rng(seed)
    pairs = rng.random((n_seekers * n_candidates, N))
    truth = np.array([weights.get(name, 0.0) for name in FEATURES])
    appeal = (pairs @ truth + rng.gumbel(size=len(pairs))).reshape(n_seekers, n_candidates)
    labels = (appeal == appeal.max(axis=1, keepdims=True)).ravel().astype(float)
    pairs[rng.random(pairs.shape) < gaps] = np.nan
    return pairs, labels, np.repeat(np.arange(n_seekers), n_candidates)


def fit(pairs, labels, seekers, weight=None, **settings):
    return PairwiseRanker(feature_names=FEATURES, **settings).fit(
        pairs, labels, groups=seekers, sample_weight=weight
    )


def choices(features, chosen, weight=None):
    n = len(features)
    weight = np.ones(n) if weight is None else np.asarray(weight, dtype=float)
    return Choices(np.asarray(features, dtype=float), np.array([0]), np.asarray(chosen, dtype=bool), weight)


@pytest.mark.parametrize(
    ("labels", "seekers"),
    [
        (None, None),
        (np.zeros(40), np.repeat([0, 1], 20)),
        (np.ones(40), np.repeat([0, 1], 20)),
        (np.zeros(40), None),
        (np.ones(40), None),
        # One seeker has only partners, the other only candidates of whom nothing is known.
        (np.repeat([1.0, 0.0], 20), np.repeat([0, 1], 20)),
    ],
)
def test_pairwise_nothing_to_compare_gives_exactly_the_analysts_weights(labels, seekers):
    pairs = np.random.default_rng(0).random((40, N))
    ranker = PairwiseRanker({"values": 3, "trust": 1}, feature_names=FEATURES)
    ranker.fit(pairs, labels, groups=seekers)
    analyst = WeightedRanker({"values": 3, "trust": 1}, feature_names=FEATURES, conduct_limit=1.0).fit(pairs)
    np.testing.assert_array_equal(ranker.weights_, analyst.weights_)
    np.testing.assert_array_equal(ranker.predict(pairs), analyst.predict(pairs))
    assert np.isnan(ranker.sharpness_)
    assert ranker.n_labels_ == 0


def test_pairwise_labels_that_compare_with_none_are_not_counted():
    pairs, labels, seekers = simulate({"values": 5.0}, n_seekers=4)
    labels[seekers == 3] = 1.0
    assert fit(pairs, labels, seekers).n_labels_ == 3


@pytest.mark.parametrize("shrinkage", [1e6, 1e12])
def test_pairwise_huge_shrinkage_gives_nearly_the_analysts_weights(shrinkage):
    ranker = fit(*simulate({"culture": 6.0, "overlap_tags": 6.0}), shrinkage=shrinkage)
    np.testing.assert_allclose(ranker.weights_, ANALYST, atol=2e-3)
    assert ranker.n_labels_ == 60


def test_pairwise_more_shrinkage_stays_nearer_to_the_analyst():
    data = simulate({"culture": 4.0, "overlap_tags": 4.0, "values": 2.0}, gaps=0.1)
    away = [np.abs(fit(*data, shrinkage=by).weights_ - ANALYST).sum() for by in (0.0, 10.0, 100.0, 1e3, 1e4)]
    assert away == sorted(away, reverse=True)
    assert away[0] > 2 * away[-1]


def test_pairwise_more_labels_move_further_from_the_analyst():
    few, many = (
        fit(*simulate({"overlap_tags": 6.0}, n_seekers=n)).weights_[PLACE["overlap_tags"]] for n in (10, 200)
    )
    assert 0.0 <= few < many


def test_pairwise_small_shrinkage_recovers_planted_weights():
    truth = {"values": 4.0, "complementarity": 1.0, "trust": 7.0, "culture": 2.5, "overlap_tags": 5.5}
    ranker = fit(*simulate(truth, n_seekers=600), shrinkage=1.0)
    planted = np.array([truth.get(name, 0.0) for name in FEATURES])
    odds = ranker.slopes_ * ranker.sharpness_  # per unit of the feature as it is, not of the pool's scale
    assert np.corrcoef(odds, planted)[0, 1] > 0.95
    found = sorted(truth, key=lambda name: odds[PLACE[name]])
    assert found == sorted(truth, key=truth.get)
    assert odds.sum() == pytest.approx(planted.sum(), rel=0.2)


def test_pairwise_feature_that_repels_gets_no_weight():
    ranker = fit(*simulate({"values": 5.0, "ratio_size": -5.0, "trust": -5.0}, n_seekers=200), shrinkage=1.0)
    assert ranker.weights_[PLACE["ratio_size"]] == 0.0
    assert ranker.weights_[PLACE["trust"]] == 0.0
    assert ranker.weights_[PLACE["values"]] > 0.5


@settings(max_examples=60)
@given(
    arrays(np.float64, (12, N), elements=st.floats(0, 1) | st.just(np.nan)),
    arrays(np.bool_, 12),
    arrays(np.int64, 12, elements=st.integers(0, 2)),
    st.sampled_from([0.0, 1.0, 200.0]),
)
def test_pairwise_any_labels_give_weights_that_are_shares(pairs, labels, seekers, shrinkage):
    ranker = fit(pairs, labels, seekers, shrinkage=shrinkage)
    assert (ranker.weights_ >= 0.0).all()
    assert ranker.weights_.sum() == pytest.approx(1.0)
    assert ranker.weights_[GATE] == 0.0
    gains = ranker.predict(pairs)
    assert ((gains >= 0.0) & (gains <= 1.0 + 1e-12)).all()
    np.testing.assert_allclose(ranker.contributions(pairs).sum(axis=1), gains, atol=1e-9, rtol=0)


def test_pairwise_gate_weighs_nothing_and_still_lowers():
    # Partners collide more than others here; the gate is not learned, and stays a gate.
    pairs, labels, seekers = simulate({"conflict": 8.0, "values": 3.0})
    ranker = fit(pairs, labels, seekers, conflict_strength=0.4)
    free, full = pairs.copy(), pairs.copy()
    free[:, GATE], full[:, GATE] = 0.0, 1.0
    assert ranker.weights_[GATE] == 0.0
    np.testing.assert_allclose(ranker.predict(full), 0.6 * ranker.predict(free))
    assert (ranker.contributions(full)[:, GATE] < 0.0).all()


def test_pairwise_gate_values_change_no_weight():
    pairs, labels, seekers = simulate({"values": 5.0})
    other = pairs.copy()
    other[:, GATE] = labels
    expected = fit(pairs, labels, seekers).weights_
    np.testing.assert_array_equal(fit(other, labels, seekers).weights_, expected)


def constant(pairs, seekers, kind):
    if kind == "unknown":
        return np.full(len(pairs), np.nan)
    return (
        np.full(len(pairs), 0.3) if kind == "same for all" else np.linspace(0, 1, seekers.max() + 1)[seekers]
    )


@pytest.mark.parametrize("kind", ["unknown", "same for all", "same within each seeker"])
@pytest.mark.parametrize("shrinkage", [0.0, 200.0])
# The analyst's weights are right; carry no information; point the wrong way.
@pytest.mark.parametrize("truth", [{"values": 8.0}, {"overlap_tags": 8.0}, {"values": -8.0, "culture": 8.0}])
def test_pairwise_feature_without_information_stays_with_the_analyst(kind, shrinkage, truth):
    # What stays is the log-odds a unit: the analyst's weight, as sharp as the analyst's weights are on what
    # is known, which is never nothing.
    pairs, labels, seekers = simulate(truth)
    for name in ("complementarity", "trust", "ratio_size"):
        pairs[:, PLACE[name]] = constant(pairs, seekers, kind)
    ranker = fit(pairs, labels, seekers, shrinkage=shrinkage)
    # Features that are no component keep their scale; .5 is the middle of the others', which all have here.
    scale = ranker.centres_, ranker.widths_
    scaled = np.where(np.isnan(pairs), 0.5, np.clip(0.5 + (pairs - scale[0]) / scale[1], 0.0, 1.0))
    sharpness = Choices.gather(scaled, labels, seekers, None).sharpness(ANALYST)
    odds = ranker.weights_ * ranker.sharpness_
    assert odds[PLACE["complementarity"]] == pytest.approx(
        ANALYST[PLACE["complementarity"]] * sharpness, rel=1e-4
    )
    assert odds[PLACE["trust"]] == pytest.approx(ANALYST[PLACE["trust"]] * sharpness, rel=1e-4)
    assert sharpness >= BLUNTEST
    assert ranker.weights_[PLACE["ratio_size"]] == 0.0
    assert not np.allclose(ranker.weights_, ANALYST, atol=0.01)


@pytest.mark.parametrize("kind", ["unknown", "same for all", "same within each seeker"])
def test_pairwise_feature_without_information_keeps_its_share_where_the_analyst_is_right(kind):
    pairs, labels, seekers = simulate(dict(zip(FEATURES, 20.0 * ANALYST, strict=True)), n_seekers=200)
    pairs[:, PLACE["trust"]] = constant(pairs, seekers, kind)
    ranker = fit(pairs, labels, seekers)
    assert ranker.weights_[PLACE["trust"]] == pytest.approx(ANALYST[PLACE["trust"]], abs=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_pairwise_few_labels_by_chance_change_little(seed):
    # Ten choices that follow nothing: by chance, the analyst's weights may look of no use at all.
    ranker = fit(*simulate({}, n_seekers=10, seed=seed))
    assert np.abs(ranker.weights_ - ANALYST).sum() / 2.0 < 0.2


@pytest.mark.parametrize(("factor", "expected"), [(-20.0, BLUNTEST), (8.0, 8.0), (1e4, SHARPEST)])
def test_pairwise_sharpness_is_found_within_its_bounds(factor, expected):
    truth = dict(zip(FEATURES, factor * ANALYST, strict=True))
    pairs, labels, seekers = simulate(truth, n_seekers=400)
    found = Choices.gather(pairs, labels, seekers, None).sharpness(ANALYST)
    assert found == pytest.approx(expected, rel=0.15)


def test_pairwise_contributions_sum_to_the_gain():
    pairs, labels, seekers = simulate({"values": 4.0, "overlap_tags": 4.0}, gaps=0.2)
    ranker = fit(pairs, labels, seekers)
    parts = ranker.contributions(pairs)
    np.testing.assert_allclose(parts.sum(axis=1), ranker.predict(pairs), atol=1e-9, rtol=0)
    assert (np.delete(parts, GATE, axis=1) >= 0.0).all()


def test_pairwise_loss_worked():
    # One feature, weight log 3: odds 3 : 1 for the chosen, log(4/3); its slope is -(1 - 3/4) x (1 - 0).
    loss, slope = choices([[1.0], [0.0]], [True, False]).loss(np.array([np.log(3.0)]))
    assert loss == pytest.approx(np.log(4.0 / 3.0))
    assert slope == pytest.approx([-0.25])


def test_pairwise_loss_of_an_unchosen_that_stands_for_two_worked():
    # Odds 3 against 2 x 1.
    loss, slope = choices([[1.0], [0.0]], [True, False], [1, 2]).loss(np.array([np.log(3.0)]))
    assert loss == pytest.approx(np.log(5.0 / 3.0))
    assert slope == pytest.approx([-0.4])


def test_pairwise_loss_two_partners_do_not_compete():
    # Each is chosen against the unchosen only: log(1 + 1/3) and log(1 + 1/2), halved.
    features = np.log([[3.0], [2.0], [1.0]])
    loss, _ = choices(features, [True, True, False]).loss(np.array([1.0]))
    assert loss == pytest.approx((np.log(4.0 / 3.0) + np.log(3.0 / 2.0)) / 2.0)


@pytest.mark.parametrize("seed", range(5))
def test_pairwise_loss_slope_equals_finite_differences(seed):
    rng = np.random.default_rng(seed)
    seekers, labels = rng.integers(0, 6, 60), rng.random(60) < 0.3
    table = Choices.gather(rng.random((60, 4)), labels, seekers, rng.uniform(0.5, 20.0, 60))
    weights, step = 5.0 * rng.random(4), 1e-6
    _, slope = table.loss(weights)
    for place in range(4):
        move = np.eye(4)[place] * step
        rise = (table.loss(weights + move)[0] - table.loss(weights - move)[0]) / (2.0 * step)
        assert slope[place] == pytest.approx(rise, rel=1e-5, abs=1e-8)


def test_pairwise_loss_under_extreme_weights_stays_finite():
    # The better partner is 8,000 above the other candidate; the worse one is 1,000 below it: (0 + 1,000) / 2.
    table = choices([[1.0], [0.1], [0.2]], [True, True, False])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        loss, slope = table.loss(np.array([1e4]))
    assert loss == pytest.approx(500.0)
    assert slope == pytest.approx([0.05])


def test_pairwise_loss_under_extreme_weights_where_all_is_well_is_zero():
    table = choices([[1.0], [0.1], [0.0]], [True, True, False])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        loss, slope = table.loss(np.array([2e4]))
    assert loss == pytest.approx(0.0)
    assert slope == pytest.approx([0.0])


def test_pairwise_gather_keeps_seekers_that_have_both_kinds():
    features = np.arange(7.0)[:, None]
    table = Choices.gather(features, [0, 1, 1, 0, 0, 1, 0], ["b", "a", "c", "a", "b", "b", "d"], None)
    assert table.features.ravel().tolist() == [1.0, 3.0, 0.0, 4.0, 5.0]
    assert table.starts.tolist() == [0, 2]
    assert table.chosen.tolist() == [True, False, False, False, True]
    assert table.n_chosen == 2


def test_pairwise_spread_is_taken_within_seekers():
    # Deviations 1, -1 in the first column; the second differs between seekers only.
    features = np.array([[2.0, 0.0], [0.0, 0.0], [3.0, 5.0], [1.0, 5.0]])
    table = Choices(features, np.array([0, 2]), np.array([True, False, True, False]), np.ones(4))
    np.testing.assert_allclose(table.spread(), [1.0, 0.0])


@pytest.mark.parametrize("shrinkage", [0.0, 5.0, 200.0])
def test_pairwise_unchosen_of_weight_three_equals_itself_three_times(shrinkage):
    pairs, labels, seekers = simulate({"values": 4.0, "overlap_tags": 4.0})
    heavy = np.flatnonzero(labels == 0.0)[:600]
    weight = np.ones(len(labels))
    weight[heavy] = 3.0
    rows = np.concatenate([np.arange(len(labels)), heavy, heavy])
    weighted = fit(pairs, labels, seekers, weight, shrinkage=shrinkage)
    repeated = fit(pairs[rows], labels[rows], seekers[rows], shrinkage=shrinkage)
    np.testing.assert_allclose(weighted.weights_, repeated.weights_, atol=1e-5)
    np.testing.assert_allclose(weighted.widths_, repeated.widths_, atol=1e-6)
    plain = fit(pairs, labels, seekers, shrinkage=shrinkage)
    assert np.abs(plain.weights_ - weighted.weights_).max() > 1e-4


def test_pairwise_unchosen_of_weight_zero_changes_nothing():
    pairs, labels, seekers = simulate({"values": 4.0, "overlap_tags": 4.0})
    extra = np.random.default_rng(5).random((300, N)) ** 3
    weight = np.concatenate([np.ones(len(labels)), np.zeros(300)])
    more = fit(
        np.concatenate([pairs, extra]),
        np.concatenate([labels, np.zeros(300)]),
        np.concatenate([seekers, np.arange(300) % 60]),
        weight,
    )
    np.testing.assert_allclose(more.weights_, fit(pairs, labels, seekers).weights_, atol=1e-5)


def test_pairwise_seekers_without_partners_change_no_weight():
    # Their pairs are part of the pool's scale: these leave it as it is, but for what the usual one counts.
    pairs, labels, seekers = simulate({"values": 4.0}, n_seekers=600)
    more = fit(
        np.concatenate([pairs, pairs]),
        np.concatenate([labels, np.zeros(len(labels))]),
        np.concatenate([seekers, seekers + 999]),
    )
    np.testing.assert_allclose(more.weights_, fit(pairs, labels, seekers).weights_, atol=1e-4)


@pytest.mark.parametrize("weights", [{"valuse": 1.0}, {"values": -1.0}, {"values": 0.0}])
def test_pairwise_unusable_weights_are_refused(weights):
    with pytest.raises(ConfigError, match=r"valuse|values|weight"):
        PairwiseRanker(weights).fit(np.ones((2, len(COMPONENT_NAMES))))


@pytest.mark.parametrize("short", ["labels", "seekers", "weight"])
def test_pairwise_labels_of_another_length_are_refused(short):
    pairs, labels, seekers = simulate({"values": 4.0}, n_seekers=4)
    parts = {"labels": labels, "seekers": seekers, "weight": np.ones(len(labels))}
    parts[short] = parts[short][:-5]
    with pytest.raises(ValueError, match=r"120.*115|115.*120"):
        fit(pairs, **parts)


WEIGHED = [name for name in FEATURES if name != "conflict"]
SMALL = simulate({"trust": 6.0, "goals": 3.0}, n_seekers=12, n_candidates=6)


@st.composite
def bounds_that_can_be_kept(draw):
    """Draw bounds around some shares of sum 1, which need not be the analyst's."""
    raw = np.array(draw(st.lists(st.floats(0.0, 1.0), min_size=N - 1, max_size=N - 1))) + 1e-3
    bounds = {}
    for name, share in zip(WEIGHED, raw / raw.sum(), strict=True):
        if draw(st.booleans()):
            low, high = draw(st.floats(0.0, 1.0)), draw(st.floats(0.0, 1.0))
            bounds[name] = (low * share, share + high * (1.0 - share))
    return bounds


@settings(max_examples=60)
@given(bounds_that_can_be_kept(), st.sampled_from([0.0, 1.0, 200.0, 1e4]), st.booleans())
def test_pairwise_any_bounds_hold_the_weights(bounds, shrinkage, has_labels):
    pairs, labels, seekers = SMALL
    ranker = fit(pairs, labels * has_labels, seekers, shrinkage=shrinkage, bounds=bounds)
    assert ranker.n_labels_ == has_labels * 12
    assert ranker.weights_.sum() == pytest.approx(1.0, abs=1e-9)
    assert ranker.weights_[GATE] == 0.0
    for name, (low, high) in bounds.items():
        assert low <= ranker.weights_[PLACE[name]] <= high


@given(
    bounds_that_can_be_kept(),
    st.lists(st.floats(-1.0, 2.0), min_size=N - 1, max_size=N - 1),
)
def test_project_any_shares_keeps_bounds_and_sum(bounds, shares):
    low, high = np.array([bounds.get(name, (0.0, 1.0)) for name in WEIGHED]).T
    inside = project(np.array(shares), low, high)
    assert ((inside >= low) & (inside <= high)).all()
    assert inside.sum() == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose(project(inside, low, high), inside, atol=1e-9)


def test_pairwise_bounds_without_labels_give_the_analysts_weights_projected():
    pairs = SMALL[0]
    kept = PairwiseRanker(bounds={"trust": (0.02, 0.2)}, feature_names=FEATURES).fit(pairs)
    np.testing.assert_allclose(kept.weights_, ANALYST, atol=1e-15)
    moved = PairwiseRanker(bounds={"trust": (0.4, 0.5)}, feature_names=FEATURES).fit(pairs)
    assert moved.weights_[PLACE["trust"]] == 0.4
    assert moved.weights_[PLACE["values"]] == pytest.approx(
        ANALYST[PLACE["values"]] * 0.6 / (1 - ANALYST[PLACE["trust"]])
    )


@pytest.mark.parametrize("shrinkage", [20.0, 200.0, 800.0])
def test_pairwise_bounds_that_allow_all_change_nothing(shrinkage):
    pairs, labels, seekers = simulate({"goals": 8.0, "trust": 4.0})
    free = fit(pairs, labels, seekers, shrinkage=shrinkage)
    bounded = fit(pairs, labels, seekers, shrinkage=shrinkage, bounds={})
    np.testing.assert_allclose(bounded.weights_, free.weights_, atol=2e-3)
    assert bounded.sharpness_ == pytest.approx(free.sharpness_, rel=2e-2)


def test_pairwise_bounds_stop_a_preference_at_their_end():
    pairs, labels, seekers = simulate({"trust": 10.0})
    ranker = fit(pairs, labels, seekers, shrinkage=1.0, bounds={"trust": (0.1, 0.25), "culture": (0.0, 0.0)})
    assert ranker.weights_[PLACE["trust"]] == pytest.approx(0.25)
    assert ranker.weights_[PLACE["culture"]] == 0.0


def test_pairwise_bounded_feature_without_information_keeps_its_share():
    pairs, labels, seekers = simulate({"trust": 10.0})
    pairs[:, PLACE["goals"]] = np.nan
    ranker = fit(pairs, labels, seekers, bounds={"values": (0.0, 1.0)})
    assert ranker.weights_[PLACE["goals"]] == pytest.approx(ANALYST[PLACE["goals"]], abs=1e-15)
    assert ranker.weights_[PLACE["trust"]] > 0.2


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [
        ({"conflict": (0.0, 1.0)}, r"bounds must name features that have a weight; got 'conflict'"),
        ({"valuse": (0.0, 1.0)}, r"bounds must name features that have a weight; got 'valuse'"),
        ({"trust": (0.2, 0.1)}, r"bounds of trust must be in order and from 0 to 1; got 0.2 and 0.1"),
        ({"trust": (-0.1, 0.3)}, r"from 0 to 1; got -0.1 and 0.3"),
        ({"trust": (0.1, float("nan"))}, r"from 0 to 1; got 0.1 and nan"),
        ({"trust": (0.6, 1.0), "goals": (0.5, 1.0)}, r"allow weights of sum 1; got sums from 1.1 to"),
        (dict.fromkeys(WEIGHED, (0.0, 0.09)), r"allow weights of sum 1; got sums from 0 to 0.9"),
    ],
)
def test_pairwise_bounds_that_cannot_be_kept_are_refused(bounds, reason):
    with pytest.raises(ConfigError, match=reason):
        PairwiseRanker(bounds=bounds, feature_names=FEATURES).fit(SMALL[0])


def stack_of(*, signal, names=("topic", "values", "trust", "ties")):
    """Return pairs of forty seekers whose partner is known by a signal or by topic and values."""
    rng = np.random.default_rng(0)
    rows = rng.random((40 * 10, len(names)))
    rows[:, names.index("trust")] = np.nan
    score = rows[:, 3] if signal else 0.5 * rows[:, 0] + 0.5 * rows[:, 1]
    y = (score.reshape(40, 10) == score.reshape(40, 10).max(axis=1, keepdims=True)).ravel()
    return names, rows, y.astype(float), np.repeat(np.arange(40), 10)


@pytest.mark.parametrize("signal", [True, False])
def test_stacked_ranker_learns_one_factor_of_the_analysts_score(signal):
    names, rows, y, seekers = stack_of(signal=signal)
    ranker = StackedRanker({"topic": 3, "values": 1, "trust": 4}, 0.5, 1.0, names)
    topic, values, trust, ties = ranker.fit(rows, y, groups=seekers).weights_
    assert topic == pytest.approx(3 * values)
    # Nothing is known of what trust finds, so that it may not count.
    assert trust == 0
    assert (ties > 0.8) if signal else (ties < 0.2)
    assert ranker.weights_.sum() == pytest.approx(1)
    np.testing.assert_allclose(ranker.contributions(rows).sum(axis=1), ranker.predict(rows))


def test_stacked_ranker_without_labels_keeps_the_analysts_weights():
    names, rows, _, _ = stack_of(signal=True)
    ranker = StackedRanker({"topic": 3, "values": 1}, feature_names=names).fit(rows)
    assert ranker.weights_.tolist() == [0.75, 0.25, 0, 0]


def test_simple_rankers_weigh_their_signals_alike():
    names, rows, y, _ = stack_of(signal=True)
    fitted = SignalRanker(("ties",), names).fit(rows, y)
    np.testing.assert_allclose(fitted.predict(rows), rows[:, 3])


@pytest.mark.parametrize("kind", [StackedRanker, SignalRanker])
def test_simple_and_stacked_rankers_are_saved_and_opened(tmp_path, kind):
    names, rows, y, seekers = stack_of(signal=True)
    ranker = kind(feature_names=names) if kind is StackedRanker else kind(("ties",), names)
    ranker.fit(rows, y, groups=seekers)
    opened = open_ranker(save_ranker(tmp_path / "ours", ranker, {}, "card"))
    assert type(opened) is kind
    np.testing.assert_array_equal(opened.predict(rows), ranker.predict(rows))
