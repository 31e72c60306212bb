"""Whether probabilities come true, bin by bin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Floats
from matcher.documents.language import Voice
from matcher.errors import EvaluationError
from matcher.evaluation import Calibration, Interval, Reliability
from matcher.evaluation.checks import check_columns
from matcher.output.plots.canvas import (
    BLUE,
    GREY,
    SMALL,
    axes_on,
    number_ticks,
    power_ticks,
    tidy,
    voice_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Z: Final = 1.959964
"""Quantile of the normal distribution that bounds 95 %."""
NEAR: Final = 0.07
"""Share of the axis's width within which two counts would be written over each other."""


@dataclass(frozen=True)
class _Bins:
    """Where the point of each bin stands and how far its interval reaches; all of shape (n_bins,).

    Attributes
    ----------
    is_full : ndarray of shape (n_bins,)
        False for bins that stand on the edge because their true place cannot be shown.
    edge : float
        Where both axes begin.
    """

    x: Floats
    y: Floats
    low: Floats
    high: Floats
    n: Floats
    is_full: NDArray[np.bool_]
    edge: float


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
        Where to draw; a new figure when left out.
    log : bool, default False
        Whether both axes are logarithmic, as suits pairs of which few come true. Bins in which none did
        are then hollow, on the lower edge.
    lang : {"en", "id"}, default "en"

    Returns
    -------
    ax : Axes
        A point a bin with its 95 % interval; above it the number of pairs, where these differ and there
        is room. The legend has the least and the largest number.

    Raises
    ------
    EvaluationError
        If a column is missing or there are no bins.
    ConfigError
        If the language is unknown.
    ImportError
        If matplotlib is not installed.

    Notes
    -----
    Intervals take pairs as independent; those of one seeker come true or not together, so that they are
    narrow rather than wide. `calibration` has intervals over seekers.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference".
    """
    voice = voice_of(lang)
    check_columns(curve, "curve", Reliability)
    if curve.empty:
        raise EvaluationError("curve must hold at least one bin; got none. Give it more pairs.")
    ax = axes_on(ax, (5.4, 4.6))
    bins = _read(curve, log=log)
    edge = bins.edge
    ax.plot([edge, 1], [edge, 1], color=GREY, linewidth=1, linestyle=(0, (1, 2)), label=voice.say("perfect"))
    _draw(ax, bins, "\n".join([voice.say("observed, with 95 % interval"), _sizes(bins.n, voice)]))
    _scale(ax, edge, log, voice)
    _write_counts(ax, bins, voice)
    ax.set_xlabel(voice.say("predicted probability, 0 to 1"))
    ax.set_ylabel(voice.say("observed share of pairs, 0 to 1"))
    ax.set_title(_title(calibration, voice), fontsize="medium")
    ax.legend(frameon=False, fontsize=SMALL, loc="upper left")
    return tidy(ax)


def wilson_interval(share: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the 95 % Wilson score interval of shares.

    Parameters
    ----------
    share : ndarray of shape (n_bins,)
        Observed, in [0, 1].
    n : ndarray of shape (n_bins,)
        Of how many; at least 1.

    Returns
    -------
    low, high : ndarray of shape (n_bins,)
        In [0, 1], around `share`.

    References
    ----------
    Wilson (1927).
    """
    whole = 1.0 + Z**2 / n
    middle = (share + Z**2 / (2.0 * n)) / whole
    half = Z / whole * np.sqrt(share * (1.0 - share) / n + Z**2 / (4.0 * n**2))
    low, high = np.minimum(middle - half, share), np.maximum(middle + half, share)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def _read(curve: pd.DataFrame, *, log: bool) -> _Bins:
    """Return bins as they are drawn; what logarithmic axes cannot show is moved to their edge."""
    names = (Reliability.PREDICTED, Reliability.OBSERVED, Reliability.N)
    predicted, observed, counts = (curve[name].to_numpy(np.float64) for name in names)
    low, high = wilson_interval(observed, counts)
    values = np.concatenate([predicted, observed, high])
    edge = float(values[values > 0].min(initial=1.0)) / 2.0 if log else 0.0
    x, y, low, high = (np.maximum(one, edge) for one in (predicted, observed, low, high))
    return _Bins(x, y, low, high, counts, observed > 0 if log else observed >= 0, edge)


def _draw(ax: Axes, bins: _Bins, label: str) -> None:
    """Draw intervals, and points over them; a line joins neighbours in which some pairs came true."""
    spans = np.stack([bins.y - bins.low, bins.high - bins.y])
    ax.errorbar(bins.x, bins.y, spans, color=BLUE, linewidth=0, elinewidth=1.3, capsize=3, clip_on=False)
    style = {"color": BLUE, "marker": "o", "markersize": 6.0, "clip_on": False}
    joined = np.where(bins.is_full, bins.y, np.nan)
    ax.plot(bins.x, joined, linewidth=1.2, label=label, **style)  # type: ignore[arg-type]
    empty = ~bins.is_full
    ax.plot(bins.x[empty], bins.y[empty], linewidth=0, fillstyle="none", **style)  # type: ignore[arg-type]


def _scale(ax: Axes, edge: float, log: bool, voice: Voice) -> None:
    if log:
        ax.set_xscale("log")
        ax.set_yscale("log")
    ax.set_xlim(edge, 1.0)
    ax.set_ylim(edge, 1.0)
    for axis in (ax.xaxis, ax.yaxis):
        tick = power_ticks if log else number_ticks
        tick(axis, voice)


def _write_counts(ax: Axes, bins: _Bins, voice: Voice) -> None:
    """Write the number of pairs above each interval, unless all have as many; not over the one before."""
    if bins.n.min() == bins.n.max():
        return
    ends = np.column_stack([bins.x, bins.high])
    places = ax.transAxes.inverted().transform(ax.transData.transform(ends))[:, 0]
    last = -1.0
    for at, end, count in zip(places, ends, bins.n, strict=True):
        if at - last >= NEAR:
            last = at
            ax.annotate(
                voice.number(count, 0),
                end,
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL - 1,
                color=GREY,
            )


def _sizes(counts: Floats, voice: Voice) -> str:
    """Tell how many bins there are, and of how many pairs."""
    ends = [voice.number(count, 0) for count in sorted({counts.min(), counts.max()})]
    told = voice.count("{number} bin", "{number} bins", len(counts))
    return voice.say("({bins} of {pairs} pairs)", bins=told, pairs="–".join(ends))


def _title(calibration: Calibration | None, voice: Voice) -> str:
    title = voice.say("Do probabilities come true?")
    if calibration is None:
        return title
    errors = (("ECE", calibration.ece), ("Brier", calibration.brier))
    return "\n".join([title, ", ".join(f"{name} {_told(one, voice)}" for name, one in errors)])


def _told(one: Interval, voice: Voice) -> str:
    # Errors of rare events are small numbers: at least two of their digits are shown.
    decimals = max(3, 1 - math.floor(math.log10(one.mean))) if one.mean > 0 else 3
    mean, low, high = (voice.number(value, decimals) for value in (one.mean, one.low, one.high))
    return f"{mean} [{low}–{high}]"
