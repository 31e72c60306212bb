"""The sheets and letters of a round: decisions of staff, invitations, answers, introductions."""

import datetime as dt
import sys
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import processes
import pytest

from matcher.datasets import load_demo
from matcher.errors import OutcomeError
from matcher.outcomes.log import OutcomeLog
from matcher.outcomes.rounds import RoundEvent, read_draft
from matcher.output.letters import redacted, write_draft, write_letters
from matcher.tables.writing import write_table

MATCHER = [str(Path(sys.executable).with_name("matcher"))]
ROOT = Path(__file__).parents[1]
DAY = dt.date(2026, 3, 1)
NAMES = {"omah-sareh": "Omah Sareh Foundation", "lkp-bina": "LKP Bina Rawat", "tirta": "PT Tirta Segara"}
PAIRS = [("omah-sareh", "lkp-bina"), ("omah-sareh", "tirta"), ("tirta", "lkp-bina")]
LEAK = "they offer “courses that Omah Sareh, LKP BINA RAWAT and Tirta give; omahsareh.org, info@lkp-bina.id”"


@pytest.fixture
def log(tmp_path):
    log = OutcomeLog(tmp_path / "log.db")
    log.record_round("spring", [RoundEvent(*pair, "proposed", DAY) for pair in PAIRS])
    return log


@pytest.fixture(params=["en", "id"])
def lang(request):
    return request.param


@pytest.fixture
def draft(tmp_path, log, lang):
    write_draft(tmp_path / "draft.xlsx", rows_of(log), lang)
    return tmp_path / "draft.xlsx"


def rows_of(log):
    rows = [
        {
            "meeting": pair.number,
            "seeker": pair.seeker,
            "seeker_name": NAMES[pair.seeker],
            "candidate": pair.candidate,
            "candidate_name": NAMES[pair.candidate],
            "mutual": 0.5,
            "reasons_seeker": f"seeker {pair.number} needs beds | kept in the list by an analyst | {LEAK}",
            "reasons_candidate": f"candidate {pair.number} needs staff | {LEAK}",
        }
        for pair in log.round("spring").pairs.values()
    ]
    return pd.DataFrame(rows)


def edit(path, cells):
    book = openpyxl.load_workbook(path)
    for name, value in cells.items():
        book.worksheets[0][name] = value
    book.save(path)


@pytest.fixture
def call(tmp_path):
    def run(*arguments, code=0):
        done = processes.run(MATCHER, *arguments, cwd=tmp_path, MATCHER_CACHE=str(tmp_path / "cache"))
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def texts_in(path):
    """Return all that a file holds: of archives every part, of all the name."""
    if path.suffix == ".md":
        return path.name + path.read_text()
    with zipfile.ZipFile(path) as archive:
        return path.name + "".join(
            archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
        )


def test_draft_offers_decisions_and_is_read_back(log, draft, lang):
    book = openpyxl.load_workbook(draft)
    (check,) = book.worksheets[0].data_validations.dataValidation
    words = {"en": ["keep", "pin", "veto"], "id": ["pertahankan", "sematkan", "batalkan"]}[lang]
    assert check.formula1 == f'"{",".join(words)}"'
    edit(draft, {"B2": words[1], "B3": words[2], "C3": "in court"})
    events, kept = read_draft(draft, log.round("spring"), DAY)
    assert [(event.action, event.reason) for event in events] == [("pinned", ""), ("vetoed", "in court")]
    assert [pair.number for pair in kept] == [1, 3]
    assert kept[0].details["seeker_name"] == NAMES["omah-sareh"]


def test_draft_row_that_was_removed_is_dropped(log, draft):
    book = openpyxl.load_workbook(draft)
    book.worksheets[0].delete_rows(3)
    book.save(draft)
    events, kept = read_draft(draft, log.round("spring"), DAY)
    assert [(event.action, event.candidate) for event in events] == [("dropped", "tirta")]
    assert [pair.number for pair in kept] == [1, 3]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"B3": "perhaps"}, "B3: decision must be one of keep, pin, veto, or empty; got perhaps"),
        ({"B4": "veto"}, "C4: reason must be given for a veto"),
        (
            {"K2": "nobody"},
            "K2: seeker must be of a pair that the round proposes, once; got nobody /",
        ),
        (
            {"D2": "2", "D4": "1", "D3": "2 (10:30)"},
            "D3: slot must begin with the number of a slot .*; got 2 ",
        ),
        ({"D2": "noon"}, "D2: slot must begin with the number of a slot in which both are free; got noon"),
        ({"B2": "x", "B3": "y"}, "must be corrected; got: B2: .*; B3: "),
        ({"B1": "Beschluss"}, "must have the columns Decision"),
    ],
)
@pytest.mark.parametrize("lang", ["en"])
def test_draft_with_a_cell_that_is_not_usable_is_refused(log, draft, cells, message):
    edit(draft, cells)
    book = openpyxl.load_workbook(draft)
    del book[book.sheetnames[2]]
    book.save(draft)
    with pytest.raises(OutcomeError, match=message):
        read_draft(draft, log.round("spring"), DAY)


