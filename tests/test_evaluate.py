"""From files to a report: notes about the data, JSON, the picture, and what is refused."""

import hashlib
import json
import sys

import numpy as np
import pytest
from batches import evaluate_batch

from matcher.config import Config
from matcher.errors import (
    EvaluationError,
    MissingExtraError,
    ModelError,
    OutcomeError,
    OutputError,
    ProfileError,
)
from matcher.features import COMPONENT_NAMES
from matcher.ranking import BoostedRanker, WeightedRanker
from matcher.ranking.storage import save_ranker

PROFILES = """id,name,mission,country,updated
a,Aneka,coffee for farmers,Kenya,2020-01-01
b,Bina,coffee with courses,Kenya,2020-01-01
c,Cipta,boats with nurses,Peru,2020-01-01
d,Desa,boats with sails,Peru,2020-01-01
"""
OUTCOMES = """date,lead,partners
2020-03-01,a,b
2020-04-01,c,d; stranger
2019-04-01,a,c
"""
HISTORY = "seeker,candidate,stage,date\nb,c,agreed,2018-01-01\n"


@pytest.fixture
def folder(tmp_path):
    for name, text in (("profiles", PROFILES), ("outcomes", OUTCOMES), ("history", HISTORY)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def evaluate(folder, encoder):
    def run(**settings):
        paths = {"profiles": folder / "profiles.csv", "outcomes": folder / "outcomes.csv", **settings}
        return evaluate_batch(
            paths.pop("profiles"), paths.pop("outcomes"), **{"encoder": encoder, "k": 10, **paths}
        )

    return run


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_evaluate_parts_outcomes_at_the_profiles_date_and_counts_strangers(evaluate, folder):
    found = evaluate(history=folder / "history.csv")
    assert found.record["counts"]["works_before"] == 2
    assert found.record["counts"]["pairs"] == 2
    assert found.record["counts"]["unknown_members"] == 1
    assert "1 members of later works have no profile" in str(found)
    assert found.record["systems"]["tfidf"]["seekers"]["MRR"]["mean"] == 1.0
    assert found.record["data"]["history"]["sha256"] == digest(folder / "history.csv")
    assert "4 profiles as of 2020-01-01; 2 joint works up to that day are history" in str(found)


def test_evaluate_history_that_repeats_the_outcomes_changes_nothing(evaluate, folder):
    once, twice = evaluate(), evaluate(history=folder / "outcomes.csv")
    assert twice.record["counts"] == once.record["counts"]
    assert twice.record["systems"] == once.record["systems"]


def test_evaluate_json_is_whole_and_the_same_twice_and_names_no_path(evaluate, folder):
    evaluate(json_out=folder / "one.json", ablation=True)
    found = evaluate(json_out=folder / "two.json", ablation=True)
    assert (folder / "one.json").read_bytes() == (folder / "two.json").read_bytes()
    text = (folder / "one.json").read_text(encoding="utf-8")
    assert json.loads(text) == found.record
    assert str(folder) not in text
    assert set(json.loads(text)) >= {
        "versions",
        "seed",
        "dates",
        "counts",
        "systems",
        "differences",
        "slices",
    }
    assert not list(folder.glob(".*"))


def test_evaluate_picture_is_a_png_and_the_same_twice(evaluate, folder):
    evaluate(picture=folder / "one.png")
    evaluate(picture=folder / "two.png")
    content = (folder / "one.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert content == (folder / "two.png").read_bytes()


def test_evaluate_picture_without_matplotlib_names_the_extra_before_any_work(evaluate, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'partner-matcher\[plots\]'"):
        evaluate(picture=folder / "one.png", profiles=folder / "missing.csv")


def test_evaluate_rejected_rows_are_counted(evaluate, folder):
    with (folder / "outcomes.csv").open("a", encoding="utf-8") as file:
        file.write("someday,a,b\n")
    found = evaluate()
    assert "1 rows of outcomes were rejected" in str(found)
    assert found.record["data"]["outcomes"]["rejected"] == 1


@pytest.mark.parametrize(("learned", "warned"), [("outcomes", True), ("history", False)])
def test_evaluate_ranker_that_learned_from_the_outcomes_is_pointed_at(evaluate, folder, learned, warned):
    ranker = WeightedRanker().fit(np.random.default_rng(0).random((20, len(COMPONENT_NAMES))))
    facts = {"data": {"x.csv": f"sha256 {digest(folder / f'{learned}.csv')}"}}
    save_ranker(folder / "ranker", ranker, facts, "card")
    found = evaluate(ranker=folder / "ranker", history=folder / "history.csv")
    assert found.comparison.main == "ranker"
    assert ("trained on the very file of outcomes that it is judged on" in str(found)) is warned


def test_evaluate_ranker_of_an_earlier_version_is_an_error_not_a_traceback(evaluate, folder):
    X = np.random.default_rng(0).random((80, len(COMPONENT_NAMES)))  # noqa: N806
    ranker = BoostedRanker(n_trees=2).fit(X, X[:, 0] > 0.5)
    del ranker.is_known_
    save_ranker(folder / "ranker", ranker, {"data": {}}, "card")
    with pytest.raises(ModelError, match=r"BoostedRanker lacks .*is_known_.*Train it again"):
        evaluate(ranker=folder / "ranker")


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"json_out": "figures.txt"}, OutputError, "json must end in .json; got figures.txt"),
        ({"picture": "figures.svg"}, OutputError, "picture must end in .png; got figures.svg"),
        (
            {"json_out": "nowhere/figures.json"},
            OutputError,
            "nowhere/figures.json must be in a folder that exists",
        ),
        ({"outcomes": "missing.csv"}, OutcomeError, "missing.csv must be a file that exists"),
        ({"ranker": "nowhere"}, ModelError, "ranker must be a folder written by train_ranker"),
    ],
)
def test_evaluate_unusable_argument_is_an_error(evaluate, settings, error, message):
    with pytest.raises(error, match=message):
        evaluate(**settings)


