"""How good lists are by grades, which bands the grades support, how far readers agree; as a document too."""

import itertools
import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import cohen_kappa_score

from matcher.columns import BANDS
from matcher.config import BandSettings
from matcher.documents.blocks import DASH, Block, Bullets, Document, Heading, Note, Paragraph, Texts, rendered
from matcher.evaluation.comparison import group_exposure
from matcher.evaluation.document import exposure_blocks
from matcher.evaluation.intervals import ClusteredMean, Interval, paired_difference, wilson_bounds
from matcher.evaluation.metrics import PAIR
from matcher.files import bundled_toml
from matcher.matching.selection import assign_bands
from matcher.outcomes.records import GOOD, GRADE, GRADES, READER

FIRST: Final = 5  # ranks of which the share of good pairs is given
MEANING: Final[Mapping[str, float]] = {"strong": 0.7, "possible": 0.33, "weak": 0.03}
"""Share of good pairs in each band on the graded benchmarks, to which shares are shrunk."""
PRIOR: Final = 20.0  # pairs for which that share counts
LEAST_GAIN: Final = 3.0  # log-likelihood by which other limits must explain the grades better: odds of 20
STRONG_MET: Final = (0.0, 0.1, 0.25, 0.4, 0.55)
LEAST: Final = 10  # first candidates from which a share is more than a hint
MOST_DIFFERING: Final = 20
STEPS: Final = (0.2, 0.4, 0.6, 0.8)  # upper ends of the words for kappa (after Landis and Koch 1977)
TEXTS: Final[dict[str, Any]] = bundled_toml(__package__, "graded.toml")


@dataclass(frozen=True)
class Share:
    """A share of good pairs, with its interval over seekers, and the number of pairs read."""

    interval: Interval
    n_pairs: int


@dataclass(frozen=True)
class Agreement:
    """How far two readers agree on the pairs that both graded: Cohen's kappa, NaN where it is not defined.

    `differing` pairs have a grade per reader, the most different first.
    """

    readers: tuple[str, str]
    n_pairs: int
    kappa: float
    differing: pd.DataFrame


@dataclass(frozen=True)
class GradedEvaluation:
    """What grades say of lists: pairs graded, good ones, seekers, and pairs that may not be recommended.

    Shares of good pairs, of those read: of the `first` candidates by system, and their `difference` (engine
    less TF-IDF) where both were read; of the first five by "same" and "different" language, and in `groups`,
    as from `group_exposure`; of each band, and what the bands of the `fitted` limits stand for.
    """

    n_pairs: int
    n_good: int
    n_seekers: int
    n_barred: int
    first: Mapping[str, Share]
    difference: ClusteredMean
    languages: Mapping[str, Share]
    bands: Mapping[str, Share]
    limits: BandSettings
    fitted: BandSettings
    meaning: Mapping[str, float]
    agreements: tuple[Agreement, ...]
    groups: pd.DataFrame | None


def judge_grades(
    lists: pd.DataFrame,
    pairs: pd.DataFrame,
    limits: BandSettings,
    kept: pd.DataFrame | None = None,
    groups: pd.DataFrame | None = None,
) -> GradedEvaluation:
    """Judge lists by grades; what was not graded is unknown, never bad.

    Lists are as from `matcher.learning.grading.rank_graded`; pairs have the columns seeker, candidate, grade;
    limits are those in force. `kept` grades by reader are as in `GradeTable`, groups as from `pool_groups`.
    """
    read = lists[lists[GRADE].notna()]
    read = read.assign(good=read[GRADE] >= GOOD)
    firsts = {name: read[read[column] == 1] for name, column in (("engine", "rank"), ("TF-IDF", "tfidf"))}
    ours, theirs = (rows.set_index("seeker")["good"].astype(float) for rows in firsts.values())
    both = ours.index.intersection(theirs.index)
    five = read[read["rank"] <= FIRST]
    if groups is not None:
        mine, grouped = five.join(groups, on="candidate"), groups[groups.index.isin(lists["candidate"])]
        groups = group_exposure(lists, grouped)
        good: Any = [share_of(mine[mine[one.by] == one.value]) for one in groups.itertuples()]
        groups["good"] = good
    fitted = fit_bands(read, limits)
    return GradedEvaluation(
        len(pairs),
        int((pairs[GRADE] >= GOOD).sum()),
        int(pairs["seeker"].nunique()),
        len({*map(frozenset, pairs[PAIR].to_numpy())}.difference(map(frozenset, read[PAIR].to_numpy()))),
        {name: share_of(rows) for name, rows in firsts.items()},
        paired_difference(ours[both], theirs[both]),
        {name: share_of(five[five["same_language"] == (name == "same")]) for name in ("same", "different")},
        {band: share_of(read[read["band"] == band]) for band in BANDS},
        limits,
        fitted,
        band_meaning(read, fitted),
        agreements(kept) if kept is not None else (),
        groups,
    )


