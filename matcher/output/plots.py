"""Figures for analysts, in English and Indonesian; they need the extra `plots`.

Every function draws on the Axes `ax`, or on a new figure without a window where that is left out, and
returns the Axes; `ax.figure` shows it in a notebook, `ax.figure.savefig(path)` writes it. Words are in the
language `lang`, "en" or "id"; another raises `ConfigError`, a missing matplotlib `MissingExtraError`.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import SIDES, Profile, Recommendation
from matcher.documents.language import Messages, significant_decimals
from matcher.errors import ConfigError, EvaluationError, MissingExtraError, UnknownSeekerError
from matcher.evaluation.comparison import Comparison
from matcher.evaluation.intervals import RELIABILITY, Calibration, Interval, wilson_bounds
from matcher.evaluation.lists import ANALYST, LABELS, RANKER, TFIDF
from matcher.evaluation.metrics import LORENZ, check_columns, check_whole, read_numbers
from matcher.explanations.explanation import Explanation
from matcher.explanations.remarks import label_of
from matcher.features import COMPONENT_NAMES, COMPONENTS
from matcher.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.projections.polar import PolarAxes

BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
GREY: Final = "#6E6E6E"
COLOURS: Final = (BLUE, VERMILLION, "#009E73", "#000000", "#E69F00", "#CC79A7", "#56B4E9")
"""Okabe and Ito (2008), "Color universal design", without yellow, which is too faint on white paper."""
LINES: Final = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 3)))
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")  # these and lines tell series apart without colour
SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALL: Final = 8.0  # font size, in points, of texts other than title and axis labels
DOTTED: Final = (0, (1, 2))
NEAR: Final = 0.07  # share of the axis's width within which two counts would be written over each other
HEIGHT: Final = 0.62  # of a bar of contributions, in rows


def new_figure(size: tuple[float, float]) -> Figure:
    """Return a figure of some inches, made without pyplot, so that nothing global changes."""
    try:
        from matplotlib.figure import Figure
    except ImportError as err:
        raise MissingExtraError(
            "figures need matplotlib, which is not installed. Install the extra plots: "
            "pip install 'partner-matcher[plots]'."
        ) from err

    class NotebookFigure(Figure):
        """A figure that a notebook shows whatever the backend, also when it runs without a window."""

        def _repr_png_(self) -> bytes:
            picture = io.BytesIO()
            self.savefig(picture, format="png")
            return picture.getvalue()

    return NotebookFigure(figsize=size, layout="constrained")


def save_picture(figure: Figure, path: Path) -> None:
    """Write a figure to an .svg or .png file, without date and version: equal figures give equal bytes."""
    from matplotlib import rc_context

    ending = path.suffix[1:].lower()
    metadata = {"Software" if ending == "png" else "Date": None}
    with replacing(path) as handle, rc_context({"svg.hashsalt": "matcher"}):
        figure.savefig(handle, format=ending, dpi=150, metadata=metadata)


def axes_on(ax: Axes | None, size: tuple[float, float], projection: str | None = None) -> Axes:
    """Return the Axes given, or those of a new figure; raises as `new_figure`."""
    return new_figure(size).add_subplot(projection=projection) if ax is None else ax


def series_style(position: int) -> dict[str, Any]:
    """Return colour, line style and marker of a series."""
    return {"color": COLOURS[position], "linestyle": LINES[position], "marker": MARKERS[position]}


def annotate(ax: Axes, text: str, at: Any, offset: tuple[float, float], **style: Any) -> None:
    """Write a small text at an offset, in points, from a position in data coordinates."""
    ax.annotate(
        text, at, offset, **{"textcoords": "offset points", "ha": "center", "fontsize": SMALL, **style}
    )


def plain(text: object, length: int = 40) -> str:
    """Return a text as matplotlib shows it unchanged: on one line, cut at a length, without formulas."""
    printable = "".join(one if one.isprintable() else " " for one in str(text))
    line = " ".join(printable.split())
    return (line if len(line) <= length else f"{line[: length - 1].rstrip()}…").replace("$", r"\$")


def _number_ticks(axis: Any, messages: Messages) -> None:
    """Let an axis write its numbers as the language does, with equal decimals or, if logarithmic, powers."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    def linear(value: float, _: object) -> str:
        ticks = axis.get_majorticklocs()
        equal = (places for places in range(8) if np.allclose(ticks, np.round(ticks, places), 1e-9, 0.0))
        return messages.number(value, next(equal, 8))

    def logarithmic(value: float, _: object) -> str:
        exponent = round(math.log10(value))
        if exponent < -3:
            return f"10{str(exponent).translate(SUPERSCRIPTS)}"
        return messages.number(value, max(-exponent, 0))

    is_log = axis.get_scale() == "log"
    axis.set_major_formatter(FuncFormatter(logarithmic if is_log else linear))
    if is_log:
        axis.set_minor_formatter(NullFormatter())


