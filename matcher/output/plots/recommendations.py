"""Figures of recommendations: contributions to a gain, components of a list, the network of a batch."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Floats, Ints
from matcher.columns import SIDES, Profile, Recommendation
from matcher.documents.language import Messages
from matcher.errors import ConfigError, EvaluationError, UnknownSeekerError
from matcher.evaluation.checks import check_columns, check_pairs, check_whole, read_numbers
from matcher.evaluation.ranks import code_ids
from matcher.explanations import Account, Contribution, Explanation, label_of
from matcher.features import COMPONENT_NAMES, COMPONENTS
from matcher.output.plots.canvas import (
    BLUE,
    COLOURS,
    GREY,
    SMALL,
    VERMILLION,
    annotate,
    axes_on,
    number_ticks,
    plain,
    series_style,
    signed,
    tidy,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.projections.polar import PolarAxes

HEIGHT: Final = 0.62
"""Of a bar of contributions, in rows."""
MOST_EDGES: Final = 1000
"""Links beyond which a network is illegible."""
AREAS: Final = (18.0, 260.0)
"""Areas of nodes, in square points, of the smallest and of the one recommended most."""
WIDTHS: Final = (0.4, 3.2)
"""Points; of the weakest and the strongest link."""


class _Bar(NamedTuple):
    label: str
    start: float
    amount: float
    is_total: bool


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
    bars = _bars(account, messages)
    ax = axes_on(ax, (6.6, 1.5 + 0.42 * len(bars)))
    _draw_bars(ax, bars, messages)
    ax.set_yticks(range(len(bars)), [bar.label for bar in bars], fontsize=SMALL)
    ax.set_ylim(len(bars) - 0.4, -0.6)
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


def _bars(account: Account, messages: Messages) -> list[_Bar]:
    parts = sorted(account.contributions, key=lambda part: -part.amount)
    starts = account.base + np.cumsum([0.0, *(part.amount for part in parts)])
    # A weighted mean starts at 0: no bar is needed for that.
    bars = [_Bar(messages.say("a usual pair"), 0.0, account.base, True)] if account.base else []
    bars += [_Bar(_bar_label(part, messages), at, part.amount, False) for at, part in zip(starts, parts)]  # noqa: B905
    return [*bars, _Bar(messages.say("gain (sum)"), 0.0, account.gain, True)]


def _bar_label(part: Contribution, messages: Messages) -> str:
    """Name a feature, its value and what is usual."""
    usual = messages.say("unknown") if np.isnan(part.usual) else messages.number(part.usual)
    if np.isnan(part.value):
        seen = messages.say("unknown; usual {usual}", usual=usual)
    else:
        seen = messages.say("seen {value}, usual {usual}", value=messages.number(part.value), usual=usual)
    return f"{plain(label_of(part.feature, messages), 48)}\n{seen}"


def _draw_bars(ax: Axes, bars: list[_Bar], messages: Messages) -> None:
    """Draw bars, their amounts to the right of them, and a thin line from each bar's end to the next."""
    ends = np.array([(bar.start, bar.start + bar.amount) for bar in bars])
    low, high = min(ends.min(), 0.0), max(ends.max(), 0.0)
    span = (high - low) or 1.0
    for row, bar in enumerate(bars):
        is_loss = bar.amount < 0 and not bar.is_total
        colour = GREY if bar.is_total else VERMILLION if is_loss else BLUE
        style: dict[str, Any] = {"color": colour, "hatch": "///" if is_loss else None}
        ax.barh(row, bar.amount, HEIGHT, bar.start, edgecolor="white", linewidth=0.0, **style)
        amount = messages.number(bar.amount, 3) if bar.is_total else signed(bar.amount, messages)
        ax.text(ends[row].max() + 0.012 * span, row, amount, va="center", fontsize=SMALL)
        if row:
            reach = [row - 1 - HEIGHT / 2, row + HEIGHT / 2]
            ax.plot([ends[row - 1, 1]] * 2, reach, color=GREY, linewidth=0.7, zorder=0.5)
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
    own, first = _first(recommendations, seeker, k)
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
    of = messages.say("as “{seeker}” sees them, 0 to 1", seeker=plain(own))
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
    own = seekers[0] if seeker is None else seeker
    rows = table[table[Recommendation.SEEKER] == own]
    if rows.empty:
        raise UnknownSeekerError(
            f"seeker must be one of the {len(seekers)} seekers of recommendations; got {own!r}. "
            "Recommend for it first."
        )
    order = np.argsort(read_numbers(rows[Recommendation.RANK], "rank of recommendations"), kind="stable")
    return own, rows.iloc[order[:k]]


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


