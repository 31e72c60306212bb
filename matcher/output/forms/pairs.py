"""Which partnerships are to be reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import pandas as pd

from matcher.columns import STAGES, Outcome
from matcher.errors import OutcomeError
from matcher.outcomes import JOINT_WORK

ENDED: Final = "ended"


class ReviewPair(NamedTuple):
    """A partnership to be reviewed.

    Attributes
    ----------
    seeker, candidate : str
        Ids.
    seeker_name, candidate_name : str
        What people call them; "" if unknown.
    """

    seeker: str
    candidate: str
    seeker_name: str = ""
    candidate_name: str = ""


def open_pairs(log: pd.DataFrame, names: Mapping[str, str] | None = None) -> list[ReviewPair]:
    """Return the partnerships that are agreed on or under way.

    Parameters
    ----------
    log : DataFrame
        Pair rows with the columns of `Outcome`, such as `read_outcomes(...).kept`.
    names : mapping of str to str, optional
        Name of each id.

    Returns
    -------
    pairs : list of ReviewPair
        By ids. A pair counts if the last of its stages from "agreed" on is not "ended"; of one day, the
        later stage is the last. Who is called the seeker goes by the first of these stages.
    """
    known = names or {}
    rows = log[log[Outcome.STAGE].isin(JOINT_WORK)]
    order = rows[Outcome.STAGE].map(STAGES.index)
    rows = rows.assign(order=order).sort_values(
        [Outcome.DATE, "order", Outcome.SEEKER, Outcome.CANDIDATE], kind="stable"
    )
    sides: dict[tuple[str, ...], tuple[str, str]] = {}
    last: dict[tuple[str, ...], str] = {}
    columns = (rows[name] for name in (Outcome.SEEKER, Outcome.CANDIDATE, Outcome.STAGE))
    for seeker, candidate, stage in zip(*columns, strict=True):
        key = tuple(sorted((seeker, candidate)))
        sides.setdefault(key, (seeker, candidate))
        last[key] = stage
    kept = sorted(pair for key, pair in sides.items() if last[key] != ENDED)
    return [ReviewPair(one, other, known.get(one, ""), known.get(other, "")) for one, other in kept]


def check_pairs(pairs: Iterable[ReviewPair | tuple[str, str]]) -> list[ReviewPair]:
    """Return pairs once each, in the order given.

    Raises
    ------
    OutcomeError
        If there is none, an id is no text or empty, or both are the same.
    """
    found: dict[tuple[str, str], ReviewPair] = {}
    for place, pair in enumerate(pairs, start=1):
        own = _checked(pair, place)
        found.setdefault((own.seeker, own.candidate), own)
    if not found:
        raise OutcomeError("pairs must hold at least one partnership to be reviewed; got none. Name one.")
    return list(found.values())


def _checked(pair: ReviewPair | tuple[str, str], place: int) -> ReviewPair:
    if isinstance(pair, str) or not 2 <= len(pair) <= len(ReviewPair._fields):
        raise OutcomeError(f"pair {place} must be (seeker, candidate); got {pair!r}. Give two ids.")
    own = ReviewPair(*pair)
    if not all(isinstance(text, str) for text in own) or not own.seeker.strip() or not own.candidate.strip():
        raise OutcomeError(
            f"pair {place} must have two ids as text; got {own.seeker!r} and {own.candidate!r}. Mend it."
        )
    if own.seeker == own.candidate:
        raise OutcomeError(f"pair {place} must be of two organisations; got {own.seeker!r} twice. Mend it.")
    return own
