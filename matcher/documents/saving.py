"""Saving a workbook: whole or not at all, and the same content as the same bytes."""

import io
import os
from typing import TYPE_CHECKING

from matcher.errors import OutputError
from matcher.files import repack, replacing

if TYPE_CHECKING:
    from openpyxl import Workbook


def check_ending(path: "str | os.PathLike[str]") -> None:
    """Raise `OutputError` unless a path ends in .xlsx, in any case."""
    if not os.fspath(path).lower().endswith(".xlsx"):
        raise OutputError(f"a workbook must end in .xlsx; got {os.fspath(path)}. Name it so.")


def save_workbook(book: "Workbook", path: "str | os.PathLike[str]") -> None:
    """Save a workbook.

    Raises
    ------
    OutputError
        If the path cannot be written; what stood there before is untouched then.
    """
    draft = io.BytesIO()
    book.save(draft)
    with replacing(path) as handle:
        repack(draft, handle)
