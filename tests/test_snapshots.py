"""Snapshots of the past: whatever is planted of the future must not be in them."""

import itertools
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher import read_outcomes
from matcher.config import Config
from matcher.features import SideEncoder, SignalEncoder
from matcher.learning import take_snapshots
from matcher.learning.pasts import PastProfiles
from matcher.learning.snapshots import FIRST, LATER_WINDOWS, MOST_SEEKERS, WINDOWS
from matcher.outcomes import History, JointWork

OWN = "We have always looked after our own village."
EARLY = "Drying coffee in the hills of Java with women"
LATE = "Building a school for fishermen on the coast"
CUT = pd.Timestamp("2015-01-01")


IDS = "abcdefghijklmnop"


def work(members, date, text="", lead=None, **terms):
    day = None if date is None else pd.Timestamp(date)
    return JointWork(tuple(sorted(members)), day, members[0] if lead is None else lead, text, terms)


TWO = [work("ab", "2010-05-01", EARLY, tags=("coffee",)), work("ac", "2018-05-01", LATE, tags=("school",))]


def pairs_over_years(n, ids=IDS, seed=0, **more):
    """Return n works of two, one a month from 2010, without texts."""
    rng = random.Random(seed)
    days = pd.date_range("2010-01-01", periods=n, freq="MS")
    return [work(rng.sample(ids, 2), day, **more) for day in days]


@pytest.fixture(autouse=True)
def pool_of_all(request, monkeypatch):
    """Let nobody's being in the pool hang on works, apart from the test of just that."""
    if "come_by_their_works" not in request.node.name:
        monkeypatch.setattr("matcher.learning.pasts.NEARLY_ALL", 2.0)


@pytest.fixture
def known_on(pool_of):
    """Return what is known of dicts on a day, by id."""

    def make(*records, works=TWO, date=CUT, stable=False):
        pool = pool_of(*[{"mission": OWN, **record} for record in records])
        return PastProfiles(pool, works, stable=stable).as_of(date).set_index("id", drop=False)

    return make


# --- Profiles of the past ------------------------------------------------------------------------------


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
    known = known_on(record, date=TWO[1].date).loc["a"]
    assert (known["mission"], known["tags"]) == (OWN, ())


def test_past_works_of_others_take_nothing_away(known_on):
    record = {"id": "b", "mission": f"{OWN}\n{LATE}", "tags": ["school"]}
    known = known_on(record).loc["b"]
    assert (known["mission"], known["tags"]) == (record["mission"], ("school",))


def test_past_text_written_differently_in_the_log_is_found(known_on):
    told = "Cafe\u0301 for the fishermen on the coast\r\nA second line about boats and nets"
    rows = [{"date": "2018-05-01", "lead": "a", "partners": "b", "mission": told}]
    known = known_on({"id": "a", "mission": f"{OWN}\n{told}"}, works=read_outcomes(pd.DataFrame(rows)).works)
    assert known.loc["a", "mission"] == OWN


def test_past_text_that_an_earlier_work_told_as_well_stays(known_on):
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
        {"id": "c", "mission": LATE},  # only a later work tells of it
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
def test_past_single_term_that_only_a_later_work_explains_is_unknown(known_on, cell):
    known = known_on({"id": "a", "tags": cell}, {"id": "b", "tags": cell}, {"id": "c", "tags": "coffee"})
    empty, told = ((), ("school",)) if isinstance(cell, list) else ("", "school")
    assert known.loc["a", "tags"] == empty
    assert known.loc["b", "tags"] == told


@pytest.mark.parametrize(
    "values", [[True, False], ["yes", "no"], [{"won": 1}, {"won": 2}], [2, 1], [["x"], ["y"]]]
)
def test_past_further_column_of_any_type_that_cannot_be_dated_gives_no_signal(encoder, pool_of, values):
    pool = pool_of(*[{"id": id_, "mission": OWN, "won": values[id_ in "ce"]} for id_ in "abcdef"])
    known = PastProfiles(pool, TWO).as_of(CUT)
    sides = SideEncoder(encoder, Config()).fit(known)
    signals = SignalEncoder(sides).fit(known, sides.encode(known), History(TWO[:1]), CUT.date())
    told = [name for name in signals.names if "won" in name]
    scores = signals.score(signals.pool, signals.pool)
    assert np.isnan(scores[..., [signals.names.index(name) for name in told]]).all()


