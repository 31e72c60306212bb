"""The charts of a whole batch: map, network, exposure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Positions
from matcher.columns import KINDS, Profile, Recommendation
from matcher.evaluation.metrics import Curve, Exposure, lorenz_curve, measure_exposure
from matcher.output.report.data import ReportData
from matcher.output.report.safety import shorten
from matcher.output.report.sections import Organisation

WIDTH: Final = 760.0
HEIGHT: Final = 500.0
MARGIN: Final = 26.0
MOST_POINTS: Final = 5000
MOST_LABELS: Final = 30
LABELS_TRIED: Final = 400
LONGEST_LABEL: Final = 28
CHARACTER_WIDTH: Final = 6.2
"""Mean width of a character at 11 px."""
LINE_HEIGHT: Final = 12.0
MOST_PAIRS: Final = 180
MOST_STEPS: Final = 200
TOP: Final = 10


class Label(NamedTuple):
    """A name beside its point."""

    text: str
    x: str
    y: str
    anchor: str


class Dot(NamedTuple):
    """An organisation in a chart."""

    x: str
    y: str
    kind: str
    title: str
    scale: str


class Line(NamedTuple):
    """A pair in a chart."""

    x1: str
    y1: str
    x2: str
    y2: str
    width: str
    title: str


class Chart(NamedTuple):
    """Organisations as dots, the labels for which there is room, and how many there are of each kind."""

    dots: list[Dot]
    labels: list[Label]
    kinds: list[tuple[str, int]]
    lines: Sequence[Line] = ()


class Map(NamedTuple):
    """The map of organisations; `kept` is the share of the variance that it shows."""

    chart: Chart
    kept: float
    n_left_out: int


class Network(NamedTuple):
    """The network of recommendations; `depth` is how many ranks of each list it shows, 0 for some."""

    chart: Chart
    depth: int
    n_all: int


class ExposureChart(NamedTuple):
    """The Lorenz curve of exposure, its figures, and the most recommended.

    `top` holds organisations, in how many lists each is, and which share of all lists that is.
    """

    figures: Exposure
    curve: str
    lowest_half: float
    highest_tenth: float
    top: list[tuple[Organisation, int, float]]


def draw_map(data: ReportData, organisations: Mapping[str, Organisation]) -> Map:
    """Return the map: organisations that write about similar things are near each other."""
    known = np.flatnonzero(np.linalg.norm(data.vectors, axis=1) > 1e-9)
    if len(known) > MOST_POINTS:
        known = known[np.unique(np.linspace(0, len(known) - 1, MOST_POINTS).astype(np.int64))]
    coordinates, kept = project(data.vectors[known])
    shown = [organisations[id_] for id_ in data.organisations[Profile.ID].iloc[known]]
    counts = _n_lists(data.recommendations)
    scale = "1" if len(shown) <= 300 else ("0.75" if len(shown) <= 1200 else "0.5")
    chart = _chart(fit_box(coordinates), shown, [counts[one.id] for one in shown], [scale] * len(shown))
    return Map(chart, kept, len(data.organisations) - len(known))


def draw_network(data: ReportData, organisations: Mapping[str, Organisation]) -> Network:
    """Return the network of the first ranks of all lists, each organisation where the map has it.

    Parameters
    ----------
    data : ReportData
        The batch.
    organisations : mapping of str to Organisation
        Everyone who seeks or is recommended, by id.
    """
    pairs, depth = pick_pairs(data.recommendations, MOST_PAIRS)
    ids = sorted({*pairs["first"], *pairs["second"]})
    ends = np.searchsorted(np.array(ids, dtype=object), pairs[["first", "second"]].to_numpy(dtype=object))
    points = fit_box(_coordinates(data, ids, ends))
    shown = [organisations[id_] for id_ in ids]
    n_pairs = np.bincount(ends.ravel(), minlength=len(ids)).tolist()
    chart = _chart(points, shown, n_pairs, [f"{0.75 + 0.12 * math.sqrt(n):.2f}" for n in n_pairs])
    lines = _lines(pairs["mutual"].to_numpy(np.float64), points, shown, ends)
    n_all = len(_pairs(data.recommendations, len(data.recommendations)))
    return Network(chart._replace(lines=lines), depth, n_all)


def _chart(
    points: Floats, shown: Sequence[Organisation], weights: Sequence[int], scales: Sequence[str]
) -> Chart:
    """Return a chart whose labels are those of the largest weights, the first of equal ones."""
    order = sorted(range(len(shown)), key=lambda row: (-weights[row], row))
    counts = Counter(one.sign for one in shown)
    return Chart(
        dots=[_dot(*each) for each in zip(points, shown, scales, strict=True)],
        labels=place_labels(points, [one.name for one in shown], order),
        kinds=[(kind, counts[kind]) for kind in KINDS if counts[kind]],
    )


def pick_pairs(recommendations: pd.DataFrame, most: int) -> tuple[pd.DataFrame, int]:
    """Return the pairs to be drawn: as many first ranks of all lists as there is room for.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, rank, mutual.
    most : int
        Pairs that a chart can hold.

    Returns
    -------
    pairs : DataFrame
        Columns first, second (ids in order), mutual; the strongest first, each pair once.
    depth : int
        How many ranks of each list they are; 0 where even the first ranks are too many, and the
        strongest of these were taken.
    """
    chosen, depth = _pairs(recommendations, 1).head(most), 0
    longest = int(recommendations[Recommendation.RANK].max()) if len(recommendations) else 0
    for rank in range(1, longest + 1):
        pairs = _pairs(recommendations, rank)
        if len(pairs) > most:
            break
        chosen, depth = pairs, rank
    return chosen.reset_index(drop=True), depth


def _pairs(recommendations: pd.DataFrame, depth: int) -> pd.DataFrame:
    """Return the pairs among the first ranks of all lists, the strongest first."""
    rows = recommendations[recommendations[Recommendation.RANK] <= depth]
    ids = rows[[Recommendation.SEEKER, Recommendation.CANDIDATE]].to_numpy(dtype=object).astype(str)
    ids = np.sort(ids, axis=1) if len(ids) else ids.reshape(0, 2)
    pairs = pd.DataFrame(
        {"first": ids[:, 0], "second": ids[:, 1], "mutual": rows[Recommendation.MUTUAL].to_numpy()}
    )
    ordered = pairs.sort_values(["mutual", "first", "second"], ascending=[False, True, True], kind="stable")
    return ordered.drop_duplicates(["first", "second"])


def draw_exposure(data: ReportData, organisations: Mapping[str, Organisation]) -> ExposureChart:
    """Return how the ranks in the lists are distributed over the candidates."""
    ids = data.organisations[Profile.ID].tolist()
    k = max(int(data.recommendations[Recommendation.RANK].max()) if len(data.recommendations) else 1, 1)
    figures = measure_exposure(data.recommendations, ids, k)
    curve = lorenz_curve(data.recommendations, ids, k)
    shares, held = curve[Curve.CANDIDATES].to_numpy(), curve[Curve.PLACES].to_numpy()
    counts = _n_lists(data.recommendations)
    top = sorted(counts, key=lambda id_: (-counts[id_], id_))[:TOP]
    return ExposureChart(
        figures=figures,
        curve=_curve(shares, held),
        lowest_half=float(np.interp(0.5, shares, held)) if len(held) else math.nan,
        highest_tenth=1.0 - float(np.interp(0.9, shares, held)) if len(held) else math.nan,
        top=[(organisations[id_], counts[id_], counts[id_] / max(figures.n_lists, 1)) for id_ in top],
    )


def _curve(shares: Floats, held: Floats) -> str:
    """Return the points of a Lorenz curve in a box of 300 by 300, at most `MOST_STEPS` of them."""
    if not len(held):
        return ""
    at = np.linspace(0.0, 1.0, min(len(held), MOST_STEPS))
    return " ".join(
        f"{300.0 * x:.1f},{300.0 * (1.0 - y):.1f}"
        for x, y in zip(at, np.interp(at, shares, held), strict=True)
    )


def _coordinates(data: ReportData, ids: Sequence[str], ends: Positions) -> Floats:
    """Return the map's coordinates; one without a text is drawn amid those it is paired with."""
    rows = pd.Series(range(len(data.organisations)), index=data.organisations[Profile.ID])
    found = rows.reindex(list(ids)).to_numpy(dtype=np.float64)
    coordinates = np.zeros((len(ids), 2))
    known = ~np.isnan(found)
    known[known] = np.linalg.norm(data.vectors[found[known].astype(np.int64)], axis=1) > 1e-9
    coordinates[known] = project(data.vectors[found[known].astype(np.int64)])[0]
    for row in np.flatnonzero(~known):
        others = np.concatenate([ends[ends[:, 0] == row, 1], ends[ends[:, 1] == row, 0]])
        coordinates[row] = coordinates[others].mean(axis=0)
    return coordinates


