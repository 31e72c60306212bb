"""The commands as people start them: real processes, exit codes, one clear line on stderr."""

import csv
import io
import json
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import openpyxl
import processes
import pytest
import typer

from matcher.commands import cli

ROOT = Path(__file__).parents[1]
SCRIPT = [sys.executable, str(ROOT / "scripts" / "match_batch.py")]
CONSOLE = [str(Path(sys.executable).with_name("matcher")), "match"]
WORDS = ["[UNK]", "coffee", "trucks", "courses", "farmers", "fuel", "boats", "nurses", "seas"]
PROFILES = """id,name,mission,needs,offers,updated
a,Aneka,coffee for farmers,training: courses (5),distribution: trucks,2023-01-01
b,Bina,courses for farmers,distribution: trucks (4),training: courses (5),2023-02-01
c,Cipta,boats with nurses,funding: fuel (2),people: nurses,2023-03-01
"""
BROKEN = "d,,no name,,,\n"


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A real sentence-transformers model of one small table of vectors, made without network."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer = Tokenizer(WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    weights = np.eye(len(WORDS), dtype=np.float32)
    folder = tmp_path_factory.mktemp("model")
    table = StaticEmbedding(tokenizer, embedding_weights=weights)
    SentenceTransformer(modules=[table], device="cpu").save(str(folder))
    return str(folder)


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def call(tmp_path, cache):
    """Run a command in a folder that holds `profiles.csv`."""
    (tmp_path / "profiles.csv").write_text(PROFILES, encoding="utf-8")
    folders = {"MATCHER_CACHE": str(cache), "HF_HOME": str(cache)}

    def run(*arguments, command=SCRIPT, fresh=False):
        return processes.run(command, *arguments, cwd=tmp_path, fresh=fresh, **folders)

    return run


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_match_good_run_writes_every_row_and_says_so_on_stderr(call, tmp_path, model):
    options = ("--out", "out.csv", "--encoder", model, "--quiet")
    done = call("profiles.csv", *options, fresh=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "3 organisations read, 0 rows rejected",
        "6 recommendations for 3 seekers: out.csv",
        "of these 2 strong, 4 possible, 0 weak",
    ]
    rows = rows_of(tmp_path / "out.csv")
    assert len(rows) == 6
    assert [row["candidate"] for row in rows if row["seeker"] == "a"] == ["b", "c"]


@pytest.mark.slow
def test_match_every_option_together_reaches_the_result(call, tmp_path, model):
    with sqlite3.connect(tmp_path / "p.db") as database:
        database.execute("CREATE TABLE org (kode, nama, misi, kebutuhan, sumber_daya)")
        for line in PROFILES.splitlines()[1:]:
            database.execute("INSERT INTO org VALUES (?, ?, ?, ?, ?)", line.split(",")[:5])
    database.close()
    seekers = [
        {"id": "call", "name": "Call", "mission": "coffee", "lead": "a"},
        {"id": "new", "name": "New", "needs": [{"category": "people", "text": "nurses", "weight": 5}]},
    ]
    (tmp_path / "seekers.jsonl").write_text("\n".join(map(json.dumps, seekers)), encoding="utf-8")
    (tmp_path / "past.csv").write_text("date,lead,partners\n2020-01-01,c,a; zz\n", encoding="utf-8")
    (tmp_path / "set.toml").write_text("[weights]\ncomplementarity = 1\ntrust = 1\n", encoding="utf-8")
    done = call(
        *(f"sqlite:///{tmp_path / 'p.db'}", "--out", "out.xlsx", "--encoder", model, "--quiet"),
        *("--query", "SELECT kode AS id, nama, misi, kebutuhan, sumber_daya FROM org"),
        *("--seekers", "seekers.jsonl", "--history", "past.csv", "--config", "set.toml"),
        *("-k", 1, "--lang", "id", "--strict"),
        command=CONSOLE,
        fresh=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-2] == "2 rekomendasi untuk 2 pencari mitra: out.xlsx"
    header, *rows = openpyxl.load_workbook(tmp_path / "out.xlsx").active.iter_rows(values_only=True)
    table = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["pencari mitra"] for row in table] == ["call", "new"]
    assert [row["peringkat"] for row in table] == [1, 1]
    assert table[1]["calon mitra"] == "c"
    assert "mereka menawarkan “nurses” untuk kebutuhan Anda “nurses”" in table[1]["alasan bagi pencari mitra"]
    assert "belum menyebutkan" in table[0]["belum diketahui"]


