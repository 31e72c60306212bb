"""Gaps that later works leave in past profiles are filled: they would reveal who worked later."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import OWN, work

from matcher.config import Config
from matcher.learning.training_pairs import gather_pairs
from matcher.outcomes.snapshots import PastProfiles, take_snapshots

EARLY = "Drying coffee in the hills of Java with women"
LATE = "Building a school for fishermen on the coast"
CUT = pd.Timestamp("2015-01-01")
OLDER = "Growing rice in the valleys with young men"
OLDEST = "Mending the nets of the whole village"
BRIEF = "A play for all of Java"
MANY = [
    work("ab", "2008-05-01", OLDEST, tags=("nets", "village")),
    work("ab", "2009-05-01", OLDER, tags=("rice",)),
    work("ab", "2010-05-01", EARLY, tags=("coffee",)),
    work("ac", "2018-05-01", LATE, tags=("school",)),
    work("ac", "2019-05-01", BRIEF),
]


@pytest.fixture
def known(pool_of):
    """Return what was known of one profile, whose works are many."""

    def make(**record):
        pool = pool_of({"id": "a", "mission": OWN, **record})
        return PastProfiles(pool, MANY).as_of(CUT).set_index("id").loc["a"]

    return make


def test_past_text_that_lost_all_to_later_works_is_filled_with_the_newest_of_earlier_ones(known):
    then = known(mission=BRIEF, vision=OWN)
    # EARLY is the newest, and comes in although it is longer than what was lost.
    assert (then["mission"], then["vision"]) == (EARLY, OWN)


@pytest.mark.parametrize(
    ("mission", "expected"),
    [
        # As long as before, without spaces: two of the earlier ones, not three.
        ([EARLY, LATE], [EARLY, OLDER]),
        ([LATE, EARLY], [EARLY, OLDER]),
        ([LATE, OLDEST], [OLDEST, EARLY]),
        ([OWN, LATE], [OWN, EARLY]),
        ([OWN, BRIEF], [OWN]),
        ([OWN, LATE, BRIEF], [OWN, EARLY]),
        ([OWN, EARLY, OLDER, OLDEST], [OWN, EARLY, OLDER, OLDEST]),
        # Nothing was lost: nothing comes in.
        ([OWN], [OWN]),
    ],
)
def test_past_text_is_filled_with_earlier_ones_up_to_its_length(known, mission, expected):
    then = known(mission="\n".join(mission))["mission"]
    assert [line for line in then.split("\n") if line] == expected


def test_past_text_given_in_one_column_does_not_fill_the_other(known):
    then = known(mission=LATE, vision=EARLY)
    assert (then["mission"], then["vision"]) == (OLDER, EARLY)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["school"], ("coffee",)),
        (["own", "school"], ("own", "coffee")),
        (["School", "COFFEE"], ("COFFEE", "rice")),
        (["own", "rice"], ("own", "rice")),
    ],
)
def test_past_list_is_filled_with_terms_of_earlier_works_up_to_its_length(known, tags, expected):
    assert known(tags=tags)["tags"] == expected


def _by_chance(seed, n=40, n_works=60):
    """Return profiles and works whose partners are drawn by chance; every fifth profile has no text."""
    rng = np.random.default_rng(seed)
    works = [
        work(
            [f"o{place}" for place in rng.choice(n, 2, replace=False)], day, f"Work number {number:04} of two"
        )
        for number, day in enumerate(pd.date_range("2010-01-01", periods=n_works, freq="21D"))
    ]
    records = []
    for place in range(n):
        own = [w.text for w in works if f"o{place}" in w.members][::-1]
        shown = [] if place % 5 == 0 else own[: int(rng.integers(1, 4))]
        needs = [{"category": "funding", "text": "cash"}]
        record = {"id": f"o{place}", "mission": "\n".join(shown), "needs": needs, "updated": "2014-01-01"}
        records.append(record)
    return records, works


def _unknown(pairs):
    """Return whether `values` are unknown, of partners and of a sample of the others."""
    unknown = np.isnan(pairs.seeker_side[:, pairs.features.index("values")])
    return unknown[pairs.label > 0], unknown[pairs.label == 0]


@pytest.mark.slow
def test_past_what_is_unknown_does_not_reveal_who_will_be_found(encoder, pool_of):
    drawn = []
    for seed in range(6):
        records, works = _by_chance(seed)
        pairs = gather_pairs(take_snapshots(pool_of(*records), works), Config(), encoder)
        drawn.append(_unknown(pairs))
    found, others = (np.concatenate(part) for part in zip(*drawn, strict=True))
    spread = others.mean() * (1 - others.mean())
    assert others.mean() > 0.05
    assert abs(found.mean() - others.mean()) < 2.5 * np.sqrt(spread / len(found) + spread / len(others))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000), date=st.dates(dt.date(2010, 6, 1), dt.date(2013, 12, 31)))
def test_past_member_with_an_earlier_text_is_never_without_text(pool_of, seed, date):
    records, works = _by_chance(seed)
    day = pd.Timestamp(date)
    known = PastProfiles(pool_of(*records), works).as_of(day).set_index("id")["mission"]
    worked = {member for w in works if w.day < day for member in w.members}
    later = [w.text for w in works if w.day >= day]
    for record in records:
        if record["mission"] and record["id"] in worked:
            assert known[record["id"]]
            assert not any(text in known[record["id"]] for text in later)
