"""Pictures of a comparison: systems, exposure, and whether probabilities come true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from matcher.errors import EvaluationError
from matcher.evaluation.comparison.results import Comparison
from matcher.evaluation.comparison.systems import ANALYST, LABELS, RANKER, TFIDF
from matcher.output.plots import plot_lorenz, plot_reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS: Final = {"nDCG@10": "#1b6ca8", "R@50": "#d1762c"}
CURVES: Final = (RANKER, ANALYST, TFIDF)


def check_pictures() -> None:
    """Raise `EvaluationError` if matplotlib is not installed."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as err:
        raise EvaluationError(
            "pictures need matplotlib, which is not installed. Install the extra plots: "
            "pip install 'partner-matcher[plots]'."
        ) from err


def draw_systems(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Draw nDCG@10 and R@50 of all systems with their intervals, the simplest on top.

    Parameters
    ----------
    comparison : Comparison
    ax : Axes, optional
        Where to draw; a new picture when left out.

    Returns
    -------
    ax : Axes
    """
    ax = ax or _new_axes()
    names = list(comparison.figures)
    for shift, (metric, colour) in zip((-0.14, 0.14), COLOURS.items(), strict=True):
        shown = [
            comparison.figures[name].seekers for name in names if metric in comparison.figures[name].seekers
        ]
        for place, intervals in enumerate(shown):
            one = intervals[metric]
            ax.plot([one.low, one.high], [place + shift] * 2, color=colour, linewidth=2, alpha=0.6)
            ax.plot(one.mean, place + shift, "o", color=colour, label=metric if place == 0 else None)
    ax.set_yticks(range(len(names)), [LABELS[name] for name in names])
    ax.invert_yaxis()
    ax.set_xlim(left=0.0)
    ax.set_xlabel(f"mean over {len(comparison.truth.seekers):,} seekers, 95 % interval")
    ax.set_title("What seekers find")
    ax.legend(frameon=False)
    return _plain(ax)


def draw_exposure(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Draw the Lorenz curves of the first ten places; parameters as for `draw_systems`."""
    shown = [name for name in CURVES if name in comparison.figures]
    curves = {LABELS[name]: comparison.figures[name].lorenz for name in shown}
    ax = plot_lorenz(curves, ax or _new_axes())
    ax.set_ylabel("share of the first 10 places, 0 to 1")
    return ax


def draw_reliability(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Draw predicted against observed frequency; parameters as for `draw_systems`.

    Both axes are logarithmic, for most pairs never form; bins in which none formed are hollow, on the
    lower edge.

    Raises
    ------
    EvaluationError
        If the comparison has no probabilities.
    """
    if comparison.chances is None:
        raise EvaluationError("the comparison must have a calibrated ranker; got none. Train one.")
    chances = comparison.chances
    return plot_reliability(chances.curve, chances.calibration, ax or _new_axes(), log=True)


def draw_comparison(comparison: Comparison) -> Figure:
    """Draw systems, exposure and, where there are probabilities, reliability, side by side."""
    check_pictures()
    from matplotlib.figure import Figure

    drawers: list[Any] = [draw_systems, draw_exposure]
    if comparison.chances is not None:
        drawers.append(draw_reliability)
    figure = Figure(figsize=(5.2 * len(drawers), 4.2), layout="constrained")
    for draw, ax in zip(drawers, figure.subplots(1, len(drawers)), strict=True):
        draw(comparison, ax)
    return figure


def _new_axes() -> Axes:
    check_pictures()
    from matplotlib.figure import Figure

    # A figure of its own, without pyplot: nothing global is changed, and no window is needed.
    return Figure(figsize=(5.2, 4.2), layout="constrained").subplots()


def _plain(ax: Axes) -> Axes:
    ax.spines[["top", "right"]].set_visible(False)
    return ax
