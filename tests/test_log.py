"""What a log keeps, in both places: a SQLite file and a PostgreSQL database."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs import NOON, PAIR, REVIEW, RUN, SHOWN, set_clock

from matcher import read_outcomes
from matcher.columns import Answer, Outcome
from matcher.config import Config
from matcher.errors import ConfigError, OutcomeError
from matcher.outcomes import History
from matcher.outcomes.database import now
from matcher.outcomes.log import OutcomeLog, Run, name_run
from matcher.tables.writing import write_table


@pytest.fixture(autouse=True, scope="module")
def noon():
    with pytest.MonkeyPatch.context() as patch:
        set_clock(patch)
        yield


def rows_of(log):
    frame = log.entries()
    return [(*pair, str(date.date())) for *pair, date in frame[list(Outcome)[:4]].to_numpy().tolist()]


# Recording


def test_record_gives_id_and_canonical_frame(log):
    done = log.record("a", "b", "met", "2026-11-01", seeker_rating=4, reason="fair")
    frame = log.entries()
    assert (done.stored, done.already, done.n_rows, done.n_rejected) == ((1,), (), 1, 0)
    assert list(frame.columns) == [*Outcome, "id", "reason", "recorded_at"]
    assert frame.loc[0, "seeker_rating"] == 4.0
    assert pd.isna(frame.loc[0, "candidate_rating"])
    assert frame.loc[0, "reason"] == "fair"
    assert frame.loc[0, "recorded_at"] == pd.Timestamp(NOON)
    assert str(frame["recorded_at"].dt.tz) == "UTC"
    assert frame["date"].dtype.kind == "M"


def test_record_stage_in_indonesian_is_the_english_stage(log):
    log.record("a", "b", "Sepakat", "01/11/2026")
    assert rows_of(log) == [("a", "b", "agreed", "2026-11-01")]


def test_record_recorded_at_is_kept_in_utc(log, monkeypatch):
    jakarta = dt.timezone(dt.timedelta(hours=7))
    set_clock(monkeypatch, dt.datetime(2026, 11, 2, 5, 30, tzinfo=jakarta))
    log.record(**PAIR)
    assert log.entries().loc[0, "recorded_at"] == pd.Timestamp("2026-11-01T22:30:00Z")


def test_record_today_is_the_callers_day_not_that_of_utc(log, monkeypatch):
    jakarta = dt.timezone(dt.timedelta(hours=7))
    set_clock(monkeypatch, dt.datetime(2026, 11, 2, 5, 30, tzinfo=jakarta))
    log.record("a", "b", "met", "2026-11-02")
    assert len(log.entries()) == 1


def test_record_takes_the_present_time(log, monkeypatch):
    monkeypatch.setattr("matcher.outcomes.database.now", now)
    before = pd.Timestamp.now("UTC")
    log.record("a", "b", "met", "2024-11-01")
    assert before <= log.entries().loc[0, "recorded_at"] <= pd.Timestamp.now("UTC")


def test_record_same_event_twice_is_stored_once_and_reported(log, place):
    first = log.record(**PAIR, seeker_rating=4)
    second = OutcomeLog(place).record(**PAIR)
    assert (first.stored, second.stored, second.already) == ((1,), (), (1,))
    assert second.notes == ()
    assert len(log.entries()) == 1


def test_record_same_event_with_other_rating_is_noted(log):
    log.record(**PAIR, seeker_rating=4)
    done = log.record(**PAIR, seeker_rating=2)
    assert done.already == (1,)
    assert done.notes == (
        "a and b, 2026-11-01: already there as 1 with another seeker_rating; correct that one",
    )
    assert log.entries()["seeker_rating"].tolist() == [4.0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stage": "married"}, "stage must be one of invited, declined.*; got 'married'"),
        ({"date": "2026-13-01"}, "date must be a possible date; got '2026-13-01'"),
        ({"date": "2026-11-03"}, "date must not be in the future; got 2026-11-03, today is 2026-11-02"),
        ({"candidate": "a"}, "candidate must differ from the seeker; got 'a'"),
        ({"seeker": " "}, "seeker must be given"),
        ({"seeker_rating": 6}, "seeker_rating must be a number from 1 to 5; got '6'"),
        ({"candidate_rating": 0.5}, "candidate_rating must be a number from 1 to 5; got '0.5'"),
        ({"seeker": "x" * 201}, "seeker must be at most 200 characters; got 201"),
        ({"candidate": "b\0c"}, "candidate text must not hold a control character"),
        ({"reason": "secret\0words"}, "reason text must not hold a control character"),
        ({"reason": "secret\ud800words"}, "reason text must not hold a lone surrogate"),
    ],
)
def test_record_bad_value_is_refused_and_nothing_stored(log, changes, message):
    log.prepare()
    with pytest.raises(OutcomeError, match=message) as caught:
        log.record(**{**PAIR, **changes})
    assert "secret" not in str(caught.value)
    assert log.entries().empty


def test_record_unknown_id_is_refused(log):
    with pytest.raises(OutcomeError, match="candidate must be the id of one of the 2 profiles; got 'b'"):
        log.record(**PAIR, known={"a", "c"})


def test_record_ids_with_quotes_and_other_scripts_are_kept(log):
    ids = ["O'Hara; DROP TABLE entries", '"x"', "%s", "日本", "é", "A", "a"]
    for id_ in ids:
        log.record(id_, "b", "met", "2026-11-01")
    assert log.entries()["seeker"].tolist() == ids


def test_record_many_every_row_is_stored_there_already_or_rejected(log):
    log.record(**PAIR)
    frame = pd.DataFrame(
        [
            PAIR,
            {**PAIR, "stage": "agreed", "reason": "both sides gain"},
            {**PAIR, "stage": "agreed"},
            {**PAIR, "stage": "nonsense", "seeker_rating": 9},
            {**PAIR, "seeker": "x" * 300},
            {**PAIR, "stage": "ended"},
        ]
    )
    done = log.record_many(frame)
    assert (done.stored, done.already, done.n_rejected, done.n_rows) == ((2, 3), (1, 2), 2, 6)
    assert len(done.stored) + len(done.already) + done.n_rejected == done.n_rows
    assert done.rejected["line"].tolist() == [4, 4, 5]
    assert log.entries()["reason"].tolist() == ["", "both sides gain", ""]
    assert str(done).startswith("2 recorded, 2 already there, 2 rejected of 6 rows")


def test_record_many_known_ids_reject_the_others_with_their_lines(log, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "pencari,kandidat,tahap,tanggal,alasan\na,b,bertemu,2026-11-01,baik\na,z,bertemu,2026-11-01,\n"
    )
    done = log.record_many(path, known={"a", "b"})
    assert done.rejected[["line", "column", "value"]].to_numpy().tolist() == [[3, "candidate", "z"]]
    assert log.entries()["reason"].tolist() == ["baik"]


def test_record_many_group_rows_become_pairs_and_say_so(log):
    groups = pd.DataFrame(
        [
            {"id": "w1", "date": "2026-01-05", "lead": "a", "partners": "b; c"},
            {"id": "w2", "date": "2026-01-06", "lead": "a", "partners": ""},
        ]
    )
    done = log.record_many(groups)
    assert rows_of(log) == [(*pair, "agreed", "2026-01-05") for pair in ("ab", "ac", "bc")]
    assert "2 group rows became 3 rows of pairs at stage agreed" in done.notes[-1]


def test_record_many_takes_a_table_that_was_read(log):
    table = read_outcomes(
        pd.DataFrame([{**PAIR, "reason": "fair"}, {**PAIR, "stage": "x"}]), today=NOON.date()
    )
    done = log.record_many(table)
    assert (done.stored, done.n_rows) == ((1,), 1)
    assert log.entries()["reason"].tolist() == ["fair"]


def test_record_many_group_with_an_unknown_member_is_rejected_whole(log):
    groups = pd.DataFrame([{"date": "2026-01-05", "lead": "a", "partners": "b; c"}])
    done = log.record_many(groups, known={"a", "b"})
    assert done.rejected[["line", "column", "value"]].to_numpy().tolist() == [[1, "partners", "c"]]
    assert log.entries().empty


def test_record_many_of_a_failed_write_stores_nothing(log, monkeypatch):
    log.prepare()
    monkeypatch.setattr("matcher.outcomes.journal._event_of", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        log.record_many(pd.DataFrame([PAIR]))
    assert log.entries().empty


def test_record_many_many_rows_keep_every_one(log):
    frame = pd.DataFrame(
        {"seeker": [f"s{n:04}" for n in range(1500)], "candidate": "z", "stage": "met", "date": "2026-01-01"}
    )
    assert len(log.record_many(frame).stored) == 1500
    assert len(log.record_many(frame).already) == 1500
    assert log.entries()["id"].tolist() == list(range(1, 1501))


# Corrections


def test_correct_keeps_both_rows_and_shows_the_new_one(log):
    log.record(**PAIR, seeker_rating=4, reason="first")
    new = log.correct(1, stage="agreed", seeker_rating=None)
    assert new == 2
    assert rows_of(log) == [("a", "b", "agreed", "2026-11-01")]
    assert log.entries()["reason"].tolist() == ["first"]
    history = log.entries(with_history=True)
    assert history["stage"].tolist() == ["met", "agreed"]
    assert history["seeker_rating"].fillna(0).tolist() == [4.0, 0.0]
    assert history["corrects"].fillna(0).tolist() == [0.0, 1.0]
    assert history["is_void"].tolist() == [False, False]


def test_correct_frees_the_event_and_holds_the_new_one(log):
    log.record(**PAIR)
    log.correct(1, stage="agreed")
    assert log.record(**{**PAIR, "stage": "agreed"}).already == (2,)
    assert log.record(**PAIR).stored == (3,)


def test_withdraw_hides_the_entry_and_lets_it_be_recorded_anew(log):
    log.record(**PAIR)
    assert log.withdraw(1, "typed by mistake") == 2
    assert log.entries().empty
    assert log.entries(with_history=True)["reason"].tolist() == ["", "typed by mistake"]
    assert log.record(**PAIR).stored == (3,)
    assert log.withdraw(3, "again") == 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda log: log.correct(9, stage="met"), "entry must be an id of the log; got 9"),
        (lambda log: log.correct(2**70, stage="met"), "entry must be an id of the log"),
        (lambda log: log.correct(1, stage="ended"), "got 1, which was corrected by 3. Use 3"),
        (lambda log: log.correct(2, stage="ended"), "got 2, which was withdrawn"),
        (lambda log: log.withdraw(4, "x"), "got 4, which was withdrawn"),
        (lambda log: log.correct(3, stage="agreed"), "changes must differ from entry 3"),
        (lambda log: log.correct(3, stage="met"), "same event as another; 5 is"),
        (lambda log: log.correct(3, stge="met"), "changes must name some of seeker, .*; got stge"),
        (lambda log: log.correct(3), "changes must name some of .*; got none"),
        (lambda log: log.correct(3, seeker_rating=7), "seeker_rating must be a number from 1 to 5"),
        (lambda log: log.withdraw(3, " "), "reason must be given"),
    ],
)
def test_correct_what_cannot_be_is_refused_and_changes_nothing(log, call, message):
    log.record(**PAIR)
    log.record(**{**PAIR, "stage": "invited"})
    log.correct(1, stage="agreed")
    log.withdraw(2, "no")
    log.record(**PAIR)
    before = log.entries(with_history=True)
    with pytest.raises(OutcomeError, match=message):
        call(log)
    pd.testing.assert_frame_equal(log.entries(with_history=True), before)


IDS = st.sampled_from(["a", "b"])
EVENTS = st.tuples(
    IDS, st.sampled_from(["met", "agreed"]), st.integers(1, 2), st.sampled_from([None, 1.0, 5.0])
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), EVENTS),
        st.tuples(st.just("correct"), st.integers(1, 12), EVENTS),
        st.tuples(st.just("withdraw"), st.integers(1, 12)),
    ),
    max_size=14,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@pytest.mark.slow
def test_entries_after_any_sequence_equal_a_dict(tmp_path_factory, steps):
    log = OutcomeLog(tmp_path_factory.mktemp("model") / "log.db")
    log.prepare()
    model, n_rows = {}, 0
    for step in steps:
        expected = after(model, n_rows, step)
        try:
            apply(log, step)
        except OutcomeError:
            assert expected is None, step
            continue
        assert expected is not None, step
        model, n_rows = expected
    assert seen(log) == model
    assert len(log.entries(with_history=True)) == n_rows


def after(model, n_rows, step):
    """Return what holds after a step, by id, and the number of rows; None where it must be refused."""
    holders = {event[:3]: id_ for id_, event in model.items()}
    if step[0] == "record":
        if step[1][:3] in holders:
            return model, n_rows
        return {**model, n_rows + 1: step[1]}, n_rows + 1
    if step[1] not in model:
        return None
    rest = {id_: event for id_, event in model.items() if id_ != step[1]}
    if step[0] == "withdraw":
        return rest, n_rows + 1
    if step[2] == model[step[1]] or holders.get(step[2][:3], step[1]) != step[1]:
        return None
    return {**rest, n_rows + 1: step[2]}, n_rows + 1


def apply(log, step):
    if step[0] == "withdraw":
        log.withdraw(step[1], "why not")
        return
    seeker, stage, day, rating = step[-1]
    cells = {
        "seeker": seeker,
        "candidate": "z",
        "stage": stage,
        "date": f"2026-01-0{day}",
        "seeker_rating": rating,
    }
    if step[0] == "record":
        log.record(**cells)
    else:
        log.correct(step[1], **cells)


def seen(log):
    frame = log.entries()
    ratings = [None if pd.isna(rating) else rating for rating in frame["seeker_rating"]]
    cells = zip(frame["seeker"], frame["stage"], frame["date"].dt.day, ratings, strict=True)
    return dict(zip(frame["id"], cells, strict=True))


# Reading and writing files


def test_read_outcomes_of_a_log_gives_what_holds(log, place):
    log.record(**PAIR)
    log.correct(1, stage="agreed", candidate_rating=5)
    table = read_outcomes(place, today=NOON.date())
    assert table.kept[list(Outcome)[:3]].to_numpy().tolist() == [["a", "b", "agreed"]]
    assert table.kept["candidate_rating"].tolist() == [5.0]
    assert (table.n_rows, table.n_rejected) == (1, 0)
    assert History(table.works).ties(["a"], ["b"]).tolist() == [[1.0]]


def test_read_outcomes_of_an_empty_log_is_empty(log, place):
    log.prepare()
    table = read_outcomes(place)
    assert (len(table.kept), table.n_rows, table.works) == (0, 0, ())


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".jsonl", ".parquet"])
def test_export_and_import_keep_what_holds(log, tmp_path, ending):
    log.record(**PAIR, seeker_rating=4.5, reason="semicolons; and, commas")
    log.record("c", "d", "declined", "2025-02-28", candidate_rating=1)
    log.correct(2, date="2025-02-27")
    write_table(log.entries(), tmp_path / f"log{ending}")
    other = OutcomeLog(tmp_path / "other.db")
    done = other.record_many(tmp_path / f"log{ending}")
    assert (len(done.stored), done.n_rejected) == (2, 0)
    columns = [*Outcome, "reason"]
    pd.testing.assert_frame_equal(other.entries()[columns], log.entries()[columns])


# Reviews


def test_reviews_are_recorded_once(log):
    other = {
        **REVIEW,
        "side": "candidate",
        "changes_wanted": "meet more often",
        "trust": None,
        "benefit": None,
    }
    done = log.record_reviews(pd.DataFrame([REVIEW, other, REVIEW]))
    assert (done.stored, done.already, done.rejected["line"].tolist()) == ((1, 2), (), [3])
    again = log.record_reviews(pd.DataFrame([{**REVIEW, "trust": 5}]))
    assert again.already == (1,)
    assert again.notes == ("a and b, 2026-10-01: already there as 1 with another trust; that one is kept",)
    frame = log.reviews()
    assert list(frame.columns) == [*Answer, "id", "recorded_at"]
    assert frame[["id", "side", "trust", "changes_wanted"]].fillna(0).to_numpy().tolist() == [
        [1, "seeker", 4.0, ""],
        [2, "candidate", 0.0, "meet more often"],
    ]


def test_reviews_bad_rows_are_rejected_with_reasons(log):
    rows = [
        {**REVIEW, "side": "both"},
        {**REVIEW, "trust": 6},
        {**REVIEW, "trust": None, "benefit": None},
        {**REVIEW, "date": "2027-01-01"},
        {**REVIEW, "candidate": "a"},
        REVIEW,
    ]
    done = log.record_reviews(pd.DataFrame(rows))
    assert done.rejected["column"].tolist() == ["side", "trust", "date", "candidate"]
    assert done.rejected["line"].tolist() == [1, 2, 4, 5]
    assert len(done.stored) == 1


def test_reviews_without_a_column_are_refused(log):
    with pytest.raises(OutcomeError, match="the reviews must have the columns seeker, candidate, side, date"):
        log.record_reviews(pd.DataFrame([PAIR]))


# Runs


def test_run_is_kept_with_what_it_showed(log):
    log.record_run(RUN, SHOWN)
    runs, shown = log.runs(), log.shown()
    assert runs[["id", "ranker", "seed", "k", "n_seekers"]].to_numpy().tolist() == [
        ["run-1", "WeightedRanker", 3, 2, 2]
    ]
    assert runs["date"].tolist() == [pd.Timestamp("2026-10-01")]
    assert "seed = 3" in runs["config"].iloc[0]
    pd.testing.assert_frame_equal(shown[list(SHOWN)], SHOWN)
    assert set(shown["run"]) == {"run-1"}


def test_run_again_is_there_already(log):
    log.record_run(RUN, SHOWN)
    log.record_run(RUN, SHOWN.iloc[::-1])
    assert len(log.runs()) == 1
    assert len(log.shown()) == len(SHOWN)


def test_run_of_same_name_with_other_lists_is_refused(log):
    log.record_run(RUN, SHOWN)
    with pytest.raises(OutcomeError, match="'run-1' is there and showed other lists"):
        log.record_run(RUN, SHOWN.assign(candidate=["b", "d", "a"]))


def test_run_that_showed_nothing_is_kept(log):
    log.record_run(RUN, SHOWN.iloc[:0])
    assert (len(log.runs()), len(log.shown())) == (1, 0)


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\nb"])
def test_run_bad_name_is_refused(name):
    with pytest.raises(OutcomeError, match="run must be named with 1 to 200 printable characters"):
        Run(name, None, Config(), "", 1, 1)


def test_name_run_depends_on_every_cell_but_not_on_the_order_of_rows():
    name = name_run(1, SHOWN, "x")
    assert name == name_run(1, SHOWN.iloc[::-1], "x")
    assert name != name_run(1, SHOWN.assign(score=[0.9, 0.5, 0.70001]), "x")
    assert len({name, name_run(2, SHOWN, "x"), name_run(1, SHOWN, "y"), name_run(1, SHOWN)}) == 4


# Adjustments


def test_adjustments_put_weights_in_force_and_roll_them_back(log):
    log.prepare()
    assert log.weights_in_force() is None
    log.record_adjustment({"values": 1.0}, dt.date(2026, 1, 1), "start")
    log.record_adjustment({"trust": 2.0, "values": 2.0}, dt.date(2026, 2, 1), "trust counts")
    assert log.weights_in_force()["trust"] == 2.0
    log.roll_back(dt.date(2026, 3, 1), "no better")
    assert (log.weights_in_force()["trust"], log.weights_in_force()["values"]) == (0.0, 1.0)
    log.roll_back(dt.date(2026, 4, 1), "no better")
    assert log.weights_in_force() is None
    with pytest.raises(OutcomeError, match="adjustment to roll back"):
        log.roll_back(dt.date(2026, 4, 2), "again")
    frame = log.adjustments()
    assert frame["action"].tolist() == ["accepted", "accepted", "rolled_back", "rolled_back"]
    assert frame["before"].iloc[0] is None
    assert frame["before"].iloc[1] == frame["weights"].iloc[0]


def test_adjustment_with_unknown_weight_is_refused(log):
    with pytest.raises(ConfigError, match="charm is not a setting"):
        log.record_adjustment({"charm": 1.0}, dt.date(2026, 1, 1), "x")
