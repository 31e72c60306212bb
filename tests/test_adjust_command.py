"""`matcher adjust` as people start it: shown first, written when accepted, taken back at will."""

import sys
from pathlib import Path

import pandas as pd
import processes
import pytest
from adjusting import BOUNDS, PRESENT, organisations, outcomes

from matcher.commands.terminal import Request
from matcher.commands.train import adjust
from matcher.config import Config
from matcher.errors import OutputError

CONSOLE = [str(Path(sys.executable).with_name("matcher"))]


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def call(tmp_path, cache):
    """Run `matcher` in a folder that holds profiles, outcomes as a file and as a log, and bounds."""
    from matcher.outcomes.log import OutcomeLog

    pd.DataFrame(organisations()).to_csv(tmp_path / "p.csv", index=False)
    outcomes().to_csv(tmp_path / "o.csv", index=False)
    OutcomeLog(tmp_path / "log.db").record_many(tmp_path / "o.csv")
    (tmp_path / "b.toml").write_text(
        "".join(f"{name} = [{low}, {high}]\n" for name, (low, high) in BOUNDS.items())
    )

    return lambda *arguments, **more: processes.run(
        CONSOLE, *arguments, cwd=tmp_path, MATCHER_CACHE=str(cache), **more
    )


ADJUST = ("adjust", "p.csv", "--outcomes", "log.db", "--out", "tuned.toml", "--bounds", "b.toml", "--quiet")


@pytest.mark.slow
def test_command_shows_first_writes_when_accepted_and_takes_it_back(call, tmp_path):
    shown = call(*ADJUST, "--lang", "id", fresh=True)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("# Penyesuaian bobot\n")
    assert "Bobot baru diusulkan" in shown.stdout
    assert "belum ada berkas yang ditulis: --accept memberlakukannya" in shown.stderr
    assert not (tmp_path / "tuned.toml").exists()

    done = call(*ADJUST, "--accept", "--reason", "found more", "--date", "2025-03-01")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == ["new weights are in force: tuned.toml", "recorded in the log: log.db"]
    tuned = Config.from_toml(tmp_path / "tuned.toml").weights.normalised()
    assert PRESENT["communication"] + 0.02 < tuned["communication"] <= BOUNDS["communication"][1]

    back = call(*ADJUST, "--roll-back", "--reason", "lists were worse", "--config", "tuned.toml")
    assert (back.returncode, back.stdout) == (0, ""), back.stderr
    assert back.stderr == "the former weights are in force again: tuned.toml\n"
    assert Config.from_toml(tmp_path / "tuned.toml").weights.normalised() == pytest.approx(PRESENT)

    from matcher.outcomes.log import OutcomeLog

    log = OutcomeLog(tmp_path / "log.db").adjustments()
    assert log["action"].tolist() == ["accepted", "accepted", "rolled_back"]
    assert log["reason"].tolist()[1:] == ["found more", "lists were worse"]
    assert log["weights"].iloc[1] == pytest.approx(tuned)


@pytest.mark.slow
def test_command_of_a_file_accepts_without_a_log_and_too_few_change_nothing(call, tmp_path):
    files = ["adjust", "p.csv", "--outcomes", "o.csv", "--out", "new.toml", "--quiet", "--seeker", "o01"]
    done = call(*files, "--bounds", "b.toml", "--accept", "--reason", "more")
    assert (done.returncode, done.stderr) == (0, "new weights are in force: new.toml\n")
    outcomes(3).to_csv(tmp_path / "few.csv", index=False)
    kept = call("adjust", "p.csv", "--outcomes", "few.csv", "--out", "few.toml", "--accept", "--reason", "x")
    assert kept.returncode == 0
    assert "nothing is proposed: the present weights stand, and nothing was written" in kept.stderr
    assert "too few partnerships" in kept.stdout
    assert not (tmp_path / "few.toml").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*ADJUST, "--accept"), "error: reason must say why, in a few words; got none."),
        ((*ADJUST, "--accept", "--roll-back"), "error: --accept and --roll-back must not be given together"),
        (
            ("adjust", "p.csv", "--outcomes", "o.csv", "--out", "t.toml", "--roll-back", "--reason", "x"),
            "error: outcomes must be a log for a roll-back; got o.csv",
        ),
        (("adjust", "p.csv", "--outcomes", "o.csv", "--out", "t.json"), "error: out must end in .toml"),
        (("adjust", "p.csv", "--outcomes", "none.db", "--out", "t.toml"), "error: none.db must be"),
        ((*ADJUST[:7], "none.toml"), "error: bounds must be a readable file; got none.toml"),
    ],
)
def test_command_that_cannot_be_done_is_one_line_and_two(call, tmp_path, arguments, message):
    done = call(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.glob("t*.toml"))


def test_command_that_would_replace_an_input_is_refused(tmp_path):
    (tmp_path / "b.toml").write_text("trust = [0.1, 0.3]\n")
    with pytest.raises(OutputError, match=r"out must not be one of the inputs"):
        adjust(Request("p.csv"), "o.csv", tmp_path / "b.toml", bounds=tmp_path / "b.toml")
