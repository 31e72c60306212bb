"""The command `train` as people start it, and `match --ranker` with what it wrote."""

import csv
import json
import re
import sys
from pathlib import Path

import numpy as np
import processes
import pytest
from batches import train_batch

from matcher.commands.terminal import Request
from matcher.commands.train import train
from matcher.config import Config
from matcher.datasets import DEMO_PATH, HISTORY_PATH
from matcher.errors import ModelError, OutputError
from matcher.learning.training import train_ranker
from matcher.profiles import read_profiles
from matcher.ranking import CalibratedRanker, WeightedRanker
from matcher.ranking.storage import open_ranker, read_manifest

ROOT = Path(__file__).parents[1]
TRAIN = [sys.executable, str(ROOT / "scripts" / "train_ranker.py")]
MATCH = [sys.executable, str(ROOT / "scripts" / "match_batch.py")]
CONSOLE = [str(Path(sys.executable).with_name("matcher")), "train"]
PROFILES = """id,name,mission,updated
a,Aneka,coffee for farmers,2020-01-01
b,Bina,courses for farmers,2020-01-01
c,Cipta,boats with nurses,2020-01-01
d,Daya,boats with farmers,2020-01-01
"""
HEADER = "seeker,candidate,stage,date\n"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def start(folder, cache, *arguments, command=TRAIN, fresh=False):
    variables = {"MATCHER_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    return processes.run(command, *arguments, cwd=folder, fresh=fresh, **variables)


@pytest.fixture
def call(tmp_path, cache):
    """Run a command in a folder that holds `profiles.csv`."""
    (tmp_path / "profiles.csv").write_text(PROFILES, encoding="utf-8")
    return lambda *arguments, **settings: start(tmp_path, cache, *arguments, **settings)


@pytest.fixture
def files(tmp_path):
    """Write profiles and outcomes; return their paths."""

    def write(outcomes, profiles=PROFILES):
        (tmp_path / "profiles.csv").write_text(profiles, encoding="utf-8")
        (tmp_path / "outcomes.csv").write_text(HEADER + outcomes, encoding="utf-8")
        return tmp_path / "profiles.csv", tmp_path / "outcomes.csv"

    return write


@pytest.fixture(scope="module", params=[[], ["--stable-profiles"]], ids=["plain", "stable"])
def demo(request, tmp_path_factory, cache):
    """Train on the demo once for each way of taking profiles."""
    folder = tmp_path_factory.mktemp("demo")
    done = start(
        folder,
        cache,
        DEMO_PATH,
        "--outcomes",
        HISTORY_PATH,
        "--out",
        "models/ours",
        "--quiet",
        *request.param,
        fresh=not request.param,
    )
    return folder, done


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


@pytest.mark.slow
def test_train_script_on_the_demo_writes_a_ranker_with_card_and_manifest(demo):
    folder, done = demo
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "Warning" not in done.stderr
    ours = folder / "models" / "ours"
    assert sorted(path.name for path in ours.iterdir()) == ["README.md", "manifest.json", "ranker.skops"]
    assert [path.name for path in ours.parent.iterdir()] == ["ours"]
    manifest = json.loads((ours / "manifest.json").read_text(encoding="utf-8"), parse_constant=refuse)
    assert isinstance(open_ranker(ours), CalibratedRanker)
    lines = done.stderr.splitlines()
    assert lines[0] == f"{manifest['labels']} partnerships of {manifest['seekers']} seekers to learn from"
    assert lines[-1] == f"{manifest['chosen']}: models/ours"
    card = (ours / "README.md").read_text(encoding="utf-8")
    (chosen,) = (name for name, row in manifest["validation"].items() if row["chosen"])
    assert chosen == manifest["chosen"]
    for name, row in manifest["validation"].items():
        figures = f"{row['nDCG@10']:.3f} (standard error {row['error']:.3f})"
        assert f"| {name} | {figures} |" in card
        assert f"{'*' if row['chosen'] else ' '} {name}: nDCG@10 {figures}" in lines
    assert "## Limits" in card
    assert all(f"- {note}" in card for note in manifest["notes"])
    assert re.search(r"Brier score 0\.\d{6}", card)
    assert "nan" not in card
    assert manifest["command"].startswith(f"train_ranker.py {DEMO_PATH} --outcomes")
    assert any(digest.startswith("sha256 ") for digest in manifest["data"].values())


@pytest.mark.slow
def test_match_with_the_trained_ranker_gives_well_formed_lists(demo, cache):
    folder, _ = demo
    seekers = read_profiles(DEMO_PATH).kept["id"].tolist()[:20]
    lines = DEMO_PATH.read_text(encoding="utf-8").splitlines()[:20]
    (folder / "seekers.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = start(
        folder,
        cache,
        *(DEMO_PATH, "--seekers", "seekers.jsonl", "--history", HISTORY_PATH, "--out", "out.csv"),
        *("--ranker", "models/ours", "-k", 5, "--quiet"),
        command=MATCH,
    )
    assert done.returncode == 0, done.stderr
    rows = rows_of(folder / "out.csv")
    assert [row["seeker"] for row in rows] == [id_ for id_ in seekers for _ in range(5)]
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4", "5"] * 20
    assert all(row["seeker"] != row["candidate"] for row in rows)
    gains = np.array([[float(row["seeker_gain"]), float(row["candidate_gain"])] for row in rows])
    assert ((gains > 0) & (gains < 1)).all()
    mutual = np.array([float(row["mutual"]) for row in rows])
    # The chance that both agree.
    np.testing.assert_allclose(mutual, gains.prod(axis=1), atol=1e-5)
    assert all(row["reasons_seeker"] for row in rows[:5])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["profiles.csv", "--outcomes", "missing.csv"], "missing.csv must be a file that exists"),
        (["missing.csv", "--outcomes", "profiles.csv"], "missing.csv must be a file that exists"),
        (
            ["profiles.csv", "--outcomes", "profiles.csv"],
            "profiles.csv must have the columns seeker, candidate, stage, date",
        ),
        (["profiles.csv", "--outcomes", "binary.csv"], "binary.csv must"),
        (["profiles.csv", "--outcomes", "o.csv", "--history", "missing.csv"], "missing.csv must be a file"),
    ],
)
def test_train_script_unusable_input_is_one_line_and_exit_code_2(call, tmp_path, arguments, message):
    (tmp_path / "binary.csv").write_bytes(b"\x00\x01\x02\xff\xfe")
    (tmp_path / "o.csv").write_text(HEADER + "a,b,agreed,2021-01-01\n", encoding="utf-8")
    assert_refused(call(*arguments, "--out", "ours", "--quiet"), message)
    assert not (tmp_path / "ours").exists()