class _Network(NamedTuple):
    """Organisations and links: `edges` are positions in `ids`, the strongest link last."""

    ids: NDArray[np.object_]
    shown: Ints
    edges: Ints
    mutual: Floats
    n_links: int

    @property
    def areas(self) -> Floats:
        """Of nodes, in proportion to `shown`, not below the smallest."""
        return np.asarray(np.maximum(AREAS[1] * self.shown / max(self.shown.max(), 1), AREAS[0]))

    @property
    def widths(self) -> list[float]:
        """Of links, linear in `mutual`; the largest where all are equal."""
        (low, high), span = WIDTHS, np.ptp(self.mutual) or 1.0
        return (high - (high - low) * (self.mutual.max() - self.mutual) / span).tolist()  # type: ignore[no-any-return]


def plot_network(
    recommendations: pd.DataFrame,
    names: Mapping[Any, str] | None = None,
    max_edges: int = 200,
    ax: Axes | None = None,
    *,
    max_names: int = 15,
    seed: int = 0,
    lang: str = "en",
) -> Axes:
    """Draw recommendations as links between organisations.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, mutual in [0, 1]; name where there is one.
    names : mapping of id to str, optional
        Names of organisations; by default those that the table has for candidates, else ids.
    max_edges : int, default 200
        Links drawn, those of the highest mutual score; from 1 to 1000.
    ax : Axes, optional
    max_names : int, default 15
        Organisations that are named, those recommended most; fewer where names would overlap. At least 0.
    seed : int, default 0
        Of the layout.
    lang : {"en", "id"}, default "en"

    Returns
    -------
    ax : Axes
        Links are as wide as their mutual score is high; nodes as large as they are often recommended in
        the whole table, hollow if never. Without recommendations no node, and the title says so.

    Raises
    ------
    EvaluationError
        If a column, an id or a number is missing.
    ConfigError
        If a number is out of range.

    Notes
    -----
    Positions come from metric multidimensional scaling of the number of links between organisations.
    """
    messages = Messages(lang)
    for name, value, least in (("max_edges", max_edges, 1), ("max_names", max_names, 0), ("seed", seed, 0)):
        check_whole(value, name, least)
    if max_edges > MOST_EDGES:
        raise ConfigError(f"max_edges must be at most {MOST_EDGES}; got {max_edges}. Draw fewer links.")
    network = _read_network(recommendations, max_edges)
    ax = axes_on(ax, (7.4, 7.6))
    ax.set(xlim=(-1.25, 1.25), ylim=(-1.28, 1.12))
    ax.set_axis_off()
    if not len(network.edges):
        return tidy(ax, messages.say("Who is recommended to whom: no recommendations"))
    from matplotlib.collections import LineCollection

    at = _layout(network, seed)
    lines = LineCollection(
        list(at[network.edges]), linewidths=network.widths, color=GREY, alpha=0.6, zorder=1
    )
    ax.add_collection(lines, autolim=False)
    colours = [(BLUE, "white") if count else ("white", BLUE) for count in network.shown]
    faces, rims = zip(*colours, strict=True)
    ax.scatter(at[:, 0], at[:, 1], s=network.areas, c=faces, edgecolors=rims, linewidths=0.9, zorder=2)
    keys = _network_key(network, messages)
    tidy(ax, _network_title(network, messages), handles=keys, loc="lower center", ncols=2)
    if names is None and Recommendation.NAME in recommendations:
        names = dict(zip(recommendations["candidate"], recommendations["name"], strict=True))
    _write_names(ax, network, at, names or {}, max_names)
    return ax


