r"""Writing result tables: whole or not at all, same table same bytes, safe to open in a spreadsheet.

What a cell becomes:

- .csv and .tsv (UTF-8 with a byte-order mark, for Excel's sake) and .xlsx: lists are joined by ``; ``, with
  a backslash before semicolons that belong to an item; missing values are empty; dates are ISO, in .xlsx
  real dates; a text that starts with ``= + - @``, tab or CR gets an apostrophe in front, so that no
  spreadsheet runs it.
- .jsonl and .parquet: lists are arrays, records (named tuples) are objects, missing values are null.

Lone surrogates are written as ``\ud800``. In .xlsx, forbidden signs are left out and cells of more than
32,767 characters are cut to end in an ellipsis.
"""

import datetime as dt
import gzip
import json
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pandas as pd

from matcher.errors import OutputError
from matcher.files import ending_of, replacing, save_fixed
from matcher.tables.cells import escape, guard, trailing_backslashes
from matcher.tables.values import is_missing, written_out

_THREE_DECIMALS: Final = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST_CELL: Final = 32_767
GROUP: Final = 65_536  # rows of a group of a .parquet file
_MOST_ROWS: Final = 1_048_575
_FIRST_DAY: Final = dt.datetime(1900, 3, 1)
_DIVIDES: Final = re.compile("[,/&|]")  # signs that may divide a list without semicolons


def write_table(frame: pd.DataFrame, path: "str | os.PathLike[str]") -> None:
    """Write a table without its index in the format that the path's ending names; else an `OutputError`."""
    write_parts([frame], path)


def write_parts(frames: Iterable[pd.DataFrame], path: str | os.PathLike[str]) -> None:
    """Write a table part by part, as `write_table`: one or more, with the same columns of the same types."""
    write = WRITERS[ending_of(path, WRITERS)]
    with replacing(path) as handle:
        write(map(_checked, frames), handle)


def is_written_in_parts(path: str | os.PathLike[str]) -> bool:
    """Return whether parts of a table are written when they are made, so that memory holds one."""
    return ending_of(path, WRITERS) != ".xlsx"


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        twins = sorted({name for name in names if names.count(name) > 1})
        raise OutputError(f"columns must be unique to be written; got twice: {', '.join(twins)}. Rename one.")
    return frame


def check_sheet(frame: pd.DataFrame) -> None:
    """Raise `OutputError` if columns share a name or a sheet cannot hold so many rows."""
    if len(_checked(frame)) > _MOST_ROWS:
        raise OutputError(
            f"an .xlsx sheet must have at most {_MOST_ROWS:,} rows; got {len(frame):,}. Write .csv."
        )


def write_or_remove(findings: pd.DataFrame, path: Path) -> Path | None:
    """Write findings, and return where; where there are none, remove what an earlier run has left there."""
    if not findings.empty:
        write_table(findings, path)
    elif path.is_file():  # only a file that an earlier run has left is ours to remove
        path.unlink()
    return None if findings.empty else path


def rejected_path(out: "str | os.PathLike[str]") -> Path:
    """Name the quarantine file of a result: ``<out>.rejected.csv``."""
    return Path(f"{os.fspath(out)}.rejected.csv")


def notes_path(out: "str | os.PathLike[str]") -> Path:
    """Name the file of warnings about what was kept: ``<out>.notes.csv``."""
    return Path(f"{os.fspath(out)}.notes.csv")


def _names(frame: pd.DataFrame) -> list[str]:
    return [_printable(str(name)) for name in frame.columns]


def _rows(frame: pd.DataFrame, convert: Callable[[Any], Any]) -> Iterator[tuple[Any, ...]]:
    return zip(*(map(convert, column.astype(object)) for _, column in frame.items()), strict=True)


def _write_csv(frames: Iterable[pd.DataFrame], handle: IO[bytes], delimiter: str = ",") -> None:
    for number, frame in enumerate(frames):
        table = pd.DataFrame(list(_rows(frame, _text)), columns=list(map(guard, _names(frame))), dtype=object)
        text = table.to_csv(sep=delimiter, index=False, header=number == 0, lineterminator="\r\n")
        handle.write(text.encode("utf-8" if number else "utf-8-sig"))


def _write_jsonl(frames: Iterable[pd.DataFrame], handle: IO[bytes]) -> None:
    for frame in frames:
        names = _names(frame)
        for row in _rows(frame, _plain):
            line = json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False)
            handle.write(line.encode("utf-8") + b"\n")


def _write_jsonl_gz(frames: Iterable[pd.DataFrame], handle: IO[bytes]) -> None:
    with gzip.GzipFile(filename="", mode="wb", fileobj=handle, mtime=0) as packed:
        _write_jsonl(frames, packed)  # type: ignore[arg-type]


