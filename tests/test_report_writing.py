"""Reports on disk: whole or not at all, other files kept, targets refused."""

import json
import sys
from pathlib import Path

import processes
import pytest
from batches import match_batch
from reports import read, records

from matcher.errors import OutputError
from matcher.output.report.pages import ONE_FILE, check_report


def test_report_same_batch_gives_the_same_bytes(make):
    first = make(records(8), lang="id").read_bytes()
    assert make(list(reversed(records(8))), lang="id").read_bytes() == first


@pytest.mark.slow
def test_report_of_many_seekers_is_an_index_and_a_page_each(make, tmp_path):
    path = make(records(ONE_FILE + 1), k=3)
    page = read(path)
    folder = tmp_path / "report_files"
    names = sorted(each.name for each in folder.iterdir())
    assert names == sorted([*json.loads((folder / "pages.json").read_text()), "pages.json"])
    assert len(names) == ONE_FILE + 2
    links = {each["href"] for each in page.all("a") if each["href"].startswith("report_files/")}
    assert links == {f"report_files/{name}" for name in names if name != "pages.json"}
    assert page.classed("li", "card") == []
    inner = read(folder / "0002-org-001.html")
    assert len(inner.classed("li", "card")) == 3
    assert {"../report.html", "0001-org-000.html", "0003-org-002.html"} <= {
        each["href"] for each in inner.all("a")
    }
    assert {
        each["href"] for each in inner.all("a") if "/" not in each["href"] and "#" not in each["href"]
    } <= set(names)


@pytest.mark.slow
def test_report_of_many_seekers_same_batch_gives_the_same_bytes(make, tmp_path):
    def everything():
        make(records(ONE_FILE + 1), k=2)
        return {path.name: path.read_bytes() for path in sorted((tmp_path / "report_files").iterdir())}

    assert everything() == everything()


@pytest.mark.slow
def test_report_again_replaces_its_pages_and_keeps_other_files(make, tmp_path):
    make(records(ONE_FILE + 3), k=1)
    folder = tmp_path / "report_files"
    (folder / "my notes.txt").write_text("mine")
    make(records(ONE_FILE + 1), k=1)
    assert len(list(folder.glob("*.html"))) == ONE_FILE + 1
    assert (folder / "my notes.txt").read_text() == "mine"
    make(records(3), k=1)
    assert [each.name for each in folder.iterdir()] == ["my notes.txt"]
    (folder / "my notes.txt").unlink()
    make(records(ONE_FILE + 1), k=1)
    make(records(3), k=1)
    assert not folder.exists()
    assert not list(tmp_path.glob(".*.tmp"))


@pytest.mark.slow
def test_report_list_of_pages_that_names_strange_paths_is_not_believed(make, tmp_path):
    make(records(ONE_FILE + 1), k=1)
    listed = tmp_path / "report_files" / "pages.json"
    names = json.loads(listed.read_text())
    (tmp_path / "victim.html").write_text("mine")
    listed.write_text(json.dumps([*names, "../victim.html", str(tmp_path / "victim.html"), 7]))
    make(records(ONE_FILE + 1), k=1)
    assert (tmp_path / "victim.html").read_text() == "mine"
    listed.write_text("[]")
    with pytest.raises(OutputError, match="must hold pages of a report or nothing"):
        make(records(ONE_FILE + 1), k=1)


def test_report_folder_of_strangers_is_refused_before_any_work(make, tmp_path):
    (tmp_path / "report_files").mkdir()
    (tmp_path / "report_files" / "thesis.docx").write_text("mine")
    with pytest.raises(OutputError, match="must hold pages of a report or nothing; got other files"):
        make(records(2))
    assert not (tmp_path / "out.csv").exists()
    assert (tmp_path / "report_files" / "thesis.docx").read_text() == "mine"


@pytest.mark.slow
def test_report_that_fails_halfway_leaves_everything_as_it_was(make, tmp_path, monkeypatch):
    path = make(records(ONE_FILE + 1), k=1)
    before = {each: each.read_bytes() for each in [path, *(tmp_path / "report_files").iterdir()]}

    def fail(*_):
        raise RuntimeError("out of luck")

    monkeypatch.setattr("matcher.output.report.pages.Pages._cards", fail)
    with pytest.raises(RuntimeError, match="out of luck"):
        make(records(ONE_FILE + 1), k=2)
    assert {each: each.read_bytes() for each in [path, *(tmp_path / "report_files").iterdir()]} == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("report.htm", r"report must end in \.html; got .*report\.htm\. Choose another name"),
        ("nowhere/report.html", "must be in a folder that exists"),
    ],
)
def test_report_path_that_cannot_be_is_refused(tmp_path, name, message):
    with pytest.raises(OutputError, match=message):
        check_report(tmp_path / name)


def test_report_folder_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "report_files").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="must be a folder or not exist"):
        check_report(tmp_path / "report.html")


def test_batch_says_where_the_report_is(make, tmp_path, encoder):
    path = make(records(3))
    done = match_batch(tmp_path / "profiles.jsonl", tmp_path / "out.csv", encoder=encoder, report=path)
    assert done.report == path
    assert str(done).endswith(f"report: {path}")
    assert match_batch(tmp_path / "profiles.jsonl", tmp_path / "out.csv", encoder=encoder).report is None


def test_batch_report_that_would_replace_an_input_is_refused(tmp_path, encoder):
    (tmp_path / "profiles.html").write_text("id,name,mission\n")
    with pytest.raises(OutputError, match="must not be one of the inputs"):
        match_batch(
            tmp_path / "profiles.html",
            tmp_path / "out.csv",
            encoder=encoder,
            report=tmp_path / "profiles.html",
        )
    assert (tmp_path / "profiles.html").read_text() == "id,name,mission\n"


def test_cli_offers_a_report(tmp_path):
    command = [str(Path(sys.executable).with_name("matcher")), "match", "--help"]
    done = processes.run(command, cwd=tmp_path)
    assert "--report" in done.stdout
