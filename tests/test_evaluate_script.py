"""The command `evaluate` as people start it: the report on stdout, the rest on stderr, exit codes."""

import json
import sys
from pathlib import Path

import processes
import pytest

from matcher.datasets import DEMO_PATH, HISTORY_PATH
from matcher.evaluation.lists import LABELS

ROOT = Path(__file__).parents[1]
SCRIPT = [sys.executable, str(ROOT / "scripts" / "evaluate.py")]
CONSOLE = [str(Path(sys.executable).with_name("matcher")), "evaluate"]


@pytest.fixture
def call(tmp_path):
    def run(*arguments, command=SCRIPT, fresh=False):
        cache = str(tmp_path / "cache")
        return processes.run(command, *arguments, cwd=tmp_path, fresh=fresh, MATCHER_CACHE=cache)

    return run


@pytest.mark.slow
def test_evaluate_script_writes_report_json_and_picture(call, tmp_path):
    (tmp_path / "set.toml").write_text("as_of = 2026-01-01\n", encoding="utf-8")
    inputs = [DEMO_PATH, "--outcomes", HISTORY_PATH, "--config", "set.toml", "-k", 50, "--ablate", "--quiet"]
    done = call(*inputs, "--json", "figures.json", "--picture", "figures.png", fresh=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    record = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert (tmp_path / "figures.png").read_bytes().startswith(b"\x89PNG")
    assert done.stdout.startswith("# Evaluation\n")
    assert list(record["systems"]) == [name for name in LABELS if name != "ranker"]
    for system, figures in record["systems"].items():
        mean = figures["seekers"]["nDCG@10"]["mean"]
        rows = [
            line for line in done.stdout.splitlines() if LABELS[system] in line and f" {mean:.3f} (" in line
        ]
        assert rows, system
    assert "R at 100" not in done.stdout
    assert record["dates"]["snapshot"] == "2026-01-01"
    assert record["ablation"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([DEMO_PATH, "--outcomes", "missing.csv"], "missing.csv must be a file that exists"),
        ([DEMO_PATH, "--outcomes", DEMO_PATH], "must have the columns seeker, candidate, stage, date"),
        (["missing.csv", "--outcomes", HISTORY_PATH], "missing.csv must be a file that exists"),
        ([DEMO_PATH, "--outcomes", HISTORY_PATH], "after the profiles' date, 2026-10-20"),
        ([DEMO_PATH, "--outcomes", HISTORY_PATH], "(no quotes) in the file given with --config"),
        ([DEMO_PATH, "--outcomes", HISTORY_PATH, "--ranker", "."], "ranker must be a folder written by"),
        ([DEMO_PATH, "--outcomes", HISTORY_PATH, "--json", "x.csv"], "json must end in .json; got x.csv"),
        (
            ["missing.csv", "--outcomes", "o.csv", "--json", "no/x.json"],
            "must be in a folder that",
        ),
        (
            ["missing.csv", "--outcomes", "o.csv", "--picture", "no/x.png"],
            "no/x.png must be in a folder that",
        ),
        ([DEMO_PATH, "--outcomes", HISTORY_PATH, "--config", "no.toml"], "config must be a readable file"),
    ],
)
def test_evaluate_script_unusable_input_is_one_line_and_exit_code_2(call, arguments, message):
    done = call(*arguments, "--quiet")
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert message in line


@pytest.mark.parametrize(
    ("arguments", "message"), [(["-k", 9, "p.csv", "--outcomes", "o.csv"], "-k"), (["p.csv"], "--outcomes")]
)
def test_evaluate_script_wrong_usage_is_exit_code_2(call, arguments, message):
    done = call(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [SCRIPT, CONSOLE], ids=["script", "console"])
def test_evaluate_script_help_shows_an_example(call, command):
    done = call("--help", command=command)
    assert done.returncode == 0, done.stderr
    assert "Example: matcher evaluate organisations.csv --outcomes outcomes.csv" in done.stdout
    for option in (
        "--history",
        "--ranker",
        "--config",
        "--encoder",
        "--json",
        "--picture",
        "--ablate",
    ):
        assert option in done.stdout
