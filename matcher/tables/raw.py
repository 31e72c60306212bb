"""A table before its cells are understood: its sheet and header, cells and the position of each record."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final, NamedTuple

from matcher.errors import ProfileError
from matcher.tables.values import Findings, clean_text

Row = tuple[int, Sequence[object]]  # line and cells of a row

_SEARCHED: Final = 40  # rows at the top of a sheet among which the header is looked for
_LONGEST: Final = 300  # longest header, in characters, of a column that is recognised
_LONGEST_SUB: Final = 60  # longest header of a second header row
_CERTAIN: Final = 0.9  # confidence from which a header is a known one, and not only holds a known word


class Wanted(NamedTuple):
    """What is looked for in a file."""

    meaning: Callable[[str], tuple[str, float] | None]  # column and confidence in [0, 1] of a known header
    sheet: str = ""  # "" for the one with most known headers
    line: int = 0  # of the headers; 0 for the one with most known ones


class Sheet(NamedTuple):
    """A visible sheet."""

    name: str
    rows: list[Row]
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()  # (row, column) of both ends, from 0


@dataclass(slots=True)
class Header:
    """The header of a table: its cells, one per column."""

    cells: Sequence[object] = ()
    line: int = 0  # of the row with most of them; 0 where there is no row at all
    below: int = 0  # position of the first row of the table
    score: float = 0.0  # sum of the confidence in each column that is recognised
    notes: list[str] = field(default_factory=list)

    def repeats(self, row: Sequence[object]) -> bool:
        """Whether a row is the header again, as on a new page."""
        pairs = zip_longest(map(text_of, row), map(text_of, self.cells), fillvalue="")
        agrees = all(cell.casefold() in ("", header.casefold()) for cell, header in pairs)
        return agrees and sum(map(bool, map(text_of, row))) > 1


def find_header(rows: Sequence[Row], wanted: Wanted) -> Header:
    """Find the header among the first rows: the row, or the two rows, of which most columns are known."""
    best, at = Header(), 0
    for position, (line, cells) in enumerate(rows[:_SEARCHED]):
        if wanted.line and line != wanted.line:
            continue
        known = _known(cells, wanted)
        score = sum(known.values())
        if best.line == 0 or (len(known) > 1 and score > best.score):  # else the first row
            best, at = Header(cells, line, position + 1, score), position
        if position > at and position + 1 < len(rows) and best.repeats(rows[position + 1][1]):
            continue  # the header again, below an organisation
        if (both := _both_rows(rows, position, wanted, score)) and both.score > best.score:
            best, at = both, position
    if rows and best.line == 0:
        raise ProfileError(f"header must be a line of the table; there is none on line {wanted.line}.")
    if at:
        best.notes.append(f"the header is on line {best.line}; lines above it are not read as organisations")
    # Between header and table may stand other names of the columns, or their numbers.
    while best.below < len(rows) and (reason := _hint(rows[best.below][1], best, wanted)):
        best.notes.append(f"line {rows[best.below][0]} is not read as an organisation: it holds {reason}")
        best.below += 1
    return best


def find_sheet(sheets: Sequence[Sheet], wanted: Wanted, name: str) -> tuple[Sheet, Header]:
    """Find the sheet with most known headers, the first of several; or the one that is asked for."""
    if not sheets:
        raise ProfileError(f"{name} must hold a sheet with cells; it has only charts or hidden sheets.")
    asked = [sheet for sheet in sheets if wanted.sheet in ("", sheet.name)]
    if not asked:
        names = ", ".join(repr(sheet.name) for sheet in sheets)
        raise ProfileError(f"sheet must be one of {names}; got {wanted.sheet!r}.")
    found = [(sheet, find_header(sheet.rows, wanted)) for sheet in asked]
    chosen, header = max(found, key=lambda one: one[1].score)
    if others := [f"{one.name!r} ({len(one.rows)})" for one in sheets if one.rows and one is not chosen]:
        header.notes.append(f"only the sheet {chosen.name!r} is read; not read: {', '.join(others)}")
    return chosen, header


def text_of(cell: object) -> str:
    """Return a header as text without white space around it."""
    return "" if cell is None else str(cell).strip()


def _known(cells: Iterable[object], wanted: Wanted) -> dict[str, float]:
    known: dict[str, float] = {}
    for cell in cells:
        if isinstance(cell, str) and 0 < len(cell) <= _LONGEST and (found := wanted.meaning(cell)):
            known[found[0]] = max(found[1], known.get(found[0], 0.0))
    return known


def _both_rows(rows: Sequence[Row], position: int, wanted: Wanted, score: float) -> Header | None:
    """Return the header that a row and the one below it make together; None where they make no better one."""
    if position + 1 >= len(rows):
        return None
    line, upper = rows[position]
    lower = rows[position + 1][1]
    if not all(isinstance(cell, str) and len(cell) <= _LONGEST_SUB for cell in lower if cell is not None):
        return None
    lower_known = _known(lower, wanted)
    is_merged = any(text_of(sub) and not text_of(top) for top, sub in zip_longest(upper, lower))
    cells, group, n_better = [], "", 0
    for top, sub in zip_longest(map(text_of, upper), map(text_of, lower), fillvalue=""):
        group = top or group  # it holds for the columns on its right: its cells may be merged
        options = [sub, f"{group} {sub}".strip(), top] if sub else [top]
        found = [(option, wanted.meaning(option)) for option in options]
        rated = [(meaning[1] if meaning else 0.0, option) for option, meaning in found]
        confidence, option = max(rated, key=lambda pair: pair[0])
        n_better += bool(sub) and confidence > (rated[-1][0] if top else 0.0)
        cells.append(option if confidence else options[min(1, len(options) - 1)])
    total = sum(_known(cells, wanted).values())
    # A row that makes less than half of its columns better known is an organisation.
    is_better = total > max(score, sum(lower_known.values())) and 2 * n_better >= sum(map(bool, lower))
    if not is_better or not (is_merged or len(lower_known) > 1):
        return None
    note = f"lines {line} and {rows[position + 1][0]} are read as one header"
    return Header(cells, line, position + 2, total, [note])


def _hint(cells: Sequence[object], header: Header, wanted: Wanted) -> str | None:
    texts = [*map(text_of, cells)]
    filled = [*filter(None, texts)]
    numbers = [text.strip("().").removesuffix(".0") for text in filled]
    if header.score and len(filled) > 2 and numbers == [str(count) for count in range(1, len(filled) + 1)]:
        return "the numbers of the columns"
    if filled and all(text.startswith('{"ImportId"') for text in filled):
        return "codes of a survey program"
    n_known, renamed = 0, [*header.cells, *[None] * (len(cells) - len(header.cells))]
    for at, (cell, top) in enumerate(zip(texts, map(text_of, header.cells), strict=False)):
        # A cell that is itself a known header, of the same column or of one that had no known header.
        found, above = wanted.meaning(cell) if cell else None, wanted.meaning(top) if top else None
        if found and found[1] >= _CERTAIN and (above is None or above[0] == found[0]):
            n_known += 1
            renamed[at] = cells[at] if above is None else renamed[at]
    if n_known < max(2, len(filled) / 2):
        return None
    header.cells = renamed
    return "the headers in other words"


class Formula(NamedTuple):
    """A cell with a formula of which the workbook holds no value: it was never computed."""

    text: str


@dataclass(slots=True)
class RawTable:
    """Cells column by column, with the position of each record in its source; headers may repeat."""

    headers: list[str]
    columns: list[list[object]]
    lines: list[int]  # physical line, sheet row or record number of each record
    header_line: int = 0  # 0 where the source has no such line
    typed: bool = True  # whether cells have types; in CSV and TSV all are texts
    broken: set[int] = field(default_factory=set)  # positions of records that could not be read as one
    found: Findings = field(default_factory=Findings)
    sheet: str = ""  # its name; "" where the source has none

    def __len__(self) -> int:
        return len(self.lines)


def table_of_rows(rows: Iterable[Row], header: Header, typed: bool) -> RawTable:
    """Build a table from rows of cells; short rows are filled, rows with too many filled cells are broken."""
    table = RawTable([], [], [], header.line, typed)
    cells: list[Sequence[object]] = []
    width = len(header.cells)
    for note in header.notes:
        table.found.note_column("", note)
    for line, row in rows:
        if all(map(is_blank, row)):
            continue
        if header.repeats(row):
            table.found.note_column("", f"line {line} is not read as an organisation: it is the header again")
            continue
        if len(row) > width and not all(map(is_blank, row[width:])):
            filled = max(count for count, cell in enumerate(row, start=1) if not is_blank(cell))
            table.broken.add(len(cells))
            table.found.row, table.found.column = len(cells), ""
            table.found.reject(
                f"must have at most {width} cells, as the header; got {filled}. Quote cells with separators",
                row[width],
            )
        table.lines.append(line)
        cells.append(row)
    for position, text in enumerate(header.cells):
        column = [row[position] if position < len(row) else None for row in cells]
        if text_of(text) or not all(map(is_blank, column)):
            table.headers.append(_named_header(text, position, table.found))
            table.columns.append(column)
    return table


def table_of_columns(names: Sequence[object], columns: list[list[object]], n_rows: int) -> RawTable:
    """Build a table from columns of cells; records are numbered from 1."""
    table = RawTable([], columns, list(range(1, n_rows + 1)))
    table.headers = [_named_header(name, position, table.found) for position, name in enumerate(names)]
    return table


def is_blank(cell: object) -> bool:
    """Return whether a cell is empty or holds only white space."""
    return cell is None or (type(cell) is str and (not cell or cell.isspace()))


def table_of_records(records: Sequence[tuple[int, object]]) -> RawTable:
    """Build a table from (line, record); an error, or what else is no mapping, is a broken record."""
    table = RawTable([], [], [line for line, _ in records])
    keys: dict[object, None] = {}
    rows: list[Mapping[object, object]] = []
    for position, (_, record) in enumerate(records):
        table.found.row, table.found.column, before = position, "", len(table.found.problems)
        row = record if isinstance(record, Mapping) else {}
        for key in (one for one in row if one not in keys):
            clean_text(str(key), table.found)
        if row is not record:
            is_error = isinstance(record, ProfileError)
            reason = str(record) if is_error else f"record must be an object; got {type(record).__name__}"
            table.found.reject(reason, "")
        if len(table.found.problems) > before:
            table.broken.add(position)
            row = {}
        rows.append(row)
        keys |= dict.fromkeys(row)
    table.headers = [_named_header(key, position, table.found) for position, key in enumerate(keys)]
    table.columns = [[row.get(key) for row in rows] for key in keys]
    return table


def _named_header(header: object, position: int, found: Findings) -> str:
    """Clean a header; an empty one is named after its position, with a note."""
    checks = Findings()
    if (text := clean_text(text_of(header), checks)) is None:
        raise ProfileError(f"header {position + 1} must be a short text; {checks.problems[0].reason}.")
    if not text:
        text = f"column_{position + 1}"
        found.note_column(text, "column without a header, kept under this name")
    return text
