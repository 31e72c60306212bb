"""How places are spread over the candidates, as a Lorenz curve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from matcher.columns import Recommendation
from matcher.errors import EvaluationError
from matcher.evaluation import Curve, lorenz_curve
from matcher.evaluation.checks import check_columns, check_pairs, check_whole
from matcher.evaluation.places import code_ids
from matcher.output.plots.canvas import (
    COLOURS,
    GREY,
    LINES,
    SMALL,
    axes_on,
    number_ticks,
    plain,
    tidy,
    voice_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_exposure(
    recommendations: pd.DataFrame,
    candidates: int | Iterable[Any],
    ax: Axes | None = None,
    *,
    k: int = 10,
    label: str | None = None,
    lang: str = "en",
) -> Axes:
    """Draw the Lorenz curve of the first k places over the candidates, with its Gini coefficient.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, rank; more are ignored.
    candidates : int or iterable of ids
        How many candidates could have been shown, or the ids of all of them.
    ax : Axes, optional
        Where to draw; a new figure when left out.
    k : int, default 10
        Places of a list that count; at least 1.
    label : str, optional
        What to call these lists; "recommendations" when left out.
    lang : {"en", "id"}, default "en"

    Returns
    -------
    ax : Axes
        Without a place, only the diagonal, and the title says so.

    Raises
    ------
    EvaluationError
        As `lorenz_curve`, and if there are fewer candidates than recommendations name.
    ConfigError
        If k is below 1 or the language unknown.
    ImportError
        If matplotlib is not installed.
    """
    voice = voice_of(lang)
    if isinstance(candidates, int):
        recommendations, candidates = _numbered(recommendations, candidates)
    curve = lorenz_curve(recommendations, candidates, k)
    ax = plot_lorenz({label or voice.say("recommendations"): curve}, ax, lang=lang)
    ax.set_ylabel(
        voice.count("share of the first place, 0 to 1", "share of the first {number} places, 0 to 1", k)
    )
    return ax


def plot_lorenz(curves: Mapping[str, pd.DataFrame], ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Draw Lorenz curves, each with the Gini coefficient that follows from it.

    Parameters
    ----------
    curves : mapping of str to DataFrame
        By label; columns of `Curve`, as `lorenz_curve` gives them. Those without rows are left out. At
        most 7.
    ax : Axes, optional
        Where to draw; a new figure when left out.
    lang : {"en", "id"}, default "en"

    Returns
    -------
    ax : Axes

    Raises
    ------
    EvaluationError
        If a column is missing or there are too many curves.
    ConfigError
        If the language is unknown.
    ImportError
        If matplotlib is not installed.

    Notes
    -----
    Gini (1912) from the curve: 1 less twice the area under it, which for steps of equal width is the
    coefficient of the counts themselves.
    """
    voice = voice_of(lang)
    if len(curves) > len(COLOURS):
        raise EvaluationError(f"curves must be at most {len(COLOURS)}; got {len(curves)}. Draw fewer.")
    for curve in curves.values():
        check_columns(curve, "curves", Curve)
    ax = axes_on(ax, (5.2, 4.6))
    even = voice.say("all shown equally often")
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (1, 2)), label=even)
    shown = {label: curve for label, curve in curves.items() if len(curve)}
    for place, (label, curve) in enumerate(shown.items()):
        gini = voice.number(_gini(curve))
        told = voice.say("{label} (Gini {gini})", label=plain(label, 40), gini=gini)
        x, y = curve[Curve.CANDIDATES], curve[Curve.PLACES]
        ax.plot(x, y, color=COLOURS[place], linestyle=LINES[place], linewidth=1.8, label=told)
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, 1.0)
    for axis in (ax.xaxis, ax.yaxis):
        number_ticks(axis, voice)
    ax.set_xlabel(voice.say("share of candidates, least shown first, 0 to 1"))
    ax.set_ylabel(voice.say("share of places, 0 to 1"))
    title = voice.say("Who gets shown") if shown else voice.say("Who gets shown: no places to share out")
    ax.set_title(title, fontsize="medium")
    ax.legend(frameon=False, fontsize=SMALL, loc="upper left")
    return tidy(ax)


def _gini(curve: pd.DataFrame) -> float:
    x, y = (curve[name].to_numpy(np.float64) for name in (Curve.CANDIDATES, Curve.PLACES))
    # Rounded: sums of shares differ in the last bits from the coefficient of the counts.
    return abs(round(float(1.0 - (np.diff(x) * (y[1:] + y[:-1])).sum()), 12))


def _numbered(table: pd.DataFrame, n_candidates: int) -> tuple[pd.DataFrame, range]:
    """Return recommendations with candidates numbered, and the numbers of all candidates."""
    check_whole(n_candidates, "candidates")
    check_pairs(table, "recommendations", Recommendation.RANK)
    found, (codes,) = code_ids(table[Recommendation.CANDIDATE])
    if len(found) > n_candidates:
        raise EvaluationError(
            f"candidates must be at least the {len(found)} that recommendations name; got {n_candidates}. "
            "Give the size of the whole pool."
        )
    return table.assign(**{Recommendation.CANDIDATE.value: codes}), range(n_candidates)
