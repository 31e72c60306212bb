"""CSV and TSV: encoding, separator, quotes and true line numbers."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Final

from matcher.errors import ProfileError
from matcher.tables.cells import unguard
from matcher.tables.raw import RawTable, table_of_rows

_UTF32: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_SAMPLE: Final = 2000
_BINARY: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_ADVICE: Final = "Save it as CSV UTF-8 and read it again."


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
    """Return the text of a table and the name of its encoding.

    Damaged UTF-8 is refused, not taken for Windows-1252: its letters would come out wrong.

    Raises
    ------
    ProfileError
        If it is none of UTF-8, UTF-16 and Windows-1252, with the first byte that does not fit.
    """
    wide = wide_encoding(data)
    if wide == "utf-32":
        raise ProfileError(
            f"{name} must be UTF-8, UTF-16 or Windows-1252 text; got UTF-32 at byte 0. {_ADVICE}"
        )
    try:
        return data.decode(wide or "utf-8"), wide or "utf-8"
    except UnicodeDecodeError as err:
        if wide or _mostly_utf8(data) or _BINARY.search(data):
            raise _refusal(name, data, err.start) from err
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError as err:
        raise _refusal(name, data, err.start) from err


def _mostly_utf8(data: bytes) -> bool:
    """Whether more letters of several bytes are whole than damaged."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return sum(sign > "\x7f" for sign in text) - broken > broken


def _refusal(name: str, data: bytes, position: int) -> ProfileError:
    return ProfileError(
        f"{name} must be UTF-8, UTF-16 or Windows-1252 text; got byte 0x{data[position]:02X} at byte "
        f"{position}. {_ADVICE}"
    )


DELIMITERS: Final = (",", ";", "\t")
"""Separators looked for in the header line; Excel writes semicolons where the comma is the decimal sign."""

_FIELD_LIMIT: Final = 2**31 - 1
_END: Final = "\ufdd0end of table"


def read_delimited(data: bytes, name: str) -> RawTable:
    """Read the bytes of a CSV or TSV file.

    Raises
    ------
    ProfileError
        If it is empty, in an unknown encoding, or a quote is never closed.
    """
    text, encoding = decode(data, name)
    lines = io.StringIO(text, newline="")
    with _large_fields():
        skipped, delimiter = _find_delimiter(text)
        for _ in range(skipped):
            lines.readline()
        rows = _rows(lines, delimiter, skipped, name)
        header_line, headers = next(rows, (0, []))
        table = table_of_rows(rows, headers, header_line, typed=False)
    if encoding == "cp1252":
        table.found.note_column("", "read as Windows-1252; save it as CSV UTF-8 to be sure of every letter")
    return table


@contextmanager
def _large_fields() -> Iterator[None]:
    """Lift the csv module's limit on a cell's length; too long texts are rejected one by one instead."""
    before = csv.field_size_limit(_FIELD_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _find_delimiter(text: str) -> tuple[int, str]:
    """Find how many lines to skip and the separator: the one that yields most known headers."""
    for number, line in enumerate(io.StringIO(text, newline="")):
        if line.lower().startswith("sep="):  # Excel's own line
            return number + 1, line[4:].rstrip("\r\n")[:1] or "\t"
        if line.strip():
            return 0, max(DELIMITERS, key=lambda sign: _header_width(text, sign))
    return 0, DELIMITERS[0]


def _header_width(text: str, delimiter: str) -> int:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return len(next((row for row in reader if any(cell.strip() for cell in row)), []))


def _rows(lines: io.StringIO, delimiter: str, skipped: int, name: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record with the line where it starts.

    A last line of our own shows whether a quote is still open: it would be swallowed by it.
    """
    reader = csv.reader(chain(lines, [_END]), delimiter=delimiter)
    started = 1
    row: list[str] = []
    for row in reader:
        if row == [_END] and reader.line_num == started:
            return
        if row and row[-1].endswith(_END):
            raise ProfileError(
                f"{name} must close every quote; got an open one in the record on line {skipped + started}. "
                'Close it, or write a quote inside a cell as "".'
            )
        if any(cell and not cell.isspace() for cell in row):
            yield skipped + started, [unguard(cell) for cell in row]
        started = reader.line_num + 1
