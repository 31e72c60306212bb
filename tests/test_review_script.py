"""`review` as people and schedulers start it: exit codes, files, one line on stderr."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import processes
import pytest
from logs import set_clock

from matcher.commands.cli import main
from matcher.config import Config
from matcher.outcomes.log import OutcomeLog, Run

ROOT = Path(__file__).parents[1]
SCRIPT = [sys.executable, str(ROOT / "scripts" / "review.py")]
CONSOLE = [str(Path(sys.executable).with_name("matcher")), "review"]
PROFILES = "id,name,mission,updated\na,A,fish,2024-01-01\nb,B,ice,2024-01-01\n"
OUTCOMES = "seeker,candidate,stage,date\na,b,invited,2024-01-02\na,b,agreed,2024-02-01\n"
LISTS = ("--champion", "old.csv", "--challenger", "new.csv", "--fixed", "2024-01-01")
FILES = ["review.html", "review.json", "review.md"]


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Run the command in a folder with profiles and outcomes: in this process, or as a program of its own."""
    (tmp_path / "p.csv").write_text(PROFILES, encoding="utf-8")
    (tmp_path / "o.csv").write_text(OUTCOMES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "200"}.items():
        monkeypatch.setenv(name, value)

    def run(*arguments, command=None):
        if command:
            return processes.run(command, *arguments, cwd=tmp_path, fresh=True)
        monkeypatch.setattr(sys, "argv", ["matcher", "review", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as done:
            main()
        written = capsys.readouterr()
        return subprocess.CompletedProcess([], done.value.code or 0, written.out, written.err)

    return run


@pytest.fixture
def log(tmp_path):
    kept = OutcomeLog(tmp_path / "log.db")
    kept.record("a", "b", "agreed", "2024-02-01")
    kept.record_reviews(
        pd.DataFrame(
            {
                "seeker": "a",
                "candidate": "b",
                "side": ["seeker", "candidate"],
                "date": "2024-05-01",
                "trust": 4,
            }
        )
    )
    return "log.db"


def test_review_file_of_outcomes_says_what_is_not_judged_and_exits_with_0(call, tmp_path):
    done = call("o.csv", "--profiles", "p.csv", "--out", "r", "--as-of", "2024-03-01")
    assert (done.returncode, done.stdout) == (0, "")
    assert "without reviews and shown lists, most is not judged" in done.stderr
    assert "as of 2024-03-01" in done.stderr
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == FILES
    record = json.loads((tmp_path / "r" / "review.json").read_text(encoding="utf-8"))
    assert (record["verdict"], record["counts"]["reviews"]) == ("nothing", None)


@pytest.mark.parametrize("command", [SCRIPT, CONSOLE], ids=["script", "console"])
def test_review_log_with_overdue_review_exits_with_1(call, tmp_path, log, command):
    done = call(
        *(log, "--profiles", "p.csv", "--out", "r", "--as-of", "2025-01-15", "--lang", "id"), command=command
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "0 peringatan, 1 tinjauan terlambat: r" in done.stderr
    text = (tmp_path / "r" / "review.md").read_text(encoding="utf-8")
    assert text.startswith("# Tinjauan kemitraan dan sistem rekomendasi\n")
    assert "1 tinjauan terlambat" in text
    assert call(log, "--profiles", "p.csv", "--out", "r", "--as-of", "2024-09-15").returncode == 0


def test_review_shown_lists_of_a_log_are_judged(call, tmp_path, log, monkeypatch):
    kept = OutcomeLog(tmp_path / log)
    lists = pd.DataFrame({"seeker": ["a"], "candidate": ["b"], "rank": [1]})
    lists = lists.assign(score=0.5, mutual=0.4, seeker_gain=0.6, candidate_gain=0.7)
    kept.record_run(Run("first", dt.date(2024, 1, 1), Config(), "weights", 1, 1), lists)
    set_clock(monkeypatch, dt.datetime(2024, 3, 5, tzinfo=dt.UTC))
    kept.record_run(Run("second", None, Config(), "weights", 1, 1), lists)
    call(log, "--profiles", "p.csv", "--out", "r", "--as-of", "2025-01-15")
    record = json.loads((tmp_path / "r" / "review.json").read_text(encoding="utf-8"))
    assert (record["counts"]["shown"], record["counts"]["runs"]) == (2, 2)
    assert record["drift"]["reference"] == ["2024-01-01", "2024-01-01"]
    assert record["drift"]["now"] == ["2024-03-05", "2024-03-05"]


def test_review_same_input_gives_the_same_bytes(call, tmp_path, log):
    for out in ("r1", "r2"):
        call(log, "--profiles", "p.csv", "--out", out, "--as-of", "2025-01-15")
    for name in FILES:
        assert (tmp_path / "r1" / name).read_bytes() == (tmp_path / "r2" / name).read_bytes()


def test_review_rejected_rows_are_counted_and_no_usable_profile_is_an_error(call, tmp_path):
    (tmp_path / "p2.csv").write_text(f"{PROFILES}c,,,\n", encoding="utf-8")
    done = call("o.csv", "--profiles", "p2.csv", "--out", "r", "--as-of", "2024-03-01")
    assert "1 row of the inputs was rejected" in done.stderr
    (tmp_path / "p3.csv").write_text("id,name,mission\nc,,\n", encoding="utf-8")
    done = call("o.csv", "--profiles", "p3.csv", "--out", "r3")
    assert (done.returncode, "all 1 were rejected" in done.stderr) == (2, True)


def test_review_without_as_of_takes_today_and_says_so(call):
    done = call("o.csv", "--profiles", "p.csv", "--out", "r")
    assert done.returncode == 0
    assert done.stderr.rstrip().endswith("(as of today)")


def test_review_config_is_used(call, tmp_path, log):
    (tmp_path / "s.toml").write_text("review_months = 24\n", encoding="utf-8")
    options = ("--profiles", "p.csv", "--out", "r", "--as-of", "2025-01-15")
    assert call(log, *options, "--config", "s.toml").returncode == 0
    (tmp_path / "s.toml").write_text("review_months = 0\n", encoding="utf-8")
    done = call(log, *options, "--config", "s.toml")
    assert done.returncode == 2
    assert "s.toml: review_months: Input should be greater than or equal to 1; got 0" in done.stderr


def test_review_champion_and_challenger_are_compared(call, tmp_path):
    for name in ("old", "new"):
        (tmp_path / f"{name}.csv").write_text("seeker,candidate,rank\na,b,1\n", encoding="utf-8")
    done = call("o.csv", "--profiles", "p.csv", "--out", "r", "--as-of", "2024-03-01", *LISTS)
    assert done.returncode == 0
    record = json.loads((tmp_path / "r" / "review.json").read_text(encoding="utf-8"))
    assert record["challenge"]["enough"] == {"have": 1, "need": 30, "unit": "seekers"}
    assert record["advice"] == "keep"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("none.csv", "--profiles", "p.csv", "--out", "r"), "error: none.csv must be a file that exists"),
        (("none.db", "--profiles", "p.csv", "--out", "r"), "error: "),
        (("o.csv", "--profiles", "none.csv", "--out", "r"), "error: none.csv must be a file that exists"),
        (("o.csv", "--profiles", "p.csv", "--out", "no/r"), "error: no/r/review.html must be in a folder"),
        (("o.csv", "--profiles", "p.csv", "--out", "p.csv"), "error: p.csv/review.html must be in a folder"),
        (
            ("o.csv", "--profiles", "p.csv", "--out", "r", "--lang", "de"),
            "error: lang must be one of en, id; got 'de'.",
        ),
        (
            ("o.csv", "--profiles", "p.csv", "--out", "r", "--champion", "p.csv"),
            "error: --champion, --challenger and --fixed must be given together",
        ),
        (
            ("o.csv", "--profiles", "p.csv", "--out", "r", *LISTS),
            "error: old.csv must be a file that exists",
        ),
        (
            ("o.csv", "--profiles", "p.csv", "--out", "r", "--as-of", "2024-02-30"),
            "Invalid value for '--as-of'",
        ),
        (("o.csv", "--out", "r"), "Missing option '--profiles'"),
    ],
)
def test_review_wrong_input_is_one_clear_error_and_writes_nothing(call, tmp_path, options, message):
    done = call(*options)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("r/*"))


def test_review_help_states_the_exit_codes_and_an_example(call):
    done = call("--help", command=CONSOLE)
    assert done.returncode == 0
    assert "Exit codes: 0 nothing to do; 1 something needs attention" in done.stdout
    assert "Example: matcher review log.db --profiles organisations.csv" in done.stdout