@pytest.mark.slow
@pytest.mark.parametrize(("strict", "code"), [([], 0), (["--strict"], 1)])
def test_match_rejected_rows_decide_the_exit_code_only_under_strict(call, tmp_path, strict, code):
    with (tmp_path / "profiles.csv").open("a", encoding="utf-8") as file:
        file.write(BROKEN)
    done = call("profiles.csv", "--out", "out.csv", *strict)
    assert done.returncode == code, done.stderr
    assert "4 organisations read, 1 row rejected" in done.stderr
    assert len(rows_of(tmp_path / "out.csv")) == 6
    (problem,) = rows_of(tmp_path / "out.csv.rejected.csv")
    assert (problem["line"], problem["id"], problem["column"]) == ("5", "d", "name")


def assert_refused(done, tmp_path, message):
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert message in line
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "earlier"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "bad.csv must"),
        (b"id,name,mission\n", "bad.csv must hold at least one row below the header"),
        (
            b"id,name,mission\n1,a\xe9\x81,\xc3\xa9\xc3\xa9\n",
            "must be UTF-8, UTF-16 or Windows-1252 text; got byte",
        ),
        (b"\x00\x01\x02\xff\xfe", "bad.csv must"),
        (b"kode,judul\n1,x\n", "columns must include name and one of vision, mission, needs, offers"),
        (b"id,name,mission\n1,A,\n2,B,\n", "at least two usable organisations; got 0 of 2 rows"),
        (b"id,name,mission\n1,A,water\n", "at least two usable organisations; got 1 of 1 rows"),
        (b"id,name,mission\n1,A,water\n1,B,seas\n", "at least two usable organisations; got 1 of 2 rows"),
    ],
)
def test_match_unusable_profiles_are_one_line_and_exit_code_2(call, tmp_path, content, message):
    (tmp_path / "bad.csv").write_bytes(content)
    (tmp_path / "out.csv").write_text("earlier", encoding="utf-8")
    assert_refused(call("bad.csv", "--out", "out.csv"), tmp_path, message)


def test_match_quote_that_never_closes_is_repaired_with_a_note(call, tmp_path):
    (tmp_path / "bad.csv").write_bytes(b'id,name,mission\n1,A,"never closed\n2,B,x\n')
    done = call("bad.csv", "--out", "out.csv")
    assert done.returncode == 0, done.stderr
    assert "2 organisations read, 0 rows rejected" in done.stderr
    assert {row["seeker"] for row in rows_of(tmp_path / "out.csv")} == {"1", "2"}
    assert any("quote" in note["reason"] for note in rows_of(tmp_path / "out.csv.notes.csv"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.csv"], "missing.csv must be a file that exists"),
        (["folder"], "folder must be a file, or a pool saved with --save-pool; got another folder"),
        (["pool"], "pool must exist. Name a table, as pool.csv, or the folder of a saved pool"),
        (["profiles.doc"], "path must end in one of .csv"),
        (["profiles.csv", "--seekers", "missing.csv"], "missing.csv must be a file that exists"),
        (["profiles.csv", "--history", "missing.csv"], "missing.csv must be a file that exists"),
        (
            ["profiles.csv", "--history", "profiles.csv"],
            "must have the columns seeker, candidate, stage, date",
        ),
        (["profiles.csv", "--config", "missing.toml"], "config must be a readable file; got missing.toml"),
        (["profiles.csv", "--config", "folder"], "config must be a readable file; got folder"),
        (["profiles.csv", "--config", "broken.toml"], "config must be TOML in UTF-8; broken.toml is not"),
        (["profiles.csv", "--config", "wrong.toml"], "wrong.toml: weights.charm is not a setting"),
        (["profiles.csv", "--encoder", "./no-such-model"], "existing folder; got './no-such-model'"),
        (["profiles.csv", "--query", "SELECT 1"], "query must go with a database"),
        (["profiles.csv", "--must", "foo"], "'kind: education'; got foo. Columns are kind, country"),
        (["profiles.csv", "--must", "warna: biru"], "'kind: education'; got warna: biru. Columns are kind"),
        (["sqlite:///missing.db", "--query", "SELECT 1"], "no such file: missing.db"),
    ],
)
def test_match_unusable_argument_is_one_line_and_exit_code_2(call, tmp_path, arguments, message):
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken.toml").write_text("weights = [", encoding="utf-8")
    (tmp_path / "wrong.toml").write_text("[weights]\ncharm = 1\n", encoding="utf-8")
    (tmp_path / "out.csv").write_text("earlier", encoding="utf-8")
    assert_refused(call(*arguments, "--out", "out.csv"), tmp_path, message)


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("missing/out.csv", "missing/out.csv must be in a folder that exists"),
        ("out.doc", "must end in one of .csv"),
        ("out", "must end in one of .csv"),
        ("folder.csv", "folder.csv must be a file; got a folder"),
    ],
)
def test_match_unwritable_out_is_one_line_and_exit_code_2(call, tmp_path, out, message):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "out.csv").write_text("earlier", encoding="utf-8")
    assert_refused(call("profiles.csv", "--out", out), tmp_path, message)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.csv", "out.csv", "profiles.csv"]