LINES = [f"Line {number} of a work that somebody did together" for number in range(6)]
works_told = st.lists(
    st.tuples(
        st.sets(st.sampled_from("abc"), min_size=1, max_size=3),
        st.lists(st.sampled_from(LINES), min_size=1, max_size=2, unique=True),
        st.lists(st.sampled_from(["t1", "t2", "t3", "t4"]), min_size=1, max_size=2, unique=True),
    ),
    max_size=4,
)


def _dated(told, first):
    """Date drawn works by the year from `first` on."""
    return [
        work(sorted(members), f"{first + place}-03-01", "\n".join(lines), tags=tuple(tags))
        for place, (members, lines, tags) in enumerate(told)
    ]


def _today(id_, works):
    """Return the profile that an organisation writes after some works: everything tells of them."""
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
@given(early=works_told.filter(bool), futures=st.tuples(works_told, works_told))
def test_past_profiles_are_the_same_whatever_the_future_brings(pool_of, early, futures):
    known = []
    for future in futures:
        works = [*_dated(early, 2008), *_dated(future, 2015)]
        pool = pool_of(*[_today(id_, works) for id_ in "abc"])
        known.append(PastProfiles(pool, works).as_of(CUT))
    pd.testing.assert_frame_equal(*known)


# --- Snapshots -----------------------------------------------------------------------------------------


@pytest.fixture
def pool(pool_of):
    return pool_of(*[{"id": id_, "mission": f"{OWN} {id_}", "updated": "2020-01-01"} for id_ in IDS])


def test_snapshots_of_no_works_are_none(pool):
    assert take_snapshots(pool, []) == take_snapshots(pool, [work("ab", None)]) == []


@pytest.mark.parametrize("n", [1, 3])
def test_snapshots_of_one_day_are_none(pool, n):
    assert take_snapshots(pool, [work("ab", "2015-01-01")] * n) == []


@pytest.mark.parametrize("windows", [0, 1, 4])
def test_snapshots_are_at_most_so_many_as_asked(pool, windows):
    assert len(take_snapshots(pool, pairs_over_years(60), windows=windows)) <= windows


def test_snapshots_come_in_date_order_and_hold_no_history_from_their_day_on(pool):
    works = [*pairs_over_years(100), work("af", None)]
    snapshots = take_snapshots(pool, works)
    dates = [snapshot.date for snapshot in snapshots]
    assert len(dates) > WINDOWS // 2
    assert dates == sorted(set(dates)) == [snapshot.labelled_from for snapshot in snapshots]
    for snapshot in snapshots:
        assert snapshot.history.works == History(w for w in works if w.day < snapshot.date).works
        assert len(snapshot.history.works) > FIRST * 100 - 1
        assert snapshot.history.works[0].members == ("a", "f")


def test_snapshots_label_what_formed_from_their_day_to_the_next(pool):
    works = pairs_over_years(100)
    snapshots = take_snapshots(pool, works)
    ends = [snapshot.date for snapshot in snapshots[1:]] + [pd.Timestamp("2020-01-02")]
    for snapshot, end in zip(snapshots, ends, strict=True):
        known = {w.members for w in works if w.day < snapshot.date}
        formed = {w.members for w in works if snapshot.date <= w.day < end} - known
        labelled = {tuple(sorted((s, o))) for s, found in snapshot.partners.items() for o in found}
        assert labelled == formed


def test_snapshots_partners_are_neither_oneself_nor_old_ones_nor_strangers(pool):
    works = pairs_over_years(100, ids=f"{IDS}x")
    for snapshot in take_snapshots(pool, works):
        for seeker, found in snapshot.partners.items():
            assert found
            assert found <= {*IDS} - {seeker}
            assert not any({seeker, other} <= {*w.members} for other in found for w in snapshot.history.works)
        assert snapshot.seekers["id"].tolist() == list(snapshot.partners) == list(snapshot.works)


def test_snapshots_seekers_are_as_they_were_known_then(pool_of):
    records = [{"id": id_, "mission": OWN, "staff": 5, "updated": "2020-01-01"} for id_ in IDS]
    snapshots = take_snapshots(pool_of(*records), pairs_over_years(60))
    assert snapshots
    for snapshot in snapshots:
        assert snapshot.seekers["staff"].isna().all()
        assert set(snapshot.seekers["mission"]) == {""}
        assert (snapshot.seekers["updated"].dropna() < snapshot.date).all()


