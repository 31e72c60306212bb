"""CSV as people send it: stray quotes, line breaks outside quotes, separators that are named or hidden."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matcher.profiles import read_profiles

ROWS = [
    ["id", "name", "mission"],
    *([f"org-{n}", f"Org {n}", f"We help {n}"] for n in range(1, 9)),
]


def lines_of(rows=ROWS, sign=","):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=sign, lineterminator="\n").writerows(rows)
    return text.getvalue().splitlines()


@pytest.fixture
def read(tmp_path):
    def reading(lines, name="t.csv"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        table = read_profiles(path)
        assert table.n_rows == len(table.kept) + table.n_rejected
        return table

    return reading


def with_line(number, text):
    lines = lines_of()
    lines[number] = text
    return lines


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize(
    "line",
    [
        'org-{n},"Org {n},We help {n}',
        'org-{n},Org {n},"We help {n}',
        '"org-{n},Org {n},We help {n}',
        '"org-{n}","Org {n},We help {n}',
    ],
)
@pytest.mark.parametrize("later", ["", ' with "quotes"', ' and a tail"', '"'])
def test_stray_quote_swallows_no_organisation(read, number, line, later):
    lines = with_line(number, line.format(n=number))
    for other in {number + 1, 7} - {number}:
        if other < len(lines):
            lines[other] += later
    table = read(lines)
    assert table.kept["id"].tolist() == [f"org-{n}" for n in range(1, 9)]
    assert table.kept["name"].tolist() == [f"Org {n}" for n in range(1, 9)]
    assert (number + 1, "a quote on this line is never closed; read without it") in set(
        zip(table.notes["line"], table.notes["reason"], strict=True)
    )


def test_stray_quote_in_the_header_hides_no_column(read):
    table = read(['id,"name,mission', *lines_of()[1:]])
    assert table.kept["name"].tolist() == [f"Org {n}" for n in range(1, 9)]


def test_stray_quote_among_quoted_cells_is_found(read):
    lines = [",".join(f'"{cell}"' for cell in row) for row in ROWS]
    lines[3] = '"org-3","Org 3","We help with thing 3'
    assert read(lines).kept["id"].tolist() == [f"org-{n}" for n in range(1, 9)]


def test_stray_quote_on_a_line_that_is_no_record_is_rejected(read):
    table = read([*lines_of(), 'org-9,"Org 9'])
    assert table.rejected["line"].tolist() == [10]
    assert "must close every quote" in table.rejected.loc[0, "reason"]
    assert len(table.kept) == 8


@pytest.mark.parametrize(
    "mission",
    [
        "We teach\nand cook",
        "We teach, cook\nand sing, dance, play",
        "Jl. Melati 5\nBandung,Jawa Barat,40111",
        "one\ntwo,three,four\nfive",
        'We "help"\norg, name, mission',
        "a;b\nc;d;e",
    ],
)
def test_line_breaks_in_quoted_cells_stay(read, mission):
    rows = [*ROWS, ["org-9", "Org 9", mission]]
    table = read(lines_of(rows))
    assert table.kept["mission"].tolist()[-1] == mission
    assert len(table.kept) == 9
    assert table.notes.empty


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        (["1,Alpha Trust,Our vision is", "to help people, through schools, and clinics,funding: books"], 0),
        (["1,Alpha Trust,Our vision is", "to help, people, through schools, and clinics,funding: books"], 0),
        (["1,Alpha Trust", "and more,We heal,We help,funding: books"], 0),
        (["1,Alpha Trust,Health,We help,funding: books", "and pens, and paper"], 1),
        (["1,Alpha Trust,Health,We help", "people, animals", "and plants,funding: books"], 0),
    ],
)
def test_line_break_outside_quotes_invents_no_organisation(read, broken, kept):
    header = "id,name,vision,mission,needs"
    rest = ["2,Beta Trust,Water,We dig wells,funding: pumps", "3,Gamma Trust,Food,We cook,people: cooks"]
    table = read([header, *broken, *rest])
    assert table.kept["id"].tolist() == ["1"] * kept + ["2", "3"]
    assert table.n_rejected == len(broken) - kept
    assert table.rejected["reason"].str.contains("in quotes|must have at most").all()
    if kept:
        assert "the line below seems to belong to it" in table.notes.loc[0, "reason"]


def test_short_rows_are_kept_with_a_note(read):
    table = read(["id,name,vision,country,region", "1,a,v", "2,b,w,Indonesia", "3,c,x,Indonesia,Bali"])
    assert len(table.kept) == 3
    assert table.notes["reason"].tolist() == [f"has {n} of 5 cells; the others are empty" for n in (3, 4)]


def test_quotes_behind_backslashes_are_read(read):
    table = read(
        ["id,name,mission", '1,"Yayasan \\"Maju\\"","We teach, \\"for free\\", all"', '2,"B","We dig, deep"']
    )
    assert table.kept["name"].tolist() == ['Yayasan "Maju"', "B"]
    assert table.kept["mission"].tolist() == ['We teach, "for free", all', "We dig, deep"]
    assert 'quotes written as \\" are read as quotes' in table.notes["reason"].tolist()


def test_backslashes_that_end_quoted_cells_stay(read):
    table = read(["id,name,mission", '1,"C:\\data\\","We teach, all"', '2,"B","We dig"'])
    assert table.kept["name"].tolist() == ["C:\\data\\", "B"]


@pytest.mark.parametrize(
    "first",
    [
        "sep={}",
        '"sep={}"',
        "SEP={}",
        "sep={}" + ";" * 8,
        "sep={}" + "," * 3,
        '"sep={}",,',
        "'sep={}'",
        " sep={}",
    ],
)
@pytest.mark.parametrize("sign", [";", ",", "|", "\t"])
def test_line_that_names_the_separator_is_skipped(read, first, sign):
    table = read([first.format(sign), *lines_of(sign=sign)])
    assert table.kept["id"].tolist() == [f"org-{n}" for n in range(1, 9)]
    assert table.rejected.empty


def test_separator_that_is_named_wrongly_is_found(read):
    assert len(read(["sep=;", *lines_of()]).kept) == 8


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_commas_in_a_header_do_not_hide_the_separator(read, sign):
    header = ["id", "name", "mission", "Needs (what, how much, when, where)"]
    table = read(
        lines_of([header, ["1", "A", "We dig, deep", "funding: pumps"], ["2", "B", "We cook", ""]], sign)
    )
    assert table.kept["name"].tolist() == ["A", "B"]


@pytest.mark.parametrize("sign", [",", ";"])
def test_lines_that_became_one_cell_are_taken_apart(read, sign):
    inner = lines_of([*ROWS, ["org-9", "Org, 9", "a; b"]], sign)
    table = read(lines_of([[line] for line in inner]))
    assert table.kept["name"].tolist()[-2:] == ["Org 8", "Org, 9"]
    assert len(table.kept) == 9


def test_text_file_and_workbook_under_other_endings_are_read(read, tmp_path):
    assert len(read(lines_of(sign="\t"), "t.txt").kept) == 8
    import openpyxl

    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.save(tmp_path / "b.xlsx")
    assert len(read_profiles((tmp_path / "b.xlsx").rename(tmp_path / "b.csv")).kept) == 8


cells = st.text('ab ,;"\n\\', max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6))
@example([("\n;,", ","), (",\n;,", ",")])
def test_any_table_that_is_written_well_is_read_in_full(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    # Where no line is plain, lines within cells could be records that a stray quote swallows.
    rows = [[str(n), f"org {a}", f"mission {b}"] for n, (a, b) in enumerate([*rows, *[("", "")] * 3])]
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle, lineterminator="\n").writerows([["id", "name", "mission"], *rows])
    table = read_profiles(path)
    assert table.kept["id"].tolist() == [row[0] for row in rows]
    assert table.kept["mission"].tolist() == [row[2].strip() for row in rows]
