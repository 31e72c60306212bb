"""What a report shows: labels, the batch, its organisations, and charts of the batch and of pairs."""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import compress
from typing import Any, Final
from urllib.parse import quote

import numpy as np
import pandas as pd
from markupsafe import Markup

from matcher.arrays import Floats, Positions
from matcher.columns import KINDS, Profile, Recommendation
from matcher.documents.blocks import plain
from matcher.documents.language import Messages
from matcher.evaluation.metrics import LORENZ, measure_exposure
from matcher.explanations.explanation import sentence
from matcher.explanations.remarks import PairRemarks, label_of
from matcher.features import COMPONENT_NAMES, DECIMALS
from matcher.features.places import local_names
from matcher.matching.scoring import PoolScorer

_LABELS: Final = "Company", "Education", "Social organisation", "Public body", "Other"
KIND_LABELS: Final = dict(zip(KINDS, _LABELS, strict=True))
_SLUG_LENGTH: Final = 40
_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
WIDTH: Final = 760.0
HEIGHT: Final = 500.0
MARGIN: Final = 26.0
MOST_POINTS: Final = 5000
MOST_LABELS: Final = 30
LABELS_TRIED: Final = 400
LONGEST_LABEL: Final = 28
CHARACTER_WIDTH: Final = 6.2  # mean width of a character at 11 px
LINE_HEIGHT: Final = 12.0
MOST_PAIRS: Final = 180
MOST_STEPS: Final = 200
TOP: Final = 10
RADIUS: Final = 72.0
CENTRE: Final = (150.0, 100.0)
RINGS: Final = (0.25, 0.5, 0.75, 1.0)
LABEL: Final = (1.14, 3.5)  # distance of a radar's label from the centre, in radii; how far it is moved down


class ReportLabels:
    """Labels and numbers of a report in one language; gains are in percent where they are probabilities."""

    def __init__(self, lang: str, is_probability: bool = False) -> None:
        self.messages = Messages(lang)
        self.lang = lang
        self.say = self.messages.say
        self.count = self.messages.count
        self.language = cache(self.messages.language)
        self._number = cache(self.messages.number)
        self._percent = cache(self.messages.percent)
        self.gain = self.percent if is_probability else self.number

    def number(self, value: float, decimals: int = 2) -> str:
        """Return a number as this language writes it, "–" where it is unknown."""
        return "–" if math.isnan(value) else self._number(round(value, decimals), decimals)

    def percent(self, share: float) -> str:
        """Return a share in percent, "–" where it is unknown."""
        return "–" if math.isnan(share) else self._percent(round(share, DECIMALS))

    def width(self, share: float) -> str:
        """Return the length of a bar in percent of its line; "" where the share is unknown."""
        return "" if math.isnan(share) else f"{100.0 * min(max(share, 0.0), 1.0):.1f}"

    def kind(self, code: str) -> str:
        """Return the label of a kind of organisation; "" where none is stated."""
        return self.say(KIND_LABELS[code]) if code in KIND_LABELS else code

    def component(self, name: str) -> str:
        """Return the full name of a component, to begin a line."""
        return sentence(label_of(name, self.messages))


def script_json(value: Any) -> Markup:
    """Return a value as JSON for a script element, which none of its texts can end: without `<`, `>`, `&`."""
    text = json.dumps(_cleaned(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPED))  # noqa: S704 - the lines above are what makes it safe


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items()}
    return value


def page_name(number: int, id_: str, n_pages: int) -> str:
    """Return the file name of a seeker's page: its number, and ASCII letters and digits of the id."""
    folded = unicodedata.normalize("NFKD", id_).encode("ascii", "ignore").decode("ascii").lower()
    slug = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:_SLUG_LENGTH].strip("-")
    digits = str(number).zfill(max(4, len(str(n_pages))))
    return f"{digits}-{slug}.html" if slug else f"{digits}.html"


def href(*steps: str) -> str:
    """Return a relative address; colons and the like are encoded, so that it can never name a scheme."""
    return "/".join(quote(step, safe=".") for step in steps)


