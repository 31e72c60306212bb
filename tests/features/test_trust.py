import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import history_of

from matcher.config import Config
from matcher.features import COMPONENT_NAMES, Context, score_pairs
from matcher.features.organisations import FLAG_FACTORS
from matcher.features.trust import EVIDENCE, FRESHNESS, TIES, familiarity
from matcher.ranking import WeightedRanker

pytestmark = pytest.mark.numerical

TODAY = "2024-01-01"
BEST = int(Config().trust.best_ties)
CLAIMS = {"evidence": [{"text": "a school", "source": "audit", "date": TODAY}] * 2}
TWO_CLAIMS = 1 - math.exp(-1)  # two fresh sourced claims
SOLID = {**CLAIMS, "updated": TODAY}


def worked(n):
    return history_of([("o000", "o001")] * n)


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        # Evidence .632, freshness 1.
        (SOLID, (EVIDENCE * TWO_CLAIMS + FRESHNESS) / (EVIDENCE + FRESHNESS)),
        # The date of the profile is unknown: evidence alone.
        (CLAIMS, TWO_CLAIMS),
    ],
)
def test_trust_without_history_worked(score_of, candidate, expected):
    assert score_of("trust", {}, candidate) == pytest.approx(expected)


@pytest.mark.parametrize("flag", ["observation", "yellow", "red"])
def test_trust_flag_lowers_by_its_factor(score_of, flag):
    plain = score_of("trust", {}, SOLID)
    assert score_of("trust", {}, {**SOLID, "flag": flag}) == pytest.approx(plain * FLAG_FACTORS[flag])


@pytest.mark.parametrize("ties", [0, 1, BEST, 3 * BEST])
def test_trust_with_history_worked(score_of, ties):
    # familiarity = (n / best) exp(1 - n / best): 0 without ties, 1 at the best number.
    familiar = ties / BEST * math.exp(1 - ties / BEST)
    expected = EVIDENCE * TWO_CLAIMS + FRESHNESS + TIES * familiar
    score = score_of("trust", {}, SOLID, history=worked(ties))
    assert score == pytest.approx(expected / (EVIDENCE + FRESHNESS + TIES))


def test_trust_ties_help_up_to_a_point(score_of):
    none, best, many = (score_of("trust", {}, SOLID, history=worked(n)) for n in (0, BEST, 5 * BEST))
    assert none < many < best


def test_trust_ties_alone_are_enough_to_know(score_of):
    assert score_of("trust", {}, {}, history=worked(BEST)) > 0


def test_trust_ties_work_both_ways(score_of):
    turned = history_of([("o001", "o000")])
    assert score_of("trust", {}, SOLID, history=turned) == score_of("trust", {}, SOLID, history=worked(1))


def test_trust_opportunity_has_the_ties_of_its_lead(score_of):
    # The opportunity o000 is led by L, which worked with the candidate.
    with_lead = score_of("trust", {"lead": "L"}, SOLID, history=history_of([("L", "o001")]))
    assert with_lead == score_of("trust", {}, SOLID, history=worked(1))


def test_trust_silent_candidate_is_unknown(score_of):
    assert np.isnan(score_of("trust", SOLID, {}))


def test_trust_silent_candidate_is_unknown_whatever_others_did(score_of):
    # A history of other organisations says nothing of this pair: unknown, never 0.
    score = score_of("trust", SOLID, {}, history=history_of([("somebody", "else")]))
    assert np.isnan(score)


def test_trust_is_the_candidates_reliability(score_of):
    assert score_of("trust", {}, SOLID) == score_of("trust", {"flag": "yellow", "evidence": "x"}, SOLID)
    assert np.isnan(score_of("trust", SOLID, {}))


def test_trust_added_claim_never_lowers(score_of):
    more = {**SOLID, "evidence": [*CLAIMS["evidence"], {"text": "old", "date": "1990"}]}
    assert score_of("trust", {}, more) > score_of("trust", {}, SOLID)


def test_trust_yellow_flag_without_evidence_still_lowers_the_gain(side_of):
    side = side_of(SOLID, {"flag": "yellow"}, {}, {**CLAIMS, "updated": "2020"})
    pairs, _ = score_pairs(side, side, Context(Config()), np.tile(np.arange(4), (4, 1)))
    ranker = WeightedRanker({"trust": 1.0}).fit(pairs.reshape(-1, len(COMPONENT_NAMES)))
    yellow, plain = ranker.predict(pairs[0, 1:3])
    assert yellow < plain


@given(st.floats(0, 50), st.floats(0.5, 10))
def test_familiarity_any_ties_stays_in_range_with_its_peak_at_best(ties, best):
    assert 0.0 <= familiarity(np.array(ties), best) <= 1.0 + 1e-12
    assert familiarity(np.array(best), best) == pytest.approx(1.0)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.5, 10))
def test_familiarity_rises_before_the_best_and_falls_after(one, other, best):
    low, high = sorted([one, other])
    rising = familiarity(np.array([low, high]) * best, best)
    falling = familiarity((1 + np.array([low, high])) * best, best)
    assert rising[0] <= rising[1] + 1e-12
    assert falling[0] >= falling[1] - 1e-12
