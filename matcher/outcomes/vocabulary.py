"""Names of columns and stages in logs; their words in English and Indonesian are in `vocabulary.toml`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final, Literal

from matcher.columns import Outcome, Profile
from matcher.errors import OutcomeError
from matcher.files import bundled_toml
from matcher.profiles import vocabulary as profile_words
from matcher.profiles.vocabulary import fold, index_words

Kind = Literal["pair", "group"]

LEAD: Final = "lead"
PARTNERS: Final = "partners"
REASON: Final = "reason"
"""Why a pair came to a stage, in a few words; only an outcome log keeps it."""

SHARED: Final = (Profile.LEAD, Profile.SECTOR, Profile.LANGUAGES, Profile.COUNTRY, Profile.REGION)
"""Columns that have the names they have in profiles."""

SHORT: Final = 40
"""Characters of a header that a message shows."""


@cache
def words_of(table: str) -> dict[str, str]:
    """Return the folded words of a table of `vocabulary.toml`, each with its canonical name."""
    return index_words(bundled_toml(__package__, "vocabulary.toml")[table])


def column_of(header: str) -> str:
    """Return the column of a header of a log; an unknown header in lower case."""
    shared = profile_words.column_of(header)
    known = str(shared) if shared in SHARED else None
    return words_of("headers").get(fold(header)) or known or header.strip().casefold()


def unique_columns(headers: Sequence[str], column_of: Callable[[str], str | None]) -> list[str]:
    """Return the column of each header, or its position; `OutcomeError` if two have the same column."""
    first: dict[str, str] = {}
    for position, header in enumerate(headers):
        column = column_of(header) or f"other column {position}"
        if column in first:
            raise OutcomeError(
                f"columns must be unique; got {shortened(first[column])!r} and {shortened(header)!r}, both "
                f"read as {shortened(column)!r}. Rename or remove one of them."
            )
        first[column] = header
    return list(first)


def kind_of(columns: Iterable[str]) -> Kind | None:
    """Return whether columns are those of pair rows or of group rows; None for neither."""
    found = set(columns)
    if {Outcome.SEEKER, Outcome.CANDIDATE, Outcome.STAGE, Outcome.DATE} <= found:
        return "pair"
    return "group" if {LEAD, PARTNERS, Outcome.DATE} <= found else None


def stage_of(word: str) -> str | None:
    """Return the stage that a word stands for; None if there is none.

    Examples
    --------
    >>> stage_of("Ditolak"), stage_of("declined"), stage_of("married")
    ('declined', 'declined', None)
    """
    return words_of("stages").get(fold(word))


def shortened(header: str) -> str:
    """Return a header, truncated for a message."""
    return header if len(header) <= SHORT else header[: SHORT - 1] + "…"