@dataclass(frozen=True)
class ReportData:
    """A batch, as its report needs it."""

    scorer: PoolScorer  # fitted; its pool are the organisations
    seekers: pd.DataFrame  # canonical profiles or opportunities, in the order of the report
    recommendations: pd.DataFrame
    """Columns of `Recommendation` and one per component, by seeker and rank; candidates of the pool."""
    remarks: Sequence[PairRemarks]  # on each recommendation, by text column, rows as in `recommendations`
    k: int  # partners that were asked for
    n_rows: int
    n_rejected: int
    """Organisations read, and rows rejected in any input."""
    files: Mapping[str, str]  # names of "profiles", "out" (the table), "rejected", "notes"; "" without one
    linked: bool  # whether the files that are written lie in the folder of the report

    @property
    def organisations(self) -> pd.DataFrame:
        """Canonical profiles of the pool."""
        return self.scorer.pool.frame

    @property
    def usual(self) -> dict[str, float]:
        """The pool's mean of each component, in the order of the columns; NaN unknown."""
        ranker = self.scorer.ranker
        means = dict(zip(ranker.features_, ranker.means_.tolist(), strict=True))
        return {name: means.get(name, math.nan) for name in COMPONENT_NAMES}


class Organisation:
    """What a report shows of an organisation; `sign` is the kind drawn, `filtered` what filters compare."""

    def __init__(self, record: Mapping[Any, Any], words: ReportLabels) -> None:
        columns = Profile.ID, Profile.NAME, Profile.KIND
        self.id, self.name, self.kind = (str(record[name]) for name in columns)
        self.country, self.region = (
            local_names(record[name], words.lang) for name in (Profile.COUNTRY, Profile.REGION)
        )
        self.kind_label = words.kind(self.kind)
        self.languages = ", ".join(map(words.language, record[Profile.LANGUAGES]))
        self.needs, self.offers = (
            tuple(resource.text for resource in record[name]) for name in (Profile.NEEDS, Profile.OFFERS)
        )
        self.codes = frozenset(record[Profile.LANGUAGES])
        self.place = ", ".join(filter(None, (self.region, self.country)))
        self.sign = self.kind if self.kind in KINDS else "other"
        known = tuple(filter(None, (self.kind_label, self.place)))
        self.facts = (*known, self.languages) if self.languages else known
        self.title = f"{self.name} ({' · '.join(known)})" if known else self.name
        self.filtered = [f"{self.name} {self.place}", self.kind, [self.country, self.region]]


Content = dict[str, Any]  # what a template reads of a chart
Point = tuple[str, str]  # x and y as SVG writes them


def draw_map(data: ReportData, organisations: Mapping[str, Organisation]) -> Content:
    """Return the map, on which organisations that write alike are near; `kept` is its share of variance."""
    vectors = data.scorer.pool.organisations.purpose_meaning
    known = np.flatnonzero(~vectors.is_zero)
    if len(known) > MOST_POINTS:
        known = known[np.unique(np.linspace(0, len(known) - 1, MOST_POINTS).astype(np.int64))]
    coordinates, kept = project(vectors[known].floats)
    shown = [organisations[id_] for id_ in data.organisations[Profile.ID].iloc[known]]
    counts = Counter(data.recommendations[Recommendation.CANDIDATE].astype(str))
    scale = "1" if len(shown) <= 300 else ("0.75" if len(shown) <= 1200 else "0.5")
    chart = _chart(fit_box(coordinates), shown, [counts[one.id] for one in shown], [scale] * len(shown))
    return {**chart, "kept": kept, "n_left_out": len(data.organisations) - len(known)}


def draw_network(data: ReportData, organisations: Mapping[str, Organisation]) -> Content:
    """Return the network of the first ranks of all lists: a chart with `lines`, `depth` and `n_all` pairs."""
    every = list_pairs(data.recommendations)
    pairs, depth = pick_pairs(every, MOST_PAIRS)
    ids = sorted({*pairs["first"], *pairs["second"]})
    ends = np.searchsorted(np.array(ids, dtype=object), pairs[["first", "second"]].to_numpy(dtype=object))
    points = fit_box(_coordinates(data, ids, ends))
    shown = [organisations[id_] for id_ in ids]
    n_pairs = np.bincount(ends.ravel(), minlength=len(ids)).tolist()
    chart = _chart(points, shown, n_pairs, [f"{0.75 + 0.12 * math.sqrt(n):.2f}" for n in n_pairs])
    low, span = pairs["mutual"].min(), np.ptp(pairs["mutual"]) if len(pairs) else 0.0
    shares = (pairs["mutual"] - low) / span if span > 0.0 else [0.5] * len(pairs)
    lines = [
        (points[one], points[other], 0.7 + 2.3 * share, f"{shown[one].name} – {shown[other].name}")
        for (one, other), share in zip(ends.tolist(), shares, strict=True)
    ]
    return {**chart, "lines": lines, "depth": depth, "n_all": len(every)}


