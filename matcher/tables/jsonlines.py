"""JSON lines: one organisation a line."""

import json
from typing import Any, Final

from matcher.tables.encodings import decode, wide_encoding
from matcher.tables.raw import Broken, RawTable, table_of_records

_UTF8: Final = "utf-8"


def read_json_lines(data: bytes, name: str) -> RawTable:
    """Read the bytes of a JSONL file; a broken line is a rejected record, blank lines are skipped."""
    wide = wide_encoding(data)
    if wide is not None:
        data = decode(data, name).text.encode(_UTF8, errors="surrogatepass")
    lines = enumerate(data.split(b"\n"), start=1)
    return table_of_records([(number, _record(line)) for number, line in lines if line.strip()])


def _record(line: bytes) -> Any:
    try:
        return json.loads(line.decode(_UTF8), object_pairs_hook=_object)
    except UnicodeDecodeError as err:
        return Broken(f"line must be UTF-8; got byte 0x{line[err.start]:02X} at byte {err.start}")
    except json.JSONDecodeError as err:
        return Broken(f"line must be a JSON object; {err.msg} at character {err.pos + 1}")
    except RecursionError:
        return Broken("line must be a JSON object; got one nested too deeply")
    except ValueError as err:
        return Broken(f"line must be a JSON object; {str(err)[:80]}")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key appears twice")
    return record
