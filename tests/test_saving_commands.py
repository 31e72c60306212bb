"""`matcher match --save-pool` and commands on a saved pool, as people start them."""

import sys
from pathlib import Path

import processes
import pytest

MATCHER = [str(Path(sys.executable).with_name("matcher"))]
PROFILES = """id,name,mission,needs,offers,updated
a,Aneka,coffee for farmers in villages,training: courses (5),distribution: trucks,2023-01-01
b,Bina,courses for farmers,distribution: trucks (4),training: courses (5),2023-02-01
c,Cipta,boats with nurses,funding: fuel (2),people: nurses,2023-03-01
d,,no name,,,
"""
SEEKERS = "id,name,mission,needs\nx,Xena,boats,people: nurses (5)\n"
HISTORY = "date,lead,partners\n2020-01-01,c,a\n2020-01-02,c,zz\n"


@pytest.fixture
def call(tmp_path):
    for name, text in {"p.csv": PROFILES, "s.csv": SEEKERS, "h.csv": HISTORY}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def run(*arguments, expect=0, fresh=False):
        done = processes.run(MATCHER, *arguments, cwd=tmp_path, fresh=fresh)
        assert done.returncode == expect, done.stderr
        return done

    return run


def content(folder, stem):
    return {
        path.name.removeprefix(stem): path.read_bytes()
        for path in folder.iterdir()
        if path.name.startswith(stem)
    }


@pytest.mark.slow
def test_match_on_a_saved_pool_writes_the_same_bytes(call, tmp_path):
    rest = ("--quiet", "--lang", "id")
    first = call("match", "p.csv", "--out", "one.csv", "--history", "h.csv", "--save-pool", "pool", *rest)
    second = call("match", "pool", "--out", "two.csv", *rest, fresh=True)
    assert second.stderr == first.stderr.replace("one.csv", "two.csv")
    assert content(tmp_path, "one.csv") == content(tmp_path, "two.csv")
    assert {*content(tmp_path, "one.csv")} == {"", ".rejected.csv"}
    for given in (("--seekers", "s.csv"), ("--seeker", "Bina")):
        call("match", "p.csv", "--out", "one.xlsx", "--history", "h.csv", *given, *rest)
        call("match", "pool", "--out", "two.xlsx", *given, *rest)
        assert content(tmp_path, "one.xlsx") == content(tmp_path, "two.xlsx")
    pair = ("--seeker", "a", "--candidate", "b", "--quiet")
    assert (
        call("explain", "pool", *pair).stdout == call("explain", "p.csv", "--history", "h.csv", *pair).stdout
    )
    call("brief", "pool", *pair, "--out", "brief.md")


@pytest.mark.slow
def test_shards_of_a_saved_pool_are_merged_into_the_same_bytes(call, tmp_path):
    call("match", "p.csv", "--out", "one.csv", "--save-pool", "pool", "--quiet")
    for number in (1, 2):
        call("match", "pool", "--out", "shards", "--shard", f"{number}/2", "--quiet")
    call("merge", "shards", "--out", "two.csv")
    assert content(tmp_path, "one.csv") == content(tmp_path, "two.csv")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--history", "h.csv"), "got history too"),
        (("--must", "kind: education", "--query", "SELECT 1"), "got settings or rules, query too"),
        (("--map", "nama=name"), "got mapping too"),
        (("--shard", "1/2", "--save-pool", "other"), "must not go with --report"),
        (("--save-pool", "."), "holds a pool and nothing else; . holds other things"),
    ],
)
def test_what_a_saved_pool_has_of_its_own_is_refused(call, given, message):
    call("match", "p.csv", "--out", "one.csv", "--save-pool", "pool", "--quiet")
    done = call("match", "pool", "--out", "two.csv", "--quiet", *given, expect=2)
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_changed_file_of_a_pool_is_one_clear_line(call, tmp_path):
    call("match", "p.csv", "--out", "one.csv", "--save-pool", "pool", "--quiet")
    path = tmp_path / "pool" / "state.json"
    path.write_bytes(path.read_bytes() + b" ")
    done = call("match", "pool", "--out", "two.csv", "--lang", "id", expect=2)
    assert "state.json tidak ada atau berubah sejak disimpan" in done.stderr
    assert len(done.stderr.splitlines()) == 1