def finish(ax: Axes, title: str, messages: Messages, loc: Any = "", x: str = "", y: str = "") -> Axes:
    """Set the title, the labels of axes, whose numbers are then the language's, and a legend at `loc`."""
    for axis, label in ((ax.xaxis, x), (ax.yaxis, y)):
        if label:
            axis.set_label_text(label)
            _number_ticks(axis, messages)
    ax.set_title(title, fontsize="medium")
    ax.spines[["top", "right"]].set_visible(False)
    if loc:
        ax.legend(frameon=False, fontsize=SMALL, loc=loc)
    return ax


def plot_contributions(explanation: Explanation, side: str = "seeker", ax: Axes | None = None) -> Axes:
    """Draw how the gain of a side comes about, a bar per feature, in the language of the explanation."""
    if side not in SIDES:
        raise ConfigError(f"side must be one of {', '.join(SIDES)}; got {side!r}. Name one of them.")
    account = getattr(explanation, f"{side}_side").account
    messages = Messages(explanation.lang)
    parts = sorted(account.contributions, key=lambda part: -part.amount)
    labels = []
    for part in parts:
        usual = messages.say("unknown") if np.isnan(part.usual) else messages.number(part.usual)
        if np.isnan(part.value):
            seen = messages.say("unknown; usual {usual}", usual=usual)
        else:
            seen = messages.say("seen {value}, usual {usual}", value=messages.number(part.value), usual=usual)
        labels.append(f"{plain(label_of(part.feature, messages), 48)}\n{seen}")
    labels.append(messages.say("gain (sum)"))
    # A weighted mean starts at 0: no bar is needed for that.
    if account.base:
        labels.insert(0, messages.say("a usual pair"))
    ax = axes_on(ax, (6.6, 1.5 + 0.42 * len(labels)))
    _draw_bars(ax, account.base, [part.amount for part in parts], messages)
    ax.set_yticks(range(len(labels)), labels, fontsize=SMALL)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    names = [plain(one[Profile.NAME], 48) for one in (explanation.seeker, explanation.candidate)]
    ours, theirs = names if side == "seeker" else names[::-1]
    whose = messages.say("What “{ours}” gains\nfrom “{theirs}”", ours=ours, theirs=theirs)
    how = "exact terms of the weighted mean"
    if account.method == "shapley":
        how = "Shapley values, against a usual pair"
    scale = "gain, as a probability from 0 to 1" if explanation.is_probability else "gain, from 0 to 1"
    finish(ax, f"{whose}\n{messages.say(how)}", messages, x=messages.say(scale))
    # Aligned to the right: names are long, and there is room above the labels of the bars.
    ax.title.set(x=1.0, ha="right")
    return ax


def _draw_bars(ax: Axes, base: float, amounts: list[float], messages: Messages) -> None:
    levels = base + np.cumsum([0.0, *amounts])
    starts, ends = [*levels[:-1], 0.0], [*levels[1:], levels[-1]]
    if base:
        starts, ends = [0.0, *starts], [base, *ends]
    low, high = min(*ends, 0.0), max(*ends, 0.0)
    span, decimals = (high - low) or 1.0, significant_decimals(ends[-1], 3)
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        is_total = row == len(ends) - 1 or (base != 0.0 and row == 0)
        is_loss = end < start and not is_total
        colour = GREY if is_total else VERMILLION if is_loss else BLUE
        style: dict[str, Any] = {"color": colour, "hatch": "///" if is_loss else None}
        ax.barh(row, end - start, HEIGHT, start, edgecolor="white", linewidth=0.0, **style)
        amount = messages.number(end, decimals) if is_total else messages.signed(end - start, decimals)
        ax.text(max(start, end) + 0.012 * span, row, amount, va="center", fontsize=SMALL)
        if row:
            reach = [row - 1 - HEIGHT / 2, row + HEIGHT / 2]
            ax.plot([ends[row - 1]] * 2, reach, color=GREY, linewidth=0.7, zorder=0.5)
    ax.texts[-1].set_fontweight("bold")
    ax.axvline(0.0, color="#BDBDBD", linewidth=0.8, zorder=0.4)
    ax.set_xlim(low - (0.03 * span if low < 0 else 0.0), high + 0.16 * span)