def assert_refused(done, message):
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert message in line


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_train_script_occupied_out_is_refused_before_anything_is_read(call, tmp_path, kind):
    if kind == "folder":
        (tmp_path / "ours").mkdir()
        (tmp_path / "ours" / "notes.txt").write_text("precious", encoding="utf-8")
    else:
        (tmp_path / "ours").write_text("precious", encoding="utf-8")
    done = call("missing.csv", "--outcomes", "missing.csv", "--out", "ours", "--quiet")
    assert_refused(
        done, "out must be a new folder or one that holds a ranker and nothing else; ours holds other things"
    )
    left = tmp_path / "ours" / "notes.txt" if kind == "folder" else tmp_path / "ours"
    assert left.read_text(encoding="utf-8") == "precious"


@pytest.mark.slow
def test_match_ranker_that_is_none_is_one_line_and_exit_code_2(call):
    done = call("profiles.csv", "--out", "out.csv", "--ranker", ".", "--quiet", command=MATCH)
    assert_refused(done, "ranker must be a folder written by train_ranker; . has no readable manifest.json")


@pytest.mark.slow
def test_match_ranker_that_was_changed_is_one_line_and_exit_code_2(call, files, tmp_path, encoder):
    train_batch(*files("a,b,agreed,2021-01-01\n"), tmp_path / "ours", encoder=encoder)
    with (tmp_path / "ours" / "ranker.skops").open("ab") as file:
        file.write(b"x")
    done = call("profiles.csv", "--out", "out.csv", "--ranker", "ours", "--quiet", command=MATCH)
    assert_refused(done, "ranker.skops is missing or was changed")


def test_train_script_wrong_usage_is_exit_code_2(call):
    for arguments, message in ((["profiles.csv"], "--outcomes"), (["--outcomes", "o.csv"], "PROFILES")):
        done = call(*arguments, "--out", "ours")
        assert done.returncode == 2
        assert message.casefold() in done.stderr.casefold()
        assert "Traceback" not in done.stderr


def test_train_script_help_shows_an_example(call):
    done = call("--help")
    assert done.returncode == 0, done.stderr
    assert "Example: matcher train organisations.csv --outcomes outcomes.csv" in done.stdout
    for option in ("--history", "--config", "--encoder", "--stable-profiles", "--query"):
        assert option in done.stdout


BAD_DATES = "a,b,agreed,2021-02-30\na,c,agreed,31/31/2021\nb,c,agreed,2999-01-01\n"


