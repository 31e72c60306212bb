"""The pictures of a whole batch: map, network, exposure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Floats
from matcher.columns import KINDS, Profile, Recommendation
from matcher.evaluation import Exposure, lorenz_curve, measure_exposure
from matcher.evaluation.columns import Curve
from matcher.output.report.cards import Organisation
from matcher.output.report.data import ReportData
from matcher.output.report.labels import Label, place_labels
from matcher.output.report.network import lay_out, pick_pairs
from matcher.output.report.projection import fit_box, project

WIDTH: Final = 760.0
HEIGHT: Final = 500.0
MARGIN: Final = 26.0
MOST_POINTS: Final = 5000
MOST_LABELS: Final = 30
MOST_PAIRS: Final = 180
MOST_STEPS: Final = 200
TOP: Final = 10


@dataclass(frozen=True)
class Dot:
    """An organisation in a picture."""

    x: str
    y: str
    kind: str
    title: str
    scale: str = "1"


@dataclass(frozen=True)
class Line:
    """A pair in a picture."""

    x1: str
    y1: str
    x2: str
    y2: str
    width: str
    title: str


@dataclass(frozen=True)
class Map:
    """The map of organisations; `kept` is the share of the variance that it shows."""

    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]
    kinds: tuple[tuple[str, int], ...]
    kept: float
    n_left_out: int


@dataclass(frozen=True)
class Network:
    """The network of recommendations; `depth` is how many places of each list it shows, 0 for some."""

    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    kinds: tuple[tuple[str, int], ...]
    depth: int
    n_all: int


@dataclass(frozen=True)
class Shown:
    """One of the most recommended: in how many lists, and which share of all lists that is."""

    organisation: Organisation
    n_lists: int
    share: float


@dataclass(frozen=True)
class ExposureChart:
    """The Lorenz curve of places, its figures, and the most recommended."""

    figures: Exposure
    curve: str
    lowest_half: float
    highest_tenth: float
    top: tuple[Shown, ...]


def draw_map(data: ReportData, organisations: Mapping[str, Organisation]) -> Map:
    """Return the map: who writes about like things lies near each other."""
    known = np.flatnonzero(np.linalg.norm(data.vectors, axis=1) > 1e-9)
    shown = (
        known[np.unique(np.linspace(0, len(known) - 1, MOST_POINTS).astype(np.int64))]
        if len(known) > MOST_POINTS
        else known
    )
    places, kept = project(data.vectors[shown])
    points = _points(fit_box(places, WIDTH, HEIGHT, MARGIN))
    every = data.organisations[Profile.ID].tolist()
    ids = [str(every[place]) for place in shown]
    people = [organisations[id_] for id_ in ids]
    counts = _n_lists(data.recommendations)
    order = sorted(range(len(ids)), key=lambda place: (-counts[ids[place]], place))
    scale = "1" if len(ids) <= 300 else ("0.75" if len(ids) <= 1200 else "0.5")
    return Map(
        dots=tuple(_dot(point, one, scale) for point, one in zip(points, people, strict=True)),
        labels=tuple(_labels(points, people, order)),
        kinds=_kinds(people),
        kept=kept,
        n_left_out=len(data.organisations) - len(shown),
    )


def draw_network(data: ReportData, organisations: Mapping[str, Organisation]) -> Network:
    """Return the network of the first places of all lists.

    Parameters
    ----------
    data : ReportData
        The batch.
    organisations : mapping of str to Organisation
        Everyone who seeks or is recommended, by id.
    """
    pairs, depth = pick_pairs(data.recommendations, MOST_PAIRS)
    ids = sorted({*pairs["first"], *pairs["second"]})
    places = {id_: place for place, id_ in enumerate(ids)}
    first, second = (pairs[name].map(places).to_numpy(dtype=np.int64) for name in ("first", "second"))
    laid = lay_out(_starts(data, ids), first, second)
    points = _points(fit_box(laid, WIDTH, HEIGHT, MARGIN))
    people = [organisations[id_] for id_ in ids]
    ties = Counter([*first.tolist(), *second.tolist()])
    order = sorted(range(len(ids)), key=lambda place: (-ties[place], place))
    return Network(
        dots=tuple(
            _dot(points[place], people[place], f"{0.75 + 0.12 * math.sqrt(ties[place]):.2f}")
            for place in range(len(ids))
        ),
        lines=tuple(_lines(pairs, points, people, first, second)),
        labels=tuple(_labels(points, people, order)),
        kinds=_kinds(people),
        depth=depth,
        n_all=len(pick_pairs(data.recommendations, len(data.recommendations) + 1)[0]),
    )


def draw_exposure(data: ReportData, organisations: Mapping[str, Organisation]) -> ExposureChart:
    """Return how the places in the lists are shared out."""
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
        top=tuple(
            Shown(organisations[id_], counts[id_], counts[id_] / max(figures.n_lists, 1)) for id_ in top
        ),
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


def _starts(data: ReportData, ids: Sequence[str]) -> Floats:
    """Return where the map has each organisation: a picture that begins there is the same every time."""
    rows = pd.Series(range(len(data.organisations)), index=data.organisations[Profile.ID])
    found = rows.reindex(list(ids)).to_numpy(dtype=np.float64)
    known = np.flatnonzero(~np.isnan(found))
    starts = np.zeros((len(ids), 2))
    starts[known] = project(data.vectors[found[known].astype(np.int64)])[0]
    return starts


def _lines(
    pairs: pd.DataFrame,
    points: Sequence[tuple[float, float]],
    people: Sequence[Organisation],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
) -> list[Line]:
    low, high = (float(pairs["mutual"].min()), float(pairs["mutual"].max())) if len(pairs) else (0.0, 0.0)
    lines = []
    for one, other, mutual in zip(first.tolist(), second.tolist(), pairs["mutual"], strict=True):
        share = (mutual - low) / (high - low) if high > low else 0.5
        x1, y1, x2, y2 = (f"{value:.1f}" for value in (*points[one], *points[other]))
        title = f"{people[one].name} – {people[other].name}"
        lines.append(Line(x1, y1, x2, y2, f"{0.7 + 2.3 * share:.1f}", title))
    return lines


def _labels(
    points: Sequence[tuple[float, float]], people: Sequence[Organisation], order: Sequence[int]
) -> list[Label]:
    names = [one.name for one in people]
    return place_labels(points, names, order[:400], width=WIDTH, most=MOST_LABELS)


def _dot(point: tuple[float, float], one: Organisation, scale: str) -> Dot:
    facts = " · ".join(fact for fact in (one.kind_label, one.place) if fact)
    title = f"{one.name} ({facts})" if facts else one.name
    return Dot(f"{point[0]:.1f}", f"{point[1]:.1f}", one.sign, title, scale)


def _kinds(people: Sequence[Organisation]) -> tuple[tuple[str, int], ...]:
    counts = Counter(one.sign for one in people)
    return tuple((kind, counts[kind]) for kind in KINDS if counts[kind])


def _points(places: Floats) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in places]


def _n_lists(recommendations: pd.DataFrame) -> Counter[str]:
    return Counter(recommendations[Recommendation.CANDIDATE].astype(str).tolist())
