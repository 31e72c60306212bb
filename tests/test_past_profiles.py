"""Profiles as they were known on earlier days: nothing that is planted of the future is in them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import OWN, work

from matcher import read_outcomes
from matcher.config import Config
from matcher.features import OrganisationEncoder, SignalEncoder
from matcher.outcomes import History
from matcher.outcomes.snapshots import PastProfiles, take_snapshots

EARLY = "Drying coffee in the hills of Java with women"
LATE = "Building a school for fishermen on the coast"
CUT = pd.Timestamp("2015-01-01")

TWO = [work("ab", "2010-05-01", EARLY, tags=("coffee",)), work("ac", "2018-05-01", LATE, tags=("school",))]


@pytest.fixture(autouse=True)
def pool_of_all(request, monkeypatch):
    """Let membership of the pool depend on works in the one test of that alone."""
    if "come_by_their_works" not in request.node.name:
        monkeypatch.setattr("matcher.outcomes.snapshots.NEARLY_ALL", 2.0)


@pytest.fixture
def known_on(pool_of):
    """Return what is known of dicts on a day, by id."""

    def make(*records, works=TWO, date=CUT, stable=False):
        pool = pool_of(*[{"mission": OWN, **record} for record in records])
        return PastProfiles(pool, works, stable=stable).as_of(date).set_index("id", drop=False)

    return make


def test_past_text_and_term_of_a_later_work_are_unknown_before_and_known_after(known_on):
    record = {"id": "a", "mission": f"{OWN}\n{EARLY}\n{LATE}", "tags": ["own", "coffee", "School"]}
    before = known_on(record).loc["a"]
    assert LATE not in before["mission"]
    assert OWN in before["mission"]
    assert EARLY in before["mission"]
    assert before["tags"] == ("own", "coffee")
    after = known_on(record, date=pd.Timestamp("2018-05-02")).loc["a"]
    assert after["mission"] == record["mission"]
    assert after["tags"] == ("own", "coffee", "School")


def test_past_pool_whose_members_come_by_their_works_holds_only_those_of_before(known_on):
    everybody = [{"id": id_} for id_ in "abc"]
    assert known_on(*everybody).index.tolist() == ["a", "b"]  # c came with a work of 2018
    assert known_on(*everybody, {"id": "z"}).index.tolist() == ["a", "b", "c", "z"]  # z never worked


def test_past_work_on_the_very_day_is_not_known_yet(known_on):
    record = {"id": "a", "mission": f"{OWN}\n{LATE}", "tags": ["school"]}
    known = known_on(record, works=TWO[1:], date=TWO[1].date).loc["a"]
    assert (known["mission"], known["tags"]) == (OWN, ())


def test_past_works_of_others_take_nothing_away(known_on):
    record = {"id": "b", "mission": f"{OWN}\n{LATE}", "tags": ["school"]}
    known = known_on(record).loc["b"]
    assert (known["mission"], known["tags"]) == (record["mission"], ("school",))


def test_past_text_written_differently_in_the_log_is_found(known_on):
    text = "Cafe\u0301 for the fishermen on the coast\r\nA second line about boats and nets"
    rows = [{"date": "2018-05-01", "lead": "a", "partners": "b", "mission": text}]
    known = known_on({"id": "a", "mission": f"{OWN}\n{text}"}, works=read_outcomes(pd.DataFrame(rows)).works)
    assert known.loc["a", "mission"] == OWN


def test_past_text_that_an_earlier_work_has_as_well_stays(known_on):
    again = [*TWO, work("ab", "2019-01-01", EARLY)]
    assert (
        known_on({"id": "a", "mission": f"{OWN}\n{EARLY}"}, works=again).loc["a", "mission"].count(EARLY) == 1
    )


def test_past_text_that_begins_an_earlier_one_leaves_it_whole(known_on):
    again = [*TWO, work("ab", "2019-01-01", EARLY.removesuffix(" with women"))]
    known = known_on({"id": "a", "mission": f"{OWN}\n{EARLY}"}, works=again)
    assert known.loc["a", "mission"] == f"{OWN}\n{EARLY}"


FULL = {
    "id": "a",
    "vision": OWN,
    "values": ["honesty"],
    "working_style": "calm",
    "goals_short": "one",
    "goals_long": "two",
    "indicators": "three",
    "products": ["coffee"],
    "markets": ["Java"],
    "channels": ["email"],
    "needs": "funding: cash (5)",
    "offers": "training: drying (4)",
    "evidence": "won a prize (paper, 2011-01-01)",
    "staff": 7,
    "budget": 900,
    "capacity_min": 1,
    "capacity_max": 3,
    "updated": "2019-01-01",
    "sector": ["farming"],
    "grants": 12,
    "others": ["x"],
    "slogan": "first of all",
    "flag": "yellow",
}
LASTING = {
    "kind": "social",
    "country": "Indonesia",
    "region": "Java",
    "languages": ["id"],
    "excludes": ["z"],
    "founded": 2001,
}


@pytest.mark.parametrize("name", [name for name in FULL if name not in ("id", "vision", "flag", "updated")])
def test_past_what_cannot_be_dated_is_unknown(known_on, name):
    known = known_on(FULL).loc["a", name]
    assert np.isnan(known) if isinstance(known, float) else known in ("", ())


def test_past_flag_that_may_have_come_later_is_not_raised_but_red_stays(known_on):
    known = known_on(
        {**FULL, "flag": "yellow"}, {"id": "b", "flag": "red"}, {"id": "c", "flag": "observation"}
    )
    assert known["flag"].to_dict() == {"a": "none", "b": "red", "c": "none"}


@pytest.mark.parametrize("name", LASTING)
def test_past_what_lasts_is_known(known_on, name):
    known = known_on({**FULL, **LASTING}).loc["a", name]
    assert known == (tuple(LASTING[name]) if isinstance(LASTING[name], list) else LASTING[name])


def test_past_updated_is_the_last_work_known_then_whatever_it_is_now(known_on):
    records = [{"id": id_, "updated": updated} for id_, updated in [("a", "2019-02-01"), ("b", "2012-01-01")]]
    known = known_on(*records, {"id": "c", "updated": "2019-02-01"}, {"id": "d"})
    # Whether a profile was touched after the day is itself of the future: b must not stand out.
    assert known.loc[["a", "b"], "updated"].tolist() == [TWO[0].date] * 2
    assert known.loc[["c", "d"], "updated"].isna().all()


def test_past_texts_are_unknown_to_everybody_if_works_have_none(known_on):
    bare = [work("ab", "2010-05-01"), work("ac", "2018-05-01"), work("ac", "2019-05-01", LATE)]
    known = known_on({"id": "a", "vision": OWN}, {"id": "b"}, {"id": "q"}, works=bare)
    assert set(known["mission"]) == set(known["vision"]) == {""}
    assert known.index.tolist() == ["a", "b", "q"]


def test_past_organisation_of_which_nothing_was_known_is_not_in_the_pool(known_on):
    records = [
        {"id": "a", "mission": EARLY},
        {"id": "b", "mission": "short"},  # has an earlier work
        {"id": "c", "mission": LATE},  # only a later work mentions it
        {"id": "d", "mission": "short"},
        {"id": "e", "mission": OWN},
    ]
    assert known_on(*records).index.tolist() == ["a", "b", "e"]
    assert known_on(*records, date=pd.Timestamp("2020-01-01")).index.tolist() == ["a", "b", "c", "e"]


def test_past_organisation_founded_later_is_not_in_the_pool(known_on):
    records = [{"id": f"o{year}", "founded": year} for year in (1990, 2015, 2016)] + [{"id": "o"}]
    for stable in (False, True):
        assert known_on(*records, stable=stable).index.tolist() == ["o1990", "o2015", "o"]


def test_past_before_anybody_was_founded_is_empty(pool_of):
    pool = pool_of({"id": "a", "mission": OWN, "founded": 2020}, {"id": "b", "mission": OWN, "founded": 2021})
    known = PastProfiles(pool, TWO).as_of(CUT)
    assert known.empty
    assert known.columns.tolist() == pool.columns.tolist()
    assert take_snapshots(pool, TWO) == []


def test_past_stable_keeps_all(pool_of):
    pool = pool_of(
        {**FULL, **LASTING, "mission": f"{EARLY}\n{LATE}", "tags": ["school"]}, {"id": "b", "mission": "x"}
    )
    pd.testing.assert_frame_equal(PastProfiles(pool, TWO, stable=True).as_of(CUT), pool)


def test_past_leaves_the_pool_alone_and_keeps_its_types(pool_of):
    pool = pool_of({**FULL, **LASTING}, {"id": "b", "mission": OWN})
    before = pool.copy(deep=True)
    known = PastProfiles(pool, TWO).as_of(CUT)
    pd.testing.assert_frame_equal(pool, before)
    pd.testing.assert_series_equal(known.dtypes, pool.dtypes)


@pytest.mark.parametrize("cell", ["school", ["school"]])
def test_past_single_term_that_only_a_later_work_explains_gives_way_to_an_earlier_ones(known_on, cell):
    known = known_on({"id": "a", "tags": cell}, {"id": "b", "tags": cell}, {"id": "c", "tags": cell})
    # c has no earlier work of which a term could be taken.
    terms = {"a": ("coffee",), "b": ("school",), "c": ()}
    expected = terms if isinstance(cell, list) else {id_: "".join(listed) for id_, listed in terms.items()}
    assert known["tags"].to_dict() == expected


@pytest.mark.parametrize("column", ["tags", "Tags", "TAGS"])
def test_past_term_of_a_column_in_another_case_is_explained_by_works(known_on, column):
    cells = {id_: ["own", "coffee", "school"] for id_ in "ab"}
    known = known_on(*[{"id": id_, column: cell} for id_, cell in cells.items()])
    assert known[column].to_dict() == {"a": ("own", "coffee"), "b": ("own", "coffee", "school")}


@pytest.mark.parametrize(
    "values", [[True, False], ["yes", "no"], [{"won": 1}, {"won": 2}], [2, 1], [["x"], ["y"]]]
)
def test_past_further_column_of_any_type_that_cannot_be_dated_gives_no_signal(encoder, pool_of, values):
    pool = pool_of(*[{"id": id_, "mission": OWN, "won": values[id_ in "ce"]} for id_ in "abcdef"])
    known = PastProfiles(pool, TWO).as_of(CUT)
    sides = OrganisationEncoder(encoder, Config()).fit(known)
    signals = SignalEncoder(sides).fit(known, sides.encode(known), History(TWO[:1]), CUT.date())
    names = [name for name in signals.names if "won" in name]
    scores = signals.score(signals.pool, signals.pool)
    assert np.isnan(scores[..., [signals.names.index(name) for name in names]]).all()


LINES = [f"Line {number} of a work that somebody did together" for number in range(6)]
drawn_works = st.lists(
    st.tuples(
        st.sets(st.sampled_from("abc"), min_size=1, max_size=3),
        st.lists(st.sampled_from(LINES), min_size=1, max_size=2, unique=True),
        st.lists(st.sampled_from(["t1", "t2", "t3", "t4"]), min_size=1, max_size=2, unique=True),
    ),
    max_size=4,
)


def _dated(drawn, first):
    """Date drawn works by the year from `first` on."""
    return [
        work(sorted(members), f"{first + place}-03-01", "\n".join(lines), tags=tuple(tags))
        for place, (members, lines, tags) in enumerate(drawn)
    ]


def _today(id_, works):
    """Return the profile that an organisation writes after some works: everything mentions them."""
    own = [w for w in works if id_ in w.members]
    lines = dict.fromkeys(line for w in own for line in w.text.split("\n"))
    return {
        "id": id_,
        "mission": "\n".join([OWN, *lines]),
        "tags": ["own", *dict.fromkeys(tag for w in own for tag in w.terms["tags"])],
        "needs": [{"category": "funding", "text": line} for line in lines],
        "evidence": [{"text": w.text.split("\n")[0], "date": f"{w.date:%Y-%m-%d}"} for w in own],
        "staff": len(own),
        "grants": len(own),
        "busy": len(own) > 1,
        "latest": own[-1].text if own else "nothing",
        "flag": "yellow" if len(own) > 2 else "none",
        "updated": f"{own[-1].date:%Y-%m-%d}" if own else "2001-01-01",
    }


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(early=drawn_works.filter(bool), futures=st.tuples(drawn_works, drawn_works))
def test_past_profiles_are_the_same_whatever_the_future_brings(pool_of, early, futures):
    known = []
    for future in futures:
        works = [*_dated(early, 2008), *_dated(future, 2015)]
        pool = pool_of(*[_today(id_, works) for id_ in "abc"])
        known.append(PastProfiles(pool, works).as_of(CUT))
    pd.testing.assert_frame_equal(*known)


def _capped(id_, works):
    """Return a profile that has room for the newest three lines and tags only."""
    own = [w for w in reversed(works) if id_ in w.members]
    lines = dict.fromkeys(line for w in own for line in w.text.split("\n"))
    tags = dict.fromkeys(tag for w in own for tag in w.terms["tags"])
    return {"id": id_, "mission": "\n".join([OWN, *[*lines][:3]]), "tags": [*tags][:3]}


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(early=drawn_works.filter(bool), futures=st.tuples(drawn_works, drawn_works))
def test_past_profiles_with_little_room_are_the_same_whatever_the_future_brings(pool_of, early, futures):
    known = []
    for future in futures:
        later = [
            (members, [line.replace("Line", "Tale") for line in lines], [f"new {tag}" for tag in tags])
            for members, lines, tags in future
        ]
        works = [*_dated(early, 2008), *_dated(later, 2015)]
        worked = [id_ for id_ in "abc" if any(id_ in w.members and w.day < CUT for w in works)]
        frame = PastProfiles(pool_of(*[_capped(id_, works) for id_ in worked]), works).as_of(CUT)
        frame["mission"] = [sorted(line for line in cell.split("\n") if line) for cell in frame["mission"]]
        frame["tags"] = frame["tags"].map(sorted)
        known.append(frame)
    pd.testing.assert_frame_equal(*known)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=drawn_works.filter(bool), date=st.integers(2008, 2020), seed=st.randoms(use_true_random=False))
def test_past_profiles_do_not_depend_on_the_order_of_rows(pool_of, drawn, date, seed):
    works = [*_dated(drawn, 2008), *_dated(drawn[::-1], 2013), *_dated(drawn, 2013)]
    records = [_capped(id_, works) for id_ in "abc"]
    known = []
    for _ in range(2):
        frame = PastProfiles(pool_of(*records), works).as_of(pd.Timestamp(f"{date}-07-01"))
        known.append(frame.sort_values("id", ignore_index=True))
        seed.shuffle(records)
        seed.shuffle(works)
    pd.testing.assert_frame_equal(*known)