def _chart(
    points: Floats, shown: Sequence[Organisation], weights: Sequence[int], scales: Sequence[str]
) -> Content:
    """Return dots, labels (those of the largest weights, the first of equal ones) and counts of kinds."""
    order = sorted(range(len(shown)), key=lambda row: (-weights[row], row))
    counts = Counter(one.sign for one in shown)
    return {
        "dots": list(zip(points, shown, scales, strict=True)),
        "labels": place_labels(points, [one.name for one in shown], order),
        "kinds": [(kind, counts[kind]) for kind in KINDS if counts[kind]],
    }


def list_pairs(recommendations: pd.DataFrame) -> pd.DataFrame:
    """Return first, second (ids in order), mutual and better rank of each pair, the strongest first."""
    ids = recommendations[[Recommendation.SEEKER, Recommendation.CANDIDATE]].to_numpy(dtype=object)
    ends = np.sort(ids.astype(str), axis=1) if len(ids) else ids
    scores = recommendations[[Recommendation.MUTUAL, Recommendation.RANK]].reset_index(drop=True)
    pairs = scores.assign(first=ends[:, 0], second=ends[:, 1]).groupby(["first", "second"], as_index=False)
    return pairs.agg({"mutual": "max", "rank": "min"}).sort_values(
        ["mutual", "first", "second"], ascending=[False, True, True], kind="stable", ignore_index=True
    )


def pick_pairs(pairs: pd.DataFrame, most: int) -> tuple[pd.DataFrame, int]:
    """Return as many first ranks of all lists as `most` allows, and how many; 0 where not all firsts fit."""
    counts = pairs["rank"].value_counts().sort_index().cumsum()
    depth = int(counts[counts <= most].index.max()) if (counts <= most).any() else 0
    return pairs[pairs["rank"] <= max(depth, 1)].head(most).reset_index(drop=True), depth


def draw_exposure(data: ReportData, organisations: Mapping[str, Organisation]) -> Content:
    """Return how ranks are distributed: figures, Lorenz curve in a box of 300 by 300, most recommended."""
    ids = data.organisations[Profile.ID].tolist()
    k = max(int(data.recommendations[Recommendation.RANK].max()) if len(data.recommendations) else 1, 1)
    figures = measure_exposure(data.recommendations, ids, k)
    content: Content = {"figures": figures, "curve": ""}
    if len(figures.lorenz):
        shares, held = (figures.lorenz[name].to_numpy() for name in LORENZ)
        x = np.linspace(0.0, 1.0, min(len(held), MOST_STEPS))
        y = np.interp(x, shares, held)
        counts = Counter(data.recommendations[Recommendation.CANDIDATE].astype(str))
        top = sorted(counts, key=lambda id_: (-counts[id_], id_))[:TOP]
        content |= {
            "curve": " ".join(f"{300.0 * a:.1f},{300.0 * (1.0 - b):.1f}" for a, b in zip(x, y, strict=True)),
            "lowest_half": float(np.interp(0.5, shares, held)),
            "highest_tenth": 1.0 - float(np.interp(0.9, shares, held)),
            "top": [(organisations[id_], counts[id_], counts[id_] / figures.n_lists) for id_ in top],
        }
    return content


def _coordinates(data: ReportData, ids: Sequence[str], ends: Positions) -> Floats:
    """Return the map's coordinates; an organisation without a text is drawn amid those it is paired with."""
    vectors = data.scorer.pool.organisations.purpose_meaning
    rows = pd.Index(data.organisations[Profile.ID]).get_indexer(list(ids))
    known = rows >= 0
    known[known] = ~vectors[rows[known]].is_zero
    coordinates = np.zeros((len(ids), 2))
    coordinates[known] = project(vectors[rows[known]].floats)[0]
    for row in np.flatnonzero(~known):
        others = np.concatenate([ends[ends[:, 0] == row, 1], ends[ends[:, 1] == row, 0]])
        coordinates[row] = coordinates[others].mean(axis=0)
    return coordinates