def _write_parquet(frames: Iterable[pd.DataFrame], handle: IO[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = (
        pa.Table.from_arrays([_arrow(column, pa) for _, column in frame.items()], _names(frame))
        for frame in frames
    )
    held = next(tables)
    with pq.ParquetWriter(handle, held.schema) as writer:
        # Groups have as many rows whatever the parts are, so that the bytes are those of the whole.
        for table in chain(tables, [None]):
            while held.num_rows >= (1 if table is None else GROUP):
                writer.write_table(held.slice(0, GROUP).combine_chunks())
                held = held.slice(GROUP)
            if table is not None:
                held = pa.concat_tables([held, table.cast(held.schema)])


def _arrow(series: "pd.Series[Any]", pa: Any) -> Any:
    """Return a column in its natural Arrow type; one of mixed types as text."""
    if series.dtype.kind in "biufM":
        return pa.array(series, from_pandas=True)
    if isinstance(series.dtype, pd.StringDtype):
        with suppress(UnicodeError, pa.ArrowException):  # lone surrogates
            return pa.array(series, pa.string(), from_pandas=True)
    values = [_plain(value, keep_dates=True) for value in series.astype(object)]
    try:
        array = pa.array(values)
        if not _storable(array.type, pa):
            raise TypeError("Parquet has no empty records")
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        flat = map(_flat, values)
        array = pa.array([one if one is None or isinstance(one, str) else _text(one) for one in flat])
    return array.cast(pa.string()) if pa.types.is_null(array.type) else array


def _storable(kind: Any, pa: Any) -> bool:
    """Return whether Parquet can hold an Arrow type: it has no records without fields."""
    if pa.types.is_struct(kind):
        return kind.num_fields > 0 and all(_storable(part.type, pa) for part in kind)
    return _storable(kind.value_type, pa) if pa.types.is_list(kind) else True


def _write_xlsx(frames: Iterable[pd.DataFrame], handle: IO[bytes]) -> None:
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    def as_cell(value: object) -> object:
        flat = sheet_value(value)
        return put(WriteOnlyCell(sheet), flat) if isinstance(flat, str) else flat

    parts = [*frames]
    frame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    check_sheet(frame)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("table")
    sheet.freeze_panes = "A2"
    if frame.shape[1]:
        sheet.auto_filter.ref = f"A1:{get_column_letter(frame.shape[1])}{len(frame) + 1}"
    for row in chain([tuple(map(as_cell, _names(frame)))], _rows(frame, as_cell)):
        sheet.append(row)
    save_fixed(book, handle)


def put(cell: Any, flat: Any) -> Any:
    """Give a cell a value; texts stay texts, also those that openpyxl would take for formulas or errors."""
    cell.value = flat
    if isinstance(flat, str):
        cell.data_type = "s"
    return cell


def sheet_value(value: object) -> Any:
    """Reduce a value to what a cell of a sheet can hold, by `put`: None, bool, number, date or text."""
    flat = _flat(value)
    if isinstance(flat, dt.datetime) and flat.tzinfo is None and flat >= _FIRST_DAY:
        return flat.date() if flat.time() == dt.time() else flat
    if isinstance(flat, dt.date) or (isinstance(flat, float) and not math.isfinite(flat)):
        flat = _text(flat)
    if not isinstance(flat, str):
        return flat
    text = _FORBIDDEN.sub("", guard(flat))
    units = text.encode("utf-16-le")  # which the limit counts
    if len(units) <= 2 * _LONGEST_CELL:
        return text
    return units[: 2 * (_LONGEST_CELL - 1)].decode("utf-16-le", errors="ignore") + "…"


def _text(value: object) -> str:
    flat = _flat(value)
    if isinstance(flat, str):
        return guard(flat)
    if isinstance(flat, float):
        text = repr(flat)  # 1.234 could be read as 1234 in half of the world; 1.2340 could not
        return f"{text}0" if _THREE_DECIMALS.fullmatch(text) else text
    return written_out(flat) or ""


def _flat(value: object) -> Any:
    """Reduce a value to None, bool, number, date or text; a list is joined."""
    value = _simple(value)
    if isinstance(value, (list, tuple)) and not hasattr(value, "_asdict"):
        items = [_item(item) for item in value]
        # backslashes at the end of an item are doubled, or they would protect the semicolon that follows
        closed = [item + trailing_backslashes(item) for item in items]
        if len(items) == 1 and isinstance(value[0], str) and _DIVIDES.search(items[0]):
            return _printable(f"{closed[0]};")  # so that it is not divided
        return _printable("; ".join(closed[:-1] + items[-1:]))
    return _printable(_item(value)) if isinstance(value, (tuple, dict)) else value


def _item(item: object) -> str:
    """Write an item of a list as text: a record writes itself, a list or an object is JSON."""
    if hasattr(item, "_asdict"):
        return str(item)
    item = _simple(item)
    if isinstance(item, (list, tuple, dict)):
        return escape(json.dumps(_plain(item), ensure_ascii=False))
    return escape(item) if isinstance(item, str) else _text(item)


def _plain(value: object, keep_dates: bool = False) -> Any:
    """Turn a value into what JSON (or, with its dates, Arrow) can hold."""
    value = _simple(value._asdict() if hasattr(value, "_asdict") else value)
    if isinstance(value, (list, tuple)):
        return [_plain(item, keep_dates) for item in value]
    if isinstance(value, dict):
        return {_printable(str(key)): _plain(item, keep_dates) for key, item in value.items()}
    if isinstance(value, dt.date) and not keep_dates:
        return written_out(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _simple(value: Any) -> Any:
    """Turn missing values to None, numpy and pandas values to Python's, anything unknown to text."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if is_missing(value):
        return None
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False)
    if isinstance(value, (bool, int, float, dt.date, list, tuple, dict)):
        return value
    return dict(value) if isinstance(value, Mapping) else _printable(str(value))


def _printable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


WRITERS: Final[dict[str, Callable[[Iterable[pd.DataFrame], IO[bytes]], None]]] = {
    ".csv": _write_csv,
    ".tsv": partial(_write_csv, delimiter="\t"),
    ".xlsx": _write_xlsx,
    ".parquet": _write_parquet,
    ".jsonl": _write_jsonl,
    ".jsonl.gz": _write_jsonl_gz,
}
"""What writes a table, by the ending of its path."""
