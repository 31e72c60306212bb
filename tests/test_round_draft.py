"""`Matcher.assign` and `matcher round draft`: rules hold, and the order of rows does not matter."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import numba
import pandas as pd
import pytest

from matcher import Matcher
from matcher.commands.round import draft, next_, publish
from matcher.commands.terminal import Request
from matcher.config import RoundSettings
from matcher.datasets import DEMO_PATH
from matcher.errors import ConfigError, UnknownSeekerError
from matcher.matching import assignment
from matcher.outcomes.log import OutcomeLog
from matcher.outcomes.rounds import RoundEvent
from matcher.output import assignments

SCRIPT = Path(__file__).parents[1] / "scripts" / "assign.py"
ROWS = 24
DAY = dt.datetime(2026, 3, 1)


@pytest.fixture(scope="module")
def frame():
    rows = pd.read_json(DEMO_PATH, lines=True, dtype=False).iloc[:ROWS].copy()
    rows["excludes"] = [[rows["id"].iloc[1]], *([] for _ in range(ROWS - 1))]
    return rows


@pytest.fixture(scope="module")
def matcher(frame, encoder):
    return Matcher(encoder=encoder).fit(frame)


def pairs_of(found):
    return {frozenset(pair) for pair in zip(found.table["seeker"], found.table["candidate"], strict=True)}


def test_everybody_meets_within_capacities_and_slots_and_no_excluded_one(matcher, frame):
    found = matcher.assign(settings=RoundSettings(slots=4, at_most={"kind": 2}), explain=False)
    held = [(row[side], row["slot"]) for _, row in found.table.iterrows() for side in ("seeker", "candidate")]
    assert len({*held}) == len(held)
    assert found.value <= found.bound + 1e-6
    assert frozenset(frame["id"].iloc[:2]) not in pairs_of(found)


def test_fixed_pairs_meet_and_vetoed_ones_do_not(matcher, frame):
    ids = frame["id"].tolist()
    first = pairs_of(matcher.assign(explain=False))
    vetoed = tuple(next(iter(first)))
    found = pairs_of(matcher.assign(fixed=[(ids[3], ids[20])], vetoed=[vetoed], explain=False))
    assert frozenset([ids[3], ids[20]]) in found
    assert frozenset(vetoed) not in found
    with pytest.raises(ConfigError, match="exclude"):
        matcher.assign(fixed=[(ids[0], ids[1])])
    with pytest.raises(UnknownSeekerError):
        matcher.assign(fixed=[(ids[0], "nobody")])


def test_a_pinned_pair_that_a_rule_bars_is_noted(frame, encoder):
    first, second = frame["id"].iloc[:2]  # the first excludes the second
    pinned = frame.assign(pin=[[second], *([] for _ in range(ROWS - 1))])
    found = Matcher(encoder=encoder).fit(pinned).assign(explain=False)
    assert found.notes == (f"{first} / {second} is pinned and does not meet: barred by you_exclude",)


def test_limits_that_collide_are_named_with_the_least_change(matcher, frame):
    ids = frame["id"].tolist()
    with pytest.raises(ConfigError) as error:
        matcher.assign(
            settings=RoundSettings(capacity=1), fixed=[(ids[3], ids[20]), (ids[3], ids[21])], explain=False
        )
    first, second = (" / ".join(sorted([ids[3], ids[at]])) for at in (20, 21))
    message = str(error.value)
    assert message.startswith(
        "the limits of a round must be such that they can be met together; these cannot: "
    )
    for limit in (f"{ids[3]}: capacity_max 1", f"{first}: fixed 1", f"{second}: fixed 1"):
        assert limit in message.partition(". Least change: ")[0]
    assert message.partition("Least change: ")[2].count("(by 1)") == 1


def test_the_order_of_rows_does_not_matter(matcher, frame, encoder):
    turned = Matcher(encoder=encoder).fit(frame.iloc[::-1])
    pd.testing.assert_frame_equal(matcher.assign(explain=False).table, turned.assign(explain=False).table)


@pytest.fixture
def organisations(frame, tmp_path):
    frame.iloc[:10].to_json(tmp_path / "organisations.jsonl", orient="records", lines=True)
    return str(tmp_path / "organisations.jsonl")


def run_round(command, source, folder, name, **more):
    """Draft a round that the log of a folder keeps."""
    log = str(folder / "log.db")
    given = Request(source, seekers=more.pop("seekers", None), quiet=True)
    command(given, out=folder / name, log=log, round_name="r", on=DAY, **more)
    return OutcomeLog(log)


def test_pairs_that_stay_keep_their_slots_in_the_next_draft(organisations, tmp_path):
    log = run_round(draft, organisations, tmp_path, "first.xlsx", slots=3, capacity=3)
    until = DAY + dt.timedelta(9)
    publish(tmp_path / "first.xlsx", str(tmp_path / "log.db"), "r", until, tmp_path / "letters", on=DAY)
    published = [*log.round("r").pairs.values()]
    gone = [
        RoundEvent(pair.seeker, pair.candidate, "declined", DAY.date(), "seeker") for pair in published[::3]
    ]
    log.record_round("r", gone)
    slots = {(pair.seeker, pair.candidate): pair.slot for pair in published}
    run_round(next_, organisations, tmp_path, "second.xlsx", slots=3, capacity=3)
    state = log.round("r")
    assert all(state.pairs[key].slot == slot > 0 for key, slot in slots.items())
    held = [
        (id_, pair.slot)
        for pair in state.having("invited", "proposed")
        for id_ in (pair.seeker, pair.candidate)
    ]
    assert state.having("proposed")
    assert len({*held}) == len(held)
    with pytest.raises(ConfigError, match=r"slots must be as many as .* got 1, and"):
        run_round(next_, organisations, tmp_path, "third.xlsx", capacity=3)


def test_a_pair_never_comes_back_with_its_sides_exchanged(frame, organisations, tmp_path):
    seekers = tmp_path / "seekers.jsonl"
    frame.iloc[:10].sort_values("id").iloc[5:].to_json(seekers, orient="records", lines=True)
    log = run_round(draft, organisations, tmp_path, "first.xlsx", seekers=seekers)
    first = [*log.round("r").pairs]
    publish(tmp_path / "first.xlsx", str(tmp_path / "log.db"), "r", DAY, tmp_path / "letters", on=DAY)
    log.record_round("r", [RoundEvent(*pair, "declined", DAY.date(), "seeker") for pair in first[::2]])
    run_round(next_, organisations, tmp_path, "second.xlsx")
    every = [*log.round("r").pairs]
    assert len({frozenset(pair) for pair in every}) == len(every) > len(first)
    assert any(pair[0] > pair[1] for pair in first)  # pairs that a round of everybody turns round


@pytest.fixture
def few(monkeypatch):
    """Treat the pool as a large one: few pairs are considered at first, and few are added."""
    for module in (assignment, assignments):
        monkeypatch.setattr(module, "EXACT", 10)
    monkeypatch.setattr(assignments, "CANDIDATES", 1)
    monkeypatch.setattr(assignments, "ADDED", 1)


def test_a_large_round_is_nearly_the_best_and_within_its_bound(matcher, request):
    best = matcher.assign(explain=False)
    request.getfixturevalue("few")
    found = matcher.assign(explain=False)
    assert not found.is_exact
    assert 0.98 * best.value <= found.value <= best.value + 1e-4 <= found.bound + 2e-4


def test_required_minima_are_reached_in_a_large_round_where_that_is_possible(frame, encoder, request):
    demanding = Matcher(encoder=encoder).fit(frame.assign(capacity_min=2))
    settings = RoundSettings(minimum="required", capacity=2)
    best = demanding.assign(settings=settings, explain=False)
    request.getfixturevalue("few")
    found = demanding.assign(settings=settings, explain=False)
    assert found.left_out.empty
    assert found.value <= best.value + 1e-4 <= found.bound + 2e-4


def test_seekers_of_the_pool_and_others_meet_in_one_round(matcher, frame):
    other = frame.iloc[5].to_dict() | {"id": "zz-new", "name": "New", "excludes": []}
    found = matcher.assign([frame["id"].iloc[3], other], explain=False)
    assert {*found.table["seeker"]} == {frame["id"].iloc[3], "zz-new"}
    assert {*found.table["candidate"]} <= {*frame["id"]}


def test_the_script_writes_pairs_and_who_was_left_out(frame, tmp_path):
    source = tmp_path / "organisations.jsonl"
    frame.iloc[:10].to_json(source, orient="records", lines=True)
    command = [
        sys.executable,
        SCRIPT,
        source,
        "--out",
        tmp_path / "draft.csv",
        "--capacity",
        "1",
        "--lang",
        "id",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "pasangan bertemu" in done.stderr
    assert len(pd.read_csv(tmp_path / "draft.csv")) >= 5


def test_the_report_of_a_round_lists_each_meeting_for_both_sides_with_its_slot(frame, tmp_path):
    frame.to_json(tmp_path / "pool.jsonl", orient="records", lines=True)
    given, out, report = (
        Request(str(tmp_path / "pool.jsonl"), quiet=True),
        tmp_path / "r.csv",
        tmp_path / "r.html",
    )
    draft(given, out, slots=3, report=report)
    page, meetings = report.read_text("utf-8"), pd.read_csv(out)
    for slot in (1, 2, 3):
        assert page.count(f"Time slot <b>{slot}</b>") == 2 * (meetings["slot"] == slot).sum()
    assert page.count('<li class="card"') == 2 * len(meetings)


def test_threads_and_blocks_make_no_difference_to_a_round(matcher, monkeypatch):
    once = matcher.assign(explain=False)
    monkeypatch.setattr(assignments, "TOGETHER", 5)
    for n_threads in (1, 2, 4):
        monkeypatch.setattr(numba, "get_num_threads", lambda n=n_threads: n)
        found = matcher.assign(explain=False)
        pd.testing.assert_frame_equal(found.table, once.table)
        assert found.value == pytest.approx(once.value)
