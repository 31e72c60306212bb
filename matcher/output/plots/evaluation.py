"""Figures of evaluations: exposure, reliability, stability, and systems against each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from matcher.arrays import Floats
from matcher.documents.language import Messages
from matcher.errors import EvaluationError
from matcher.evaluation.calibration import Calibration, Reliability
from matcher.evaluation.comparison import LABELS, Comparison
from matcher.evaluation.intervals import Interval
from matcher.evaluation.lists import ANALYST, RANKER, TFIDF
from matcher.evaluation.metrics import Curve
from matcher.evaluation.pairs import check_columns
from matcher.evaluation.sensitivity import Stability
from matcher.output.plots.canvas import (
    BLUE,
    COLOURS,
    GREY,
    SMALL,
    annotate,
    axes_on,
    new_figure,
    number_ticks,
    plain,
    series_style,
    tidy,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOTTED: Final = (0, (1, 2))
NEAR: Final = 0.07
"""Share of the axis's width within which two counts would be written over each other."""


def plot_lorenz(curves: Mapping[str, pd.DataFrame], ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Draw Lorenz curves, each with the Gini coefficient that follows from it.

    Parameters
    ----------
    curves : mapping of str to DataFrame
        By label; columns of `Curve`, as `lorenz_curve` gives them. Those without rows are left out. At
        most 7.
    ax : Axes, optional
    lang : {"en", "id"}, default "en"

    Returns
    -------
    ax : Axes

    Raises
    ------
    EvaluationError
        If a column is missing or there are too many curves.

    Notes
    -----
    Gini (1912) from the curve: 1 less twice the area under it, which for steps of equal width is the
    coefficient of the counts themselves.
    """
    messages = Messages(lang)
    if len(curves) > len(COLOURS):
        raise EvaluationError(f"curves must be at most {len(COLOURS)}; got {len(curves)}. Draw fewer.")
    for curve in curves.values():
        check_columns(curve, "curves", Curve)
    ax = axes_on(ax, (5.2, 4.6))
    _frame(ax, 0.0, messages, messages.say("all shown equally often"))
    shown = {label: curve for label, curve in curves.items() if len(curve)}
    for place, (label, curve) in enumerate(shown.items()):
        x, y = (curve[name].to_numpy(np.float64) for name in (Curve.CANDIDATES, Curve.PLACES))
        # Rounded: sums of shares differ in the last bits from the coefficient of the counts.
        gini = abs(round(float(1.0 - 2.0 * np.trapezoid(y, x)), 12))
        named = messages.say("{label} (Gini {gini})", label=plain(label), gini=messages.number(gini))
        ax.plot(x, y, linewidth=1.8, label=named, **(series_style(place) | {"marker": None}))
    ax.set_xlabel(messages.say("share of candidates, least shown first, 0 to 1"))
    ax.set_ylabel(messages.say("share of places, 0 to 1"))
    title = (
        messages.say("Who gets shown") if shown else messages.say("Who gets shown: no places to share out")
    )
    return tidy(ax, title, loc="upper left")


def plot_reliability(
    curve: pd.DataFrame,
    calibration: Calibration | None = None,
    ax: Axes | None = None,
    *,
    log: bool = False,
    lang: str = "en",
) -> Axes:
    """Draw predicted against observed frequency, with intervals and counts.

    Parameters
    ----------
    curve : DataFrame
        Columns of `Reliability`, as `reliability_curve` gives them.
    calibration : Calibration, optional
        From `measure_calibration`; its errors are named in the title.
    ax : Axes, optional
    log : bool, default False
        Whether both axes are logarithmic, as suits pairs of which few come true. Bins in which none did
        are then hollow, on the lower edge.
    lang : {"en", "id"}, default "en"

    Returns
    -------
    ax : Axes
        A point per bin with its 95 % Wilson interval; above it the number of pairs, where these differ and
        there is room. The legend has the least and the largest number.

    Raises
    ------
    EvaluationError
        If a column is missing or there are no bins.

    Notes
    -----
    Intervals take pairs as independent; those of one seeker are not, so that they are narrow rather than
    wide. `calibration` has intervals over seekers.
    """
    messages = Messages(lang)
    check_columns(curve, "curve", Reliability)
    if curve.empty:
        raise EvaluationError("curve must hold at least one bin; got none. Give it more pairs.")
    ax = axes_on(ax, (5.4, 4.6))
    names = (Reliability.PREDICTED, Reliability.OBSERVED, Reliability.N)
    predicted, observed, counts = (curve[name].to_numpy(np.float64) for name in names)
    low, high = _intervals(observed, counts)
    values = np.concatenate([predicted, observed, high])
    edge = float(values[values > 0].min(initial=1.0)) / 2.0 if log else 0.0
    # What logarithmic axes cannot show is moved to their edge.
    x, y, low, high = (np.maximum(one, edge) for one in (predicted, observed, low, high))
    is_empty = (observed == 0) & log
    _frame(ax, edge, messages, messages.say("perfect"), "log" if log else "linear")
    style: dict[str, Any] = {"color": BLUE, "clip_on": False}
    ax.errorbar(x, y, np.stack([y - low, high - y]), linewidth=0, elinewidth=1.3, capsize=3, **style)
    style |= {"marker": "o", "markersize": 6.0}
    label = "\n".join([messages.say("observed, with 95 % interval"), _sizes(counts, messages)])
    ax.plot(x, np.where(is_empty, np.nan, y), linewidth=1.2, label=label, **style)
    ax.plot(x[is_empty], y[is_empty], linewidth=0, fillstyle="none", **style)
    if counts.min() < counts.max():
        _write_counts(ax, np.column_stack([x, high]), counts, messages)
    ax.set_xlabel(messages.say("predicted probability, 0 to 1"))
    ax.set_ylabel(messages.say("observed share of pairs, 0 to 1"))
    title = messages.say("Do probabilities come true?")
    if calibration is not None:
        errors = (("ECE", calibration.ece), ("Brier", calibration.brier))
        title += "\n" + ", ".join(f"{name} {_with_interval(one, messages)}" for name, one in errors)
    return tidy(ax, title, loc="upper left")


def _intervals(shares: Floats, sizes: Floats) -> tuple[Floats, Floats]:
    """Return the bounds of 95 % Wilson intervals; hits are rounded where pairs are weighted."""
    tests = [binomtest(round(share * n), round(n)) for share, n in zip(shares, sizes, strict=True)]
    low, high = np.array([test.proportion_ci(method="wilson") for test in tests]).T
    return np.minimum(low, shares), np.maximum(high, shares)


def _frame(ax: Axes, edge: float, messages: Messages, label: str, scale: str = "linear") -> None:
    """Draw the diagonal, and give both axes a scale, the range [edge, 1] and numbers of the language."""
    ax.plot([edge, 1], [edge, 1], color=GREY, linewidth=1, linestyle=DOTTED, label=label)
    ax.set(xscale=scale, yscale=scale)
    ax.set(xlim=(edge, 1.0), ylim=(edge, 1.0))
    for axis in (ax.xaxis, ax.yaxis):
        number_ticks(axis, messages)


def _write_counts(ax: Axes, ends: Floats, counts: Floats, messages: Messages) -> None:
    """Write the number of pairs above each interval, unless over the number before."""
    across = ax.transAxes.inverted().transform(ax.transData.transform(ends))[:, 0]
    last = -1.0
    for at, end, count in zip(across, ends, counts, strict=True):
        if at - last >= NEAR:
            last = at
            annotate(ax, messages.number(count, 0), end, (0, 3), fontsize=SMALL - 1, color=GREY)


def _sizes(counts: Floats, messages: Messages) -> str:
    """State how many bins there are, and of how many pairs."""
    ends = [messages.number(count, 0) for count in sorted({counts.min(), counts.max()})]
    bins = messages.count("{number} bin", "{number} bins", len(counts))
    return messages.say("({bins} of {pairs} pairs)", bins=bins, pairs="–".join(ends))


def _with_interval(one: Interval, messages: Messages) -> str:
    # Errors of rare events are small numbers: at least two of their digits are shown.
    decimals = max(3, 1 - math.floor(math.log10(one.mean))) if one.mean > 0 else 3
    mean, low, high = (messages.number(value, decimals) for value in (one.mean, one.low, one.high))
    return f"{mean} [{low}–{high}]"


def plot_stability(stability: Iterable[Stability], ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Draw how far lists under changed weights agree with the unchanged ones.

    Parameters
    ----------
    stability : iterable of Stability
        One per spread, such as `matcher.tuning.measure_reweighing` gives for a fitted
        `Matcher`, or the `stability` of a comparison. Spreads in (0, 1), figures in [0, 1].
    ax : Axes, optional
    lang : {"en", "id"}, default "en"

    Returns
    -------
    ax : Axes
        Two lines, means over draws and seekers: overlap of the first ten ranks, and rank-biased overlap;
        each with an area down to its lowest draw. At a spread of 0 both are 1.

    Raises
    ------
    EvaluationError
        If there are no measurements.
    """
    messages = Messages(lang)
    found = sorted(stability, key=lambda one: one.spread)
    if not found:
        raise EvaluationError("stability must hold at least one spread; got none. Measure some first.")
    ax = axes_on(ax, (5.6, 4.2))
    spreads = [0.0, *(one.spread for one in found)]
    labels = (messages.say("shared by the first 10 places"), messages.say("rank-biased overlap"))
    means = np.array([(1.0, 1.0), *((one.overlap, one.rbo) for one in found)])
    leasts = np.array([(1.0, 1.0), *((one.least_overlap, one.least_rbo) for one in found)])
    is_above = means.argmax(axis=1)
    for place, label in enumerate(labels):
        style, mean, least = series_style(place), means[:, place], leasts[:, place]
        ax.fill_between(spreads, least, mean, color=style["color"], alpha=0.12, linewidth=0)
        ax.plot(spreads, mean, markersize=5, label=label, clip_on=False, **style)
        ax.plot(spreads, least, linewidth=0.7, alpha=0.7, **(style | {"marker": None}))
        for spread, value, above in zip(spreads[1:], mean[1:], is_above[1:], strict=True):
            offset, va = ((0, 6), "bottom") if above == place else ((0, -6), "top")
            annotate(ax, messages.number(value), (spread, value), offset, va=va, color=style["color"])
    ax.set_ylim(max(0.0, int(10 * leasts.min() - 1) / 10), 1.02)
    ax.set_xlim(0.0, spreads[-1] * 1.08)
    ax.set_xticks(spreads, [messages.percent(0.0), *(f"±{messages.percent(one)}" for one in spreads[1:])])
    number_ticks(ax.yaxis, messages)
    ax.set_xlabel(messages.say("how far each weight is moved at random"))
    ax.set_ylabel(messages.say("agreement with the unchanged lists, 0 to 1"))
    draws = max(one.draws for one in found)
    lowest = messages.count("down to the one draw", "down to the lowest of {number} draws", draws)
    ax.fill_between([], [], color=GREY, alpha=0.25, linewidth=0, label=lowest)
    return tidy(ax, messages.say("Do lists hold where weights move?"), loc="lower left")


def plot_systems(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Draw nDCG@10 and R@50 of all systems of a comparison with their intervals, in English.

    Parameters
    ----------
    comparison : Comparison
        As `matcher.evaluation.comparison.compare` gives it.
    ax : Axes, optional

    Returns
    -------
    ax : Axes
        One row per system, the simplest on top.
    """
    ax = axes_on(ax, (5.2, 4.2))
    for metric, colour, shift in (("nDCG@10", COLOURS[0], -0.14), ("R@50", COLOURS[1], 0.14)):
        found = [one.seekers[metric] for one in comparison.figures.values() if metric in one.seekers]
        for place, one in enumerate(found):
            ax.plot([one.low, one.high], [place + shift] * 2, color=colour, linewidth=2, alpha=0.6)
            ax.plot(one.mean, place + shift, "o", color=colour, label=metric if place == 0 else None)
    ax.set_yticks(range(len(comparison.figures)), [LABELS[name] for name in comparison.figures])
    ax.invert_yaxis()
    ax.set_xlim(left=0.0)
    ax.set_xlabel(f"mean over {len(comparison.truth.seekers):,} seekers, 95 % interval")
    return tidy(ax, "What seekers find", loc="best")


def plot_comparison(comparison: Comparison) -> Figure:
    """Draw systems, exposure and, where there are probabilities, reliability, side by side, in English."""
    measured = comparison.calibration
    n_panels = 2 if measured is None else 3
    figure = new_figure((5.2 * n_panels, 4.2))
    systems, exposure, *reliability = figure.subplots(1, n_panels)
    plot_systems(comparison, systems)
    names = [name for name in (RANKER, ANALYST, TFIDF) if name in comparison.figures]
    plot_lorenz({LABELS[name]: comparison.figures[name].lorenz for name in names}, exposure)
    exposure.set_ylabel("share of the first 10 places, 0 to 1")
    if measured is not None:
        # Logarithmic, for most pairs never form.
        plot_reliability(measured.curve, measured, reliability[0], log=True)
    return figure
