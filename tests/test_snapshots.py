"""Snapshots of the past: cut by date, and blind to what comes after."""

import itertools
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import LETTERS, OWN, work

from matcher import read_outcomes
from matcher.config import Config
from matcher.errors import EvaluationError
from matcher.features import OrganisationEncoder, SignalEncoder
from matcher.outcomes import History, JointWork
from matcher.outcomes.snapshots import (
    FIRST,
    LATER_WINDOWS,
    MOST_SEEKERS,
    WINDOWS,
    snapshot_date,
    take_snapshot,
    take_snapshots,
)
from matcher.profiles import check_profile


def pairs_over_years(n, ids=LETTERS, seed=0, **more):
    """Return n works of two, one a month from 2010, without texts."""
    rng = random.Random(seed)
    days = pd.date_range("2010-01-01", periods=n, freq="MS")
    return [work(rng.sample(ids, 2), day, **more) for day in days]


@pytest.fixture(autouse=True)
def pool_of_all(request, monkeypatch):
    """Let nobody's being in the pool hang on works, apart from the test of just that."""
    if "come_by_their_works" not in request.node.name:
        monkeypatch.setattr("matcher.outcomes.snapshots.NEARLY_ALL", 2.0)


@pytest.fixture
def pool(pool_of):
    return pool_of(*[{"id": id_, "mission": f"{OWN} {id_}", "updated": "2020-01-01"} for id_ in LETTERS])


def test_snapshots_of_no_works_are_none(pool):
    assert take_snapshots(pool, []) == take_snapshots(pool, [work("ab", None)]) == []


@pytest.mark.parametrize("n", [1, 3])
def test_snapshots_of_one_day_are_none(pool, n):
    assert take_snapshots(pool, [work("ab", "2015-01-01")] * n) == []


def test_snapshots_are_at_most_so_many_as_windows(pool):
    assert len(take_snapshots(pool, pairs_over_years(60))) <= WINDOWS


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
    works = pairs_over_years(100, ids=f"{LETTERS}x")
    for snapshot in take_snapshots(pool, works):
        for seeker, found in snapshot.partners.items():
            assert found
            assert found <= {*LETTERS} - {seeker}
            assert not any({seeker, other} <= {*w.members} for other in found for w in snapshot.history.works)
        assert snapshot.seekers["id"].tolist() == list(snapshot.partners) == list(snapshot.works)


def test_snapshots_seekers_are_as_they_were_known_then(pool_of):
    records = [{"id": id_, "mission": OWN, "staff": 5, "updated": "2020-01-01"} for id_ in LETTERS]
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
        ("durasi", "24"),
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


def test_snapshots_calls_name_further_columns_as_profiles_do(pool_of):
    records = [{"id": id_, "mission": OWN, "Programme": ["x"], "updated": "2020-01-01"} for id_ in LETTERS]
    rows = [
        {
            "tanggal": f"20{10 + n}-01-01",
            "ketua": "ab"[n % 2],
            "mitra": "c",
            "teks": f"{n} {OWN}",
            "PROGRAMME": "x",
        }
        for n in range(6)
    ]
    snapshots = take_snapshots(pool_of(*records), read_outcomes(pd.DataFrame(rows)).works)
    assert snapshots
    for snapshot in snapshots:
        assert snapshot.seekers.columns.tolist() == snapshot.pool.columns.tolist()
        assert snapshot.seekers["Programme"].tolist() == [("x",)] * len(snapshot.seekers)


@pytest.mark.parametrize("told", ["a bell \x07 rings in the village", "long " * 11_000])
def test_snapshots_works_with_texts_that_no_profile_may_hold_are_calls(pool, told):
    rows = [{"date": f"20{10 + n}-01-01", "lead": "a", "partners": "b", "mission": told} for n in range(3)]
    snapshots = take_snapshots(pool, read_outcomes(pd.DataFrame(rows)).works)
    assert {text for snapshot in snapshots for text in snapshot.seekers["mission"]} == {told.strip()}


def test_snapshots_labels_after_the_profiles_date_use_them_as_they_are(pool_of):
    records = [{"id": id_, "mission": OWN, "staff": ord(id_), "updated": "2012-06-15"} for id_ in LETTERS]
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
    undated = pool_of(*[{"id": id_, "mission": OWN} for id_ in LETTERS])
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
        for w, other in zip(works, pairs_over_years(100, ids=LETTERS.replace("f", ""), seed=9), strict=True)
    ]
    seen = []
    for told in (works, changed):
        (snapshot,) = [s for s in take_snapshots(pool, told) if s.date == day]
        sides = OrganisationEncoder(encoder, Config()).fit(snapshot.pool)
        signals = SignalEncoder(sides).fit(
            snapshot.pool, sides.encode(snapshot.pool), snapshot.history, day.date()
        )
        seen.append((signals.names, signals.score(signals.pool, signals.pool), snapshot.partners))
    assert seen[0][0] == seen[1][0]
    np.testing.assert_array_equal(seen[0][1], seen[1][1])
    assert seen[0][2] != seen[1][2]  # the labels are of the future, and did change


