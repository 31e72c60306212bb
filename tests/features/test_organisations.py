import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.columns import FLAGS
from matcher.config import Config, TrustSettings
from matcher.datasets import load_demo
from matcher.encoders import open_encoder
from matcher.features import organisations
from matcher.features.organisations import (
    FLAG_FACTORS,
    UNDATED_CLAIM,
    UNSOURCED_CLAIM,
    OrganisationEncoder,
    evidence_strength,
    freshness,
)
from matcher.profiles import Claim

TODAY = dt.date(2024, 1, 1)
FRESH = Claim("built a school", "audit", TODAY)
# 1,461 days are four years of 365.25 days.
FOUR_YEARS_AGO = TODAY - dt.timedelta(days=1461)

claims = st.builds(
    Claim,
    st.sampled_from(["did it", "built it", "ran it", "won it"]),
    st.sampled_from(["", "audit", "report", "press"]),
    st.none() | st.dates(dt.date(1990, 1, 1), TODAY),
)


def strength(*given_claims, half_life=5.0):
    settings = TrustSettings(evidence_half_life=half_life)
    return float(evidence_strength([given_claims], TODAY, settings)[0])


def claim_of(number, **changed):
    return FRESH._replace(text=f"school {number}", source=f"audit {number}", **changed)


@pytest.mark.parametrize(("count", "expected"), [(0, 0.0), (1, 0.632121), (2, 0.864665), (3, 0.950213)])
def test_evidence_fresh_sourced_claims_follow_the_documented_curve(count, expected):
    # 1 - exp(-n)
    assert strength(*map(claim_of, range(count))) == pytest.approx(expected, abs=1e-6)


def test_evidence_beyond_three_good_claims_adds_nothing():
    assert strength(*map(claim_of, range(30))) == strength(*map(claim_of, range(3)))


@pytest.mark.parametrize(
    "again",
    [
        FRESH,
        FRESH._replace(text="  Built A school"),
        FRESH._replace(source="other"),
        FRESH._replace(text="x"),
    ],
)
def test_evidence_same_claim_or_same_source_counts_once(again):
    assert strength(FRESH, *[again] * 9) == strength(FRESH)


def test_evidence_claim_of_two_half_lives_counts_a_quarter():
    # Four years at a half-life of two: 0.5 ** 2 = 0.25, so 1 - exp(-0.25).
    old = FRESH._replace(date=FOUR_YEARS_AGO)
    assert strength(old, half_life=2.0) == pytest.approx(1 - math.exp(-0.25))


@pytest.mark.parametrize(
    ("claim", "weight"),
    [
        (FRESH._replace(date=None), UNDATED_CLAIM),
        (FRESH._replace(source=""), UNSOURCED_CLAIM),
        (FRESH._replace(source="", date=None), UNSOURCED_CLAIM * UNDATED_CLAIM),
    ],
)
def test_evidence_claim_without_source_or_date_counts_less(claim, weight):
    assert strength(claim) == pytest.approx(1 - math.exp(-weight))
    assert 0 < strength(claim) < strength(FRESH)


@given(st.lists(claims, max_size=8), claims)
def test_evidence_any_added_claim_never_lowers(known, added):
    assert 0.0 <= strength(*known) <= strength(*known, added) <= 1.0


@given(st.lists(claims, max_size=6))
def test_evidence_order_of_claims_changes_nothing(known):
    assert strength(*known) == pytest.approx(strength(*known[::-1]), abs=1e-12)


@given(st.dates(dt.date(1990, 1, 1), TODAY), st.integers(0, 5000))
def test_evidence_older_claim_is_never_stronger(date, days):
    older = date - dt.timedelta(days=days)
    assert strength(FRESH._replace(date=older)) <= strength(FRESH._replace(date=date))


def fresh(*dates, half_life=2.0):
    column = pd.Series(pd.to_datetime(list(dates)))
    return freshness(column, TODAY, TrustSettings(profile_half_life=half_life))


def test_freshness_worked_table():
    # Today: 1. Four years at a half-life of two: 0.25. Tomorrow counts as today. No date: unknown.
    scores = fresh(TODAY, FOUR_YEARS_AGO, TODAY + dt.timedelta(days=1), None)
    np.testing.assert_allclose(scores, [1.0, 0.25, 1.0, np.nan])


@given(st.dates(dt.date(1950, 1, 1), TODAY), st.integers(0, 5000), st.floats(0.5, 20))
def test_freshness_older_profile_is_never_fresher(date, days, half_life):
    newer, older = fresh(date, date - dt.timedelta(days=days), half_life=half_life)
    assert 0.0 <= older <= newer <= 1.0


def test_flag_factor_lowers_more_the_graver_the_flag():
    factors = [FLAG_FACTORS[flag] for flag in FLAGS]
    assert factors[0] == 1.0
    assert factors[-1] == 0.0
    assert (np.diff(factors) < 0).all()
    assert set(FLAG_FACTORS) == set(FLAGS)


def by_words(encoded):
    """What is encoded of texts by their words, as arrays, and by their facts, as codes."""
    sides = encoded.needs, encoded.offers
    vectors = [encoded.purpose, encoded.lexical, *(side.lexical for side in sides)]
    spaces = [space for each in vectors for space in each.spaces]
    columns = [column for side in sides for column in vars(side.facts)["_columns"].values()]
    arrays = [getattr(space, name) for space in spaces for name in ("data", "indices", "indptr")]
    return [*arrays, *(column.codes for column in columns)], [column.distinct for column in columns]


def test_encode_is_the_same_bits_in_parts_by_any_number_of_processes(monkeypatch):
    pool = load_demo().kept
    encoder = OrganisationEncoder(open_encoder(), Config()).fit(pool)
    arrays, facts = by_words(encoder.encode(pool))
    monkeypatch.setattr(organisations, "PART", 50)
    for n_processes in (1, 2):
        monkeypatch.setattr("numba.get_num_threads", lambda n=n_processes: n)
        others, found = by_words(encoder.encode(pool))
        assert found == facts
        assert all(np.array_equal(one, other) for one, other in zip(arrays, others, strict=True))
