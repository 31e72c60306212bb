"""Who is recommended to whom, as a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Floats, Ints
from matcher.columns import Recommendation
from matcher.documents.language import Voice
from matcher.errors import ConfigError, EvaluationError
from matcher.evaluation.checks import check_pairs, check_whole, read_numbers
from matcher.evaluation.places import code_ids
from matcher.output.plots.canvas import BLUE, GREY, SMALL, axes_on, plain, voice_of
from matcher.output.plots.layout import spring_layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox


MOST_EDGES: Final = 1000
"""Links beyond which nothing can be read any more, and the layout would take long."""
SIZES: Final = (18.0, 260.0)
"""Areas of the nodes, in square points, of one recommended once and of the one recommended most."""
WIDTHS: Final = (0.4, 3.2)
"""Points; of the weakest and the strongest link."""
BESIDE: Final = (
    (0.0, 1.0, "center", "bottom"),
    (0.0, -1.0, "center", "top"),
    (1.0, 0.0, "left", "center"),
    (-1.0, 0.0, "right", "center"),
)
"""Where a name may stand: steps across and up from its node, and which of its ends is there."""


@dataclass(frozen=True)
class _Network:
    """What is drawn.

    Attributes
    ----------
    ids : ndarray of shape (n_nodes,)
    edges : ndarray of shape (n_edges, 2)
        Positions in `ids`, the strongest link last.
    mutual : ndarray of shape (n_edges,)
    shown : ndarray of shape (n_nodes,)
        To how many seekers each is recommended.
    n_links : int
        Links of the whole table.
    """

    ids: NDArray[np.object_]
    edges: Ints
    mutual: Floats
    shown: Ints
    n_links: int


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
        What organisations are called; by default as the table calls its candidates, others by id.
    max_edges : int, default 200
        Links drawn, those of the highest mutual score; from 1 to 1000.
    ax : Axes, optional
        Where to draw; a new figure when left out.
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
        If a number is out of range or the language unknown.
    ImportError
        If matplotlib is not installed.
    """
    voice = voice_of(lang)
    check_whole(max_edges, "max_edges")
    check_whole(max_names, "max_names", 0)
    check_whole(seed, "seed", 0)
    if max_edges > MOST_EDGES:
        raise ConfigError(f"max_edges must be at most {MOST_EDGES}; got {max_edges}. Draw fewer links.")
    network = _read(recommendations, max_edges)
    ax = axes_on(ax, (7.4, 7.6))
    ax.set_axis_off()
    ax.set_xlim(-1.15, 1.15)
    ax.set_ylim(-1.28, 1.1)
    ax.set_title(_title(network, voice), fontsize="medium")
    if not len(network.edges):
        return ax
    at = spring_layout(len(network.ids), network.edges, _pulls(network.mutual), seed=seed)
    _draw_links(ax, network, at)
    _draw_nodes(ax, network, at)
    _add_legend(ax, network, voice)
    _write_names(ax, network, at, _names(recommendations, names), max_names)
    return ax


def _read(table: pd.DataFrame, max_edges: int) -> _Network:
    """Find the strongest links, each pair once, and who stands at their ends."""
    check_pairs(table, "recommendations", Recommendation.MUTUAL)
    mutual = read_numbers(table[Recommendation.MUTUAL], "mutual of recommendations")
    if not ((mutual >= 0.0) & (mutual <= 1.0)).all():
        raise EvaluationError("mutual of recommendations must be in [0, 1]; got other numbers. Change them.")
    ids, (seekers, candidates) = code_ids(table[Recommendation.SEEKER], table[Recommendation.CANDIDATE])
    pairs = np.column_stack([np.minimum(seekers, candidates), np.maximum(seekers, candidates)])
    links, which = np.unique(pairs, axis=0, return_inverse=True)
    strongest = np.zeros(len(links))
    np.maximum.at(strongest, which.reshape(-1), mutual)
    # Sorted by ids within equal scores: nothing hangs on the order of rows.
    kept = np.argsort(-strongest, kind="stable")[:max_edges][::-1]
    nodes, edges = np.unique(links[kept], return_inverse=True)
    told = np.unique(np.column_stack([seekers, candidates]), axis=0)[:, 1]
    shown = np.bincount(told, minlength=len(ids))[nodes]
    return _Network(ids.to_numpy(object)[nodes], edges.reshape(-1, 2), strongest[kept], shown, len(links))


def _scaled(values: Floats, low: float, high: float, within: tuple[float, float]) -> Floats:
    """Map values from [low, high] to a range; its upper end where all are equal."""
    if high <= low:
        return np.full(len(values), within[1])
    return np.asarray(within[0] + (within[1] - within[0]) * (values - low) / (high - low))


def _pulls(mutual: Floats) -> Floats:
    return _scaled(mutual, mutual.min(), mutual.max(), (0.3, 1.0))


def _widths(mutual: Floats) -> Floats:
    return _scaled(mutual, mutual.min(), mutual.max(), WIDTHS)


def _areas(shown: Ints) -> Floats:
    """Return areas in proportion to how often nodes are recommended; never below the smallest."""
    most = max(int(shown.max()), 1)
    return np.asarray(np.maximum(SIZES[1] * shown / most, SIZES[0]))