def plot_components(
    recommendations: pd.DataFrame, seeker: Any = None, k: int = 3, ax: Axes | None = None, *, lang: str = "en"
) -> Axes:
    """Draw the components of a seeker's first candidates, at most 7, as a radar on polar Axes.

    A line has a gap where a component is unknown. `recommendations` has the columns seeker, candidate, rank
    and the components; `seeker` may be left out where there is only one. `EvaluationError` if a column or all
    rows are missing, `UnknownSeekerError` if the seeker has none, `ConfigError` if k or the Axes do not do.
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
    wheel.set_theta_offset(np.pi / 2.0)
    wheel.set_theta_direction(-1)
    wheel.set_ylim(0.0, 1.0)
    wheel.set_xticks(angles[:-1], _spokes(values, messages), fontsize=SMALL)
    for across, label in zip(np.sin(angles[:-1]), wheel.get_xticklabels(), strict=True):
        label.set_horizontalalignment("center" if abs(across) < 0.1 else "left" if across > 0 else "right")
    rings = [0.25, 0.5, 0.75, 1.0]
    wheel.set_yticks(rings, [messages.number(ring) for ring in rings], fontsize=SMALL - 1, color=GREY)
    wheel.set_rlabel_position(180.0 / len(COMPONENT_NAMES))
    wheel.grid(color="#D9D9D9", linewidth=0.6)
    wheel.spines["polar"].set_color("#BDBDBD")
    names = first.get(Recommendation.NAME, first[Recommendation.CANDIDATE])
    for place, (name, row) in enumerate(zip(names, values, strict=True)):
        style = {**series_style(place), "label": f"{place + 1}  {plain(name, 44)}"}
        wheel.plot(angles, [*row, row[0]], markersize=5, linewidth=1.6, clip_on=False, zorder=3, **style)
    title = messages.count("The first candidate", "The first {number} candidates", len(values))
    of = messages.say("as “{seeker}” sees them, 0 to 1", seeker=plain(owner))
    wheel.set_title(f"{title}\n{of}", fontsize="medium", pad=14)
    wheel.legend(
        frameon=False, fontsize=SMALL, handlelength=4, loc="upper center", bbox_to_anchor=(0.5, -0.1)
    )
    return wheel


def _first(table: pd.DataFrame, seeker: Any, k: int) -> tuple[Any, pd.DataFrame]:
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


def plot_lorenz(curves: Mapping[str, pd.DataFrame], ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Draw at most 7 Lorenz curves by label, each with the Gini coefficient (1912) that follows from it.

    Curves have the columns of `LORENZ`, as `Exposure.lorenz`, else `EvaluationError`; those without rows are
    left out. The coefficient is 1 less twice the area under the curve, which is that of the counts.
    """
    messages = Messages(lang)
    if len(curves) > len(COLOURS):
        raise EvaluationError(f"curves must be at most {len(COLOURS)}; got {len(curves)}. Draw fewer.")
    for curve in curves.values():
        check_columns(curve, "curves", LORENZ)
    ax = axes_on(ax, (5.2, 4.6))
    _frame(ax, 0.0, messages.say("all shown equally often"))
    shown = {label: curve for label, curve in curves.items() if len(curve)}
    for place, (label, curve) in enumerate(shown.items()):
        x, y = (curve[name].to_numpy(np.float64) for name in LORENZ)
        # Rounded: sums of shares differ in the last bits from the coefficient of the counts.
        gini = abs(round(float(1.0 - 2.0 * np.trapezoid(y, x)), 12))
        named = messages.say("{label} (Gini {gini})", label=plain(label), gini=messages.number(gini))
        ax.plot(x, y, linewidth=1.8, label=named, **(series_style(place) | {"marker": None}))
    title = messages.say("Who gets shown") if shown else messages.say("Who gets shown: no ranks to share out")
    x_label = messages.say("share of candidates, least shown first, 0 to 1")
    return finish(ax, title, messages, "upper left", x_label, messages.say("share of ranks, 0 to 1"))