def project(vectors: Floats) -> tuple[Floats, float]:
    """Return two principal components of vectors, shape (n, 2), and the share of variance kept, or NaN."""
    from sklearn.decomposition import PCA

    coordinates = np.zeros((len(vectors), 2))
    if len(vectors) < 2 or float(np.ptp(vectors, axis=0).max()) < 1e-9:
        return coordinates, float("nan")
    pca = PCA(n_components=min(2, *vectors.shape), svd_solver="full")
    found = pca.fit_transform(vectors)
    coordinates[:, : found.shape[1]] = np.round(found, 9)  # so that the last bits do not show
    return coordinates, float(pca.explained_variance_ratio_.sum())


def fit_box(coordinates: Floats) -> Floats:
    """Stretch coordinates, shape (n, 2), to the chart, y downwards; equal ones are in the middle."""
    if not len(coordinates):
        return coordinates
    low, span = coordinates.min(axis=0), np.ptp(coordinates, axis=0)
    share = np.divide(coordinates - low, span, out=np.full_like(coordinates, 0.5), where=span > 1e-9)
    share[:, 1] = 1.0 - share[:, 1]
    return np.asarray(MARGIN + share * (np.array([WIDTH, HEIGHT]) - 2.0 * MARGIN))


def place_labels(
    points: Floats, names: Sequence[str], order: Sequence[int]
) -> list[tuple[str, float, float, str]]:
    """Return names beside their points (text, x, y, anchor), none over another; `order` has the rows."""
    taken = np.column_stack([points - 4.0, points + 4.0])
    labels: list[tuple[str, float, float, str]] = []
    for row in order[:LABELS_TRIED]:
        text = plain(names[row])
        if len(text) > LONGEST_LABEL:
            text = f"{text[: LONGEST_LABEL - 1].rstrip()}…"
        x, y = points[row]
        for side, anchor in ((1.0, "start"), (-1.0, "end")):
            ends = sorted((x + side * 8.0, x + side * (8.0 + len(text) * CHARACTER_WIDTH)))
            box = np.array([ends[0], y - LINE_HEIGHT / 2.0, ends[1], y + LINE_HEIGHT / 2.0])
            others = np.delete(taken, row, axis=0)
            meets = ((others[:, :2] <= box[2:]) & (others[:, 2:] >= box[:2])).all(axis=1)
            if len(labels) < MOST_LABELS and box[0] >= 0.0 and box[2] <= WIDTH and not meets.any():
                taken = np.vstack([taken, box])
                labels.append((text, x + side * 8.0, y + 3.5, anchor))
                break
    return labels


class Radar:
    """The profile of a pair: one axis per component, the centre 0, the rim 1; usual values NaN count as 0.

    `axes` are (label, end, where the label is set, its anchor); `rings` and `mean` are polygons.
    """

    def __init__(self, labels: Mapping[str, str], usual: Mapping[str, float]) -> None:
        n_axes = len(labels)
        angles = 2.0 * np.pi * np.arange(n_axes) / max(n_axes, 1)  # clockwise from the top
        self._ends = np.column_stack([np.sin(angles), -np.cos(angles)])
        self._names, self._usual = [*labels], np.array([usual[name] for name in labels])
        self.is_drawn = n_axes > 2
        self.rings = [_polygon(self._points(np.full(n_axes, ring))) for ring in RINGS]
        self.mean = _polygon(self._points(self._usual))
        ends, at = (self._points(np.full(n_axes, reach), below) for reach, below in ((1.0, 0.0), LABEL))
        anchors = ("middle" if abs(x) < 0.01 else "start" if x > 0 else "end" for x in self._ends[:, 0])
        self.axes = list(zip(labels.values(), ends, at, anchors, strict=True))

    def pair(self, components: Mapping[str, float]) -> tuple[str, list[Point]]:
        """Return the polygon of a pair, and the points at which its value is unknown and taken as usual."""
        values = np.array([components[name] for name in self._names])
        is_unknown = np.isnan(values)
        points = self._points(np.where(is_unknown, self._usual, values))
        return _polygon(points), list(compress(points, is_unknown))

    def _points(self, values: Floats, below: float = 0.0) -> list[Point]:
        reach = RADIUS * np.nan_to_num(values)[:, None]
        return [(f"{x:.1f}", f"{y + below:.1f}") for x, y in CENTRE + reach * self._ends]


def _polygon(points: Sequence[Point]) -> str:
    return " ".join(map(",".join, points))
