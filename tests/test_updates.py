"""Updates of a fitted matcher: any sequence of them equals one of all, and statistics stay as fitted."""

import copy
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from worlds import planted

from matcher import Matcher
from matcher.errors import ProfileError, UnknownSeekerError
from matcher.outcomes import History
from matcher.profiles import read_profiles

TOPICS = ["coffee farmers", "boats fishermen", "nurses villages", "solar roofs", "new words only"]
LONG = " ".join(f"word{number}" for number in range(30))
"""A text of enough words for near-duplicates."""


def record(number, version):
    """Return one organisation as it is in a version: texts, rules and twins differ."""
    kind = (number + 3 * version) % 5
    return {
        "id": f"o{number:02}",
        "name": f"Name {number}",
        "mission": LONG if kind == 4 else f"{TOPICS[kind]} {TOPICS[number % 4].split()[0]}",
        "goals_short": f"{TOPICS[(number + version) % 5]} by 2030",
        "languages": ["en"] if number % 2 else ["en", "id"],
        "needs": f"training: course{(number + version) % 5} (4); funding: Rp {number + 1} juta for Bali",
        "offers": f"training: course{(number + 1) % 5} (3)",
        "excludes": [f"Name {(number + version) % 12}"] if version == 2 else [],
        "never": ["rivals"] if (number + version) % 6 == 0 else [],
        "flag": "red" if (number, version) == (5, 1) else "none",
        "sector": ["sea" if version else "land"],
        "updated": "2020-01-01",
    }


BASE = [record(number, 0) for number in range(12)]


def table_of(records):
    return read_profiles(list(records))


def updated(matcher, *steps):
    """Return a copy of a matcher after some updates: ids to remove, or records to add."""
    other = copy.copy(matcher)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for step in steps:
            other = other.remove(step) if isinstance(step[0], str) else other.add(table_of(step))
    return other


def assert_same(one, other):
    seeker = {"mission": f"{LONG} coffee", "needs": "training: course1 (5)", "sector": ["sea"]}
    assert_frame_equal(one.pool, other.pool)
    assert_frame_equal(one.recommend_all(6), other.recommend_all(6))
    assert_frame_equal(one.recommend(seeker, 20, lang="id"), other.recommend(seeker, 20, lang="id"))
    np.testing.assert_array_equal(one.scorer.prices, other.scorer.prices)
    assert {at: twins.tolist() for at, twins in one.scorer.pool.twins.items()} == {
        at: twins.tolist() for at, twins in other.scorer.pool.twins.items()
    }
    assert one.scorer.pool.left_out == other.scorer.pool.left_out


@pytest.fixture(scope="module")
def matchers(encoder, trained):
    works = [replace(work, text="coffee boats") for work in planted(60)]
    ties = History(
        [replace(work, members=tuple(f"o{int(one[1:]) % 14:02}" for one in work.members)) for work in works]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "analyst": Matcher(encoder=encoder).fit(table_of(BASE)),
            "learned": Matcher(ranker=trained.ranker, encoder=encoder).fit(table_of(BASE), ties),
        }


