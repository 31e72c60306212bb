"""The profile of a pair: one axis a component, the centre 0, the rim 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

RADIUS: Final = 72.0
CENTRE: Final = (150.0, 100.0)
RINGS: Final = (0.25, 0.5, 0.75, 1.0)
_LABEL: Final = 1.14
"""Distance of a label from the centre, in radii."""


@dataclass(frozen=True)
class Axis:
    """One axis with its label.

    Attributes
    ----------
    label : str
        Name of the component.
    x, y : str
        End of the axis.
    label_x, label_y : str
        Where the label stands.
    anchor : {"start", "middle", "end"}
        How the label is set.
    """

    label: str
    x: str
    y: str
    label_x: str
    label_y: str
    anchor: str


@dataclass(frozen=True)
class RadarFrame:
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
        One an axis.
    usual : sequence of float
        The pool's mean on each axis, in [0, 1]; NaN counts as 0.
    """
    n = len(labels)
    rings = tuple(polygon([ring] * n) for ring in RINGS)
    axes = tuple(_axis(label, place, n) for place, label in enumerate(labels))
    return RadarFrame(axes, rings, polygon(usual))


def polygon(values: Sequence[float]) -> str:
    """Return the points of a polygon as SVG writes them; NaN counts as 0."""
    n = len(values)
    return " ".join(",".join(point(value, place, n)) for place, value in enumerate(values))


def point(value: float, place: int, n: int) -> tuple[str, str]:
    """Return where a value lies on an axis."""
    x, y = _polar(0.0 if math.isnan(value) else value, place, n)
    return _written(x), _written(y)


def _axis(label: str, place: int, n: int) -> Axis:
    end_x, end_y = point(1.0, place, n)
    x, y = _polar(_LABEL, place, n)
    side = x - CENTRE[0]
    anchor = "middle" if abs(side) < 1.0 else ("start" if side > 0 else "end")
    return Axis(label, end_x, end_y, _written(x), _written(y + 3.5), anchor)


def _polar(value: float, place: int, n: int) -> tuple[float, float]:
    angle = 2.0 * math.pi * place / n - math.pi / 2.0
    reach = RADIUS * value
    return CENTRE[0] + reach * math.cos(angle), CENTRE[1] + reach * math.sin(angle)


def _written(value: float) -> str:
    return f"{value:.1f}"