def _draw_links(ax: Axes, network: _Network, at: Floats) -> None:
    from matplotlib.collections import LineCollection

    shade = _scaled(network.mutual, network.mutual.min(), network.mutual.max(), (0.3, 0.75))
    colours = [(0.25, 0.25, 0.25, float(alpha)) for alpha in shade]
    lines = LineCollection(
        list(at[network.edges]), linewidths=_widths(network.mutual).tolist(), colors=colours, zorder=1
    )
    ax.add_collection(lines, autolim=False)


def _draw_nodes(ax: Axes, network: _Network, at: Floats) -> None:
    faces = [BLUE if count else "white" for count in network.shown]
    edges = ["white" if count else BLUE for count in network.shown]
    ax.scatter(
        at[:, 0], at[:, 1], s=_areas(network.shown), c=faces, edgecolors=edges, linewidths=0.9, zorder=2
    )


def _names(table: pd.DataFrame, names: Mapping[Any, str] | None) -> Mapping[Any, str]:
    if names is not None:
        return names
    if Recommendation.NAME not in table.columns:
        return {}
    return dict(zip(table[Recommendation.CANDIDATE], table[Recommendation.NAME], strict=True))


def _write_names(ax: Axes, network: _Network, at: Floats, names: Mapping[Any, str], max_names: int) -> None:
    """Name those recommended most, as far as names do not cover each other."""
    radius = np.sqrt(_areas(network.shown) / np.pi)
    nodes = ax.transData.transform(at)
    links = np.bincount(network.edges.reshape(-1), minlength=len(at))
    written: list[Bbox] = []
    for node in np.lexsort((-links, -network.shown)):
        if len(written) >= max_names:
            return
        id_ = network.ids[node]
        name = plain(names.get(id_, id_), 26)
        text = ax.annotate(name, at[node], (0, 0), textcoords="offset points", fontsize=SMALL)
        text.set_zorder(3)
        box = _put_beside(text, radius[node] + 1.5, nodes, written)
        if box is None:
            text.remove()
        else:
            text.set_bbox({"boxstyle": "round,pad=0.1", "facecolor": "white", "alpha": 0.7, "linewidth": 0})
            written.append(box)


def _put_beside(text: Annotation, gap: float, nodes: Floats, written: Sequence[Bbox]) -> Bbox | None:
    """Move a name to the side of its node where it covers fewest nodes; None where it would cover a name."""
    best: tuple[int, int, Bbox] | None = None
    for place in range(len(BESIDE)):
        _move(text, place, gap)
        box = text.get_window_extent()
        if any(box.overlaps(other) for other in written):
            continue
        inside = (nodes > [box.x0, box.y0]) & (nodes < [box.x1, box.y1])
        covered = int(inside.all(axis=1).sum())
        if best is None or covered < best[0]:
            best = covered, place, box
    if best is None:
        return None
    _move(text, best[1], gap)
    return best[2]


def _move(text: Annotation, place: int, gap: float) -> None:
    across, up, ha, va = BESIDE[place]
    text.update({"position": (across * gap, up * gap), "ha": ha, "va": va})


def _title(network: _Network, voice: Voice) -> str:
    n_drawn = len(network.edges)
    if not n_drawn:
        return voice.say("Who is recommended to whom: no recommendations")
    title = voice.say("Who is recommended to whom")
    nodes = voice.count("{number} organisation", "{number} organisations", len(network.ids))
    links = voice.count("{number} link", "{number} links", n_drawn)
    if n_drawn < network.n_links:
        total = voice.number(network.n_links, 0)
        links = voice.say("{links}, the strongest of {total}", links=links, total=total)
    counts = voice.say("{nodes}; {links}", nodes=nodes, links=links)
    return f"{title}\n{counts}"


def _add_legend(ax: Axes, network: _Network, voice: Voice) -> None:
    most = voice.count("recommended once", "recommended {number} times", int(network.shown.max()))
    handles = [_node_key(SIZES[1], most)]
    if (network.shown == 0).any():
        handles.append(_node_key(SIZES[0], voice.say("never recommended"), is_hollow=True))
    ends = sorted({0, len(network.mutual) - 1})
    handles.extend(
        _link_key(float(score), float(width), voice)
        for score, width in zip(network.mutual[ends], _widths(network.mutual)[ends], strict=True)
    )
    ax.legend(
        handles=handles,
        loc="lower center",
        ncols=len(handles),
        columnspacing=1.2,
        handletextpad=0.5,
        frameon=False,
        fontsize=SMALL,
    )


def _node_key(area: float, label: str, *, is_hollow: bool = False) -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D(
        [],
        [],
        linewidth=0,
        marker="o",
        markersize=2.0 * float(np.sqrt(area / np.pi)),
        markerfacecolor="white" if is_hollow else BLUE,
        markeredgecolor=BLUE,
        label=label,
    )


def _link_key(mutual: float, width: float, voice: Voice) -> Line2D:
    from matplotlib.lines import Line2D

    label = voice.say("mutual score {score}", score=voice.number(mutual))
    return Line2D([], [], color=GREY, linewidth=width, label=label)
