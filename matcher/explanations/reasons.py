"""Why a pair serves one of its sides: the components that stand out, with the texts behind them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import numpy as np

from matcher.columns import Profile
from matcher.explanations.pair import Pair
from matcher.explanations.remarks import Remark
from matcher.features.complementarity import meeting
from matcher.features.ragged import Ragged

MAX_REASONS: Final = 4
MAX_MEETINGS: Final = 2
"""Need-offer pairs named in one reason."""
ALIKE: Final = 0.4
"""Cosine from which two passages are quoted as close: one random pair in a thousand reaches it."""
ANSWERS: Final = 0.4
"""Cosine from which an offer is named as an answer to a need; one random pair in a thousand reaches it."""
MAY_ANSWER: Final = 0.25
"""Cosine from which an offer of the needed category is named as a possible answer."""
STANDS_OUT: Final = 0.75
"""Share of the pool's pairs that a gain must be above for that to be a reason."""
SIGNALS: Final = {
    "similar_work_same_": "similar",
    "similar_work": "similar",
    "neighbour_works": "similar",
    "common_partners": "partners",
    "works_same_": "works_same",
    "works": "experience",
    "sought_after": "experience",
    "recency": "recent",
    "same_": "same",
    "ratio_": "ratio",
    "pairs_": "pairs",
}
"""Remark of each signal of learned rankers; one that ends in _ stands before the name of a column."""
OF_BOTH: Final = ("partners", "same", "ratio", "pairs")
"""Remarks on signals that are worded alike for both sides."""


def reasons(
    pair: Pair, typical: Mapping[str, float], weights: Mapping[str, float], *, ours: bool = True
) -> list[Remark]:
    """Return why the pair serves one of its sides, the strongest reason first.

    A component is a reason when it is known, carries weight and lies above what is usual in the
    pool; they are ordered by weight x excess.

    Parameters
    ----------
    pair : Pair
        The pair as the side sees it: turned for the candidate.
    typical, weights : mapping of str to float
        The pool's mean and the weight of each component.
    ours : bool, default True
        Whether the side is the seeker, to whom remarks are worded.

    Returns
    -------
    reasons : list of Remark
        At most `MAX_REASONS`, and how high the gain is if it is high; may be empty.
    """
    seen = {**pair.seeker_components, **pair.seeker_signals}
    excess = {
        name: weights.get(name, 0.0) * (value - typical[name])
        for name, value in seen.items()
        if not math.isnan(value) and not math.isnan(typical[name])
    }
    standing_out = sorted((name for name in excess if excess[name] > 0), key=lambda name: -excess[name])
    found = [remark for name in standing_out if name in _REASONS for remark in _REASONS[name](pair, ours)]
    signals = signal_remarks((name for name in standing_out if name in pair.seeker_signals), ours=ours)
    # What can be checked in both profiles comes first; what the past suggests fills the room left.
    return [*[*found, *signals][:MAX_REASONS], *_gain(pair, ours)]


def signal_remarks(names: Iterable[str], *, ours: bool) -> list[Remark]:
    """Return one remark for each kind of signal that stands out, in the order of their first.

    Parameters
    ----------
    names : iterable of str
        Signals that stand out, the strongest first.
    ours : bool
        As for `reasons`.
    """
    columns: dict[str, dict[str, None]] = {}
    for name in names:
        code, column = _signal(name)
        if code:
            listed = columns.setdefault(code if code in OF_BOTH else _side(ours) + code, {})
            listed |= {column: None} if column else {}
    return [Remark(code, {"columns": tuple(listed)} if listed else {}) for code, listed in columns.items()]


def _signal(name: str) -> tuple[str, str]:
    """Return the remark on a signal, without its side, and the column that it looks at; "" for none."""
    for signal, code in SIGNALS.items():
        if name == signal:
            return code, ""
        if signal.endswith("_") and name.startswith(signal):
            return code, "" if code == "similar" else name.removeprefix(signal)
    return "", ""


def _side(ours: bool) -> str:
    """Return how codes begin that tell what the other side brings to the one that gains."""
    return "their_" if ours else "your_"


def _gain(pair: Pair, ours: bool) -> list[Remark]:
    """Return how high the gain is: a probability where it was calibrated, else a percentile."""
    if not pair.seeker_percentile >= STANDS_OUT:
        return []
    whose = "your_" if ours else "their_"
    if pair.calibrated:
        return [Remark(f"{whose}chance", {"share": pair.seeker_gain})]
    return [Remark(f"{whose}percentile", {"share": pair.seeker_percentile})]


