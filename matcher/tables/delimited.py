"""CSV and TSV: encoding, separator, quotes and true line numbers."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, islice
from typing import Final

from matcher.errors import ProfileError
from matcher.tables.cells import unguard
from matcher.tables.raw import RawTable, Row, Wanted, find_header, is_blank, table_of_rows

_UTF32: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_SAMPLE: Final = 2000
_BINARY: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_ADVICE: Final = "Save it as CSV UTF-8 and read it again."
DELIMITERS: Final = (",", ";", "\t", "|")  # Excel writes semicolons where the comma is the decimal sign
_FIELD_LIMIT: Final = 2**31 - 1
_END: Final = "\ufdd0end of table"
_SAMPLED: Final = 60  # records by which the separator and the header are found
_SEPARATOR: Final = re.compile(r"""\s*["']?sep=(\\t|[^"'\r\n])?""", re.IGNORECASE)
_ESCAPED: Final = re.compile(r'(?<!\\)\\"')
_COMMON: Final = 0.25  # share of the records from which a shape of first cells is a usual one


def wide_encoding(data: bytes) -> str | None:
    """Return the encoding of bytes that start with a byte-order mark or look like UTF-16; None otherwise."""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith(_UTF32) and len(data) % 4 == 0:
        return "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:_SAMPLE]
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half and odd > 0.5 * half and even <= 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if half and even > 0.5 * half and odd <= 0.1 * half else None


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Return the text of a table and the name of its encoding."""
    wide = wide_encoding(data)
    if wide == "utf-32":
        raise ProfileError(
            f"{name} must be UTF-8, UTF-16 or Windows-1252 text; got UTF-32 at byte 0. {_ADVICE}"
        )
    try:
        return data.decode(wide or "utf-8"), wide or "utf-8"
    except UnicodeDecodeError as err:
        text = data.decode("utf-8", errors="replace")
        # Most letters of several bytes are whole: as Windows-1252 they would come out wrong.
        is_damaged = sum(sign > "\x7f" for sign in text) > 2 * text.count("\ufffd")
        if wide or is_damaged or _BINARY.search(data):
            raise _refusal(name, data, err.start) from err
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError as err:
        raise _refusal(name, data, err.start) from err


def _refusal(name: str, data: bytes, position: int) -> ProfileError:
    return ProfileError(
        f"{name} must be UTF-8, UTF-16 or Windows-1252 text; got byte 0x{data[position]:02X} at byte "
        f"{position}. {_ADVICE}"
    )


def read_delimited(data: bytes, name: str, wanted: Wanted) -> RawTable:
    """Read a CSV or TSV file; what open quotes would swallow is read line by line, or rejected."""
    text, encoding = decode(data, name)
    before = csv.field_size_limit(_FIELD_LIMIT)  # too long texts are rejected one by one instead
    try:
        table = _read(list(io.StringIO(text, newline="")), wanted)
    finally:
        csv.field_size_limit(before)
    if encoding == "cp1252":
        table.found.note_column("", "read as Windows-1252; save it as CSV UTF-8 to be sure of every letter")
    return table


def _read(lines: list[str], wanted: Wanted) -> RawTable:
    lines = [_unwrapped(line) for line in lines]
    top = next((number for number, line in enumerate(lines) if line.strip()), 0)
    named = _SEPARATOR.match(lines[top]) if lines else None  # by the first line, as Excel writes it
    skipped = top + 1 if named else 0
    signs = ["\t" if named[1] in (None, "\\t") else named[1], *DELIMITERS] if named else DELIMITERS
    sign = max(signs, key=lambda sign: _fit(lines, skipped, sign, wanted))
    unescaped = [_ESCAPED.sub('""', line) for line in lines]
    # Quotes inside cells have a backslash: as they are the quotes do not match, as such they do.
    is_escaped = unescaped != lines and not _is_strict(lines, sign) and _is_strict(unescaped, sign)
    lines = unescaped if is_escaped else lines
    head = _head(lines, skipped, sign)
    header = find_header(head, wanted)
    header.notes += ['quotes written as \\" are read as quotes'] * is_escaped
    start = head[header.below][0] - 1 if header.below < len(head) else len(lines)
    width = max((at for at, cell in enumerate(header.cells, start=1) if not is_blank(cell)), default=0)
    body = _Records(lines, sign, start, len(header.cells), width)
    table = table_of_rows(body, header, typed=False)
    body.check(table)
    return table


def _head(lines: list[str], start: int, sign: str) -> list[Row]:
    records = islice(_Records(lines, sign, start), _SAMPLED)
    return [record for record in records if not all(map(is_blank, record[1]))]


def _fit(lines: list[str], start: int, sign: str, wanted: Wanted) -> tuple[float, int, int]:
    """Say how well a separator fits: known headers, then records as wide as the header, then its width."""
    rows = _head(lines, start, sign)
    header = find_header(rows, wanted._replace(line=0))
    width = len(header.cells)
    n_equal = sum(len(cells) == width for _, cells in rows[header.below :]) if width > 1 else 0
    return header.score, n_equal, width


def _unwrapped(line: str) -> str:
    """Return what is in the one quoted cell of a line: it was opened as one column and saved again."""
    if not line.startswith('"') or not _is_strict([line], DELIMITERS[0]):
        return line
    row = next(csv.reader([line]))
    is_line = len(row) == 1 and any(row[0].count(sign) > 1 for sign in DELIMITERS)
    return row[0] + "\n" if is_line else line


def _is_strict(lines: Iterable[str], sign: str) -> bool:
    try:
        return all(True for _ in csv.reader(lines, delimiter=sign, strict=True))
    except csv.Error:
        return False


def _without_quote(line: str, sign: str) -> list[str]:
    """Return the cells of one line, an opening quote that is never closed left out."""
    row = next(csv.reader([line, _END], delimiter=sign), [""])
    if not row or not row[-1].endswith(_END):
        return row
    rest = row.pop().removesuffix(_END).rstrip("\r\n")
    return row + (_without_quote(rest, sign) if sign in rest else [rest])


class _Records:
    """The records from a line on: what a stray quote or a line break outside quotes did to them."""

    # The width is that of the header, the least one that of its filled cells; 0 as long as it is not known.
    def __init__(self, lines: list[str], sign: str, start: int, width: int = 0, least: int = 0) -> None:
        self.lines, self.sign, self.start, self.width, self.least = lines, sign, start, width, least
        self.seen: dict[int, list[str]] = {}
        self.open: set[int] = set()  # lines with a quote that is never closed

    def __iter__(self) -> Iterator[Row]:
        """Yield each record, with the line where it starts; one that swallows others ends with that line."""
        at = self.start
        while at < len(self.lines):
            first = at
            rest = (self.lines[inner] for inner in range(first, len(self.lines)))
            reader = csv.reader(chain(rest, [_END]), delimiter=self.sign)
            for row in reader:
                stop = first + reader.line_num
                if row == [_END] and stop > len(self.lines):
                    return
                is_open = bool(row) and row[-1].endswith(_END)
                if not is_open and stop > at + 1:  # has a stray quote and holds lines that are records
                    is_whole = len(row) == self.width != len(_without_quote(self.lines[at], self.sign))
                    is_open = not is_whole and any(map(self._is_record, self.lines[at + 1 : stop]))
                cells = _without_quote(self.lines[at], self.sign) if is_open else row
                self.seen[at + 1] = [*map(unguard, cells)]
                self.open.update([at + 1] * is_open)
                yield at + 1, self.seen[at + 1]
                at = at + 1 if is_open else stop
                if is_open:
                    break

    @cached_property
    def shapes(self) -> set[tuple[bool, ...]]:
        """The usual shapes of first cells, of lines as wide as the header: if possible without quotes."""
        below = self.lines[self.start :]
        for lines in ([line for line in below if '"' not in line], below):
            rows = [row for row in map(self._cells, lines) if len(row) == self.width]
            firsts = Counter(_shape(row[0]) for row in rows if any(map(str.isalnum, row[0])))
            if firsts:
                break
        return {shape for shape, number in firsts.items() if number >= max(2, _COMMON * firsts.total())}

    def _cells(self, line: str) -> list[str]:
        return next(csv.reader([line], delimiter=self.sign), [])

    def _is_record(self, line: str) -> bool:
        """Whether a line is a record of its own: as wide as the header, and it begins as others do."""
        if self.width < 2 or line.count(self.sign) < self.width - 1:
            return False
        row = self._cells(line)
        is_prose = any(cell.startswith(" ") for cell in row[1:])
        return len(row) == self.width and not is_prose and _shape(row[0]) in self.shapes

    def check(self, table: RawTable) -> None:
        before, is_after_short = 0, False
        table.found.column = ""
        for position, number in enumerate(table.lines):
            table.found.row, cells = position, self.seen[number]
            is_short, is_open = len(cells) < self.least, number in self.open
            begins = not self.shapes or _shape(cells[0]) in self.shapes
            if before and (is_short or is_after_short) and not begins:
                advice = "write cells that hold a line break in quotes"
                self._reject(table, f"seems to be the rest of the record on line {before}: {advice}")
                table.found.row = position - 1
                if is_after_short:
                    self._reject(table, f"seems to go on in the line below: {advice}")
                else:
                    table.found.note(f"the line below seems to belong to it and is not read: {advice}", "")
            elif is_short and is_open:
                self._reject(table, "must close every quote; got an open one on this line")
            elif is_open:
                table.found.note("a quote on this line is never closed; read without it", cells[0])
            elif is_short:
                table.found.note(f"has {len(cells)} of {self.least} cells; the others are empty", "")
            before, is_after_short = number, is_short

    def _reject(self, table: RawTable, reason: str) -> None:
        if table.found.row not in table.broken:
            table.broken.add(table.found.row)
            table.found.reject(reason, "")


def _shape(cell: str) -> tuple[bool, ...]:
    """Describe a cell: whether it is empty, has digits, letters, inner spaces, a small first letter."""
    bare = cell.strip().strip('"')
    has_digits, has_letters = any(map(str.isdigit, bare)), any(map(str.isalpha, bare))
    return not bare, has_digits, has_letters, " " in bare, bare[:1].islower()