@pytest.mark.slow
def test_train_script_impossible_dates_are_set_aside_and_counted(call, files, tmp_path):
    files(BAD_DATES + "a,b,agreed,\na,b,agreed,2021-03-01\nc,d,agreed,2021-04-01\n")
    done = call("profiles.csv", "--outcomes", "outcomes.csv", "--out", "ours", "--quiet", command=CONSOLE)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "2 partnerships of 2 seekers to learn from",
        "note: 2 partnerships of 2 seekers or works are too few to learn from (10 of 4 are needed): the "
        "analyst's weights stand",
        "4 rows rejected, with reasons: ours.rejected.csv",
        "WeightedRanker: ours",
    ]
    problems = rows_of(tmp_path / "ours.rejected.csv")
    assert [(row["input"], row["line"], row["column"]) for row in problems] == [
        ("outcomes", line, "date") for line in ("2", "3", "4", "5")
    ]
    assert all(row["reason"] for row in problems)
    assert read_manifest(tmp_path / "ours")["command"].startswith("matcher train profiles.csv --outcomes")


def test_train_rejected_rows_of_every_input_are_named_and_the_parents_of_out_made(files, tmp_path, encoder):
    profiles, outcomes = files(BAD_DATES, PROFILES + "e,,no name,\n")
    out = tmp_path / "models" / "new" / "ours"
    report = train_batch(profiles, outcomes, out, history=outcomes, encoder=encoder)
    assert report.said.n_rejected == 1 + 3 + 3
    assert report.said.rejected == out.parent / "ours.rejected.csv"
    problems = rows_of(report.said.rejected)
    assert [row["input"] for row in problems] == ["profiles", *["outcomes"] * 3, *["history"] * 3]
    assert f"7 rows rejected, with reasons: {report.said.rejected}" in str(report)
    assert isinstance(open_ranker(out), WeightedRanker)


def test_train_without_rejected_rows_removes_those_of_an_earlier_run(files, tmp_path, encoder):
    out = tmp_path / "ours"
    assert train_batch(*files(BAD_DATES), out, encoder=encoder).said.rejected.is_file()
    report = train_batch(*files("a,b,agreed,2021-01-01\n"), out, encoder=encoder)
    assert report.said.rejected is None
    assert not (tmp_path / "ours.rejected.csv").exists()


def test_train_rejected_rows_never_replace_an_input(files, tmp_path, encoder):
    profiles, outcomes = files(BAD_DATES)
    taken = outcomes.rename(tmp_path / "ours.rejected.csv")
    with pytest.raises(
        OutputError, match=r"not be one of the inputs; got .*ours, with which ours.rejected.csv is"
    ):
        train_batch(profiles, taken, tmp_path / "ours", encoder=encoder)
    assert taken.read_text(encoding="utf-8") == HEADER + BAD_DATES


@pytest.mark.parametrize(
    ("outcomes", "n_labels"),
    [
        # Declined first, agreed later: they did work together.
        ("a,b,declined,2021-01-01\na,b,agreed,2021-02-01\n", 1),
        # Agreed and declined on one day, and the other way round: an agreement stands.
        ("a,b,agreed,2021-01-01\nb,a,declined,2021-01-01\n", 1),
        # Nothing but refusals, or first stages: nobody worked with anybody.
        ("a,b,declined,2021-01-01\nc,d,declined,2021-01-01\n", 0),
        ("a,b,met,2021-01-01\nc,d,replied,2021-01-01\n", 0),
        # One joint work that passes through its stages is one label.
        ("a,b,agreed,2021-01-01\na,b,active,2021-02-01\na,b,ended,2021-03-01\n", 1),
        ("", 0),
    ],
    ids=["declined then agreed", "both on one day", "only declined", "only first stages", "stages", "empty"],
)
def test_train_contradictory_or_one_sided_outcomes_keep_the_analysts_weights(
    files, tmp_path, encoder, outcomes, n_labels
):
    profiles, path = files(outcomes or "a,b,invited,2021-01-01\n")
    report = train_batch(profiles, path, tmp_path / "ours", encoder=encoder)
    assert report.training.n_labels == n_labels
    assert report.training.chosen == "WeightedRanker"
    assert "the analyst's weights stand" in str(report)
    assert isinstance(open_ranker(tmp_path / "ours"), WeightedRanker)


