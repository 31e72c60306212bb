"""Bytes to text: UTF-8, UTF-16 and Windows-1252, told apart by looking."""

import codecs
import re
from typing import Final, NamedTuple

from matcher.errors import ProfileError

_UTF32: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_SAMPLE: Final = 2000
_BINARY: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_ADVICE: Final = "Save it as CSV UTF-8 and read it again."


class Decoded(NamedTuple):
    """A text and the name of the encoding it was read in."""

    text: str
    encoding: str


def wide_encoding(data: bytes) -> str | None:
    """Tell the encoding of bytes that start with a byte-order mark or look like UTF-16; None otherwise."""
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


def decode(data: bytes, name: str) -> Decoded:
    """Decode the bytes of a table.

    UTF-8 with broken places is refused, not taken for Windows-1252: it would come out garbled.

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
        return Decoded(data.decode(wide or "utf-8"), wide or "utf-8")
    except UnicodeDecodeError as err:
        if wide or _mostly_utf8(data) or _BINARY.search(data):
            raise _refusal(name, data, err.start) from err
    try:
        return Decoded(data.decode("cp1252"), "cp1252")
    except UnicodeDecodeError as err:
        raise _refusal(name, data, err.start) from err


def _mostly_utf8(data: bytes) -> bool:
    """More letters of several bytes than broken places: this was meant to be UTF-8."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return sum(sign > "\x7f" for sign in text) - broken > broken


def _refusal(name: str, data: bytes, position: int) -> ProfileError:
    return ProfileError(
        f"{name} must be UTF-8, UTF-16 or Windows-1252 text; got byte 0x{data[position]:02X} at byte "
        f"{position}. {_ADVICE}"
    )