def publish(tmp_path, log, **details):
    rows = rows_of(log).set_index(["seeker", "candidate"])
    texts = ["seeker_name", "candidate_name", "reasons_seeker", "reasons_candidate"]
    events = [
        RoundEvent(
            *pair,
            "published",
            DAY,
            answer_by=DAY + dt.timedelta(14),
            details={**rows.loc[pair, texts].to_dict(), **details},
        )
        for pair in PAIRS
    ]
    return log.record_round("spring", events)


def test_hidden_letters_name_no_other_side(tmp_path, log, lang):
    state = publish(tmp_path, log, disclosure="hidden")
    assert write_letters(state, tmp_path / "out", lang, DAY) == 3
    files = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in files[:3]] == [f"0001-lkp-bina.{end}" for end in ("docx", "md", "xlsx")]
    for path in files:
        text = texts_in(path).casefold()
        own = path.stem[5:]
        assert own in text or NAMES[own].casefold() in text
        for other, name in NAMES.items():
            if other != own:
                found = [word for word in (other, name, *name.split()[:2]) if word.casefold() in text]
                assert found == [] or {*found} <= {"PT"}, (path.name, other)


def test_letters_give_each_side_its_own_reasons(tmp_path, log):
    write_letters(publish(tmp_path, log, disclosure="open"), tmp_path / "out", "en", DAY)
    seeker = (tmp_path / "out" / "0002-omah-sareh.md").read_text()
    assert "seeker 1 needs beds" in seeker
    assert "seeker 2 needs beds" in seeker
    assert "candidate" not in seeker
    assert "analyst" not in seeker
    assert "LKP Bina Rawat" in seeker
    assert "March 15, 2026" in seeker or "Mar 15, 2026" in seeker


def test_names_are_disclosed_once_both_sides_accepted(tmp_path, log, lang):
    publish(tmp_path, log, disclosure="hidden")
    answers = [RoundEvent(*PAIRS[0], "accepted", DAY, side) for side in ("seeker", "candidate")]
    write_letters(log.record_round("spring", answers), tmp_path / "out", lang, DAY)
    text = (tmp_path / "out" / "0001-lkp-bina.md").read_text()
    assert NAMES["omah-sareh"] in text
    assert NAMES["tirta"] not in text
    rows = openpyxl.load_workbook(tmp_path / "out" / "0001-lkp-bina.xlsx").worksheets[0]
    assert [cell.value for cell in rows["A"]][1:] == [3]


def test_letters_after_the_last_day_name_what_is_agreed_only(tmp_path, log):
    state = publish(tmp_path, log, disclosure="hidden")
    assert write_letters(state, tmp_path / "out", "en", DAY + dt.timedelta(15)) == 0


def test_letters_name_meetings_that_were_withdrawn_and_ask_for_no_answer(tmp_path, log, lang):
    publish(tmp_path, log, disclosure="hidden")
    answers = [RoundEvent(*PAIRS[0], "accepted", DAY, side) for side in ("seeker", "candidate")]
    gone = [RoundEvent(*pair, "withdrawn", DAY, reason="in court") for pair in PAIRS[:2]]
    state = log.record_round("spring", [*answers, *gone])
    write_letters(state, tmp_path / "out", lang, DAY)
    texts = {path.stem[5:]: path.read_text() for path in (tmp_path / "out").glob("*.md")}
    said = {"en": "do not take place", "id": "tidak jadi dilaksanakan"}[lang]
    assert all(said in text and "in court" not in text for text in texts.values())
    # Both sides of the first knew each other's names already; those of the second never do.
    assert NAMES["omah-sareh"] in texts["lkp-bina"]
    assert NAMES["omah-sareh"] not in texts["tirta"]
    rows = openpyxl.load_workbook(tmp_path / "out" / "0003-tirta.xlsx").worksheets[0]
    assert [cell.value for cell in rows["A"]][1:] == [3]
    assert not (tmp_path / "out" / "0002-omah-sareh.xlsx").exists()