@pytest.mark.slow
def test_train_script_one_class_only_is_one_line_and_exit_code_2(call, files, tmp_path):
    # Everybody of a small pool got together with everybody: there is nobody to hold partners against.
    ids = [f"o{place}" for place in range(6)]
    profiles = "id,name,mission,updated\n" + "".join(
        f"{id_},{id_},coffee for farmers,2020-01-01\n" for id_ in ids
    )
    # Each leads a work of its own with all others: the same pair both ways in a log is one partnership.
    rows = [f"2021-01-01,{a},{';'.join(b for b in ids if b != a)}\n" for a in ids]
    files("", profiles)
    (tmp_path / "outcomes.csv").write_text("date,lead,partners\n" + "".join(rows), encoding="utf-8")
    done = call("profiles.csv", "--outcomes", "outcomes.csv", "--out", "ours", "--quiet")
    assert_refused(done, "got one kind only")


def test_train_out_inside_a_file_is_refused_even_with_rejected_rows(files, tmp_path, encoder):
    profiles, outcomes = files(BAD_DATES)
    for rows in (BAD_DATES, "a,b,agreed,2021-01-01\n"):
        with pytest.raises((OutputError, ModelError), match=r"must be"):
            train_batch(*files(rows), profiles / "ours", encoder=encoder)
    assert outcomes.is_file()


def test_train_out_that_cannot_be_written_is_refused_before_anything_is_read(files, tmp_path, monkeypatch):
    def deny(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("matcher.ranking.storage.tempfile.TemporaryDirectory", deny)
    monkeypatch.setattr("matcher.commands.inputs.read_inputs", pytest.fail)
    with pytest.raises(ModelError, match=r"out must be a folder that can be written; .*Permission denied"):
        train_batch(*files("a,b,agreed,2021-01-01\n"), tmp_path / "ours")


def test_train_passes_on_the_declines_of_all_logs_once(files, tmp_path, encoder, monkeypatch):
    given = []
    learn = train_ranker
    monkeypatch.setattr(
        "matcher.commands.labelled.train_ranker",
        lambda *args, events, **more: given.extend(events) or learn(*args, events=events, **more),
    )
    profiles, outcomes = files("a,b,declined,2021-01-01\nc,d,agreed,2021-01-01\n")
    train_batch(profiles, outcomes, tmp_path / "ours", history=outcomes, encoder=encoder)
    assert sorted((event.members, event.stage) for event in given) == [
        (("a", "b"), "declined"),
        (("c", "d"), "agreed"),
    ]


def test_train_an_existing_ranker_is_replaced(files, tmp_path, encoder):
    out = tmp_path / "ours"
    for seed in (1, 2):
        settings = Config(seed=seed)
        train_batch(*files("a,b,agreed,2021-01-01\n"), out, encoder=encoder, config=settings)
        assert read_manifest(out)["seed"] == seed


def test_train_same_inputs_give_the_same_card_and_facts(files, tmp_path, encoder):
    inputs = files("a,b,agreed,2021-01-01\nb,c,agreed,2021-02-01\n")
    one, other = (train_batch(*inputs, tmp_path / name, encoder=encoder).out for name in ("one", "other"))
    assert (one / "README.md").read_bytes() == (other / "README.md").read_bytes()
    # The estimator is an archive that carries the time of its making.
    facts = [{**read_manifest(folder), "sha256": None} for folder in (one, other)]
    assert facts[0] == facts[1]


def test_train_manifest_holds_the_digest_of_every_input_even_of_one_name(files, tmp_path, encoder):
    profiles, outcomes = files("a,b,agreed,2021-01-01\n")
    earlier = tmp_path / "earlier" / outcomes.name
    earlier.parent.mkdir()
    earlier.write_text(HEADER + "c,d,agreed,2019-01-01\n", encoding="utf-8")
    out = train_batch(profiles, outcomes, tmp_path / "ours", history=earlier, encoder=encoder).out
    data = read_manifest(out)["data"]
    assert len(set(data.values())) == 3
    assert all(path.name in " ".join(data) for path in (profiles, outcomes))
    card = (out / "README.md").read_text(encoding="utf-8")
    assert all(digest in card for digest in data.values())


def test_train_never_writes_a_databases_address_down(monkeypatch, tmp_path):
    options = {}
    url = "postgresql://me:secret@host.example/base?sslpassword=hidden"
    monkeypatch.setattr("matcher.commands.labelled.train_batch", lambda *_, **given: options.update(given))
    monkeypatch.setattr(sys, "argv", ["/bin/matcher", "train", url, "--query", "SELECT 1", "--out", "x y"])
    train(Request(url), tmp_path / "ours", "o.csv")
    assert options["command"] == "matcher train postgresql://... --query 'SELECT 1' --out 'x y'"
