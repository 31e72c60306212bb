"""The profile of a pair: one axis per component, the centre 0, the rim 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

RADIUS: Final = 72.0
CENTRE: Final = (150.0, 100.0)
RINGS: Final = (0.25, 0.5, 0.75, 1.0)
_LABEL: Final = 1.14
"""Distance of a label from the centre, in radii."""

Point = tuple[str, str]
"""x and y as SVG writes them."""


class Axis(NamedTuple):
    """Label of an axis, its end, and where and how the label is set."""

    label: str
    end: Point
    at: Point
    anchor: str


class RadarFrame(NamedTuple):
    """What the charts of all pairs share: axes, rings, and the polygon of what is usual in the pool."""

    axes: tuple[Axis, ...]
    rings: tuple[str, ...]
    usual: str

    @property
    def is_drawn(self) -> bool:
        """Whether there are enough axes for a chart."""
        return len(self.axes) > 2


def draw_frame(labels: Sequence[str], usual: Sequence[float]) -> RadarFrame:
    """Return axes, rings and the usual polygon.

    Parameters
    ----------
    labels : sequence of str
        One per axis.
    usual : sequence of float
        The pool's mean on each axis, in [0, 1]; NaN counts as 0.
    """
    n = len(labels)
    rings = tuple(_polygon([ring] * n) for ring in RINGS)
    return RadarFrame(tuple(_axis(label, i, n) for i, label in enumerate(labels)), rings, _polygon(usual))


def draw_pair(values: Sequence[tuple[float, float]]) -> tuple[str, tuple[Point, ...]]:
    """Return the polygon of a pair, and the points at which its value is unknown.

    Parameters
    ----------
    values : sequence of (value, usual)
        In [0, 1]; the usual value stands in for NaN.
    """
    is_unknown = [math.isnan(value) for value, _ in values]
    drawn = [usual if unknown else value for unknown, (value, usual) in zip(is_unknown, values, strict=True)]
    hollow = (_point(drawn[i], i, len(drawn)) for i, unknown in enumerate(is_unknown) if unknown)
    return _polygon(drawn), tuple(hollow)


def _polygon(values: Sequence[float]) -> str:
    return " ".join(",".join(_point(value, i, len(values))) for i, value in enumerate(values))


def _axis(label: str, i: int, n: int) -> Axis:
    side = _polar(_LABEL, i, n)[0] - CENTRE[0]
    anchor = "middle" if abs(side) < 1.0 else ("start" if side > 0 else "end")
    return Axis(label, _point(1.0, i, n), _point(_LABEL, i, n, 3.5), anchor)


def _point(value: float, i: int, n: int, below: float = 0.0) -> Point:
    x, y = _polar(0.0 if math.isnan(value) else value, i, n)
    return f"{x:.1f}", f"{y + below:.1f}"


def _polar(value: float, i: int, n: int) -> tuple[float, float]:
    angle = 2.0 * math.pi * i / n - math.pi / 2.0
    return CENTRE[0] + RADIUS * value * math.cos(angle), CENTRE[1] + RADIUS * value * math.sin(angle)