@pytest.mark.parametrize(
    ("answer", "reason", "status", "counts"),
    [
        ("accept", "", "accepted", (1, 0, 0, 1)),
        ("Terima", "", "accepted", (1, 0, 0, 1)),
        ("tolak", "no staff", "declined", (1, 0, 0, 1)),
        ("", "", "invited", (0, 0, 0, 2)),
        ("perhaps", "", "invited", (0, 0, 1, 1)),
        ("", "later", "invited", (0, 0, 1, 1)),
    ],
)
def test_answers_are_read_back(tmp_path, log, lang, answer, reason, status, counts):
    write_letters(publish(tmp_path, log, disclosure="hidden"), tmp_path / "out", lang, DAY)
    sheet = tmp_path / "out" / "0001-lkp-bina.xlsx"
    edit(sheet, {"B2": answer, "C2": reason})
    done = log.record_answers(sheet)
    assert (len(done.stored), len(done.already), done.n_rejected, done.n_empty) == counts
    assert log.round("spring").pairs[PAIRS[0]].status() == status
    again = log.record_answers(sheet)
    assert (len(again.stored), len(again.already)) == (0, counts[0])


def test_answer_for_another_organisation_or_round_is_rejected(tmp_path, log):
    write_letters(publish(tmp_path, log, disclosure="hidden"), tmp_path / "out", "en", DAY)
    sheet = tmp_path / "out" / "0001-lkp-bina.xlsx"
    edit(sheet, {"B2": "accept", "G2": "tirta", "B3": "accept", "H3": "autumn"})
    done = log.record_answers(sheet)
    assert (
        done.rejected["reason"].tolist()
        == ["must be a meeting of the organisation in a round of this log"] * 2
    )


def test_answer_after_the_place_was_given_away_is_rejected(tmp_path, log):
    write_letters(publish(tmp_path, log, disclosure="hidden"), tmp_path / "out", "en", DAY)
    log.record_round("spring", [RoundEvent(*pair, "expired", DAY + dt.timedelta(20)) for pair in PAIRS])
    edit(tmp_path / "out" / "0001-lkp-bina.xlsx", {"B2": "accept"})
    done = log.record_answers(tmp_path / "out" / "0001-lkp-bina.xlsx")
    assert done.rejected["reason"].tolist() == [
        "must be invited or accepted or declined to be accepted; got expired"
    ]


@pytest.mark.parametrize(
    ("text", "names", "left"),
    [
        ("The Omah Sareh Foundation cares", ["Omah Sareh Foundation"], "The [?] cares"),
        ("OMAH-SAREH or omahsareh or #OmahSareh", ["omah-sareh"], "[?] or [?] or #[?]"),
        ("write to info@x.org or www.x.org/y", ["Nobody Else"], "write to [?] or [?]"),
        ("the OSF and Sareh", ["Omah Sareh Foundation"], "the [?] and [?]"),
        ("water for 12.5 farms e.g. rice", ["Water Works"], "water for 12.5 farms e.g. rice"),
        ("会社の日本水産です", ["日本水産"], "会社の[?]です"),
        ("abc", ["A"], "abc"),
        ("offers ab courses", ["AB"], "offers [?] courses"),
    ],
)
def test_redacted_text_holds_no_name(text, names, left):
    assert redacted(text, names, "[?]") == left


