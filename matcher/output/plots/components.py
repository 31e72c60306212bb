"""What the first candidates of a list are good at, as a radar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import Recommendation
from matcher.documents.language import Voice
from matcher.errors import ConfigError, EvaluationError, UnknownSeekerError
from matcher.evaluation.checks import check_columns, check_whole, read_numbers
from matcher.explanations import label_of
from matcher.features import COMPONENT_NAMES, COMPONENTS
from matcher.output.plots.canvas import (
    COLOURS,
    GREY,
    LINES,
    MARKERS,
    SMALL,
    axes_on,
    plain,
    voice_of,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.projections.polar import PolarAxes


MOST: Final = len(COLOURS)
RINGS: Final = (0.25, 0.5, 0.75, 1.0)
WIDTH: Final = 17
"""Characters a line of a component's name."""


def plot_components(
    recommendations: pd.DataFrame,
    seeker: Any = None,
    k: int = 3,
    ax: Axes | None = None,
    *,
    lang: str = "en",
) -> Axes:
    """Draw the components of a seeker's first candidates on the spokes of a wheel.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, rank and the components in [0, 1], NaN unknown; name where there is one.
    seeker : id, optional
        Whose list; may be left out where there is only one.
    k : int, default 3
        Candidates, from 1 to 7; all where there are fewer.
    ax : Axes, optional
        Polar Axes; a new figure when left out.
    lang : {"en", "id"}, default "en"

    Returns
    -------
    ax : Axes
        One line a candidate, with a gap where a component is unknown; the spoke's name says for which.

    Raises
    ------
    EvaluationError
        If a column is missing, there are no recommendations, or several seekers and none is named.
    UnknownSeekerError
        If the seeker has no recommendations.
    ConfigError
        If k is out of range, the language unknown or the Axes not polar.
    ImportError
        If matplotlib is not installed.
    """
    voice = voice_of(lang)
    check_whole(k, "k")
    if k > MOST:
        raise ConfigError(f"k must be at most {MOST}; got {k}. Draw fewer candidates, or several figures.")
    own, first = _first(recommendations, seeker, k)
    wheel = _wheel(ax)
    values = first[list(COMPONENT_NAMES)].to_numpy(np.float64, na_value=np.nan)
    _prepare(wheel, _spokes(values, voice), voice)
    for place, (label, row) in enumerate(zip(_legend(first), values, strict=True)):
        _draw(wheel, place, label, row)
    _name(wheel, own, len(values), voice)
    return wheel


def _first(table: pd.DataFrame, seeker: Any, k: int) -> tuple[Any, pd.DataFrame]:
    """Return the seeker and the first k rows of its list."""
    wanted = (Recommendation.SEEKER, Recommendation.CANDIDATE, Recommendation.RANK, *COMPONENT_NAMES)
    check_columns(table, "recommendations", wanted)
    seekers = table[Recommendation.SEEKER].unique()
    if not len(seekers):
        raise EvaluationError("recommendations must hold at least one row; got none. Recommend first.")
    if seeker is None and len(seekers) > 1:
        raise EvaluationError(
            f"recommendations must be of one seeker, or seeker must be named; got {len(seekers)} seekers. "
            "Name one of them."
        )
    own = seekers[0] if seeker is None else seeker
    rows = table[table[Recommendation.SEEKER] == own]
    if rows.empty:
        raise UnknownSeekerError(
            f"seeker must be one of the {len(seekers)} seekers of recommendations; got {own!r}. "
            "Recommend for it first."
        )
    order = np.argsort(read_numbers(rows[Recommendation.RANK], "rank of recommendations"), kind="stable")
    return own, rows.iloc[order[:k]]


def _wheel(ax: Axes | None) -> PolarAxes:
    found = axes_on(ax, (6.4, 6.2), polar=True)
    if found.name != "polar":
        raise ConfigError(
            f"ax must be polar; got {found.name} Axes. Make them with subplot_kw={{'projection': 'polar'}}."
        )
    return cast("PolarAxes", found)


def _angles() -> Floats:
    return np.linspace(0.0, 2.0 * np.pi, len(COMPONENT_NAMES), endpoint=False)


def _spokes(values: Floats, voice: Voice) -> list[str]:
    """Name each component, and for which candidates it is unknown."""
    gates = {component.name for component in COMPONENTS if component.is_gate}
    names = []
    for name, missing in zip(COMPONENT_NAMES, np.isnan(values).T, strict=True):
        lines = [wrapped(label_of(name, voice), WIDTH)]
        if name in gates:
            lines.append(voice.say("(less is better)"))
        if missing.all():
            lines.append(voice.say("[unknown]"))
        elif missing.any():
            places = ", ".join(str(place + 1) for place in np.flatnonzero(missing))
            lines.append(voice.say("[unknown: {places}]", places=places))
        names.append("\n".join(lines))
    return names


def _prepare(wheel: PolarAxes, spokes: Sequence[str], voice: Voice) -> None:
    wheel.set_theta_offset(np.pi / 2.0)
    wheel.set_theta_direction(-1)
    wheel.set_ylim(0.0, 1.0)
    wheel.set_xticks(_angles(), spokes, fontsize=SMALL)
    for angle, label in zip(_angles(), wheel.get_xticklabels(), strict=True):
        side = np.sin(angle)
        label.set_horizontalalignment("center" if abs(side) < 0.1 else "left" if side > 0 else "right")
    wheel.set_yticks(RINGS, [voice.number(ring) for ring in RINGS], fontsize=SMALL - 1, color=GREY)
    wheel.set_rlabel_position(360.0 / len(COMPONENT_NAMES) / 2.0)
    wheel.grid(color="#D9D9D9", linewidth=0.6)
    wheel.spines["polar"].set_color("#BDBDBD")


def _legend(first: pd.DataFrame) -> list[str]:
    names = first.get(Recommendation.NAME, first[Recommendation.CANDIDATE])
    return [f"{place}  {plain(name, 44)}" for place, name in enumerate(names, start=1)]


def _draw(wheel: PolarAxes, place: int, label: str, values: Floats) -> None:
    colour = COLOURS[place]
    around = np.append(_angles(), 2.0 * np.pi)
    wheel.plot(
        around,
        np.append(values, values[0]),
        color=colour,
        linestyle=LINES[place],
        marker=MARKERS[place],
        markersize=5,
        linewidth=1.6,
        label=label,
        clip_on=False,
        zorder=3,
    )


def _name(wheel: PolarAxes, seeker: Any, count: int, voice: Voice) -> None:
    told = voice.count("The first candidate", "The first {number} candidates", count)
    of = voice.say("as “{seeker}” sees them, 0 to 1", seeker=plain(seeker, 40))
    wheel.set_title(f"{told}\n{of}", fontsize="medium", pad=14)
    wheel.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.1), frameon=False, fontsize=SMALL, handlelength=4
    )