def test_evaluate_folder_as_json_is_refused(evaluate, folder):
    (folder / "x.json").mkdir()
    with pytest.raises(OutputError, match="must be a file; got a folder"):
        evaluate(json_out=folder / "x.json")


@pytest.mark.parametrize(
    "settings",
    [
        {"json_out": "profiles.csv/figures.json"},
        {"picture": "nowhere/figures.png"},
        {"json_out": f"{'x' * 300}.json"},
        {"picture": f"{'x' * 300}.png"},
        {"json_out": "no\0name.json"},
    ],
)
def test_evaluate_target_that_cannot_be_written_is_refused_before_any_input_is_read(
    evaluate, folder, settings
):
    targets = {name: folder / path for name, path in settings.items()}
    with pytest.raises(
        OutputError,
        match=r"must be in a folder that exists|must be writable; got: |must have a name that fits; got: ",
    ):
        evaluate(profiles=folder / "missing.csv", **targets)


@pytest.mark.parametrize("target", ["json_out", "picture"])
def test_evaluate_folder_that_takes_no_file_is_refused_before_any_input_is_read(
    evaluate, folder, monkeypatch, target
):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.open", refuse)
    path = folder / ("figures.json" if target == "json_out" else "figures.png")
    with pytest.raises(OutputError, match=r"must be writable; got: Permission denied"):
        evaluate(profiles=folder / "missing.csv", **{target: path})


def test_evaluate_check_of_targets_leaves_what_is_there(evaluate, folder):
    (folder / "figures.json").write_text("mine", encoding="utf-8")
    with pytest.raises(ProfileError, match=r"missing\.csv"):
        evaluate(profiles=folder / "missing.csv", json_out=folder / "figures.json")
    assert (folder / "figures.json").read_text(encoding="utf-8") == "mine"
    assert not list(folder.glob(".*"))


def test_evaluate_outcomes_before_the_profiles_say_what_to_do(evaluate, folder):
    (folder / "outcomes.csv").write_text("date,lead,partners\n2019-01-01,a,b\n", encoding="utf-8")
    with pytest.raises(
        EvaluationError,
        match=r"2020-01-01.*got 0 works.*Give profiles of an earlier date.*as_of = 2018-12-31 ",
    ):
        evaluate()


def test_evaluate_day_that_the_error_names_works(evaluate, folder):
    (folder / "outcomes.csv").write_text("date,lead,partners\n2019-01-01,a,b\n", encoding="utf-8")
    (folder / "set.toml").write_text("as_of = 2018-12-31\n", encoding="utf-8")
    found = evaluate(config=Config.from_toml(folder / "set.toml"))
    assert found.record["counts"]["pairs"] == 1
    assert any("figures may be too good" in note for note in found.comparison.notes)


def test_evaluate_report_holds_no_profile_text(evaluate):
    report = str(evaluate(ablation=True))
    assert "coffee" not in report
