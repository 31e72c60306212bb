"""Figures of recommendations: contributions to a gain, components of a list."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import SIDES, Profile, Recommendation
from matcher.documents.language import Messages
from matcher.errors import ConfigError, EvaluationError, UnknownSeekerError
from matcher.evaluation.pairs import check_columns, check_whole, read_numbers
from matcher.explanations import Contribution, Explanation, label_of
from matcher.features import COMPONENT_NAMES, COMPONENTS
from matcher.output.plots.canvas import (
    BLUE,
    COLOURS,
    GREY,
    SMALL,
    VERMILLION,
    axes_on,
    number_ticks,
    plain,
    series_style,
    signed,
    tidy,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.projections.polar import PolarAxes

HEIGHT: Final = 0.62
"""Of a bar of contributions, in rows."""


def plot_contributions(explanation: Explanation, side: str = "seeker", ax: Axes | None = None) -> Axes:
    """Draw how one side's gain comes about, from the base to the sum, as a waterfall.

    Parameters
    ----------
    explanation : Explanation
        From `Matcher.explain`; words are in its language.
    side : {"seeker", "candidate"}, default "seeker"
        Whose gain.
    ax : Axes, optional

    Returns
    -------
    ax : Axes
        One bar per feature, the largest amount first, between the base and the gain. The title says whether
        amounts are the exact terms of a sum or Shapley values.

    Raises
    ------
    ConfigError
        If there is no such side.
    """
    if side not in SIDES:
        raise ConfigError(f"side must be one of {', '.join(SIDES)}; got {side!r}. Name one of them.")
    account = (explanation.seeker_side if side == "seeker" else explanation.candidate_side).account
    messages = Messages(explanation.lang)
    parts = sorted(account.contributions, key=lambda part: -part.amount)
    labels = [*(_bar_label(part, messages) for part in parts), messages.say("gain (sum)")]
    # A weighted mean starts at 0: no bar is needed for that.
    if account.base:
        labels.insert(0, messages.say("a usual pair"))
    ax = axes_on(ax, (6.6, 1.5 + 0.42 * len(labels)))
    _draw_bars(ax, account.base, [part.amount for part in parts], messages)
    ax.set_yticks(range(len(labels)), labels, fontsize=SMALL)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    number_ticks(ax.xaxis, messages)
    probability, share = messages.say("gain, as a probability from 0 to 1"), messages.say("gain, from 0 to 1")
    ax.set_xlabel(probability if explanation.is_probability else share)
    names = [plain(one[Profile.NAME], 48) for one in (explanation.seeker, explanation.candidate)]
    ours, theirs = names if side == "seeker" else names[::-1]
    whose = messages.say("What “{ours}” gains\nfrom “{theirs}”", ours=ours, theirs=theirs)
    shapley = messages.say("Shapley values, against a usual pair")
    how = shapley if account.method == "shapley" else messages.say("exact terms of the weighted mean")
    tidy(ax, f"{whose}\n{how}")
    # Aligned to the right: names are long, and there is room above the labels of the bars.
    ax.title.set(x=1.0, ha="right")
    return ax


def _bar_label(part: Contribution, messages: Messages) -> str:
    """Name a feature, its value and what is usual."""
    usual = messages.say("unknown") if np.isnan(part.usual) else messages.number(part.usual)
    if np.isnan(part.value):
        seen = messages.say("unknown; usual {usual}", usual=usual)
    else:
        seen = messages.say("seen {value}, usual {usual}", value=messages.number(part.value), usual=usual)
    return f"{plain(label_of(part.feature, messages), 48)}\n{seen}"


def _draw_bars(ax: Axes, base: float, amounts: list[float], messages: Messages) -> None:
    """Draw base, amounts and sum as bars, each with its number and a thin line to the bar above."""
    levels = base + np.cumsum([0.0, *amounts])
    starts, ends = [*levels[:-1], 0.0], [*levels[1:], levels[-1]]
    if base:
        starts, ends = [0.0, *starts], [base, *ends]
    low, high = min(*ends, 0.0), max(*ends, 0.0)
    span = (high - low) or 1.0
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        is_total = row == len(ends) - 1 or (base != 0.0 and row == 0)
        is_loss = end < start and not is_total
        colour = GREY if is_total else VERMILLION if is_loss else BLUE
        style: dict[str, Any] = {"color": colour, "hatch": "///" if is_loss else None}
        ax.barh(row, end - start, HEIGHT, start, edgecolor="white", linewidth=0.0, **style)
        amount = messages.number(end, 3) if is_total else signed(end - start, messages)
        ax.text(max(start, end) + 0.012 * span, row, amount, va="center", fontsize=SMALL)
        if row:
            reach = [row - 1 - HEIGHT / 2, row + HEIGHT / 2]
            ax.plot([ends[row - 1]] * 2, reach, color=GREY, linewidth=0.7, zorder=0.5)
    ax.texts[-1].set_fontweight("bold")
    ax.axvline(0.0, color="#BDBDBD", linewidth=0.8, zorder=0.4)
    ax.set_xlim(low - (0.03 * span if low < 0 else 0.0), high + 0.16 * span)


def plot_components(
    recommendations: pd.DataFrame,
    seeker: Any = None,
    k: int = 3,
    ax: Axes | None = None,
    *,
    lang: str = "en",
) -> Axes:
    """Draw the components of a seeker's first candidates as a radar.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, rank and the components in [0, 1], NaN unknown; name where there is one.
    seeker : id, optional
        Whose list; may be left out where there is only one.
    k : int, default 3
        Candidates, from 1 to 7; all where there are fewer.
    ax : Axes, optional
        Polar.
    lang : {"en", "id"}, default "en"

    Returns
    -------
    ax : Axes
        One line per candidate, with a gap where a component is unknown; the spoke's name says for which.

    Raises
    ------
    EvaluationError
        If a column is missing, there are no recommendations, or several seekers and none is named.
    UnknownSeekerError
        If the seeker has no recommendations.
    ConfigError
        If k is out of range or the Axes not polar.
    """
    messages = Messages(lang)
    check_whole(k, "k")
    if k > len(COLOURS):
        raise ConfigError(f"k must be at most {len(COLOURS)}; got {k}. Draw fewer candidates.")
    owner, first = _first(recommendations, seeker, k)
    wheel = cast("PolarAxes", axes_on(ax, (6.4, 6.2), "polar"))
    if wheel.name != "polar":
        raise ConfigError(
            f"ax must be polar; got {wheel.name} Axes. Make them with subplot_kw={{'projection': 'polar'}}."
        )
    values = first[list(COMPONENT_NAMES)].to_numpy(np.float64, na_value=np.nan)
    angles = np.linspace(0.0, 2.0 * np.pi, len(COMPONENT_NAMES) + 1)
    _prepare_wheel(wheel, angles[:-1], _spokes(values, messages), messages)
    names = first.get(Recommendation.NAME, first[Recommendation.CANDIDATE])
    for place, (name, row) in enumerate(zip(names, values, strict=True)):
        style = {**series_style(place), "label": f"{place + 1}  {plain(name, 44)}"}
        wheel.plot(angles, [*row, row[0]], markersize=5, linewidth=1.6, clip_on=False, zorder=3, **style)
    title = messages.count("The first candidate", "The first {number} candidates", len(values))
    of = messages.say("as “{seeker}” sees them, 0 to 1", seeker=plain(owner))
    wheel.set_title(f"{title}\n{of}", fontsize="medium", pad=14)
    below: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.1)}
    wheel.legend(frameon=False, fontsize=SMALL, handlelength=4, **below)
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
            f"recommendations must be of one seeker, or seeker must be named; got {len(seekers)} seekers."
        )
    owner = seekers[0] if seeker is None else seeker
    rows = table[table[Recommendation.SEEKER] == owner]
    if rows.empty:
        raise UnknownSeekerError(
            f"seeker must be one of the {len(seekers)} seekers of recommendations; got {owner!r}. "
            "Recommend for it first."
        )
    order = np.argsort(read_numbers(rows[Recommendation.RANK], "rank of recommendations"), kind="stable")
    return owner, rows.iloc[order[:k]]


def _spokes(values: Floats, messages: Messages) -> list[str]:
    """Name each component, and for which candidates it is unknown."""
    names = []
    for component, missing in zip(COMPONENTS, np.isnan(values).T, strict=True):
        lines = textwrap.wrap(label_of(component.name, messages), 17, break_long_words=False)
        if component.is_gate:
            lines.append(messages.say("(less is better)"))
        if missing.all():
            lines.append(messages.say("[unknown]"))
        elif missing.any():
            places = ", ".join(str(place + 1) for place in np.flatnonzero(missing))
            lines.append(messages.say("[unknown: {places}]", places=places))
        names.append("\n".join(lines))
    return names


def _prepare_wheel(wheel: PolarAxes, angles: Floats, spokes: list[str], messages: Messages) -> None:
    wheel.set_theta_offset(np.pi / 2.0)
    wheel.set_theta_direction(-1)
    wheel.set_ylim(0.0, 1.0)
    wheel.set_xticks(angles, spokes, fontsize=SMALL)
    for across, label in zip(np.sin(angles), wheel.get_xticklabels(), strict=True):
        label.set_horizontalalignment("center" if abs(across) < 0.1 else "left" if across > 0 else "right")
    rings = [0.25, 0.5, 0.75, 1.0]
    wheel.set_yticks(rings, [messages.number(ring) for ring in rings], fontsize=SMALL - 1, color=GREY)
    wheel.set_rlabel_position(180.0 / len(spokes))
    wheel.grid(color="#D9D9D9", linewidth=0.6)
    wheel.spines["polar"].set_color("#BDBDBD")
