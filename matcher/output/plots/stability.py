"""How far lists move where weights are otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from matcher.documents.language import Voice
from matcher.errors import EvaluationError
from matcher.output.plots.canvas import (
    BLUE,
    GREY,
    SMALL,
    VERMILLION,
    axes_on,
    number_ticks,
    tidy,
    voice_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Steadiness(Protocol):
    """What is asked of a measurement; `matcher.evaluation.comparison.Stability` is one."""

    @property
    def spread(self) -> float: ...  # noqa: D102
    @property
    def overlap(self) -> float: ...  # noqa: D102
    @property
    def least_overlap(self) -> float: ...  # noqa: D102
    @property
    def rbo(self) -> float: ...  # noqa: D102
    @property
    def least_rbo(self) -> float: ...  # noqa: D102
    @property
    def draws(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class _Style:
    colour: str
    line: str
    marker: str


OVERLAP: Final = _Style(BLUE, "-", "o")
RBO: Final = _Style(VERMILLION, "--", "s")


def plot_stability(stability: Iterable[Steadiness], ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Draw how far lists under changed weights agree with the unchanged ones.

    Parameters
    ----------
    stability : iterable of Stability
        One a spread, such as `matcher.evaluation.comparison.measure_reweighing` gives for a fitted
        `Matcher`, or the `stability` of a comparison. Spreads in (0, 1), figures in [0, 1].
    ax : Axes, optional
        Where to draw; a new figure when left out.
    lang : {"en", "id"}, default "en"

    Returns
    -------
    ax : Axes
        Two lines, means over draws and seekers: overlap of the first ten places, and rank-biased overlap;
        each with an area down to its lowest draw. At 0 both are 1: nothing was moved.

    Raises
    ------
    EvaluationError
        If there are no measurements.
    ConfigError
        If the language is unknown.
    ImportError
        If matplotlib is not installed.
    """
    voice = voice_of(lang)
    found = sorted(stability, key=lambda one: one.spread)
    if not found:
        raise EvaluationError("stability must hold at least one spread; got none. Measure some first.")
    ax = axes_on(ax, (5.6, 4.2))
    spreads = [0.0, *(one.spread for one in found)]
    lines = (
        (OVERLAP, "shared by the first 10 places", "overlap", "least_overlap"),
        (RBO, "rank-biased overlap", "rbo", "least_rbo"),
    )
    for style, label, mean, least in lines:
        means, leasts = (_values(found, name) for name in (mean, least))
        _draw(ax, spreads, means, leasts, style, voice.say(label))
    _write(ax, found, voice)
    lowest = min(min(one.least_overlap, one.least_rbo) for one in found)
    ax.set_ylim(max(0.0, int(10 * lowest - 1) / 10), 1.02)
    ax.set_xlim(0.0, spreads[-1] * 1.08)
    ax.set_xticks(spreads, [voice.percent(0.0), *(f"±{voice.percent(one)}" for one in spreads[1:])])
    number_ticks(ax.yaxis, voice)
    ax.set_xlabel(voice.say("how far each weight is moved at random"))
    ax.set_ylabel(voice.say("agreement with the unchanged lists, 0 to 1"))
    ax.set_title(voice.say("Do lists hold where weights move?"), fontsize="medium")
    _add_legend(ax, max(one.draws for one in found), voice)
    return tidy(ax)


def _values(found: Sequence[Steadiness], name: str) -> list[float]:
    return [1.0, *(float(getattr(one, name)) for one in found)]


def _draw(
    ax: Axes, spreads: list[float], means: list[float], leasts: list[float], style: _Style, label: str
) -> None:
    ax.fill_between(spreads, leasts, means, color=style.colour, alpha=0.12, linewidth=0)
    ax.plot(spreads, leasts, color=style.colour, linestyle=style.line, linewidth=0.7, alpha=0.7)
    ax.plot(
        spreads,
        means,
        color=style.colour,
        linestyle=style.line,
        marker=style.marker,
        markersize=5,
        label=label,
        clip_on=False,
    )


def _write(ax: Axes, found: Sequence[Steadiness], voice: Voice) -> None:
    """Write each mean beside its point, the higher of two above it and the lower below."""
    for one in found:
        is_above = one.overlap >= one.rbo
        for mean, style, up in ((one.overlap, OVERLAP, is_above), (one.rbo, RBO, not is_above)):
            ax.annotate(
                voice.number(mean),
                (one.spread, mean),
                xytext=(0, 6 if up else -6),
                textcoords="offset points",
                ha="center",
                va="bottom" if up else "top",
                fontsize=SMALL,
                color=style.colour,
            )


def _add_legend(ax: Axes, draws: int, voice: Voice) -> None:
    from matplotlib.patches import Patch

    handles, _ = ax.get_legend_handles_labels()
    told = voice.count("down to the one draw", "down to the lowest of {number} draws", draws)
    handles.append(Patch(color=GREY, alpha=0.25, linewidth=0, label=told))
    ax.legend(handles=handles, frameon=False, fontsize=SMALL, loc="lower left")