def _with_text(n=14):
    """Return works of three, the first two of them led by somebody outside the pool later."""
    rng = random.Random(1)
    days = pd.date_range("2010-01-01", periods=n, freq="MS")
    return [
        work(
            rng.sample("abcdef", 3),
            day,
            f"Work number {place} on {OWN}",
            tags=(f"t{place % 3}",),
            country=("Chad",),
        )
        for place, day in enumerate(days)
    ]


def test_snapshots_work_with_text_seeks_once_for_each_possible_lead(pool):
    works = _with_text()
    snapshot = take_snapshots(pool, works)[-1]
    labelled = [w for w in works if w.day >= snapshot.date]
    assert sorted(zip(snapshot.seekers["mission"], snapshot.seekers["lead"], strict=True)) == sorted(
        (w.text, member) for w in labelled for member in w.members
    )
    for id_, mission, lead in snapshot.seekers[["id", "mission", "lead"]].itertuples(index=False):
        (own,) = [w for w in labelled if w.text == mission]
        # A call may well go to old partners again.
        assert snapshot.partners[id_] == {*own.members} - {lead}
    assert len(set(snapshot.works.values())) == len(labelled)
    assert snapshot.seekers["tags"].map(len).eq(1).all()
    assert set(snapshot.seekers["country"]) == {"Chad"}


def test_snapshots_work_led_from_outside_the_pool_is_a_call_too(pool):
    works = [*_with_text(), work("xab", "2015-01-01", f"A work led by a stranger {OWN}")]
    snapshot = take_snapshots(pool, works)[-1]
    assert {"a", "b", "x"} <= set(snapshot.seekers["lead"])
    assert {frozenset("ab"), frozenset("a"), frozenset("b")} <= set(snapshot.partners.values())


def test_snapshots_work_of_one_member_labels_nothing(pool):
    works = [
        work(member, day, f"Alone {OWN}") for member, day in zip("abc", ("2010", "2011", "2012"), strict=True)
    ]
    assert take_snapshots(pool, works) == []


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("kind", "education"),
        ("budget", "12000"),
        ("founded", "someday"),
        ("flag", "red"),
        ("updated", "2099-01-01"),
        ("needs", "no category"),
        ("misi", "the same in Indonesian"),
        ("duration", "24"),
        ("sector", "farming"),
    ],
)
def test_snapshots_works_with_any_column_are_calls(pool, column, cell):
    rows = [
        {
            "date": f"20{10 + n}-01-01",
            "lead": "ab"[n % 2],
            "partners": "cd"[n % 2],
            "mission": f"{n} {OWN}",
            column: cell,
        }
        for n in range(6)
    ]
    snapshots = take_snapshots(pool, read_outcomes(pd.DataFrame(rows)).works)
    assert snapshots
    for snapshot in snapshots:
        assert snapshot.seekers["mission"].str.endswith(OWN).all()
        assert snapshot.seekers["flag"].eq("none").all()
        assert snapshot.seekers["updated"].isna().all()
        assert snapshot.seekers["sector"].map(len).eq(column == "sector").all()
        if column == "duration":
            assert snapshot.seekers["duration"].tolist() == [("24",)] * len(snapshot.seekers)


@pytest.mark.parametrize("told", ["a bell \x07 rings in the village", "long " * 11_000])
def test_snapshots_works_with_texts_that_no_profile_may_hold_are_calls(pool, told):
    rows = [{"date": f"20{10 + n}-01-01", "lead": "a", "partners": "b", "mission": told} for n in range(3)]
    snapshots = take_snapshots(pool, read_outcomes(pd.DataFrame(rows)).works)
    assert {text for snapshot in snapshots for text in snapshot.seekers["mission"]} == {told.strip()}


def test_snapshots_labels_after_the_profiles_date_use_them_as_they_are(pool_of):
    records = [{"id": id_, "mission": OWN, "staff": ord(id_), "updated": "2012-06-15"} for id_ in IDS]
    pool = pool_of(*records)
    works = pairs_over_years(60)
    today = pd.Timestamp("2012-06-15")
    later = [s for s in take_snapshots(pool, works) if s.date == today]
    assert 1 <= len(later) <= LATER_WINDOWS
    assert [s.labelled_from for s in later] == sorted(s.labelled_from for s in later)
    for snapshot in later:
        assert snapshot.labelled_from > today
        pd.testing.assert_frame_equal(snapshot.pool, pool)
        assert snapshot.history.works == History(w for w in works if w.day <= today).works
        assert snapshot.seekers["staff"].tolist() == [ord(id_) for id_ in snapshot.seekers["id"]]


