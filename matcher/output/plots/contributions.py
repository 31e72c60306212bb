"""What each feature adds to one side's gain, as a waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from matcher.columns import Profile
from matcher.documents.language import Voice
from matcher.errors import ConfigError
from matcher.explanations import Account, Contribution, Explanation, label_of
from matcher.output.plots.canvas import (
    BLUE,
    GREY,
    PALE,
    SMALL,
    VERMILLION,
    axes_on,
    number_ticks,
    plain,
    signed,
    tidy,
    voice_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDES: Final = ("seeker", "candidate")
HEIGHT: Final = 0.62
"""Of a bar, in rows."""


@dataclass(frozen=True)
class _Bar:
    """One bar: where it starts, how far it goes, and what stands beside it."""

    label: str
    start: float
    amount: float
    is_total: bool


def plot_contributions(explanation: Explanation, side: str = "seeker", ax: Axes | None = None) -> Axes:
    """Draw how one side's gain comes about, from the base to the sum.

    Parameters
    ----------
    explanation : Explanation
        From `Matcher.explain`; words are in its language.
    side : {"seeker", "candidate"}, default "seeker"
        Whose gain.
    ax : Axes, optional
        Where to draw; a new figure when left out.

    Returns
    -------
    ax : Axes
        One bar a feature, the largest amount first, between the base and the gain. The title says whether
        amounts are the exact terms of a sum or Shapley values.

    Raises
    ------
    ConfigError
        If there is no such side.
    ImportError
        If matplotlib is not installed.
    """
    if side not in SIDES:
        raise ConfigError(f"side must be one of {', '.join(SIDES)}; got {side!r}. Name one of them.")
    account = (explanation.seeker_side if side == "seeker" else explanation.candidate_side).account
    voice = voice_of(explanation.lang)
    bars = _bars(account, voice)
    ax = axes_on(ax, (6.6, 1.5 + 0.42 * len(bars)))
    for row, bar in enumerate(bars):
        _draw(ax, row, bar)
    _join(ax, bars)
    _write_amounts(ax, bars, voice)
    ax.set_yticks(range(len(bars)), [bar.label for bar in bars], fontsize=SMALL)
    ax.set_ylim(len(bars) - 0.4, -0.6)
    number_ticks(ax.xaxis, voice)
    ax.set_xlabel(_unit(explanation, voice))
    # Set from the right: names are long, and there is room above the labels of the bars.
    ax.set_title(_title(explanation, account, side, voice), fontsize="medium", x=1.0, ha="right")
    return tidy(ax)


def _bars(account: Account, voice: Voice) -> list[_Bar]:
    parts = sorted(account.contributions, key=lambda part: -part.amount)
    ends = account.base + np.cumsum([part.amount for part in parts])
    starts = [account.base, *ends[:-1]]
    # Nothing is to be seen of where a weighted mean starts: that is 0.
    base = [_Bar(voice.say("a usual pair"), 0.0, account.base, True)] if account.base else []
    return [
        *base,
        *(
            _Bar(_label(part, voice), float(start), part.amount, False)
            for part, start in zip(parts, starts, strict=False)
        ),
        _Bar(voice.say("gain (sum)"), 0.0, account.gain, True),
    ]


def _label(part: Contribution, voice: Voice) -> str:
    """Name a feature, and what was seen of it against what is usual."""
    name = plain(label_of(part.feature, voice), 48)
    usual = voice.number(part.usual) if not np.isnan(part.usual) else voice.say("unknown")
    if np.isnan(part.value):
        seen = voice.say("unknown; usual {usual}", usual=usual)
    else:
        seen = voice.say("seen {value}, usual {usual}", value=voice.number(part.value), usual=usual)
    return f"{name}\n{seen}"


def _draw(ax: Axes, row: int, bar: _Bar) -> None:
    colour = GREY if bar.is_total else BLUE if bar.amount >= 0 else VERMILLION
    is_loss = not bar.is_total and bar.amount < 0
    ax.barh(
        row,
        bar.amount,
        left=bar.start,
        height=HEIGHT,
        color=colour,
        edgecolor="white",
        hatch="///" if is_loss else None,
        linewidth=0.0,
    )


def _join(ax: Axes, bars: Sequence[_Bar]) -> None:
    """Draw a thin line from the end of each bar to the next."""
    for row, bar in enumerate(bars[:-1]):
        end = bar.start + bar.amount
        ax.plot([end, end], [row - HEIGHT / 2, row + 1 + HEIGHT / 2], color=GREY, linewidth=0.7, zorder=0.5)
    ax.axvline(0.0, color=PALE, linewidth=0.8, zorder=0.4)


def _write_amounts(ax: Axes, bars: Sequence[_Bar], voice: Voice) -> None:
    """Write each bar's number to the right of it, and make room for that."""
    edges: NDArray[np.float64] = np.array([(bar.start, bar.start + bar.amount) for bar in bars])
    low, high = min(edges.min(), 0.0), max(edges.max(), 0.0)
    span = (high - low) or 1.0
    for row, bar in enumerate(bars):
        told = voice.number(bar.amount, 3) if bar.is_total else signed(bar.amount, voice)
        weight = "bold" if row == len(bars) - 1 else "normal"
        ax.text(edges[row].max() + 0.012 * span, row, told, va="center", fontsize=SMALL, fontweight=weight)
    ax.set_xlim(low - (0.03 * span if low < 0 else 0.0), high + 0.16 * span)


def _unit(explanation: Explanation, voice: Voice) -> str:
    if explanation.is_probability:
        return voice.say("gain, as a probability from 0 to 1")
    return voice.say("gain, from 0 to 1")


def _title(explanation: Explanation, account: Account, side: str, voice: Voice) -> str:
    names = [plain(one[Profile.NAME], 48) for one in (explanation.seeker, explanation.candidate)]
    ours, theirs = names if side == "seeker" else names[::-1]
    whose = voice.say("What “{ours}” gains\nfrom “{theirs}”", ours=ours, theirs=theirs)
    if account.method == "shapley":
        how = voice.say("Shapley values, against a usual pair")
    else:
        how = voice.say("exact terms of the weighted mean")
    return f"{whose}\n{how}"
