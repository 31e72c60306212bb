"""The default engine against what people judged by reading both profiles."""

import numpy as np
import pytest

from matcher import Matcher
from matcher.datasets import load_demo, load_judged_pairs
from matcher.encoders.languages import guess_language
from matcher.profiles.records import all_text, records_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def matcher():
    return Matcher().fit(load_demo())


@pytest.fixture(scope="module")
def judged(matcher):
    """Judged pairs with the mutual score and the place of the candidate in the seeker's list."""
    ranked = matcher.recommend_all(len(matcher.pool), explain=False)
    pairs = load_judged_pairs().merge(ranked, on=["seeker", "candidate"], how="left")
    language = {row["id"]: guess_language(all_text(row)) for row in records_of(matcher.pool)}
    pairs["across_languages"] = pairs["seeker"].map(language) != pairs["candidate"].map(language)
    # A pair that may not be recommended at all (excluded, flagged red) stands at the end of the list.
    return pairs.fillna({"mutual": 0.0, "rank": float(len(matcher.pool))})


def test_demo_good_pairs_score_above_poor_ones(judged):
    good = judged.loc[judged["judgement"] == "good", "mutual"].to_numpy()
    poor = judged.loc[judged["judgement"] == "poor", "mutual"].to_numpy()
    assert min(len(good), len(poor)) >= 25
    above = (good[:, None] > poor[None, :]).mean()
    assert above >= 0.75


def test_demo_good_partners_are_mostly_among_the_first_ten(judged):
    places = judged.loc[judged["judgement"] == "good", "rank"]
    # By chance 10 of 175 candidates: 6 %.
    assert (places <= 10).mean() >= 0.5
    assert places.median() <= 10


def test_demo_good_partners_across_languages_are_found_better_than_by_chance(judged):
    places = judged.loc[(judged["judgement"] == "good") & judged["across_languages"], "rank"]
    assert len(places) >= 10
    assert places.median() < 175 / 2


def test_demo_each_language_is_stated_for_half_of_the_organisations():
    languages = [guess_language(all_text(row)) for row in records_of(load_demo().kept)]
    assert (languages.count("en"), languages.count("id")) == (88, 88)


def test_demo_every_organisation_gets_partners_with_reasons(matcher):
    table = matcher.recommend_all(5, lang="id")
    assert table.groupby("seeker").size().eq(5).all()
    told = table[["reasons_seeker", "reasons_candidate"]].ne("").any(axis=1)
    assert told.mean() > 0.95
    assert not np.isnan(table["score"]).any()