def share_of(rows: pd.DataFrame) -> Share:
    """Return the share of good pairs; for its interval a seeker is one observation, which is rather wide."""
    if rows.empty:
        return Share(Interval(math.nan, math.nan, math.nan, 0), 0)
    n, share = int(rows["seeker"].nunique()), float(rows["good"].mean())
    low, high = (float(end) for end in wilson_bounds(np.array(share), np.array(n)))
    return Share(Interval(share, low, high, n), len(rows))


def fit_bands(read: pd.DataFrame, limits: BandSettings) -> BandSettings:
    """Return the limits, of a grid, with the highest likelihood of the grades; else those in force.

    Each band has one share of good pairs, shrunk to `MEANING`; others must gain `LEAST_GAIN`. Own definition.
    """
    grid = [
        BandSettings(strong_places=strong, strong_met=met, possible_places=possible)
        for strong, possible, met in itertools.product((1, 2, 3), (3, 4, 5), STRONG_MET)
    ]
    present, gains = _likelihood(read, limits), [_likelihood(read, one) for one in grid]
    best = int(np.argmax(gains))
    return grid[best] if gains[best] >= present + LEAST_GAIN else limits


def band_meaning(read: pd.DataFrame, limits: BandSettings) -> dict[str, float]:
    """Return the share of good pairs of each band, of the pairs read, shrunk to `MEANING`."""
    bands, meaning = _bands(read, limits), {}
    for band, share in MEANING.items():
        good = read["good"][bands == band]
        meaning[band] = float((good.sum() + PRIOR * share) / (len(good) + PRIOR))
    return meaning


def agreements(kept: pd.DataFrame) -> tuple[Agreement, ...]:
    """Return how far each two readers with pairs in common agree (Cohen 1968, "Weighted kappa")."""
    table = kept.pivot_table(index=PAIR, columns=READER, values=GRADE, sort=False)
    found = []
    for one, other in itertools.combinations(table.columns, 2):
        both = table[[one, other]].dropna()
        if len(both):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UndefinedMetricWarning)
                kappa = cohen_kappa_score(
                    both[one].astype(int), both[other].astype(int), labels=[*GRADES], weights="quadratic"
                )
            apart = (both[one] - both[other]).abs()
            order = apart[apart > 0].sort_values(ascending=False, kind="stable").index
            found.append(Agreement((one, other), len(both), float(kappa), both.loc[order].reset_index()))
    return tuple(found)


def _likelihood(read: pd.DataFrame, limits: BandSettings) -> float:
    share = pd.Series(_bands(read, limits)).map(band_meaning(read, limits)).to_numpy(dtype=np.float64)
    return float(np.log(np.where(read["good"], share, 1.0 - share)).sum())


def _bands(read: pd.DataFrame, limits: BandSettings) -> Any:
    return assign_bands(
        read["rank"].to_numpy(), read["place"].to_numpy(), read["met"].to_numpy(dtype=np.float64), limits
    )


def graded_document(found: GradedEvaluation, lang: str) -> Document:
    """Return an evaluation by grades as a document: first candidates, languages, bands, readers."""
    texts = Texts(TEXTS, lang)
    blocks = [*_first(found, texts), *_shares("languages", found.languages, texts)]
    blocks += [*_shares("bands", found.bands, texts), *_limits(found, texts), *_groups(found, texts)]
    for one in found.agreements:
        blocks += _agreement(one, texts)
    return Document(texts.text("title"), lang, tuple(blocks), footer=texts.text("footer"))


