"""Adjusting weights: within bounds, towards what was found, shown before it is accepted, rolled back."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from adjusting import BOUNDS, FREE, NAMES, PRESENT, TODAY, organisations, outcomes, planted
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from matcher import Matcher
from matcher.config import Config
from matcher.documents.language import Messages
from matcher.documents.writing import to_markdown
from matcher.errors import ConfigError, MatcherError, OutcomeError
from matcher.evaluation.intervals import ClusteredMean
from matcher.evaluation.lists import compare_lists
from matcher.explanations.remarks import LABELS
from matcher.features import COMPONENT_NAMES
from matcher.learning.adjustment import (
    EARLY,
    SPREAD,
    TEXTS,
    Judgement,
    accept,
    adjustment_document,
    bounded_ranker,
    judge,
    propose_weights,
    read_bounds,
    roll_back,
)
from matcher.learning.training import fit_ranker, split_folds
from matcher.learning.training_pairs import TrainingPairs
from matcher.ranking import PairwiseRanker, WeightedRanker


@pytest.fixture(scope="module")
def made():
    return {}


@pytest.fixture
def matcher(made, encoder):
    """A matcher that is made once: no test changes it."""
    if "matcher" not in made:
        made["matcher"] = Matcher(encoder=encoder).fit(pd.DataFrame(organisations()))
    return made["matcher"]


@pytest.fixture
def adjustment(made, matcher):
    """The proposal of the planted outcomes, made once."""
    if "adjustment" not in made:
        made["adjustment"] = propose_weights(matcher, outcomes(), bounds=BOUNDS)
    return made["adjustment"]


class FakeLog:
    """Keeps adjustments in a list, as a log would."""

    def __init__(self):
        self.rows = []

    def prepare(self):
        pass

    def record_adjustment(self, weights, date, reason):
        self.rows.append((dict(weights), reason))
        return len(self.rows)

    def roll_back(self, date, reason):
        if not self.rows:
            raise OutcomeError("there must be an adjustment to roll back")
        self.rows.pop()
        return 0

    def weights_in_force(self):
        return self.rows[-1][0] if self.rows else None


@pytest.fixture(params=["fake", "real"])
def log(request, tmp_path):
    if request.param == "fake":
        return FakeLog()
    return pytest.importorskip("matcher.outcomes.log").OutcomeLog(tmp_path / "log.db")


def test_proposal_of_a_planted_preference_raises_the_right_weight(adjustment):
    assert adjustment.verdict == "better"
    assert adjustment.is_change
    changes = {name: adjustment.new[name] - old for name, old in adjustment.old.items()}
    assert max(changes, key=changes.get) == "communication"
    assert changes["communication"] > 0.02
    assert adjustment.judgement.gain.interval.low > 0.0
    assert adjustment.n_labels >= 50
    assert adjustment.new == adjustment.learned
    for name, (low, high) in adjustment.bounds.items():
        assert low <= adjustment.new[name] <= high


def test_proposal_of_too_few_outcomes_is_the_present_weights(matcher):
    for found in (outcomes(3), outcomes(60).assign(stage="met")):
        kept = propose_weights(matcher, found, bounds=BOUNDS)
        assert kept.verdict == "too few"
        assert kept.new == kept.old == kept.learned == PRESENT
        assert not kept.is_change
        assert kept.judgement is None
        assert kept.changes.empty
        assert kept.config == matcher.config


def test_proposal_that_finds_no_more_keeps_the_present_weights_and_says_so(matcher):
    kept = propose_weights(matcher, planted(PRESENT, sharpness=2.0), bounds=FREE)
    assert kept.verdict == "not better"
    assert kept.new == kept.old == PRESENT
    assert kept.learned != PRESENT
    text = to_markdown(adjustment_document(kept, "en"))
    assert "The present weights stay" in text
    assert "Learned" in text


def test_proposal_bounds_of_present_weights_leave_nothing_to_learn(matcher):
    fixed = {name: (weight, weight) for name, weight in PRESENT.items()}
    kept = propose_weights(matcher, planted({"goals": 1.0}), bounds=fixed)
    assert kept.verdict == "not better"
    assert kept.new == PRESENT


def test_proposal_settings_go_through_toml_and_rank_as_they_were_shown(matcher, adjustment, tmp_path):
    (tmp_path / "tuned.toml").write_text(adjustment.config.to_toml())
    config = Config.from_toml(tmp_path / "tuned.toml")
    assert config == adjustment.config
    assert config.weights.as_dict() == pytest.approx(adjustment.new)
    before = matcher.recommend_all(10, explain=False)
    tuned = Matcher(config, encoder=matcher.encoder).fit(pd.DataFrame(organisations()))
    after = tuned.recommend_all(10, explain=False)
    pd.testing.assert_frame_equal(compare_lists(before, after), adjustment.changes)


def test_proposal_agreement_is_that_of_the_lists(matcher, adjustment):
    before = matcher.recommend_all(10, explain=False)
    after = matcher.reweighted(adjustment.new).recommend_all(10, explain=False)
    found = adjustment.changes
    pd.testing.assert_frame_equal(found, compare_lists(before, after))
    assert found["RBO"].is_monotonic_increasing
    assert found["RBO"].mean() < 1.0
    text = to_markdown(adjustment_document(adjustment, "en"))
    assert f"agree by {found['RBO'].mean():.3f}" in text
    assert f"share {Messages('en').percent(found['overlap@10'].mean())} of the first ten" in text


def test_proposal_changes_of_some_seekers_are_theirs_alone(matcher, adjustment):
    changes = propose_weights(matcher, outcomes(), bounds=BOUNDS, seekers=["o03", "o01", "o03"]).changes
    assert set(changes.index) == {"o01", "o03"}
    before = matcher.recommend("o03", 10, explain=False)["candidate"].tolist()
    after = matcher.reweighted(adjustment.new).recommend("o03", 10, explain=False)["candidate"].tolist()
    assert list(changes.loc["o03", "entered"]) == [one for one in after if one not in before]
    assert list(changes.loc["o03", "left"]) == [one for one in before if one not in after]


def test_compare_lists_of_swapped_and_replaced_candidates_worked_out_by_hand():
    before = pd.DataFrame({"seeker": "s", "candidate": ["a", "b"], "rank": [1, 2]})
    after = pd.DataFrame({"seeker": "s", "candidate": ["c", "a"], "rank": [1, 2]})
    change = compare_lists(before, after).loc["s"]
    assert (change["entered"], change["left"], change["overlap@10"]) == (("c",), ("b",), 0.5)
    assert compare_lists(before, before)["RBO"].tolist() == [1.0]
    assert compare_lists(before.iloc[:0], after.iloc[:0]).empty


def test_proposal_is_the_same_again_and_leaves_the_matcher_as_it_was(matcher, adjustment):
    weights = matcher.config.weights
    shuffled = outcomes().sample(frac=1.0, random_state=1)
    again = propose_weights(matcher, shuffled, bounds=BOUNDS)
    assert again == adjustment
    pd.testing.assert_frame_equal(again.changes, adjustment.changes)
    assert matcher.config.weights is weights


def test_proposal_of_what_cannot_be_adjusted_is_refused(matcher, encoder):
    with pytest.raises(NotFittedError, match=r"must be fitted"):
        propose_weights(Matcher(encoder=encoder), outcomes())
    own = Matcher(ranker=WeightedRanker(), encoder=encoder).fit(pd.DataFrame(organisations()))
    with pytest.raises(ConfigError, match=r"weights must be those of the analyst"):
        propose_weights(own, outcomes())
    with pytest.raises(OutcomeError, match=r"source must be a path.* got int"):
        propose_weights(matcher, 7)
    with pytest.raises(MatcherError, match=r"must be the id or name of one of the 40 profiles; got 'nobody'"):
        propose_weights(matcher, outcomes(), bounds=BOUNDS, seekers=["nobody"])


@pytest.mark.parametrize("lang", ["en", "id"])
def test_document_states_weights_grounds_and_changes(adjustment, lang):
    text = to_markdown(adjustment_document(adjustment, lang))
    messages = Messages(lang)
    for name in NAMES:
        assert messages.say(LABELS[name])[1:] in text
    assert messages.number(adjustment.new["communication"], 3) in text
    assert f"+{messages.number(adjustment.judgement.gain.mean, 3)}" in text
    assert f"Org {adjustment.changes.index[0][1:]}" in text
    assert {"en": "What would change in the lists", "id": "Yang akan berubah dalam daftar"}[lang] in text
    assert "{" not in text


def test_texts_are_all_translated(translated):
    parts = [*TEXTS.values(), *TEXTS["verdicts"].values(), *TEXTS["columns"].values()]
    texts = [text for part in parts if not isinstance(part, dict) for text in np.atleast_1d(part)]
    known = {text for key in translated for text in ([key] if isinstance(key, str) else key)}
    assert set(texts) <= known


def test_accept_then_roll_back_gives_the_former_weights(adjustment, log):
    config = accept(adjustment, log, "found more", TODAY)
    assert config == adjustment.config
    assert log.weights_in_force() == pytest.approx(adjustment.new)
    former = roll_back(log, "lists were worse", TODAY, adjustment.config)
    assert former.weights.as_dict() == pytest.approx(adjustment.old)
    assert former.market == adjustment.config.market


def test_accept_twice_rolls_back_step_by_step_and_then_no_further(adjustment, log):
    second = replace(adjustment, old=adjustment.learned, learned=adjustment.old)
    accept(adjustment, log, "first", TODAY)
    accept(second, log, "second", TODAY)
    assert roll_back(log, "no", TODAY).weights.as_dict() == pytest.approx(adjustment.new)
    assert roll_back(log, "no", TODAY).weights.as_dict() == pytest.approx(adjustment.old)
    # The weights before all adjustments were recorded in the log too; behind them are the settings' own.
    assert roll_back(log, "no", TODAY, Config()) == Config()
    with pytest.raises(OutcomeError, match=r"there must be an adjustment to roll back"):
        roll_back(log, "no", TODAY)


def test_accept_of_weights_changed_by_hand_leads_back_to_these(adjustment, log):
    accept(adjustment, log, "first", TODAY)
    by_hand = Config.from_dict({"weights": {"trust": 1.0, "values": 1.0}}).weights.normalised()
    accept(replace(adjustment, old=by_hand), log, "second", TODAY)
    assert roll_back(log, "no", TODAY).weights.as_dict() == pytest.approx(by_hand)


def test_accept_of_nothing_or_without_a_reason_is_refused(adjustment, matcher):
    log = FakeLog()
    with pytest.raises(ConfigError, match=r"reason must say why, in a few words; got none"):
        accept(adjustment, log, "  ", TODAY)
    with pytest.raises(ConfigError, match=r"reason must say why"):
        roll_back(log, "", TODAY)
    kept = propose_weights(matcher, outcomes(3))
    with pytest.raises(ConfigError, match=r"must change a weight to be accepted; the present weights stand"):
        accept(kept, log, "why not", TODAY)
    assert log.rows == []


def learn_weights(pairs, present, limits, shrinkage=200.0):
    ranker = PairwiseRanker(present, shrinkage=shrinkage, bounds=limits)
    fit_ranker(ranker, pairs)
    learned = dict(zip(ranker.features_, ranker.weights_.tolist(), strict=True))
    return {name: learned[name] for name in present}, ranker.n_labels_


def make_bounds(present, bounds=None):
    return bounded_ranker(Config.from_dict({"weights": present}), bounds).bounds


def judge_learning(pairs, present, limits):
    config = Config.from_dict({"weights": present})
    return judge(PairwiseRanker(present, bounds=limits), pairs, config)


def test_bounds_default_is_three_tenths_of_each_and_culture_stays_nothing():
    limits = make_bounds(PRESENT)
    assert list(limits) == NAMES
    assert limits["trust"] == pytest.approx(
        (PRESENT["trust"] * (1 - SPREAD), PRESENT["trust"] * (1 + SPREAD))
    )
    assert limits["culture"] == (0.0, 0.0)
    assert make_bounds(PRESENT, {"culture": (0.0, 0.1)})["culture"] == (0.0, 0.1)


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [
        ({"conflict": (0, 1)}, r"bounds must name features that have a weight; got 'conflict'"),
        ({"trust": (0.2, 0.1)}, r"bounds of trust must be in order and from 0 to 1; got 0.2 and 0.1"),
        ({"trust": (-0.1, 0.3)}, r"from 0 to 1; got -0.1 and 0.3"),
        ({"trust": (0.1, 1.1)}, r"from 0 to 1; got 0.1 and 1.1"),
        ({"trust": (0.1, float("nan"))}, r"from 0 to 1; got 0.1 and nan"),
        ({"trust": (0.2, 0.3)}, r"bounds of trust must hold its present weight, 0.04 .* got 0.2 to 0.3"),
        ({"nonsense": (0.0, 1.0)}, r"bounds must name features that have a weight; got 'nonsense'"),
    ],
)
def test_bounds_that_cannot_be_kept_are_refused(bounds, reason):
    with pytest.raises(ConfigError, match=reason):
        make_bounds(PRESENT, bounds)


def test_bounds_file_is_read_and_a_broken_one_refused(tmp_path):
    (tmp_path / "b.toml").write_text("trust = [0.1, 0.3]\n")
    assert read_bounds(tmp_path / "b.toml") == {"trust": (0.1, 0.3)}
    (tmp_path / "bad.toml").write_text("trust = [")
    with pytest.raises(ConfigError, match=r"bounds must be TOML in UTF-8"):
        read_bounds(tmp_path / "bad.toml")
    with pytest.raises(ConfigError, match=r"bounds must be a readable file"):
        read_bounds(tmp_path / "none.toml")
    for pair in ("0.2", "[true, 1]", '["0", "1"]', "[0.1]", "[0.1, 0.2, 0.3]"):
        (tmp_path / "b.toml").write_text(f"trust = {pair}\n")
        with pytest.raises(ConfigError, match=r"bounds of trust must be two numbers, lowest and highest"):
            read_bounds(tmp_path / "b.toml")


SHARES = st.lists(st.floats(0.0, 1.0), min_size=len(NAMES), max_size=len(NAMES)).filter(
    lambda shares: sum(shares) > 0.1
)


@st.composite
def limited(draw):
    """Draw weights in force and bounds that hold them."""
    raw = np.array(draw(SHARES))
    present = dict(zip(NAMES, (raw / raw.sum()).tolist(), strict=True))
    bounds = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        low, high = draw(st.floats(0.0, 1.0)), draw(st.floats(0.0, 1.0))
        bounds[name] = (low * present[name], present[name] + high * (1.0 - present[name]))
    return present, make_bounds(present, bounds)


@settings(max_examples=60)
@given(limited(), st.sampled_from(NAMES), st.sampled_from([0.0, 1.0, 200.0, 1e4]), st.integers(0, 99))
def test_learned_weights_never_break_bounds_and_sum_to_one(given_, towards, shrinkage, seed):
    present, limits = given_
    learned, n_labels = learn_weights(planted({towards: 1.0}, 12, 5, seed=seed), present, limits, shrinkage)
    assert n_labels == 12
    assert sum(learned.values()) == pytest.approx(1.0, abs=1e-9)
    for name, (low, high) in limits.items():
        assert low <= learned[name] <= high


@pytest.mark.parametrize("name", ["values", "trust", "goals", "culture"])
def test_learned_weight_of_a_planted_preference_rises_most(name):
    learned, _ = learn_weights(planted({name: 1.0}), PRESENT, FREE)
    rises = {one: learned[one] - PRESENT[one] for one in NAMES}
    assert max(rises, key=rises.get) == name
    assert rises[name] > 0.1


def test_learned_weights_within_default_bounds_go_to_the_end_that_a_preference_asks_for():
    limits = make_bounds(PRESENT)
    learned, _ = learn_weights(planted({"trust": 1.0}), PRESENT, limits)
    assert learned["trust"] == pytest.approx(limits["trust"][1])
    assert learned["culture"] == 0.0


@pytest.mark.parametrize("shrinkage", [50.0, 200.0, 800.0])
def test_learned_weights_without_bounds_are_those_of_the_pairwise_ranker(shrinkage):
    pairs = planted({"goals": 0.7, "trust": 0.3})
    learned, n_labels = learn_weights(pairs, PRESENT, FREE, shrinkage)
    ranker = PairwiseRanker(PRESENT, shrinkage=shrinkage).fit(
        pairs.seeker_side.astype(float), pairs.label, groups=pairs.seeker
    )
    expected = dict(zip(COMPONENT_NAMES, ranker.weights_, strict=True))
    assert n_labels == ranker.n_labels_
    for name in NAMES:
        assert learned[name] == pytest.approx(expected[name], abs=2e-3)


def test_learned_weights_with_strong_shrinkage_are_the_present_ones():
    learned, _ = learn_weights(planted({"goals": 1.0}), PRESENT, FREE, 1e9)
    assert learned == pytest.approx(PRESENT, abs=1e-3)


def test_learned_weights_without_labels_are_the_present_ones():
    pairs = planted({"trust": 1.0}, n_labelled=0)
    learned, n_labels = learn_weights(pairs, PRESENT, FREE)
    assert (learned, n_labels) == (pytest.approx(PRESENT, abs=1e-12), 0)


def test_learned_weight_of_a_component_that_is_unknown_stays():
    pairs = planted({"trust": 1.0})
    pairs.seeker_side[:, COMPONENT_NAMES.index("goals")] = np.nan
    learned, _ = learn_weights(pairs, PRESENT, FREE)
    assert learned["goals"] == pytest.approx(PRESENT["goals"], abs=1e-12)
    assert learned["trust"] > PRESENT["trust"] + 0.1


def test_judgement_is_better_for_a_planted_preference_and_not_for_the_present_weights():
    limits = make_bounds(PRESENT, FREE)
    found = judge_learning(planted({"goals": 1.0}), PRESENT, limits)
    assert found.is_better
    assert found.gain.mean == pytest.approx(found.learned - found.present)
    same = judge_learning(planted(PRESENT), PRESENT, limits)
    assert not same.is_better


SURE, UNSURE, NONE = (
    ClusteredMean(0.1, 0.02, 50),
    ClusteredMean(0.1, 0.06, 50),
    ClusteredMean(np.nan, np.nan, 0),
)
LOSS, PERHAPS = ClusteredMean(-0.1, 0.02, 20), ClusteredMean(-0.1, 0.06, 20)


@pytest.mark.parametrize(
    ("gain", "newcomers", "expected"),
    [
        (SURE, PERHAPS, True),
        (SURE, NONE, True),
        (SURE, LOSS, False),
        (UNSURE, SURE, False),
        (ClusteredMean(0.1, np.nan, 1), SURE, False),
        (NONE, SURE, False),
    ],
)
def test_judgement_is_better_only_beyond_chance_and_never_at_the_cost_of_newcomers(gain, newcomers, expected):
    assert Judgement(0.3, 0.4, gain, newcomers).is_better is expected


def test_judgement_without_newcomers_says_nothing_of_them():
    found = judge_learning(planted({"goals": 1.0}), PRESENT, FREE)
    assert found.newcomers.n == 0
    assert np.isnan(found.newcomers.mean)


def test_judgement_of_one_seeker_is_none():
    assert judge_learning(planted({"goals": 1.0}, n=1), PRESENT, FREE) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=1, max_size=20))
def test_split_in_two_learns_from_earlier_days_and_shares_no_cluster(rows):
    days = [day for day, _ in rows]
    pairs = planted({"goals": 1.0}, n=len(rows), m=2)
    clusters = np.array([f"{day} {name}" for day, name in rows], dtype=object)
    dates = pd.to_datetime("2020-01-01") + pd.to_timedelta(days, unit="D")
    dates = dates.to_numpy().astype("datetime64[ns]")
    pairs = TrainingPairs(**{**pairs.__dict__, "cluster": clusters, "date": dates})
    folds = split_folds(pairs, EARLY, 1)
    assert len(folds) == (len(set(clusters)) > 1)
    for early, later in folds:
        assert not (early & later).any()
        assert not set(clusters[early]) & set(clusters[later])
        assert dates[early].max() < dates[later].min() or dates[later].min() == dates.min()