def _read_network(table: pd.DataFrame, max_edges: int) -> _Network:
    """Find the strongest links, each pair once, and how often their ends are recommended."""
    check_pairs(table, "recommendations", Recommendation.MUTUAL)
    mutual = read_numbers(table[Recommendation.MUTUAL], "mutual of recommendations")
    if not ((mutual >= 0.0) & (mutual <= 1.0)).all():
        raise EvaluationError("mutual of recommendations must be in [0, 1]; got other numbers. Change them.")
    ids, codes = code_ids(table[Recommendation.SEEKER], table[Recommendation.CANDIDATE])
    directed = np.column_stack(codes)
    pairs = pd.DataFrame(np.sort(directed, axis=1)).assign(mutual=mutual).groupby([0, 1])["mutual"].max()
    # Sorted by ids within equal scores: nothing depends on the order of rows.
    kept = pairs.sort_values(ascending=False, kind="stable").head(max_edges)[::-1]
    nodes, edges = np.unique(kept.index.to_frame().to_numpy(), return_inverse=True)
    shown = np.bincount(np.unique(directed, axis=0)[:, 1], minlength=len(ids))[nodes]
    return _Network(ids.to_numpy(object)[nodes], shown, edges.reshape(-1, 2), kept.to_numpy(), len(pairs))


def _layout(network: _Network, seed: int) -> Floats:
    """Return positions in [-1, 1], of shape (n_nodes, 2), in which linked nodes lie near each other."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import shortest_path
    from sklearn.manifold import smacof

    n = len(network.ids)
    graph = csr_array((np.ones(len(network.edges)), network.edges.T), shape=(n, n))
    apart = shortest_path(graph, directed=False, unweighted=True)
    # Parts without a link between them are one step farther apart than the ends of the longest path.
    apart[np.isinf(apart)] = apart[np.isfinite(apart)].max() + 1.0
    at = np.asarray(smacof(apart, n_init=1, random_state=seed, normalized_stress=False)[0])
    at -= (at.min(axis=0) + at.max(axis=0)) / 2.0
    return np.asarray(at / (np.abs(at).max() or 1.0))


def _write_names(ax: Axes, network: _Network, at: Floats, names: Mapping[Any, str], max_names: int) -> None:
    """Write names above the nodes recommended most, unless one would cover another name."""
    written: list[Any] = []
    links = np.bincount(network.edges.reshape(-1))
    frame = {"boxstyle": "round,pad=0.1", "facecolor": "white", "alpha": 0.7, "linewidth": 0}
    for node in np.lexsort((-links, -network.shown)):
        name = plain(names.get(network.ids[node], network.ids[node]), 26)
        above = (0.0, float(np.sqrt(network.areas[node] / np.pi)) + 1.5)
        text = annotate(ax, name, at[node], above, zorder=3, bbox=frame)
        box = text.get_window_extent()
        if len(written) == max_names or any(box.overlaps(other) for other in written):
            text.remove()
        else:
            written.append(box)


def _network_title(network: _Network, messages: Messages) -> str:
    nodes = messages.count("{number} organisation", "{number} organisations", len(network.ids))
    links = messages.count("{number} link", "{number} links", len(network.edges))
    if len(network.edges) < network.n_links:
        total = messages.number(network.n_links, 0)
        links = messages.say("{links}, the strongest of {total}", links=links, total=total)
    counts = messages.say("{nodes}; {links}", nodes=nodes, links=links)
    return f"{messages.say('Who is recommended to whom')}\n{counts}"


def _network_key(network: _Network, messages: Messages) -> list[Line2D]:
    """Return the legend's handles: node sizes, and widths of the weakest and the strongest link."""
    from matplotlib.lines import Line2D

    most = messages.count("recommended once", "recommended {number} times", int(network.shown.max()))
    nodes = [(AREAS[1], most, BLUE), (AREAS[0], messages.say("never recommended"), "white")]
    handles: list[Line2D] = []
    for area, label, face in nodes[: 1 + int((network.shown == 0).any())]:
        style: dict[str, Any] = {"markerfacecolor": face, "markeredgecolor": BLUE, "linewidth": 0}
        size = 2.0 * (area / np.pi) ** 0.5
        handles.append(Line2D([], [], marker="o", markersize=size, label=label, **style))
    for place in sorted({0, len(network.mutual) - 1}):
        label = messages.say("mutual score {score}", score=messages.number(network.mutual[place]))
        handles.append(Line2D([], [], color=GREY, linewidth=network.widths[place], label=label))
    return handles
