"""Adjusting weights: within bounds, towards what was found, shown before it is accepted, taken back."""

from dataclasses import replace

import pandas as pd
import pytest
from adjusting import BOUNDS, FREE, NAMES, PRESENT, TODAY, organisations, outcomes, planted
from sklearn.exceptions import NotFittedError

from matcher import Matcher
from matcher.config import Config
from matcher.documents import to_markdown
from matcher.documents.language import Voice
from matcher.errors import ConfigError, MatcherError, OutcomeError
from matcher.evaluation import rank_agreement
from matcher.explanations import LABELS
from matcher.learning.adjustment import (
    accept,
    compare_lists,
    propose_weights,
    roll_back,
)
from matcher.ranking import WeightedRanker


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
    changes = adjustment.table().set_index("component")["change"]
    assert changes.idxmax() == "communication"
    assert changes["communication"] > 0.02
    assert adjustment.judgement.gain.interval.low > 0.0
    assert adjustment.n_labels >= 50
    assert adjustment.new == adjustment.learned
    table = adjustment.table()
    assert (table["low"] <= table["new"]).all()
    assert (table["new"] <= table["high"]).all()


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
    text = to_markdown(kept.document())
    assert "The present weights stand" in text
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


def test_proposal_agreement_is_that_of_rank_agreement(matcher, adjustment):
    before = matcher.recommend_all(10, explain=False)
    after = matcher.reweighted(adjustment.new).recommend_all(10, explain=False)
    expected = rank_agreement(before, after, [10])
    found = adjustment.changes
    pd.testing.assert_frame_equal(found.loc[expected.index, expected.columns], expected)
    assert found["RBO"].is_monotonic_increasing
    assert found["RBO"].mean() < 1.0
    text = to_markdown(adjustment.document())
    assert f"agree by {found['RBO'].mean():.3f}" in text
    assert f"share {found['overlap@10'].mean():.0%} of the first ten" in text


def test_proposal_changes_of_some_seekers_are_theirs_alone(matcher, adjustment):
    changes = propose_weights(matcher, outcomes(), bounds=BOUNDS, seekers=["o03", "o01", "o03"], k=5).changes
    assert set(changes.index) == {"o01", "o03"}
    before = matcher.recommend("o03", 5, explain=False)["candidate"].tolist()
    after = matcher.reweighted(adjustment.new).recommend("o03", 5, explain=False)["candidate"].tolist()
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
    with pytest.raises(ConfigError, match=r"shrinkage must be at least 0; got -1"):
        propose_weights(matcher, outcomes(), shrinkage=-1)
    with pytest.raises(OutcomeError, match=r"source must be a path.* got int"):
        propose_weights(matcher, 7)
    with pytest.raises(MatcherError, match=r"must be the id of one of the 40 profiles; got 'nobody'"):
        propose_weights(matcher, outcomes(), bounds=BOUNDS, seekers=["nobody"])


@pytest.mark.parametrize("lang", ["en", "id"])
def test_document_states_weights_grounds_and_changes(adjustment, lang):
    text = to_markdown(adjustment.document(lang))
    voice = Voice(lang)
    for name in NAMES:
        assert voice.say(LABELS[name])[1:] in text
    assert voice.number(adjustment.new["communication"], 3) in text
    assert f"+{voice.number(adjustment.judgement.gain.mean, 3)}" in text
    assert f"Org {adjustment.changes.index[0][1:]}" in text
    assert {"en": "What would change in the lists", "id": "Yang akan berubah dalam daftar"}[lang] in text
    assert "{" not in text


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
