"""The template: people fill it in, the reader takes it; untouched, it is refused in one clear line."""

import sys
from pathlib import Path

import openpyxl
import pytest
from processes import run as call

from matcher.columns import FLAGS, KINDS, Profile
from matcher.documents.language import Messages
from matcher.errors import ConfigError, OutputError, ProfileError
from matcher.output.forms import PROFILE_TEXTS as TEXTS
from matcher.output.forms import write_template
from matcher.profiles import read_profiles
from matcher.profiles.vocabulary import CATEGORIES, column_of, meaning_of

ROOT = Path(__file__).parents[1]
LANGUAGES = ["en", "id"]
TITLES = {"en": ["organisations", "instructions", "examples"], "id": ["organisasi", "petunjuk", "contoh"]}
COMMANDS = {
    "script": [sys.executable, str(ROOT / "scripts" / "template.py")],
    "console": [str(Path(sys.executable).with_name("matcher")), "template"],
}
MATCH = [sys.executable, str(ROOT / "scripts" / "match_batch.py")]


@pytest.fixture(params=LANGUAGES)
def lang(request):
    return request.param


@pytest.fixture
def path(tmp_path, lang):
    write_template(tmp_path / "t.xlsx", lang)
    return tmp_path / "t.xlsx"


@pytest.fixture
def book(path):
    return openpyxl.load_workbook(path)


def fill_in(path, records):
    """Type records into the first sheet, as people would, by the columns' headers."""
    book = openpyxl.load_workbook(path)
    form = book.worksheets[0]
    places = {column_of(cell.value): cell.column for cell in form[1]}
    for row, record in enumerate(records, start=2):
        for column, value in record.items():
            form.cell(row, places[column]).value = value
    book.save(path)


def test_template_filled_in_with_its_examples_has_no_rejected_row(path, lang):
    fill_in(path, TEXTS["examples"][lang])
    table = read_profiles(path)
    assert (table.n_rows, table.n_rejected) == (2, 0)
    assert table.notes.loc[0, "reason"].startswith("only the sheet")
    first = table.kept.iloc[0]
    assert (first["id"], first["kind"], first["flag"]) == ("lentera-pesisir", "social", "none")
    assert [need.category for need in first["needs"]] == ["distribution", "technology", "training"]
    assert [need.weight for need in first["needs"]] == [5, 4, 3]
    assert [claim.date.year for claim in first["evidence"]] == [2024, 2024]
    assert first["languages"] == ("id", "en", "jv")


def test_template_examples_say_the_same_in_both_languages():
    tables = [read_profiles([dict(record) for record in TEXTS["examples"][lang]]).kept for lang in LANGUAGES]
    for column in ("id", "kind", "flag", "languages", "excludes", "staff", "budget", "founded", "updated"):
        assert tables[0][column].tolist() == tables[1][column].tolist()
    for column in ("needs", "offers"):
        english, indonesian = (
            [[(item.category, item.weight) for item in cell] for cell in table[column]] for table in tables
        )
        assert english == indonesian


def test_template_examples_fill_every_column_but_the_lead():
    for lang in LANGUAGES:
        assert set(Profile) - set(TEXTS["examples"][lang][0]) == {
            Profile.LEAD,
            Profile.NEVER,
            Profile.PIN,
        }


def test_template_untouched_is_refused_by_the_reader(path):
    with pytest.raises(ProfileError, match=r"t\.xlsx must hold at least one row"):
        read_profiles(path)


def test_template_sheets_are_named_in_the_readers_language(book, lang):
    assert book.sheetnames == TITLES[lang]


def test_template_header_names_every_column_once_and_stays_in_sight(book):
    for sheet in (book.worksheets[0], book.worksheets[2]):
        columns = [column_of(cell.value) for cell in sheet[1]]
        assert sorted(columns) == sorted(
            set(Profile) - {Profile.NEVER, Profile.PIN}
        )  # the analyst states these
        assert sheet.freeze_panes == "C2"
    assert book.worksheets[0].max_row == 1


def test_template_every_header_is_explained_in_the_instructions_and_a_comment(book, lang):
    messages = Messages(lang)
    form, instructions, _ = book.worksheets
    result = {row[0]: row[1:] for row in instructions.iter_rows(values_only=True)}
    for cell, field in zip(form[1], TEXTS["fields"], strict=True):
        need, advice, example = result[cell.value]
        assert (need, advice) == (messages.say(field["need"]), messages.say(field["advice"]))
        assert advice.endswith(".")
        assert example is not None
        assert cell.comment.text == f"{advice} ({need})"