@pytest.mark.slow
def test_commands_from_draft_to_introductions(tmp_path, log, draft, lang, call):
    arguments = ["--log", "log.db", "--round", "spring"]
    terms = ["--answer-by", "2026-03-15", "--on", "2026-03-02", "--out", "letters", "--lang", lang]
    edit(draft, {"B2": "x"})
    assert "B2: " in call("round", "publish", draft, *arguments, *terms, code=2).stderr
    edit(draft, {"B2": "", "B3": "veto", "C3": "in court"})
    said = call("round", "publish", draft, *arguments, *terms).stderr
    assert "letters" in said
    for name, row in (("0001-lkp-bina", 2), ("0001-lkp-bina", 3), ("0002-omah-sareh", 2)):
        edit(tmp_path / "letters" / f"{name}.xlsx", {f"B{row}": "accept"})
    call("record", "log.db", "--import-answers", "letters", "--date", "2026-03-05", "--lang", lang)
    assert call("record", "log.db", "--import-answers", "letters", "--lang", lang).returncode == 0
    day = ["--on", "2026-03-16", "--lang", lang]
    shown = call("round", "status", *arguments[1:], *day, "--out", "introductions")
    states = OutcomeLog(tmp_path / "log.db").round("spring").table(dt.date(2026, 3, 16))
    assert states["status"].tolist() == ["agreed", "vetoed", "expired"]
    assert len(shown.stdout.splitlines()) == 4
    gone = ["--reason", "no hall", "--out", "withdrawn", *day]
    assert "shows" in call("round", "withdraw", *arguments[1:], "--meeting", "9", *gone[:-2], code=2).stderr
    said = call("round", "withdraw", *arguments[1:], "--meeting", "1", *gone).stderr
    assert "2" in said
    assert [path.name[:4] for path in sorted((tmp_path / "introductions").glob("*.md"))] == ["0001", "0002"]
    entries = OutcomeLog(tmp_path / "log.db").entries()
    assert entries["stage"].tolist() == ["invited", "invited", "replied", "replied"]


@pytest.mark.slow
def test_life_of_a_round_on_the_demo(tmp_path, call):
    write_table(load_demo().kept.iloc[:12], tmp_path / "organisations.csv")
    round_ = ["--log", "log.db", "--round", "autumn", "--capacity", "2", "--quiet"]
    drawn = ["round", "draft", "organisations.csv", "--out"]
    call(*drawn, "draft.xlsx", "--on", "2026-03-01", *round_)
    edit(tmp_path / "draft.xlsx", {"B2": "pin", "B3": "veto", "C3": "in court"})
    following = ["round", "next", "organisations.csv", *round_, "--out"]
    call(*following, "second.xlsx", "--edits", "draft.xlsx", "--on", "2026-03-02")
    log = OutcomeLog(tmp_path / "log.db")
    first, second, *rest = log.round("autumn").pairs.values()
    assert (first.status(), second.status(), second.reason) == ("pinned", "vetoed", "in court")
    sheet = openpyxl.load_workbook(tmp_path / "second.xlsx").worksheets[0]
    assert [cell.value for cell in sheet["B"]][1:3] == ["pin", None]
    terms = ["--answer-by", "2026-03-15", "--on", "2026-03-02", "--out", "letters", *round_[:4]]
    call("round", "publish", "second.xlsx", *terms)
    for pair, side in ((first, "seeker"), (first, "candidate"), (rest[0], "candidate")):
        (path,) = (tmp_path / "letters").glob(f"*-{getattr(pair, side)}.xlsx")
        numbers = [cell.value for cell in openpyxl.load_workbook(path).worksheets[0]["A"]]
        answer, why = ("accept", "ok") if pair is first else ("decline", "no staff")
        row = numbers.index(pair.number) + 1
        edit(path, {f"B{row}": answer, f"C{row}": why})
    call("record", "log.db", "--import-answers", "letters", "--date", "2026-03-10")
    call(*following, "third.xlsx", "--on", "2026-03-20")
    state = log.round("autumn")
    closed = state.having("vetoed", "declined", "expired")
    new = state.having("proposed")
    assert [pair.number for pair in state.having("agreed")] == [first.number]
    assert rest[0].number in [pair.number for pair in closed]
    assert new
    assert not {frozenset((pair.seeker, pair.candidate)) for pair in new} & {
        frozenset((pair.seeker, pair.candidate)) for pair in [*closed, first]
    }
    said = call(*following[:3], "--out", "fourth.xlsx", code=2).stderr
    assert "--log and --round must be given" in said


@pytest.mark.slow
def test_commands_of_the_documentation_run(tmp_path, call):
    text = (ROOT / "docs" / "rounds.md").read_text()
    commands = [line.split()[1:] for line in text.splitlines() if line.startswith("matcher ")]
    for command in commands:
        call(*command)
    names = {path.suffix for path in (tmp_path / "letters").iterdir()}
    assert names == {".docx", ".md", ".xlsx"}
    state = OutcomeLog(tmp_path / "log.db").round("spring")
    assert {pair.status() for pair in state.pairs.values()} == {"expired", "proposed"}
