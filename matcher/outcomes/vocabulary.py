"""Words that logs use for columns and stages, in English and Indonesian, and how they are looked up.

Words are compared after folding (case, spaces and signs are dropped). A canonical name stands for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final, Literal

from matcher.columns import Outcome, Profile
from matcher.errors import OutcomeError
from matcher.profiles import vocabulary as profile_words
from matcher.profiles.vocabulary import fold, index_words

Kind = Literal["pair", "group"]

LEAD: Final = "lead"
PARTNERS: Final = "partners"
REASON: Final = "reason"
"""Why a pair came to a stage, in a few words; only an outcome log keeps it."""

HEADERS: Final[dict[str, tuple[str, ...]]] = {
    Outcome.SEEKER: ("pencari", "pencari mitra"),
    Outcome.CANDIDATE: ("kandidat", "kandidat mitra", "calon", "calon mitra"),
    Outcome.STAGE: ("tahap", "tahapan"),
    Outcome.DATE: ("tanggal", "tgl"),
    Outcome.SEEKER_RATING: ("penilaian pencari", "nilai pencari"),
    Outcome.CANDIDATE_RATING: ("penilaian kandidat", "nilai kandidat", "penilaian calon", "nilai calon"),
    REASON: ("alasan",),
    PARTNERS: ("mitra", "para mitra", "daftar mitra"),
    Profile.NAME: ("nama", "judul"),
    Profile.VISION: ("visi",),
    Profile.MISSION: ("misi", "teks"),
}
"""Other names of each column."""

SHARED: Final = (Profile.LEAD, Profile.SECTOR, Profile.LANGUAGES, Profile.COUNTRY, Profile.REGION)
"""Columns that have the names they have in profiles."""

STAGES: Final[dict[str, tuple[str, ...]]] = {
    "invited": ("diundang", "mengundang"),
    "declined": ("menolak", "ditolak"),
    "replied": ("membalas", "dibalas", "menjawab"),
    "met": ("bertemu",),
    "agreed": ("sepakat", "disepakati", "setuju"),
    "active": ("aktif", "berjalan"),
    "renewed": ("diperpanjang",),
    "ended": ("berakhir", "selesai"),
}
"""Other words for each stage."""

SHORT: Final = 40
"""Characters of a header that a message shows."""


def column_of(header: str) -> str:
    """Return the column of a log that a header stands for; an unknown one in lower case."""
    shared = profile_words.column_of(header)
    known = str(shared) if shared in SHARED else None
    return _headers().get(fold(header)) or known or header.strip().casefold()


def unique_columns(headers: Sequence[str], column_of: Callable[[str], str | None]) -> list[str]:
    """Return the column that each header stands for; one without a column is named by its position.

    Raises
    ------
    OutcomeError
        If two headers stand for the same column.
    """
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
    return _stages().get(fold(word))


def shortened(header: str) -> str:
    """Return a header, cut where it is too long for a message."""
    return header if len(header) <= SHORT else header[: SHORT - 1] + "…"


@cache
def _headers() -> dict[str, str]:
    return index_words(HEADERS)


@cache
def _stages() -> dict[str, str]:
    return index_words(STAGES)