def _passages(code: str, *fields: str) -> Callable[[Pair, bool], list[Remark]]:
    """Return what quotes the closest passages of the first field that has any."""

    def remarks(pair: Pair, ours: bool) -> list[Remark]:
        names = ("yours", "theirs") if ours else ("theirs", "yours")
        for field in fields:
            if closest := closest_texts(
                getattr(pair.seeker.side, field), getattr(pair.candidate.side, field)
            ):
                return [Remark(code, dict(zip(names, closest, strict=True)))]
        return []

    return remarks


def _expectations(pair: Pair, ours: bool) -> list[Remark]:
    return _passages("indicators", "indicators")(pair, ours) or [Remark("horizon")] * _same_horizon(pair)


def _complementarity(pair: Pair, ours: bool) -> list[Remark]:
    return [
        Remark(f"{_side(ours)}{'' if is_answered else 'possible_'}offer", {"need": need, "offer": offer})
        for need, offer, is_answered in met_needs(pair)
    ]


def _communication(pair: Pair, ours: bool) -> list[Remark]:
    one, other = pair.seeker.record, pair.candidate.record
    shared = tuple(code for code in one[Profile.LANGUAGES] if code in other[Profile.LANGUAGES])
    found = [Remark("shared_language", {"languages": shared})] if shared else []
    if pair.seeker.side.regions[0] and pair.seeker.side.regions[0] == pair.candidate.side.regions[0]:
        found.append(Remark("same_region", {"region": other[Profile.REGION]}))
    return found


def _trust(pair: Pair, ours: bool) -> list[Remark]:
    numbers = {
        "earlier_works": pair.ties,
        f"{_side(ours)}evidence": len(pair.candidate.record[Profile.EVIDENCE]),
    }
    return [Remark(code, {"number": number}) for code, number in numbers.items() if number]


_REASONS: Final[Mapping[str, Callable[[Pair, bool], list[Remark]]]] = {
    "values": _passages("purpose", "passages"),
    "complementarity": _complementarity,
    "goals": _passages("goals", "goals_long", "goals_short"),
    "expectations": _expectations,
    "communication": _communication,
    "trust": _trust,
    "culture": _passages("working_style", "styles"),
}
"""What each component gives as reasons, from the pair as the side that gains sees it."""


def closest_texts(ours: Ragged, theirs: Ragged) -> tuple[str, str] | None:
    """Return the most alike pair of texts of two organisations; None where no two are `ALIKE`."""
    if not len(ours.vectors) or not len(theirs.vectors):
        return None
    likeness = ours.vectors @ theirs.vectors.T
    row, column = np.unravel_index(int(likeness.argmax()), likeness.shape)
    if likeness[row, column] < ALIKE:
        return None
    return str(ours.texts[row]), str(theirs.texts[column])


def met_needs(pair: Pair) -> list[tuple[str, str, bool]]:
    """Return (need of the seeker, best offer of the candidate, whether it is an answer beyond doubt).

    By importance x how far the need is met; only those of which the texts too speak of the same.
    """
    needs, offers = pair.seeker.side.needs, pair.candidate.side.offers
    if not len(needs.weights) or not len(offers.weights):
        return []
    met = meeting(needs, offers)
    every, best = np.arange(len(met)), met.argmax(axis=1)
    likeness = (needs.items.vectors * offers.items.vectors[best]).sum(axis=1)
    same = (needs.categories == offers.categories[best]) & (needs.categories != "")
    order = np.argsort(-needs.weights * met[every, best], kind="stable")
    return [
        (str(needs.items.texts[need]), str(offers.items.texts[best[need]]), bool(likeness[need] >= ANSWERS))
        for need in order
        if likeness[need] >= (MAY_ANSWER if same[need] else ANSWERS)
    ][:MAX_MEETINGS]


def _same_horizon(pair: Pair) -> bool:
    """Whether both state goals for the same horizons."""
    ours, theirs = pair.seeker.side, pair.candidate.side
    return all(
        (getattr(ours, field).counts[0] > 0) == (getattr(theirs, field).counts[0] > 0)
        for field in ("goals_short", "goals_long")
    )