DATE = pd.Timestamp("2020-01-01")
BEFORE, AFTER = "2019-05-01", "2020-05-01"


@pytest.fixture
def six(pool_of):
    record = {"mission": "coffee for farmers", "country": "Kenya", "updated": "2020-01-01"}
    return pool_of(*({"id": id_, **record} for id_ in "abcdef"))


def pairs_of(snapshot):
    return {(seeker, other) for seeker, found in snapshot.partners.items() for other in found}


def test_snapshot_lead_of_a_work_without_text_seeks_its_new_partners(six):
    snapshot = take_snapshot(six, [work("bac", AFTER), work("ba", BEFORE)], DATE)
    assert pairs_of(snapshot) == {("b", "c")}  # b worked with a before
    assert snapshot.seekers["id"].tolist() == ["b"]
    assert snapshot.seekers["mission"].tolist() == ["coffee for farmers"]
    assert snapshot.counts["organisations"] == 1
    assert snapshot.counts["calls"] == 0


def test_snapshot_first_member_seeks_where_no_lead_is_named(six):
    assert pairs_of(take_snapshot(six, [work("ba", AFTER, lead="")], DATE)) == {("a", "b")}


def test_snapshot_works_of_one_seeker_are_one_row(six):
    snapshot = take_snapshot(six, [work("ab", AFTER), work("ac", AFTER), work("ab", "2020-06-01")], DATE)
    assert pairs_of(snapshot) == {("a", "b"), ("a", "c")}
    assert len(snapshot.seekers) == 1
    assert snapshot.counts["works_used"] == 3
    assert [w.day for w in snapshot.labelled] == [*[pd.Timestamp(AFTER)] * 2, pd.Timestamp("2020-06-01")]


def test_snapshot_work_with_text_is_a_call_of_its_lead_also_for_known_partners(six):
    works = [work("bac", AFTER, "Boats for nurses", country=("Peru",)), work("ba", BEFORE)]
    snapshot = take_snapshot(six, works, DATE)
    (row,) = snapshot.seekers.to_dict("records")
    assert (row["lead"], row["mission"], row["country"]) == ("b", "Boats for nurses", "Peru")
    assert set(snapshot.pairs["candidate"]) == {"a", "c"}
    assert snapshot.counts["calls"] == 1


def test_snapshot_each_call_is_one_seeker_also_of_the_same_lead(six):
    snapshot = take_snapshot(six, [work("ab", AFTER, "Boats"), work("ac", AFTER, "Nets")], DATE)
    assert snapshot.seekers["id"].is_unique
    assert snapshot.seekers["lead"].tolist() == ["a", "a"]
    assert len(pairs_of(snapshot)) == 2


def test_snapshot_lead_is_never_its_own_partner(six):
    works = [work("abc", AFTER, "Boats"), work("def", AFTER)]
    snapshot = take_snapshot(six, works, DATE)
    leads = dict(zip(snapshot.seekers["id"], snapshot.seekers["lead"], strict=True))
    assert all(candidate not in (seeker, leads[seeker]) for seeker, candidate in pairs_of(snapshot))


def test_snapshot_call_of_an_unknown_lead_seeks_all_the_same(six):
    snapshot = take_snapshot(six, [work(["zz", "a", "yy"], AFTER, "Boats"), work(["zz", "b"], AFTER)], DATE)
    assert snapshot.pairs["candidate"].tolist() == ["a"]  # a lead without a profile and a text cannot seek
    assert snapshot.counts["unknown_members"] == 2
    assert snapshot.counts["works_after"] == 2
    assert snapshot.counts["works_used"] == 1


def test_snapshot_works_on_the_day_and_undated_ones_are_history(six):
    works = [work("ab", DATE), work("cd", None), work("ef", "2020-01-02")]
    snapshot = take_snapshot(six, works, DATE)
    assert pairs_of(snapshot) == {("e", "f")}
    assert snapshot.history.works == (works[1], works[0])
    assert snapshot.counts["works_undated"] == 1


def test_snapshot_same_work_of_two_logs_counts_once(six):
    works = [work("ab", AFTER, "Boats")]
    assert len(take_snapshot(six, [*works, *works], DATE).seekers) == 1


def test_snapshot_order_of_works_changes_nothing(six):
    works = [
        work("ab", AFTER, "Boats"),
        work("cd", AFTER),
        work("ea", BEFORE),
        work("fe", "2020-07-01", "Nets"),
    ]
    one, other = take_snapshot(six, works, DATE), take_snapshot(six, works[::-1], DATE)
    pd.testing.assert_frame_equal(one.seekers, other.seekers)
    pd.testing.assert_frame_equal(one.pairs, other.pairs)
    assert one.counts == other.counts


def test_snapshot_call_keeps_what_a_call_may_say_and_reads_languages(six):
    terms = {"staff": ("many",), "languages": ("Indonesian", "en"), "tags": ("sea",)}
    snapshot = take_snapshot(six, [work("ab", AFTER, "Boats", **terms)], DATE)
    assert snapshot.seekers["mission"].tolist() == ["Boats"]
    assert snapshot.seekers["languages"].tolist() == [("id", "en")]
    assert snapshot.seekers["tags"].tolist() == [("sea",)]
    assert np.isnan(snapshot.seekers["staff"].iloc[0])


