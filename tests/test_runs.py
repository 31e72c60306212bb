"""The run of a batch: same inputs same name, and what the log keeps of it."""

import pandas as pd
import pytest
from batches import match_batch

from matcher.config import Config
from matcher.errors import ConfigError, OutcomeError, UnknownSeekerError

ROWS = [f"o{n},Name {n},coffee farm{n % 3} school{n}" for n in range(9)]
OTHER = Config.from_dict({"market": {"strength": 0.5}})


@pytest.fixture
def match(tmp_path, encoder):
    def run(rows=ROWS, out="out.csv", history=None, **options):
        (tmp_path / "profiles.csv").write_text("\n".join(["id,name,mission", *rows]) + "\n")
        report = match_batch(
            tmp_path / "profiles.csv",
            tmp_path / out,
            k=2,
            encoder=encoder,
            history=history,
            **{"log": tmp_path / "log.db", **options},
        )
        return report.run, (tmp_path / out).read_bytes()

    return run


def test_run_name_and_lists_do_not_depend_on_the_order_of_rows(match):
    first, second = match(config=OTHER), match(ROWS[::-1], config=OTHER)
    assert first == second


def test_run_name_changes_with_rows_settings_k_and_history(match, tmp_path):
    history = tmp_path / "history.csv"
    history.write_text("seeker,candidate,stage,date\no1,o2,agreed,2020-01-01\n")
    names = [
        match()[0],
        match([*ROWS[1:], "o0,Name 0,tea"])[0],
        match(config=OTHER)[0],
        match(history=history)[0],
    ]
    assert len(set(names)) == 4


def test_run_name_that_is_taken_by_other_lists_is_refused(match):
    match(run="x")
    with pytest.raises(OutcomeError, match="'x' is there and showed other lists"):
        match([*ROWS[1:], "o0,Name 0,tea"], run="x")


def test_run_that_is_refused_leaves_table_and_report_as_they_were(match, tmp_path):
    match(run="x", report=tmp_path / "report.html")
    before = {name: (tmp_path / name).read_bytes() for name in ("out.csv", "report.html")}
    for taken in "x", "y" * 201, " ":
        with pytest.raises(OutcomeError, match="run must"):
            match([*ROWS[1:], "o0,Name 0,tea"], run=taken, report=tmp_path / "report.html")
        assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_run_log_that_cannot_be_used_is_reported_before_any_work(match, tmp_path):
    (tmp_path / "log.db").write_text("seeker,candidate\n" * 50)
    with pytest.raises(OutcomeError, match="must be a database"):
        match()
    assert not (tmp_path / "out.csv").exists()


def test_run_without_log_is_not_named(match, tmp_path):
    assert match(log=None)[0] == ""
    assert not (tmp_path / "log.db").exists()


def test_run_of_named_seekers_lists_only_them_as_in_the_whole_table(match, tmp_path):
    match()
    whole = pd.read_csv(tmp_path / "out.csv")
    match(seeker=["o3", "name 5", "Name 3"], report=tmp_path / "report.html")
    some = pd.read_csv(tmp_path / "out.csv")
    assert some["seeker"].drop_duplicates().tolist() == ["o3", "o5"]
    assert some["seeker_name"].drop_duplicates().tolist() == ["Name 3", "Name 5"]
    columns = ["seeker", "candidate", "rank", "score"]
    expected = whole[whole["seeker"].isin(["o3", "o5"])]
    assert some[columns].to_numpy().tolist() == expected[columns].to_numpy().tolist()
    with pytest.raises(UnknownSeekerError, match=r"Did you mean 'o3' \(Name 3\)"):
        match(seeker=["Namme 3"])
    with pytest.raises(ConfigError, match="--seeker and --seekers"):
        match(seeker=["o3"], seekers=tmp_path / "profiles.csv")