def _first(found: GradedEvaluation, texts: Texts) -> Iterator[Block]:
    yield Paragraph(texts.text("read", pairs=found.n_pairs, seekers=found.n_seekers, good=found.n_good))
    if found.n_barred:
        yield Note(texts.text("barred", number=found.n_barred))
    interval = found.first["engine"].interval
    if interval.n < LEAST:
        yield Note(texts.text("small", least=LEAST))
    yield Heading(texts.text("first"))
    if interval.n:
        share, low, high = (round(10 * end) for end in (interval.mean, interval.low, interval.high))
        yield Paragraph(texts.text("first_text", n=interval.n, share=share, low=low, high=high))
    rows = [(*_cells(name, one, texts), one.interval.n) for name, one in found.first.items()]
    yield texts.table("first", rows)
    if found.difference.n > 1:
        is_worse = found.difference.interval.high < 0.0
        verdict = "better" if found.difference.is_above else "worse" if is_worse else "equal"
        yield Paragraph(texts.text(verdict))
        ends = found.difference.interval
        figures = {"mean": ends.mean, "low": max(ends.low, -1.0), "high": min(ends.high, 1.0)}
        signed = {name: texts.messages.signed(value, 2) for name, value in figures.items()}
        yield Note(texts.text("difference", n=ends.n, **signed))


def _groups(found: GradedEvaluation, texts: Texts) -> Iterator[Block]:
    if found.groups is not None:
        cells = [" ".join(_cells("engine", one, texts)[1:]) for one in found.groups["good"]]
        blocks = exposure_blocks(found.groups.assign(quality=cells), "good among the first five")
        made = Document("", "en", (Heading("Groups of candidates: who is shown"), *blocks))
        yield from rendered(made, texts.lang).blocks


def _shares(what: str, shares: Mapping[str, Share], texts: Texts) -> Iterator[Block]:
    yield Heading(texts.text(what))
    yield texts.table(what, [(*_cells(name, share, texts), share.n_pairs) for name, share in shares.items()])


def _cells(name: str, share: Share, texts: Texts) -> tuple[str, str, str]:
    interval, named = share.interval, texts.text(name, "names")
    if not interval.n:
        return named, DASH, DASH
    mean, low, high = (texts.messages.percent(end) for end in (interval.mean, interval.low, interval.high))
    return named, mean, f"{low} – {high}"


def _limits(found: GradedEvaluation, texts: Texts) -> Iterator[Block]:
    limits = found.fitted
    yield Heading(texts.text("limits"))
    yield Paragraph(texts.text("new_limits" if limits != found.limits else "same_limits"))
    met = texts.messages.number(limits.strong_met)
    strong = texts.text("strong", places=limits.strong_places, met=met)
    yield Bullets((strong, texts.text("possible", places=limits.possible_places)))
    of_ten = {band: round(10 * share) for band, share in found.meaning.items()}
    yield Paragraph(texts.text("meaning", **of_ten))


def _agreement(found: Agreement, texts: Texts) -> Iterator[Block]:
    readers = dict(zip(("one", "other"), found.readers, strict=True))
    yield Heading(texts.text("readers"))
    is_defined = math.isfinite(found.kappa)
    words = TEXTS["kappa_words"][sum(found.kappa > step for step in STEPS)]
    parts = {"kappa": texts.cell(found.kappa, 2), "n": found.n_pairs, **readers}
    said = texts.messages.say(words if is_defined else TEXTS["undefined"])
    yield Paragraph(texts.text("kappa", words=said, **parts))
    if len(found.differing):
        yield Paragraph(texts.text("differ", number=len(found.differing)))
        shown = found.differing.head(MOST_DIFFERING).itertuples(index=False, name=None)
        rows = [(*pair, f"{mine:.0f}", f"{theirs:.0f}") for *pair, mine, theirs in shown]
        yield texts.table("differ", rows, *found.readers)