def test_snapshot_call_takes_no_id_of_the_pool(pool_of):
    taken = "work 1 after the snapshot"
    pool = pool_of(*({"id": id_, "mission": "x y"} for id_ in ("a", "b", taken)))
    snapshot = take_snapshot(pool, [work("ab", AFTER, "Boats")], DATE)
    assert snapshot.seekers["id"].tolist() == [f"{taken}'"]


@pytest.mark.parametrize(
    ("works", "message"),
    [
        ([], "got 0 works after it, none with a new partner to be found, of 0 works"),
        ([work("ab", BEFORE)], "2020-01-01.*got 0 works after it.* of 1 works, the last of 2019-05-01"),
        ([work(["x", "y"], AFTER)], r"got 1 works after it.*\(2 members of later works have no profile\)"),
        ([work("ab", AFTER), work("ab", BEFORE)], "got 1 works after it, none with a new partner"),
        ([work("a", AFTER, "Boats")], "No other date would do: add outcomes of organisations that have a"),
        ([work("ab", None)], "No other date would do"),
        ([work("ab", BEFORE)], "Give profiles of an earlier date, or outcomes of a later one"),
        ([work("ab", BEFORE)], r"the line as_of = 2019-04-30 \(no quotes\) in the file given with --config"),
    ],
)
def test_snapshot_nothing_to_be_found_is_an_error_that_says_what_to_do(six, works, message):
    with pytest.raises(EvaluationError, match=message):
        take_snapshot(six, works, DATE)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["ab", "ac", "ba", "xa", "ax", "xy", "bc"]), st.integers(1, 9))))
def test_snapshot_day_that_the_error_names_is_the_latest_that_works(days):
    small = pd.DataFrame([check_profile({"id": id_, "name": id_, "mission": "x"}) for id_ in "abc"])
    works = [work(pair, f"2019-01-{day + 10}") for pair, day in days]
    fits = []
    for day in pd.date_range("2019-01-01", "2019-01-31"):
        try:
            take_snapshot(small, works, day)
        except EvaluationError as err:
            advice = str(err)
        else:
            fits.append(day)
    # No work is after the last day, so it always is an error, and all before the named day do.
    named = f"as_of = {max(fits):%Y-%m-%d} (no quotes)" if fits else "No other date would do"
    assert named in advice
    assert fits == list(pd.date_range("2019-01-01", "2019-01-31"))[: len(fits)]


def test_snapshot_date_is_that_of_the_settings_else_the_latest_of_the_profiles(six):
    assert snapshot_date(six, Config()) == DATE
    assert snapshot_date(six, Config.from_dict({"as_of": DATE.date()})) == DATE
    assert snapshot_date(six, Config(as_of=pd.Timestamp("2018-01-01").date())) == pd.Timestamp("2018-01-01")


def test_snapshot_date_without_any_is_an_error(pool_of):
    undated = pool_of({"id": "a", "mission": "boats"}, {"id": "b", "mission": "nets"})
    with pytest.raises(EvaluationError, match=r"got none in 2 profiles\. Add dates, or set as_of.*= YYYY"):
        snapshot_date(undated, Config())


def _labels(snapshot, works):
    """Return (seeker or text, partner) of each label whose seeker led the work."""
    rows = snapshot.seekers.set_index("id")
    led = {(w.lead, w.text) for w in works}
    return {
        (rows.loc[seeker, "mission"] if rows.loc[seeker, "lead"] else seeker, other)
        for seeker, others in snapshot.partners.items()
        for other in others
        if not rows.loc[seeker, "lead"] or (rows.loc[seeker, "lead"], rows.loc[seeker, "mission"]) in led
    }


@pytest.mark.parametrize("seed", range(4))
def test_snapshots_to_learn_from_have_the_labels_of_the_one_to_judge_by(pool_of, seed):
    rng = random.Random(seed)
    works = []
    for place, day in enumerate(pd.date_range("2010-01-01", periods=60, freq="MS")):
        members = rng.sample(f"{LETTERS[:8]}x", rng.choice([2, 3]))
        text = f"Work number {place} on {OWN}" if rng.random() < 0.5 else ""
        works.append(work(members, rng.choice([day, None, day]), text, lead=rng.choice(["", members[0]])))
    works = [w for w in works if w.lead or not w.text]  # a call without a lead is led by nobody to judge by
    pool = pool_of(*[{"id": id_, "mission": f"{OWN} {id_}", "updated": "2012-01-01"} for id_ in LETTERS[:8]])
    judged = take_snapshot(pool, works, pd.Timestamp("2012-01-01"))
    learned = [s for s in take_snapshots(pool, works[::-1]) if s.date == judged.date]
    assert len(learned) > 1
    assert set().union(*(_labels(snapshot, works) for snapshot in learned)) == _labels(judged, works)
    assert all(snapshot.history.works == judged.history.works for snapshot in learned)
    assert [w for snapshot in learned for w in snapshot.after] == list(judged.after)