def project(vectors: Floats) -> tuple[Floats, float]:
    """Return the two directions in which vectors differ most.

    Parameters
    ----------
    vectors : ndarray of shape (n, n_dims)
        No NaN.

    Returns
    -------
    coordinates : ndarray of shape (n, 2)
        Principal components; 0 where there is no second direction. Rounded, so that the last bits of the
        decomposition do not show.
    kept : float
        Share of the variance that they keep, in [0, 1]; NaN where all vectors are equal.
    """
    from sklearn.decomposition import PCA

    coordinates = np.zeros((len(vectors), 2))
    if len(vectors) < 2 or float(np.ptp(vectors, axis=0).max()) < 1e-9:
        return coordinates, float("nan")
    pca = PCA(n_components=min(2, *vectors.shape), svd_solver="full")
    found = pca.fit_transform(vectors)
    coordinates[:, : found.shape[1]] = np.round(found, 9)
    return coordinates, float(pca.explained_variance_ratio_.sum())


def fit_box(coordinates: Floats) -> Floats:
    """Stretch coordinates to the chart, each axis on its own.

    Parameters
    ----------
    coordinates : ndarray of shape (n, 2)

    Returns
    -------
    points : ndarray of shape (n, 2)
        Within the chart, y downwards; in the middle where all are equal.
    """
    if not len(coordinates):
        return coordinates
    low, span = coordinates.min(axis=0), np.ptp(coordinates, axis=0)
    share = np.divide(coordinates - low, span, out=np.full_like(coordinates, 0.5), where=span > 1e-9)
    share[:, 1] = 1.0 - share[:, 1]
    return np.asarray(MARGIN + share * (np.array([WIDTH, HEIGHT]) - 2.0 * MARGIN))


