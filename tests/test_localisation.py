"""All that a command prints and writes for people with --lang id: nothing of it is English."""

import csv
import json
import sys
from itertools import islice
from pathlib import Path

import openpyxl
import processes
import pytest

from matcher.commands.cli import COMMANDS
from matcher.commands.terminal import requested_language, show
from matcher.datasets import DEMO_PATH, HISTORY_PATH
from matcher.documents.blocks import Document, Paragraph
from matcher.documents.language import Messages, template_of

CONSOLE = [str(Path(sys.executable).with_name("matcher"))]
NAMES = [command.__name__.replace("_", "-") for command in COMMANDS]
BROKEN = {"id": "", "name": "Tanpa ID", "mission": "air bersih"}
ODD = {"id": "odd", "name": "Odd", "mission": "kopi", "kind": "club", "excludes": "nobody at all"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write 38 profiles of the demo, two odd ones, and a history with a row that cannot be read."""
    folder = tmp_path_factory.mktemp("id")
    with DEMO_PATH.open(encoding="utf-8") as source:
        rows = [*map(json.loads, islice(source, 62, 100)), BROKEN, ODD]
    (folder / "p.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    ids = {row["id"] for row in rows}
    with HISTORY_PATH.open(encoding="utf-8-sig", newline="") as source:
        past = [row for row in csv.DictReader(source) if {row["seeker"], row["candidate"]} <= ids]
    with (folder / "h.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, past[0].keys())
        writer.writeheader()
        writer.writerows([*past, {**past[0], "stage": "dating"}])
    (folder / "s.toml").write_text("as_of = 2024-06-30\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def english(catalogue):
    """Give the parts of at least three words of every English message that differ in Indonesian."""
    ids = [entry.id for entry in catalogue if entry.id]
    texts = [text for id_ in ids for text in ([id_] if isinstance(id_, str) else id_)]
    parts = {template_of(text, "").literal.strip() for text in texts}
    return sorted(part for part in parts if part.count(" ") > 1 and len(part) > 10)


PAIR = ("--seeker", "omah-sareh", "--candidate", "lkp-bina-rawat-serayu")
LOG = ("record", "log.db")
CALLS = [
    ("match", "p.jsonl", "--out", "out.xlsx", "--history", "h.csv", "--report", "r.html", "-k", "3"),
    ("match", "p.jsonl", "--out", "out.csv", "--history", "h.csv", "--log", "log.db", "-k", "3"),
    ("match", "p.jsonl", "--out", "out.doc"),
    ("match", "missing.csv", "--out", "out.csv"),
    ("match", "p.jsonl", "--out", "p.jsonl"),
    ("match", "p.jsonl"),
    ("match", "p.jsonl", "--out", "out.csv", "-k", "0"),
    ("match", "p.jsonl", "--out", "out.csv", "--surprise"),
    ("explain", "p.jsonl", *PAIR),
    ("explain", "p.jsonl", *PAIR[:2], "--candidate", "lkp-bina-rawat"),
    ("brief", "p.jsonl", *PAIR, "--out", "brief.md"),
    ("check", "p.jsonl"),
    ("template", "--out", "form.xlsx"),
    ("template", "--out", "form.xlsx"),
    ("train", "p.jsonl", "--outcomes", "h.csv", "--out", "ours", "--config", "s.toml"),
    ("evaluate", "p.jsonl", "--outcomes", "h.csv", "--config", "s.toml", "--ablate"),
    ("evaluate", "p.jsonl", "--outcomes", "h.csv"),
    ("adjust", "p.jsonl", "--outcomes", "h.csv", "--out", "new.toml", "--config", "s.toml"),
    ("adjust", "p.jsonl", "--outcomes", "h.csv", "--out", "new.toml", "--accept", "--roll-back"),
    (*LOG, "--import", "h.csv"),
    (*LOG, *PAIR, "--stage", "dating", "--date", "31/31/2026"),
    (*LOG, *PAIR, "--stage", "aktif", "--date", "2025-02-03"),
    (*LOG, "--list"),
    (*LOG, "--withdraw", "100000", "--reason", "x"),
    ("review", "log.db", "--profiles", "p.jsonl", "--out", "review"),
    ("review-form", "review.xlsx", "--outcomes", "h.csv", "--profiles", "p.jsonl"),
    ("record", "other.txt", "--list"),
    ("--help",),
    ("wed",),
    *((name, "--help") for name in NAMES),
]


@pytest.mark.slow
def test_commands_with_lang_id_print_and_write_no_english_message(folder, english):
    found = {}
    for call in CALLS:
        done = processes.run(CONSOLE, *call, "--lang", "id", cwd=folder)
        assert done.returncode in (0, 1, 2), done.stderr
        found[" ".join(call)] = done.stdout + done.stderr
    for path in [*folder.glob("*.rejected.csv"), *folder.glob("*.notes.csv"), folder / "brief.md"]:
        found[path.name] = path.read_text(encoding="utf-8")
    book = openpyxl.load_workbook(folder / "out.xlsx", read_only=True)
    for sheet in book.worksheets[1:]:
        found[sheet.title] = "\n".join(str(cell) for row in sheet.values for cell in row)
    said = {call: " ".join(text.split()) for call, text in found.items()}
    assert {(call, part) for call, text in said.items() for part in english if part in text} == set()
    assert "h.csv.rejected.csv" in found


@pytest.mark.parametrize(
    ("arguments", "lang"),
    [
        (["match", "a.csv"], "en"),
        (["match", "--lang", "id"], "id"),
        (["match", "--lang=id", "--help"], "id"),
        (["--lang", "en", "match", "--lang", "id"], "id"),
        (["match", "--lang"], ""),
    ],
)
def test_requested_language_is_what_follows_the_last_lang(arguments, lang):
    assert requested_language(arguments) == lang


@pytest.mark.parametrize(
    ("english", "indonesian"),
    [
        ("12,345 organisations read, 2 rows rejected", "12.345 organisasi dibaca, 2 baris ditolak"),
        ("must be 0 or more; got -3", "harus 0 atau lebih; tertulis -3"),
        (
            "k must be a whole number of at least 1; got 0. Change it.",
            "k harus berupa bilangan bulat 1 atau lebih; yang diberikan 0. Ubah.",
        ),
        (
            "log.db must be free; another program holds it. Try again.",
            "log.db sedang dipakai program lain. Coba lagi.",
        ),
        (
            "error: x.csv must be a file that exists; there is none. Check the path.",
            "kesalahan: berkas x.csv tidak ditemukan. Periksa path-nya.",
        ),
        (
            "budget: must be a number; got 'x': write digits only, or leave it empty; left empty",
            "budget: harus berupa angka; tertulis 'x': tulis angka saja, atau kosongkan; dikosongkan",
        ),
        (
            "history: 3 of 5 rows used, because 2 repeat another row",
            "riwayat: 3 dari 5 baris dipakai, karena 2 mengulang baris lain",
        ),
        (
            "error: date must not be in the future; got 2030-01-01, today is 2026-11-28. No",
            "kesalahan: date tidak boleh di masa depan; tertulis 2030-01-01, hari ini 2026-11-28. No",
        ),
        (
            "level must be a whole number from 1 to 5; got '9'. "
            "If it belongs to the text, write a level after it: (9) (3)",
            "tingkat harus berupa bilangan bulat dari 1 sampai 5; tertulis '9'. "
            "Jika angka itu bagian dari teks, tulis tingkat sesudahnya: (9) (3)",
        ),
        ("Netherlands", "Belanda"),
        ("kopi; air {0} bersih: 1.5", "kopi; air {0} bersih: 1.5"),
    ],
)
def test_render_finds_template_and_values_of_a_composed_message(english, indonesian):
    assert Messages("id").render(english) == indonesian
    assert Messages("en").render(english) == english


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("5 organisations read, 1 rows rejected", "5 organisations read, 1 row rejected"),
        ("1 pairs of organisations look like one", "1 pair of organisations looks like one"),
        ("1 rows of outcomes and profiles were rejected", "1 row of outcomes and profiles was rejected"),
        ("1 of 6 rows were rejected; see x", "1 of 6 rows was rejected; see x"),
        ("texts of 1 organisations do not count", "texts of 1 organisation do not count"),
        ("1 alarms, 1 overdue reviews: x.html", "1 alarm, 1 overdue review: x.html"),
        ("21 rows, 1,001 rows, v1 rows, got 1 of 1 rows", "21 rows, 1,001 rows, v1 rows, got 1 of 1 rows"),
    ],
)
def test_render_counts_one_in_the_singular(many, one):
    assert Messages("en").render(many) == one


@pytest.mark.parametrize(
    ("is_terminal", "shown"), [(True, "goals_short [a] \\ b\n"), (False, "goals\\_short")]
)
def test_show_writes_the_signs_of_markdown_for_files_alone(monkeypatch, capsys, is_terminal, shown):
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal)
    show(Document("goals_short", "en", (Paragraph("goals_short [a] \\ b"),)))
    assert shown in capsys.readouterr().out