def test_snapshots_work_on_the_profiles_day_is_history_not_label(pool_of):
    pool = pool_of(*[{"id": id_, "mission": OWN, "updated": "2015-01-01"} for id_ in "abc"])
    (snapshot,) = take_snapshots(pool, [work("ab", "2015-01-01"), work("ac", "2015-01-02")])
    assert (snapshot.date, snapshot.labelled_from) == (pd.Timestamp("2015-01-01"), pd.Timestamp("2015-01-02"))
    assert dict(snapshot.partners) == {"a": frozenset("c")}
    assert [w.members for w in snapshot.history.works] == [("a", "b")]


def test_snapshots_of_a_pool_without_dates_roll_over_all_works(pool_of):
    undated = pool_of(*[{"id": id_, "mission": OWN} for id_ in IDS])
    works = pairs_over_years(60)
    snapshots = take_snapshots(undated, works)
    assert snapshots
    assert max(snapshot.date for snapshot in snapshots) <= works[-1].date


def many(n):
    """Return a history of one work, and n later works on one day, each sought by another."""
    ids = [f"s{place:03}" for place in range(n)]
    works = [work(["p", "q"], "2010-01-01")] + [work([id_, "p"], "2016-01-01") for id_ in ids]
    return [*ids, "p", "q"], works


def test_snapshots_seekers_are_thinned_the_same_whatever_the_order_of_works(pool_of):
    ids, works = many(MOST_SEEKERS + 30)
    pool = pool_of(*[{"id": id_, "mission": "x", "updated": "2015-01-01"} for id_ in ids])
    (snapshot,) = take_snapshots(pool, works)
    assert len(snapshot.seekers) == len(snapshot.partners) == len(snapshot.works) == MOST_SEEKERS
    (turned,) = take_snapshots(pool, works[::-1])
    assert turned.seekers["id"].tolist() == snapshot.seekers["id"].tolist()


def test_snapshots_few_seekers_are_all_kept(pool_of):
    ids, works = many(MOST_SEEKERS)
    pool = pool_of(*[{"id": id_, "mission": "x", "updated": "2015-01-01"} for id_ in ids])
    assert len(take_snapshots(pool, works)[0].seekers) == MOST_SEEKERS


@pytest.mark.parametrize("told", [False, True])
def test_snapshots_shuffled_works_give_the_same(pool, told):
    works = _with_text(30) if told else pairs_over_years(60)
    # Several works a day: only their members, leads and texts can tell them apart.
    works = [JointWork(w.members, w.date.replace(month=1), w.lead, w.text, w.terms) for w in works]
    shuffled = random.Random(3).sample(works, len(works))
    for one, other in itertools.zip_longest(take_snapshots(pool, works), take_snapshots(pool, shuffled)):
        assert (one.date, one.partners, one.works) == (other.date, other.partners, other.works)
        pd.testing.assert_frame_equal(one.seekers, other.seekers)
        pd.testing.assert_frame_equal(one.pool, other.pool)


@pytest.mark.parametrize("place", [0, 2, 4])
def test_snapshots_signals_do_not_see_what_works_from_their_day_on_become(encoder, pool, place):
    works = pairs_over_years(100)
    day = take_snapshots(pool, works)[place].date
    # Other members, leads and terms from that day on, at the same dates.
    changed = [
        w if w.day < day else work([*other.members, "f"], w.date, lead="f", tags=("new",))
        for w, other in zip(works, pairs_over_years(100, ids=IDS.replace("f", ""), seed=9), strict=True)
    ]
    seen = []
    for told in (works, changed):
        (snapshot,) = [s for s in take_snapshots(pool, told) if s.date == day]
        sides = SideEncoder(encoder, Config()).fit(snapshot.pool)
        signals = SignalEncoder(sides).fit(
            snapshot.pool, sides.encode(snapshot.pool), snapshot.history, day.date()
        )
        seen.append((signals.names, signals.score(signals.pool, signals.pool), snapshot.partners))
    assert seen[0][0] == seen[1][0]
    np.testing.assert_array_equal(seen[0][1], seen[1][1])
    assert seen[0][2] != seen[1][2]  # the labels are of the future, and did change
