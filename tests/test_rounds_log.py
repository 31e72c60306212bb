"""Events of a round in the log, and the state that they give when replayed."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs import set_clock

from matcher import read_outcomes
from matcher.errors import OutcomeError
from matcher.outcomes import History
from matcher.outcomes.log import OutcomeLog
from matcher.outcomes.rounds import FROM, RoundEvent, RoundState

DAY = dt.date(2026, 10, 1)
DUE = dt.date(2026, 10, 15)
PAIRS = [("a", "b"), ("a", "c"), ("d", "b")]
VETO = "the two are in court"


@pytest.fixture(autouse=True, scope="module")
def noon():
    with pytest.MonkeyPatch.context() as patch:
        set_clock(patch)
        yield


def event(action, pair=PAIRS[0], side="", days=0, **more):
    more |= {"answer_by": DUE} if action == "published" else {}
    more.setdefault("reason", VETO if action in ("vetoed", "withdrawn") else "")
    return RoundEvent(*pair, action, DAY + dt.timedelta(days), side, **more)


def answer(side, action="accepted", pair=PAIRS[0], days=1, **more):
    return event(action, pair, side, days, **more)


PUBLISHED = [event("proposed"), event("published")]
BOTH = [answer("seeker"), answer("candidate", days=3)]


@pytest.mark.parametrize(
    ("events", "on", "status"),
    [
        ([event("proposed")], None, "proposed"),
        ([event("proposed"), event("pinned")], None, "pinned"),
        ([event("proposed"), event("vetoed")], None, "vetoed"),
        ([event("proposed"), event("dropped"), event("proposed")], None, "proposed"),
        (PUBLISHED, DUE, "invited"),
        (PUBLISHED, DUE + dt.timedelta(1), "expired"),
        ([*PUBLISHED, answer("candidate")], DUE, "accepted"),
        ([*PUBLISHED, answer("candidate")], DUE + dt.timedelta(1), "expired"),
        ([*PUBLISHED, *BOTH], DUE + dt.timedelta(1), "agreed"),
        ([*PUBLISHED, BOTH[0], answer("candidate", "declined")], None, "declined"),
        ([*PUBLISHED, BOTH[0], answer("seeker", "declined")], None, "declined"),
        ([*PUBLISHED, answer("candidate", "declined"), BOTH[0]], None, "declined"),
        ([*PUBLISHED, event("expired", days=20)], None, "expired"),
        ([event("proposed"), event("proposed", PAIRS[1]), event("published")], None, "invited"),
        ([*PUBLISHED, event("withdrawn")], DUE + dt.timedelta(1), "withdrawn"),
        ([*PUBLISHED, *BOTH, event("withdrawn", days=4)], None, "withdrawn"),
    ],
)
def test_state_follows_from_the_events(events, on, status):
    state = RoundState("r").after(events)
    assert state.pairs["a", "b"].status(on) == status


@pytest.mark.parametrize(
    ("before", "then", "message"),
    [
        (
            [],
            event("published"),
            "a / b must be proposed or pinned to be published; got none",
        ),
        ([], event("married"), "must have one of the actions proposed, pinned"),
        (PUBLISHED, event("accepted"), "must have one of the actions"),
        ([event("proposed")], event("vetoed", reason=" "), "must have a reason to be vetoed; got none"),
        (PUBLISHED, event("withdrawn", reason=""), "must have a reason to be withdrawn; got none"),
        ([event("proposed")], event("withdrawn"), "to be withdrawn; got proposed"),
        ([*PUBLISHED, event("withdrawn")], answer("seeker"), "to be accepted; got withdrawn"),
        ([*PUBLISHED, event("withdrawn")], event("proposed"), "to be proposed; got withdrawn"),
        (
            [*PUBLISHED, answer("seeker", "declined")],
            event("proposed", ("b", "a")),
            "b / a must be named as the round names the pair: a / b",
        ),
        (PUBLISHED, event("vetoed"), "must be proposed or pinned to be vetoed; got invited"),
        ([event("proposed"), event("vetoed")], event("proposed"), "to be proposed; got vetoed"),
        (
            [event("proposed")],
            event("published", days=99),
            "by 2027-01-08 or later; got 2026-10-15",
        ),
        ([event("proposed")], answer("seeker"), "to be accepted; got proposed"),
        (PUBLISHED, answer("seeker", days=-1), "must be answered from 2026-10-01 on; got 2026-09-30"),
        ([*PUBLISHED, BOTH[0]], BOTH[0], "the seeker accepted on 2026-10-02"),
        (
            [*PUBLISHED, *BOTH],
            answer("seeker", "declined"),
            "must be invited or accepted .* got agreed",
        ),
        ([*PUBLISHED, answer("seeker", "declined")], answer("seeker"), "the seeker declined on 2026-10-02"),
        ([*PUBLISHED, event("expired", days=20)], answer("seeker", days=21), "to be accepted; got expired"),
        ([*PUBLISHED, event("expired", days=20)], event("proposed"), "to be proposed; got expired"),
    ],
)
def test_impossible_event_is_refused_and_nothing_recorded(tmp_path, before, then, message):
    log = OutcomeLog(tmp_path / "log.db")
    log.record_round("r", before)
    with pytest.raises(OutcomeError, match=message):
        log.record_round("r", [event("proposed", PAIRS[2]), then])
    assert log.round("r") == RoundState("r").after(before)


def test_round_is_kept_and_replayed(log, place):
    first = [event("proposed", details={"slot": "2"}), event("pinned")]
    log.record_round("r", first)
    log.record_round("other", [event("proposed", PAIRS[1])])
    state = log.record_round("r", [event("published"), *BOTH])
    assert OutcomeLog(place).round("r") == state
    assert state.pairs["a", "b"].details == {"slot": "2"}
    assert state.table().to_numpy().tolist() == [[1, "a", "b", "agreed", "", "", DUE]]
    assert [pair.number for pair in log.round("other").pairs.values()] == [1]
    assert log.round("never").pairs == {}


def test_round_event_in_the_future_is_refused(log):
    log.prepare()
    later = RoundEvent("a", "b", "published", dt.date(2027, 1, 1), answer_by=dt.date(2027, 2, 1))
    with pytest.raises(OutcomeError, match="must not be in the future"):
        log.record_round("r", [event("proposed"), later])
    assert log.round("r").pairs == {}


def test_round_needs_a_name(log):
    with pytest.raises(OutcomeError, match="round must be named with 1 to 200 printable characters"):
        log.record_round(" ", [event("proposed")])


# What a round means as outcomes


def test_answers_of_a_round_are_outcomes_for_every_reader(log, place):
    events = [event("proposed", pair) for pair in PAIRS] + [event("published", pair) for pair in PAIRS]
    events += [
        *BOTH,
        answer("seeker", pair=PAIRS[1]),
        answer("candidate", "declined", PAIRS[2], reason="no staff"),
    ]
    log.record_round("r", events)
    frame = read_outcomes(place).kept
    stages = frame.groupby(["seeker", "candidate"])["stage"].agg(list).to_dict()
    assert stages == {
        ("a", "b"): ["invited", "replied", "agreed"],
        ("a", "c"): ["invited", "replied"],
        ("d", "b"): ["invited", "declined"],
    }
    assert frame.loc[frame["stage"] == "agreed", "date"].tolist() == [pd.Timestamp(DAY + dt.timedelta(3))]
    history = History.of(read_outcomes(place))
    assert [work.members for work in history.works] == [("a", "b")]
    assert history.declined == {("b", "d"): "b"}
    assert log.entries()["reason"].tolist()[-1] == "candidate: no staff"


def test_agreement_that_staff_withdraw_is_no_outcome_but_stays_in_the_log(log, place):
    log.record("a", "b", "agreed", DAY - dt.timedelta(30))
    log.record_round("r", [*PUBLISHED, *BOTH])
    log.record_round("r", [event("withdrawn", days=4)])
    valid, every = log.entries(), log.entries(with_history=True)
    assert valid["stage"].tolist() == ["agreed", "invited", "replied"]
    assert valid["date"].iloc[0] == pd.Timestamp(DAY - dt.timedelta(30))
    assert every.loc[every["is_void"], "reason"].tolist() == [VETO]
    assert log.round("r").pairs["a", "b"].reason == VETO


def test_outcome_that_was_recorded_by_hand_is_not_recorded_twice(log):
    log.record("a", "b", "agreed", DAY + dt.timedelta(3))
    log.record_round("r", [*PUBLISHED, *BOTH])
    assert log.entries()["stage"].tolist() == ["agreed", "invited", "replied"]


# Properties

EVENTS = st.builds(
    event,
    st.sampled_from([*FROM]),
    st.sampled_from(PAIRS),
    st.sampled_from(["", "seeker", "candidate"]),
    st.integers(0, 10),
)


def possible(events, state):
    """Yield the events that are possible, one after another, each with the state after it."""
    for one in events:
        try:
            state = state.after([one])
        except OutcomeError:
            continue
        yield one, state


@given(st.lists(EVENTS, max_size=40))
def test_replay_of_any_prefix_equals_the_state_at_that_time(events):
    steps = [*possible(events, RoundState("r"))]
    for n, (_, state) in enumerate(steps, start=1):
        assert RoundState("r").after(one for one, _ in steps[:n]) == state
        assert {pair.number for pair in state.pairs.values()} == {*range(1, len(state.pairs) + 1)}


ANSWERS = [(pair, side) for pair in PAIRS for side in ("seeker", "candidate")]


@given(
    st.permutations(ANSWERS),
    st.permutations(ANSWERS),
    st.lists(st.sampled_from(["accepted", "declined", None]), min_size=6, max_size=6),
)
def test_answers_give_the_same_state_in_any_order_of_writers(one, other, answers):
    said = dict(zip(ANSWERS, answers, strict=True))
    drawn = RoundState("r").after(event(one, pair) for pair in PAIRS for one in ("proposed", "published"))
    states = [
        drawn.after(answer(side, said[pair, side], pair) for pair, side in order if said[pair, side])
        for order in (one, other)
    ]
    assert states[0] == states[1]
    for pair in PAIRS:
        agreed = states[0].pairs[pair].status() == "agreed"
        assert agreed == all(said[pair, side] == "accepted" for side in ("seeker", "candidate"))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, max_size=25))
def test_log_holds_what_the_state_in_memory_says(tmp_path_factory, events):
    place = tmp_path_factory.mktemp("round") / "log.db"
    state, stages = RoundState("r"), set()
    OutcomeLog(place).record_round("another", [event("proposed", pair) for pair in PAIRS[1:]])
    for one, state in possible(events, RoundState("r")):
        assert OutcomeLog(place).record_round("r", [one]) == state
        stages |= {(*key, *found[:2]) for key, pair in state.pairs.items() for found in pair.outcomes()}
        if one.action == "withdrawn":
            stages = {found for found in stages if found[:3] != (one.seeker, one.candidate, "agreed")}
    if state.pairs:
        assert OutcomeLog(place).round("r") == state
        entries = OutcomeLog(place).entries()[["seeker", "candidate", "stage", "date"]]
        entries["date"] = entries["date"].dt.date
        assert {*entries.itertuples(index=False, name=None)} == stages
