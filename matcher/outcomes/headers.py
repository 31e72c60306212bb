"""Headers and words of a log: which column is what, and which stage is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final, Literal

from matcher.columns import Outcome
from matcher.errors import OutcomeError
from matcher.outcomes import vocabulary
from matcher.outcomes.vocabulary import LEAD, PARTNERS
from matcher.profiles.vocabulary import column_of, fold

Kind = Literal["pair", "group"]

SHORT: Final = 40
"""Characters of a header that a message shows."""


def read_headers(headers: Sequence[str]) -> list[str]:
    """Return the column that each header stands for; an unknown one in lower case.

    Raises
    ------
    OutcomeError
        If two headers stand for the same column.
    """
    first: dict[str, str] = {}
    for header in headers:
        column = _column(header)
        if column in first:
            raise OutcomeError(
                f"columns must be unique; got {_short(first[column])!r} and {_short(header)!r}, both read as "
                f"{_short(column)!r}. Rename or remove one of them."
            )
        first[column] = header
    return list(first)


def kind_of(columns: Iterable[str]) -> Kind | None:
    """Tell pair rows from group rows by their columns; None for neither."""
    found = set(columns)
    if {Outcome.SEEKER, Outcome.CANDIDATE, Outcome.STAGE, Outcome.DATE} <= found:
        return "pair"
    return "group" if {LEAD, PARTNERS, Outcome.DATE} <= found else None


def stage_of(word: str) -> str | None:
    """Find the stage that a word stands for; None if there is none.

    Examples
    --------
    >>> stage_of("Ditolak"), stage_of("declined"), stage_of("married")
    ('declined', 'declined', None)
    """
    return _stages().get(fold(word))


def _column(header: str) -> str:
    shared = column_of(header)
    known = str(shared) if shared in vocabulary.SHARED else None
    return _headers().get(fold(header)) or known or header.strip().casefold()


@cache
def _headers() -> dict[str, str]:
    return _index(vocabulary.HEADERS)


@cache
def _stages() -> dict[str, str]:
    return _index(vocabulary.STAGES)


def _index(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {fold(word): str(name) for name, others in words.items() for word in (name, *others)}


def _short(header: str) -> str:
    return header if len(header) <= SHORT else header[: SHORT - 1] + "…"
