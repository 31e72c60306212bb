"""What was found while reading: problems, for which a record is rejected, and notes on what was kept."""

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import pandas as pd

from matcher.columns import Rejection

SHOWN: Final = 200
"""Longest value, in characters, that a table of rejections shows."""

_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Finding(NamedTuple):
    """One problem or note: the record's position (-1 = the table), column, value and reason."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(slots=True)
class Findings:
    """Collects problems and notes; `row` and `column` are those of the cell that is being read."""

    column: str = ""
    row: int = -1
    problems: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def reject(self, reason: str, value: object) -> None:
        """Record a problem with the present cell."""
        self.problems.append(Finding(self.row, self.column, shown(value), reason))

    def note(self, reason: str, value: object) -> None:
        """Record a remark on the present cell."""
        self.notes.append(Finding(self.row, self.column, shown(value), reason))

    def note_column(self, column: str, reason: str) -> None:
        """Record a remark on a whole column; on the whole table where its name is ""."""
        self.notes.append(Finding(-1, column, "", reason))


def shown(value: object) -> str:
    r"""Shorten a value to 200 characters and spell out what cannot be printed.

    Examples
    --------
    >>> shown("a\x07"), len(shown("x" * 500))
    ('a\\x07', 200)
    """
    text = "" if value is None else str(value)[: SHOWN + 1]
    text = _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def findings_frame(rows: list[tuple[int, str, str, str, str]]) -> pd.DataFrame:
    """Build a table of rejections or notes from (line, id, column, value, reason)."""
    frame = pd.DataFrame(rows, columns=[column.value for column in Rejection], dtype=object)
    return frame.astype({Rejection.LINE.value: "int64"})
