"""`brief` and `explain` as people start them: files, languages, errors in one line."""

import sys
from pathlib import Path

import docx
import processes
import pytest

from matcher.datasets import DEMO_PATH

ROOT = Path(__file__).parents[1]
SCRIPT = [sys.executable, str(ROOT / "scripts" / "brief.py")]
CONSOLE = [str(Path(sys.executable).with_name("matcher"))]
PAIR = ("--seeker", "omah-sareh", "--candidate", "lkp-bina-rawat-serayu")


@pytest.fixture
def call(tmp_path):
    return lambda command, *arguments, **more: processes.run(command, *arguments, cwd=tmp_path, **more)


@pytest.mark.slow
def test_brief_script_and_command_write_the_same_page(call, tmp_path):
    options = (DEMO_PATH, *PAIR, "--lang", "id", "--start", "2027-01-31", "--quiet")
    by_script = call(SCRIPT, *options, "--out", "a.docx", fresh=True)
    by_command = call(CONSOLE, "brief", *options, "--out", "b.docx", fresh=True)
    assert (by_script.returncode, by_script.stdout, by_script.stderr) == (0, "", "")
    assert by_command.returncode == 0
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()
    texts = [paragraph.text for paragraph in docx.Document(str(tmp_path / "a.docx")).paragraphs]
    assert texts[0] == "Ringkasan kemitraan: Rumah Lansia Omah Sareh dan LKP Bina Rawat Serayu"
    assert any(text.startswith("Tinjauan: 30 Apr 2027; 31 Okt 2027; 30 Apr 2028") for text in texts)


@pytest.mark.slow
def test_brief_config_and_history_are_used(call, tmp_path):
    (tmp_path / "settings.toml").write_text("[weights]\nculture = 1.0\n", encoding="utf-8")
    (tmp_path / "history.csv").write_text(
        "seeker,candidate,stage,date\nomah-sareh,lkp-bina-rawat-serayu,active,2020-01-01\n", encoding="utf-8"
    )
    plain = call(CONSOLE, "explain", DEMO_PATH, *PAIR, "--quiet")
    other = call(
        *(CONSOLE, "explain", DEMO_PATH, *PAIR, "--quiet"),
        *("--config", "settings.toml", "--history", "history.csv"),
    )
    assert plain.returncode == other.returncode == 0
    assert "| ways of working |" in other.stdout
    assert "| ways of working |" not in plain.stdout


@pytest.mark.slow
def test_explain_goes_to_stdout_or_to_a_file(call, tmp_path):
    shown = call(CONSOLE, "explain", DEMO_PATH, *PAIR, "--lang", "id", "--quiet")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(
        "# Rumah Lansia Omah Sareh dan LKP Bina Rawat Serayu: penjelasan kecocokan\n"
    )
    written = call(CONSOLE, "explain", DEMO_PATH, *PAIR, "--lang", "id", "--quiet", "--out", "e.md")
    assert (written.returncode, written.stdout) == (0, "")
    assert (tmp_path / "e.md").read_text(encoding="utf-8") == shown.stdout


@pytest.mark.slow
def test_explain_instead_of_compares_two_candidates(call):
    shown = call(CONSOLE, "explain", DEMO_PATH, *PAIR, "--instead-of", "nagamori-elder-care-npo", "--quiet")
    assert shown.returncode == 0
    assert shown.stdout.startswith("# LKP Bina Rawat Serayu or NPO Nagamori Elder Care Exchange, for Rumah")
    assert "| Difference |" in shown.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--seeker", "a", "--candidate", "lkp", "--out", "x.md"),
            "error: candidate must be the id or name of one of the 2 profiles; got 'lkp'.",
        ),
        (
            ("--seeker", "a", "--candidate", "a", "--out", "x.md"),
            "error: candidate must be another organisation than the seeker; got 'a' for both.",
        ),
        (
            ("--seeker", "a", "--candidate", "b", "--out", "x.pdf"),
            "error: out must end in one of .md, .html, .docx; got x.pdf.",
        ),
        (("--seeker", "a", "--candidate", "b", "--out", "no/x.md"), "must be in a folder that exists"),
        (
            ("--seeker", "a", "--candidate", "b", "--out", "x.md", "--lang", "de"),
            "error: lang must be one of en, id; got 'de'.",
        ),
        (
            ("--seeker", "a", "--candidate", "b", "--out", "x.md", "--start", "2027-02-30"),
            "Invalid value for '--start'",
        ),
        (
            ("--seeker", "a", "--candidate", "b", "--out", "x.md", "--weeks", "0"),
            "Invalid value for '--weeks'",
        ),
        (("--seeker", "a", "--candidate", "b", "--out", "x.md", "--ranker", "none"), "error: "),
        (("--seeker", "a", "--candidate", "b", "--out", "x.md", "--history", "none.csv"), "error: "),
        (("--seeker", "a", "--out", "x.md"), "Missing option '--candidate'"),
    ],
)
def test_brief_wrong_input_is_one_clear_error(call, tmp_path, options, message):
    (tmp_path / "p.csv").write_text("id,name,mission\na,A,fish\nb,B,ice\n", encoding="utf-8")
    done = call(SCRIPT, "p.csv", *options, "--quiet")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.csv"]


def test_explain_rejected_rows_are_counted_not_warned_of(call, tmp_path):
    (tmp_path / "p.csv").write_text("id,name,mission\na,A,fish\nb,B,ice\nc,,sea\n", encoding="utf-8")
    done = call(CONSOLE, "explain", "p.csv", "--seeker", "a", "--candidate", "b", "--quiet")
    assert done.returncode == 0
    assert done.stderr == "1 row of the inputs was rejected; matcher match writes them with reasons\n"
    assert done.stdout.startswith("# A and B: the match explained\n")


@pytest.mark.parametrize("command", ["brief", "explain"])
def test_help_shows_an_example(call, command):
    done = call(CONSOLE, command, "--help")
    assert done.returncode == 0
    assert f"Example: matcher {command} organisations.csv" in done.stdout