def test_template_instructions_name_every_category_with_a_word_the_reader_knows(book):
    words = [row[0] for row in book.worksheets[1].iter_rows(values_only=True)][-len(CATEGORIES) :]
    assert [meaning_of(word, "categories") for word in words] == list(CATEGORIES)


def test_template_kind_and_flag_are_chosen_from_words_the_reader_knows(book):
    form = book.worksheets[0]
    lists = {}
    for check in form.data_validations.dataValidation:
        letter = str(check.sqref).split("2:")[0]
        assert str(check.sqref) == f"{letter}2:{letter}5000"
        if check.type == "list":
            lists[column_of(form[f"{letter}1"].value)] = check.formula1.strip('"').split(",")
            assert ", ".join(check.formula1.strip('"').split(",")) in check.error
    assert [meaning_of(word, "kinds") for word in lists[Profile.KIND]] == list(KINDS)
    assert [meaning_of(word, "flags") for word in lists[Profile.FLAG]] == list(FLAGS)
    assert len(lists) == 2


def test_template_ids_stay_text_and_dates_look_like_dates(book):
    form = book.worksheets[0]
    shown = {
        column_of(cell.value): form.column_dimensions[cell.column_letter].number_format for cell in form[1]
    }
    assert shown[Profile.ID] == shown[Profile.EXCLUDES] == shown[Profile.LEAD] == "@"
    assert shown[Profile.UPDATED] == "yyyy-mm-dd"


def test_template_required_columns_come_first():
    needs = [field["need"] for field in TEXTS["fields"]]
    assert needs[:2] == ["required"] * 2
    assert needs[2:6] == ["fill at least one of these four"] * 4
    assert set(needs[6:]) == {"optional"}


def test_template_prints_in_landscape_and_shows_every_step_whole(book):
    form, instructions, examples = book.worksheets
    assert all(sheet.page_setup.orientation == "landscape" for sheet in book)
    assert all(sheet.sheet_properties.pageSetUpPr.fitToPage for sheet in book)
    assert form.row_dimensions[2].height is None  # grows while it is filled in
    for sheet in (instructions, examples):
        for row in sheet.iter_rows():
            for cell in row:
                merged = any(cell.coordinate in ranges for ranges in sheet.merged_cells.ranges)
                width = 178 if merged else sheet.column_dimensions[cell.column_letter].width
                lines = sheet.row_dimensions[cell.row].height / 15
                assert len(str(cell.value or "")) <= lines * width


def test_template_is_the_same_bytes_each_time(path, tmp_path, lang):
    write_template(tmp_path / "again.xlsx", lang)
    assert path.read_bytes() == (tmp_path / "again.xlsx").read_bytes()


def test_template_never_replaces_a_file(path):
    before = path.read_bytes()
    with pytest.raises(OutputError, match=r"must be a new file; there is one already"):
        write_template(path, "en")
    assert path.read_bytes() == before


def test_template_wrong_ending_or_language_or_folder_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"must end in .xlsx; got .*t.csv"):
        write_template("t.csv")
    with pytest.raises(ConfigError, match=r"lang must be one of en, id; got 'fr'"):
        write_template(tmp_path / "t.xlsx", "fr")
    with pytest.raises(OutputError, match=r"must be in a folder that exists"):
        write_template(tmp_path / "none" / "t.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_template_command_writes_a_template_that_matching_refuses_untouched(tmp_path, command, lang):
    done = call(command, "--out", "t.xlsx", "--lang", lang, cwd=tmp_path, fresh=lang == "en")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr.splitlines() == [Messages(lang).render("fill in the first sheet of t.xlsx")]
    assert openpyxl.load_workbook(tmp_path / "t.xlsx").sheetnames == TITLES[lang]
    refused = call(MATCH, "t.xlsx", "--out", "out.xlsx", "--lang", lang, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        Messages(lang).render(
            "error: t.xlsx must hold at least one row below the header; it holds none. Fill it in."
        )
    ]
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.xlsx"]


@pytest.mark.slow
def test_template_command_that_cannot_write_says_so_in_one_line(tmp_path):
    (tmp_path / "t.xlsx").write_text("mine")
    done = call(COMMANDS["script"], "--out", "t.xlsx", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: t.xlsx must be a new file")
    assert len(done.stderr.splitlines()) == 1
    assert (tmp_path / "t.xlsx").read_text() == "mine"


@pytest.mark.slow
def test_template_command_help_shows_an_example(tmp_path):
    done = call(COMMANDS["console"], "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "Example: matcher template --out organisations.xlsx --lang id" in " ".join(done.stdout.split())