def plot_reliability(
    curve: pd.DataFrame,
    calibration: Calibration | None = None,
    ax: Axes | None = None,
    *,
    log: bool = False,
    lang: str = "en",
) -> Axes:
    """Draw predicted against observed frequency, with intervals and counts.

    It has a point per bin of `Calibration.curve` with its 95 % Wilson interval. These take pairs as
    independent; those of one seeker are not, so that they are narrow rather than wide. The errors of a
    `calibration`, named in the title, have intervals over seekers. On logarithmic axes bins in which no pair
    came true are hollow, on the edge. `EvaluationError` without a column of `RELIABILITY` or rows.
    """
    messages = Messages(lang)
    check_columns(curve, "curve", RELIABILITY)
    if curve.empty:
        raise EvaluationError("curve must hold at least one bin; got none. Give it more pairs.")
    ax = axes_on(ax, (5.4, 4.6))
    names = ("predicted", "observed", "n")
    predicted, observed, counts = (curve[name].to_numpy(np.float64) for name in names)
    low, high = wilson_bounds(observed, counts)
    values = np.concatenate([predicted, observed, high])
    edge = float(values[values > 0].min(initial=1.0)) / 2.0 if log else 0.0
    # What logarithmic axes cannot show is moved to their edge.
    x, y, low, high = (np.maximum(one, edge) for one in (predicted, observed, low, high))
    is_empty = (observed == 0) & log
    _frame(ax, edge, messages.say("perfect"), "log" if log else "linear")
    style: dict[str, Any] = {"color": BLUE, "clip_on": False}
    ax.errorbar(x, y, np.stack([y - low, high - y]), linewidth=0, elinewidth=1.3, capsize=3, **style)
    style |= {"marker": "o", "markersize": 6.0}
    ends = "–".join(messages.number(count, 0) for count in sorted({counts.min(), counts.max()}))
    bins = messages.count("{number} bin", "{number} bins", len(counts))
    sizes = messages.say("({bins} of {pairs} pairs)", bins=bins, pairs=ends)
    label = "\n".join([messages.say("observed, with 95 % interval"), sizes])
    ax.plot(x, np.where(is_empty, np.nan, y), linewidth=1.2, label=label, **style)
    ax.plot(x[is_empty], y[is_empty], linewidth=0, fillstyle="none", **style)
    last = -1.0
    for at, end, count in zip(x, high, counts, strict=True):
        across = float(ax.transAxes.inverted().transform(ax.transData.transform((at, end)))[0])
        if counts.min() < counts.max() and across - last >= NEAR:  # not over the number before
            last = across
            annotate(ax, messages.number(count, 0), (at, end), (0, 3), fontsize=SMALL - 1, color=GREY)
    title = messages.say("Do probabilities come true?")
    if calibration is not None:
        errors = _with_interval(calibration.ece, messages), _with_interval(calibration.brier, messages)
        title += "\nECE {}, Brier {}".format(*errors)
    x_label = messages.say("predicted probability, 0 to 1")
    y_label = messages.say("observed share of pairs, 0 to 1")
    return finish(ax, title, messages, "upper left", x_label, y_label)


def _frame(ax: Axes, edge: float, label: str, scale: str = "linear") -> None:
    ax.plot([edge, 1], [edge, 1], color=GREY, linewidth=1, linestyle=DOTTED, label=label)
    ax.set(xscale=scale, yscale=scale)
    ax.set(xlim=(edge, 1.0), ylim=(edge, 1.0))


def _with_interval(one: Interval, messages: Messages) -> str:
    # Errors of rare events are small numbers: at least two of their digits are shown.
    decimals = max(3, 1 - math.floor(math.log10(one.mean))) if one.mean > 0 else 3
    mean, low, high = (messages.number(value, decimals) for value in (one.mean, one.low, one.high))
    return f"{mean} [{low}–{high}]"


