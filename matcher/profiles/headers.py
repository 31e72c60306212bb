"""Headers of a table: which column is what, what is missing, what is an extra."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from matcher.columns import SUBSTANCE, Profile
from matcher.errors import ProfileError
from matcher.profiles.words import column_of, fold, header_words

_SHORT: Final = 40
_LISTED: Final = 30
_CLOSE_ENOUGH: Final = 75.0
_SHORTEST_GUESS: Final = 4


class Layout(NamedTuple):
    """Where the columns stand in the source."""

    known: dict[Profile, int]
    extras: dict[str, int]


def read_headers(headers: Sequence[str]) -> Layout:
    """Find the known columns and the extras.

    Raises
    ------
    ProfileError
        If two headers stand for the same column.
    """
    known: dict[Profile, int] = {}
    extras: dict[str, int] = {}
    for place, header in enumerate(headers):
        column = column_of(header)
        if column is not None:
            _refuse_twin(headers, known.get(column), place, column.value)
            known[column] = place
        else:
            _refuse_twin(headers, extras.get(header), place, header)
            extras[header] = place
    return Layout(known, extras)


def _refuse_twin(headers: Sequence[str], first: int | None, second: int, column: str) -> None:
    if first is not None:
        raise ProfileError(
            f"columns must be unique; got {_short(headers[first])!r} and {_short(headers[second])!r}, both "
            f"read as {_short(column)!r}. Rename or remove one of them."
        )


def require_columns(layout: Layout) -> None:
    """Check that the table has id, name and something to match on.

    Raises
    ------
    ProfileError
        With the missing and the found columns, and a guess at which header was meant.
    """
    missing: list[Profile] = [column for column in (Profile.ID, Profile.NAME) if column not in layout.known]
    substance = any(column in layout.known for column in SUBSTANCE)
    if not missing and substance:
        return
    named = [str(column) for column in missing]
    named += [] if substance else [f"one of {', '.join(SUBSTANCE)}"]
    found = [str(column) for column in layout.known] + [_short(header) for header in layout.extras]
    listed = ", ".join(found[:_LISTED]) + (", …" if len(found) > _LISTED else "")
    raise ProfileError(
        f"columns must include id, name and one of {', '.join(SUBSTANCE)}; missing: {', '.join(named)}; "
        f"found: {listed or 'none'}. {_advice(missing if substance else [*missing, *SUBSTANCE], layout)}"
    )


def _advice(missing: Sequence[Profile], layout: Layout) -> str:
    guesses = [(guess_column(header, missing), header) for header in layout.extras]
    meant = [f"did you mean {_short(header)!r} as {column}?" for column, header in guesses if column]
    text = " ".join(meant) or "Name the columns so in the first row."
    return text[0].upper() + text[1:]


def guess_column(header: str, among: Sequence[Profile]) -> Profile | None:
    """Guess which of some columns a misspelt header means; None where nothing is close."""
    from rapidfuzz import fuzz, process

    folded = fold(header)
    words = [word for word, column in header_words().items() if column in among and _comparable(word, folded)]
    best = process.extractOne(folded, words, scorer=fuzz.ratio, score_cutoff=_CLOSE_ENOUGH)
    return header_words()[best[0]] if best else None


def _comparable(word: str, folded: str) -> bool:
    """Words of up to three letters are close to half of the language; "id" is still worth a guess."""
    return min(len(word), len(folded)) >= _SHORTEST_GUESS or (word == "id" and folded.startswith("id"))


def _short(header: str) -> str:
    return header if len(header) <= _SHORT else header[: _SHORT - 1] + "…"
