"""A table before its cells are understood: headers, cells and the position of each record in its source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from matcher.errors import ProfileError
from matcher.tables.headers import Header, Row, text_of
from matcher.tables.values import Findings, clean_text


class Formula(NamedTuple):
    """A cell with a formula of which the workbook holds no value: it was never computed."""

    text: str


@dataclass(slots=True)
class RawTable:
    """Cells column by column, with the position of each record in its source."""

    headers: list[str]
    """One per column; names may repeat."""
    columns: list[list[object]]
    """One list per header, each as long as `lines`."""
    lines: list[int]
    """Physical line, sheet row or record number of each record."""
    header_line: int = 0
    """Line of the headers; 0 where the source has no such line."""
    typed: bool = True
    """Whether cells have types; in CSV and TSV all are texts."""
    broken: set[int] = field(default_factory=set)
    """Positions of records that could not be read as a record at all."""
    found: Findings = field(default_factory=Findings)
    """Problems and notes met while opening."""
    sheet: str = ""
    """Name of the sheet; "" where the source has none."""

    def __len__(self) -> int:
        """Count the records."""
        return len(self.lines)


def table_of_rows(rows: Iterable[Row], header: Header, typed: bool) -> RawTable:
    """Build a table from rows of cells; short rows are filled, rows with too many filled cells are broken."""
    table = RawTable([], [], [], header.line, typed)
    cells: list[Sequence[object]] = []
    headers, width = header.cells, len(header.cells)
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
    for position, text in enumerate(headers):
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
        table.found.row, table.found.column = position, ""
        row = _record(table.found, record, keys)
        if row is None:
            table.broken.add(position)
        rows.append({} if row is None else row)
        keys |= dict.fromkeys(rows[-1])
    table.headers = [_named_header(key, position, table.found) for position, key in enumerate(keys)]
    table.columns = [[row.get(key) for row in rows] for key in keys]
    return table


def _record(found: Findings, record: object, known: Mapping[object, None]) -> Mapping[object, object] | None:
    if isinstance(record, Mapping):
        before = len(found.problems)
        for key in record:
            if key not in known:
                clean_text(str(key), found)
        return record if len(found.problems) == before else None
    reason = str(record) if isinstance(record, ProfileError) else None
    found.reject(reason or f"record must be an object; got {type(record).__name__}", "")
    return None


def _named_header(header: object, position: int, found: Findings) -> str:
    """Clean a header; an empty one is named after its position, with a note."""
    checks = Findings()
    text = clean_text(text_of(header), checks)
    if text is None:
        raise ProfileError(f"header {position + 1} must be a short text; {checks.problems[0].reason}.")
    if not text:
        text = f"column_{position + 1}"
        found.note_column(text, "column without a header, kept under this name")
    return text