versions = st.tuples(st.integers(0, 15), st.integers(0, 2))
steps = st.lists(
    st.one_of(
        st.lists(versions, min_size=1, max_size=3, unique_by=lambda one: one[0]),
        st.sets(st.integers(0, 15), min_size=1, max_size=2),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize("kind", ["analyst", "learned"])
@settings(max_examples=6)
@given(steps)
def test_any_sequence_of_updates_equals_one_of_the_final_set(matchers, kind, steps):
    matcher, now, done = matchers[kind], dict.fromkeys(range(12), 0), []
    for step in steps:
        if isinstance(step, list):
            now |= dict(step)
            done.append([record(*one) for one in step])
        elif present := sorted(step & now.keys()):
            for number in present:
                del now[number]
            done.append([f"o{number:02}" for number in present])
    final = [record(*one) for one in sorted(now.items())]
    gone = [f"o{number:02}" for number in range(12) if number not in now]
    at_once = updated(matcher, final, *([gone] if gone else []))
    assert_same(updated(matcher, *done), at_once)


def test_the_same_profiles_again_change_nothing(matchers):
    for matcher in matchers.values():
        assert_same(updated(matcher, BASE, BASE[:3]), matcher)


def test_a_changed_organisation_is_recommended_by_its_new_profile(matchers):
    matcher = matchers["analyst"]
    fresh = {
        "id": "new",
        "name": "New",
        "mission": "rare lighthouse keepers",
        "needs": "training: course3 (5)",
    }
    other = updated(matcher, [fresh])
    assert other.recommend("New", 3)["seeker"].tolist() == ["new"] * 3
    assert other.recommend({"mission": "rare lighthouse keepers", "offers": "training: course3"}, 1)[
        "candidate"
    ].tolist() == ["new"]
    gone = updated(other, ["New", "o03"])
    assert len(gone.pool) == 11
    assert not {"new", "o03"} & {*gone.recommend_all(20)["candidate"]}
    with pytest.raises(UnknownSeekerError, match="seeker must be the id or name"):
        gone.recommend("o03")
    assert_frame_equal(matcher.recommend_all(3), updated(matcher).recommend_all(3))


@pytest.mark.filterwarnings("ignore")
def test_update_changes_organisations_of_the_pool_and_refuses_others(matchers):
    matcher, changed = matchers["analyst"], [record(3, 1), record(7, 2)]
    assert_same(copy.copy(matcher).update(table_of(changed)), updated(matcher, changed))
    other = copy.copy(matcher)
    with pytest.raises(UnknownSeekerError, match="organisation must be the id or name"):
        other.update(table_of([record(3, 1), record(12, 0)]))
    assert_same(other, matcher)


def test_rules_of_a_removed_organisation_no_longer_hold_and_those_of_an_added_one_do(matchers):
    matcher = matchers["analyst"]
    strict = record(20, 0) | {"excludes": ["o01"], "must": "language: id"}
    other = updated(matcher, [strict])
    assert not {"o01", "o03"} & {*other.recommend("o20", 20)["candidate"]}
    assert "o20" not in {*other.recommend("o01", 20)["candidate"]}
    assert_same(updated(other, ["o20"]), matcher)


def test_rejected_rows_are_noted_and_change_no_profile(matchers):
    matcher = matchers["analyst"]
    bad = record(1, 1) | {"flag": "purple", "mission": "changed"}
    with pytest.warns(UserWarning, match="1 of 2 profiles were rejected"):
        other = copy.copy(matcher).add([record(14, 0), bad])
    assert other.pool.loc[1, "mission"] == BASE[1]["mission"]
    assert other.table.rejected["id"].tolist() == ["o01"]
    assert other.table.set_aside["id"].tolist() == ["o01"]
    assert other.table.n_rows == len(other.pool) + other.table.n_rejected == 14
    with pytest.warns(UserWarning, match="1 of 1 profiles were rejected"):
        twice = copy.copy(other).add([record(2, 1) | {"flag": "purple"}])  # on the line of the first one
    assert twice.table.n_rows - len(twice.pool) == twice.table.n_rejected == 2
    good = updated(other, [record(1, 1)])
    assert good.table.rejected.empty and good.table.set_aside.empty
    assert_same(good, updated(matcher, [record(1, 1), record(14, 0)]))


@pytest.mark.parametrize(
    ("update", "error", "message"),
    [
        (
            lambda one: one.remove("nobody"),
            UnknownSeekerError,
            "organisation must be the id or name of one of",
        ),
        (lambda one: one.remove(["o01", "nobody"]), UnknownSeekerError, "got 'nobody'"),
        (
            lambda one: one.remove([f"o{at:02}" for at in range(11)]),
            ProfileError,
            "at least two organisations",
        ),
        (lambda one: one.add("missing.csv"), ProfileError, r"missing\.csv"),
    ],
)
def test_an_update_that_fails_leaves_the_matcher_as_it_was(matchers, update, error, message):
    matcher = copy.copy(matchers["analyst"])
    before = dict(vars(matcher))
    with pytest.raises(error, match=message):
        update(matcher)
    assert all(before[name] is value for name, value in vars(matcher).items())


def test_further_columns_that_are_new_are_noted_and_missing_ones_are_empty(encoder):
    base = [{**one, "team": ["a", "b"]} for one in BASE[:4]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = (
            Matcher(encoder=encoder).fit(table_of(base)).add(table_of([{**record(4, 0), "colour": "red"}]))
        )
    assert other.pool["team"].tolist()[-1] == ()
    assert "colour" not in other.pool
    assert other.table.notes.loc[other.table.notes["column"] == "colour", "reason"].tolist()


def test_an_updated_matcher_is_saved_and_updated_further(matchers, encoder, tmp_path):
    for name, matcher in matchers.items():
        other = updated(matcher, [record(2, 1), record(13, 2)], ["o04"])
        loaded = Matcher.load(other.save(tmp_path / name), encoder=encoder)
        assert_same(loaded, other)
        assert_same(updated(loaded, ["o13"], [record(4, 0)]), updated(other, ["o13"], [record(4, 0)]))
