"""Which points of a picture carry their name: as many as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matcher.output.report.safety import shorten

_SIGN: Final = 6.2
"""Mean width of a sign at 11 px."""
_LINE: Final = 12.0
_LONGEST: Final = 28
_REACH: Final = 4.0
"""Half the width of a point's sign."""


@dataclass(frozen=True)
class Label:
    """A name beside its point."""

    text: str
    x: str
    y: str
    anchor: str


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        apart = self.right < other.left or other.right < self.left
        return not (apart or self.bottom < other.top or other.bottom < self.top)


_SIDES: Final = ("right", "left", "below", "above")


def place_labels(
    points: Sequence[tuple[float, float]],
    names: Sequence[str],
    order: Sequence[int],
    *,
    width: float,
    most: int,
) -> list[Label]:
    """Set names beside their points so that none covers another, nor another point.

    Parameters
    ----------
    points : sequence of (float, float)
        Of the whole picture.
    names : sequence of str
        One a point.
    order : sequence of int
        Positions of the points that ask for a label, the most important first.
    width : float
        Of the picture.
    most : int
        Labels at most.

    Returns
    -------
    labels : list of Label
        Each beside, below or above its point; a name for which there is no room is left out.
    """
    taken = [_Box(x - _REACH, y - _REACH, x + _REACH, y + _REACH) for x, y in points]
    labels: list[Label] = []
    for place in order:
        if len(labels) == most:
            break
        text = shorten(names[place], _LONGEST)
        own = taken[place]
        for side in _SIDES:
            box = _box(points[place], len(text) * _SIGN, side)
            fits = box.left >= 0.0 and box.right <= width
            if fits and not any(box.meets(other) for other in taken if other is not own):
                taken.append(box)
                labels.append(_label(text, points[place], side))
                break
    return labels


def _label(text: str, point: tuple[float, float], side: str) -> Label:
    x, y = point
    shifts = {"right": (8.0, 3.5), "left": (-8.0, 3.5), "below": (0.0, 17.0), "above": (0.0, -9.0)}
    anchor = {"right": "start", "left": "end"}.get(side, "middle")
    return Label(text, f"{x + shifts[side][0]:.1f}", f"{y + shifts[side][1]:.1f}", anchor)


def _box(point: tuple[float, float], length: float, side: str) -> _Box:
    x, y = point
    middle = {"below": y + 13.5, "above": y - 12.5}.get(side, y)
    left = {"right": x + 6.5, "left": x - 6.5 - length}.get(side, x - length / 2.0)
    return _Box(left, middle - _LINE / 2.0, left + length, middle + _LINE / 2.0)