def plot_stability(stability: pd.DataFrame, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Draw how far lists under changed weights agree with the unchanged ones, down to the lowest draw.

    It has two lines: overlap of the first ten ranks, and rank-biased overlap. `stability` is as of
    `matcher.learning.tuning.Tuner.stability`; `EvaluationError` if it has no row.
    """
    messages = Messages(lang)
    found = stability.sort_values("spread")
    if found.empty:
        raise EvaluationError("stability must hold at least one spread; got none. Measure some first.")
    ax = axes_on(ax, (5.6, 4.2))
    spreads = [0.0, *found["spread"]]
    labels = (messages.say("shared by the first 10 ranks"), messages.say("rank-biased overlap"))
    means = np.vstack([np.ones(2), found[["overlap", "rbo"]]])
    leasts = np.vstack([np.ones(2), found[["least_overlap", "least_rbo"]]])
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
    draws = int(found["draws"].max())
    lowest = messages.count("down to the one draw", "down to the lowest of {number} draws", draws)
    ax.fill_between([], [], color=GREY, alpha=0.25, linewidth=0, label=lowest)
    title = messages.say("Do lists hold where weights move?")
    x_label = messages.say("how far each weight is moved at random")
    y_label = messages.say("agreement with the unchanged lists, 0 to 1")
    finish(ax, title, messages, "lower left", x_label, y_label)
    ax.set_xticks(spreads, [messages.percent(0.0), *(f"±{messages.percent(one)}" for one in spreads[1:])])
    return ax


def plot_tradeoff(tradeoff: pd.DataFrame, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Draw quality of lists against how unevenly they show organisations, one line per method of prices.

    `tradeoff` is as of `matcher.learning.tuning.measure_tradeoff`; the present setting has a ring.
    """
    messages = Messages(lang)
    ax = axes_on(ax, (6.2, 4.6))
    free = tradeoff[tradeoff["strength"] == 0.0]
    for place, (method, rows) in enumerate(tradeoff[tradeoff["strength"] > 0.0].groupby("method")):
        line = pd.concat([free, rows])
        ax.plot(line["gini"], line["ndcg"], label=str(method), markersize=5, **series_style(place))
        for one in rows.to_dict("records"):
            annotate(ax, messages.number(one["strength"], 1), (one["gini"], one["ndcg"]), (0, 5))
    now = tradeoff[tradeoff["present"]]
    ax.scatter(now["gini"], now["ndcg"], s=130, facecolors="none", edgecolors=GREY, label=messages.say("now"))
    x_label = messages.say("how unevenly organisations are shown (Gini), 0 to 1")
    y_label = messages.say("quality of lists, 1 without prices (nDCG)")
    return finish(ax, messages.say("What balance costs"), messages, "best", x_label, y_label)


def plot_systems(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Draw nDCG@10 and R@50 of all systems with their intervals, in English; the simplest is on top."""
    ax = axes_on(ax, (5.2, 4.2))
    for metric, colour, shift in (("nDCG@10", COLOURS[0], -0.14), ("R@50", COLOURS[1], 0.14)):
        found = [one.seekers[metric] for one in comparison.figures.values() if metric in one.seekers]
        for place, one in enumerate(found):
            ax.plot([one.low, one.high], [place + shift] * 2, color=colour, linewidth=2, alpha=0.6)
            ax.plot(one.mean, place + shift, "o", color=colour, label=metric if place == 0 else None)
    ax.set_yticks(range(len(comparison.figures)), [LABELS[name] for name in comparison.figures])
    ax.invert_yaxis()
    ax.set_xlim(left=0.0)
    label = f"mean over {len(comparison.truth.seekers):,} seekers, 95 % interval"
    return finish(ax, "What seekers find", Messages("en"), "best", label)


def plot_comparison(comparison: Comparison) -> Figure:
    """Draw systems, exposure and, where there are probabilities, reliability, side by side, in English."""
    measured = comparison.ranked.calibration
    n_panels = 2 if measured is None else 3
    figure = new_figure((5.2 * n_panels, 4.2))
    systems, exposure, *reliability = figure.subplots(1, n_panels)
    plot_systems(comparison, systems)
    names = [name for name in (RANKER, ANALYST, TFIDF) if name in comparison.figures]
    plot_lorenz({LABELS[name]: comparison.figures[name].exposure.lorenz for name in names}, exposure)
    exposure.set_ylabel("share of the first 10 places, 0 to 1")
    if measured is not None:
        # Logarithmic, for most pairs never form.
        plot_reliability(measured.curve, measured, reliability[0], log=True)
    return figure