def place_labels(points: Floats, names: Sequence[str], order: Sequence[int]) -> list[Label]:
    """Return names beside their points, none of which covers another name or point.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
    names : sequence of str
        One per point.
    order : sequence of int
        Rows of the points, the most important first.

    Returns
    -------
    labels : list of Label
        At most `MOST_LABELS`, right or left of their points; a name without room is left out.
    """
    taken = np.column_stack([points - 4.0, points + 4.0])
    labels: list[Label] = []
    for row in order[:LABELS_TRIED]:
        text = shorten(names[row], LONGEST_LABEL)
        x, y = points[row]
        for side, anchor in ((1.0, "start"), (-1.0, "end")):
            ends = sorted((x + side * 8.0, x + side * (8.0 + len(text) * CHARACTER_WIDTH)))
            box = np.array([ends[0], y - LINE_HEIGHT / 2.0, ends[1], y + LINE_HEIGHT / 2.0])
            others = np.delete(taken, row, axis=0)
            meets = ((others[:, :2] <= box[2:]) & (others[:, 2:] >= box[:2])).all(axis=1)
            if len(labels) < MOST_LABELS and box[0] >= 0.0 and box[2] <= WIDTH and not meets.any():
                taken = np.vstack([taken, box])
                labels.append(Label(text, f"{x + side * 8.0:.1f}", f"{y + 3.5:.1f}", anchor))
                break
    return labels


def _lines(mutual: Floats, points: Floats, shown: Sequence[Organisation], ends: Positions) -> list[Line]:
    low, high = mutual.min(initial=math.inf), mutual.max(initial=-math.inf)
    lines = []
    for (one, other), score in zip(ends.tolist(), mutual.tolist(), strict=True):
        share = (score - low) / (high - low) if high > low else 0.5
        x1, y1, x2, y2 = (f"{value:.1f}" for value in (*points[one], *points[other]))
        title = f"{shown[one].name} – {shown[other].name}"
        lines.append(Line(x1, y1, x2, y2, f"{0.7 + 2.3 * share:.1f}", title))
    return lines


def _dot(point: Floats, one: Organisation, scale: str) -> Dot:
    facts = " · ".join(filter(None, (one.kind_label, one.place)))
    title = f"{one.name} ({facts})" if facts else one.name
    return Dot(f"{point[0]:.1f}", f"{point[1]:.1f}", one.sign, title, scale)


def _n_lists(recommendations: pd.DataFrame) -> Counter[str]:
    return Counter(recommendations[Recommendation.CANDIDATE].astype(str).tolist())