@pytest.mark.slow
def test_match_unknown_language_is_one_line_and_exit_code_2(call, tmp_path):
    (tmp_path / "out.csv").write_text("earlier", encoding="utf-8")
    done = call("profiles.csv", "--out", "out.csv", "--lang", "fr", "--quiet")
    assert_refused(done, tmp_path, "lang must be one of en, id; got 'fr'")


@pytest.mark.slow
def test_match_unknown_encoder_name_is_one_line_and_exit_code_2(call, tmp_path):
    (tmp_path / "out.csv").write_text("earlier", encoding="utf-8")
    done = call("profiles.csv", "--out", "out.csv", "--encoder", "nobody/no-such-model")
    assert_refused(done, tmp_path, "encoder 'nobody/no-such-model'")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["profiles.csv", "--out", "out.csv", "-k", "0"], "-k"),
        (["profiles.csv", "--out", "out.csv", "-k", "many"], "-k"),
        (["profiles.csv"], "--out"),
        (["profiles.csv", "--out", "out.csv", "--unknown"], "--unknown"),
        (["--out", "out.csv"], "Missing argument"),
    ],
)
def test_match_wrong_usage_is_exit_code_2_and_names_the_option(call, tmp_path, arguments, message):
    (tmp_path / "out.csv").write_text("earlier", encoding="utf-8")
    done = call(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "earlier"


@pytest.mark.parametrize("command", [SCRIPT, CONSOLE], ids=["script", "console"])
def test_match_help_shows_an_example(call, command):
    done = call("--help", command=command)
    assert done.returncode == 0
    assert "Example: matcher match organisations.csv --out matches.xlsx" in done.stdout
    for option in ("--seekers", "--history", "--config", "--query", "--lang", "--strict", "-k"):
        assert option in done.stdout


def test_match_errors_hold_no_profile_text(call, tmp_path):
    secret = "zebra-confidential"
    text = f"id,name,mission,updated\n1,{secret},{secret},{secret}\n2,{secret},\x07{secret},\n"
    twins = f"id,name,mission\n{secret},{secret},{secret}\n{secret},{secret},{secret}\n"
    for content, code in ((text, 0), (twins, 2)):
        (tmp_path / "bad.csv").write_text(content, encoding="utf-8")
        done = call("bad.csv", "--out", "out.csv")
        assert done.returncode == code, done.stderr
        assert secret not in done.stderr


@pytest.mark.parametrize("length", [244, 246, 250, 255, 256])
def test_out_with_a_long_name_is_refused_in_one_line(call, length):
    done = call("profiles.csv", "--out", "a" * (length - 4) + ".csv", "--quiet")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Choose a shorter name" in done.stderr


TEXT = "é – “Łódź” → ≥5 … ½ ﬁ 日 \ud800 ✓ o\u0301 Ø ß"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "é – “Łódź” → ≥5 … ½ ﬁ 日 ? ✓ o\u0301 Ø ß"),
        ("cp1252", "é – “Lódz” -> >=5 … ½ fi ? ? ? o Ø ß"),
        ("cp437", 'é - "Lódz" -> ≥5 ... ½ fi ? ? ? o O ß'),
        ("latin-1", 'é - "Lódz" -> >=5 ... ½ fi ? ? ? o Ø ß'),
    ],
)
@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_signs_that_a_terminal_does_not_have_are_replaced(monkeypatch, encoding, expected, name):
    with monkeypatch.context() as patched:
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        patched.setattr(sys, name, stream)
        cli._show_any_sign()
        typer.echo(TEXT, err=name == "stderr")
        stream.flush()
        assert stream.buffer.getvalue().decode(encoding) == f"{expected}\n"


def test_version_is_shown(call):
    done = call("--version", command=CONSOLE[:1])
    assert (done.returncode, done.stdout) == (0, f"matcher {version('partner-matcher')}\n")
