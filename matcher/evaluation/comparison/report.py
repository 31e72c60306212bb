"""A comparison as text: one table of systems, and what stands behind it; Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from matcher.evaluation import Interval, Side
from matcher.evaluation.comparison.figures import MAIN_METRICS, metrics_within
from matcher.evaluation.comparison.groups import tell_groups
from matcher.evaluation.comparison.results import Comparison
from matcher.evaluation.comparison.systems import LABELS, TFIDF

WITH_INTERVAL: Final = ("MRR", "nDCG@10", "R@50", "R@100")


def write_report(comparison: Comparison) -> str:
    """Return the report of a comparison, Markdown."""
    parts = [
        "# Evaluation",
        _dates(comparison),
        "\n".join(f"- {note}" for note in comparison.notes),
        "## What seekers find",
        _seekers(comparison),
        "## Both sides, and who gets shown",
        _sides(comparison),
        f"## {LABELS[comparison.main]} less each other system",
        _differences(comparison),
        "## Groups of seekers",
        _slices(comparison),
        "## Newcomers among the partners",
        _newcomers(comparison),
        *_chances(comparison),
        "## The analyst's weights, moved a little",
        _stability(comparison),
        *_ablations(comparison),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _dates(comparison: Comparison) -> str:
    truth, counts = comparison.truth, comparison.truth.counts
    return (
        f"{comparison.n_profiles:,} profiles as of {truth.date:%Y-%m-%d}; {counts['works_before']:,} joint "
        f"works up to that day are history. To be found: {counts['pairs']:,} partners of "
        f"{counts['calls'] + counts['organisations']:,} seekers ({counts['calls']:,} calls, "
        f"{counts['organisations']:,} organisations), from {counts['works_used']:,} of "
        f"{counts['works_after']:,} works of {truth.first:%Y-%m-%d} to {truth.last:%Y-%m-%d}. What is not "
        f"recorded counts as not found, so figures are lower bounds. Lists of {comparison.k}; intervals "
        f"are 95 %, over seekers; seed {comparison.seed}."
    )


def _seekers(comparison: Comparison) -> str:
    names = metrics_within(comparison.k)
    rows = [
        [
            _named(system, comparison),
            *(_cell(figures.seekers[name], bounds=name in WITH_INTERVAL) for name in names),
        ]
        for system, figures in comparison.figures.items()
    ]
    return _table(["system", *names], rows)


def _sides(comparison: Comparison) -> str:
    rows = []
    for system, figures in comparison.figures.items():
        means, shown, matches = figures.sides, figures.exposure, figures.matches
        served = [
            means[Side.CANDIDATES]["nDCG@10"],
            means[Side.WORSE]["nDCG@10"],
            means[Side.WORSE]["R@10"],
        ]
        shares = [shown.gini, shown.coverage, shown.largest_share, shown.without_place, shown.seekers_without]
        found = f"{matches.total:.1f} ({_number(matches.share)})"
        rows.append([_named(system, comparison), *map(_number, served), found, *map(_number, shares)])
    header = ["system", "nDCG@10 of candidates", "worse side nDCG@10", "worse side R@10"]
    header += ["expected mutual matches (share)", "Gini", "coverage@10", "most shown stands in"]
    table = _table([*header, "candidates without place", "seekers without"], rows)
    reading = (
        "A candidate's list holds the seekers judged here, by score. Exposure is that of the first 10 "
        f"places, over the {comparison.n_reachable:,} candidates that may be recommended to somebody; with "
        "few seekers most candidates can have no place."
    )
    return f"{table}\n\n{reading}"


def _differences(comparison: Comparison) -> str:
    names = [name for name in WITH_INTERVAL if name in metrics_within(comparison.k)]
    rows = [
        [LABELS[system], *(_cell(each[name], signed=True) for name in names)]
        for system, each in comparison.differences.items()
    ]
    return _table(["system", *names], rows)


def _slices(comparison: Comparison) -> str:
    names = [name for name in MAIN_METRICS if name in metrics_within(comparison.k)]
    header, rows, remarks = tell_groups(comparison, names, _cell)
    return f"{_table(header, rows)}\n\n{' '.join(remarks)}"


def _newcomers(comparison: Comparison) -> str:
    rows = []
    for system, found in comparison.newcomers.items():
        for who, label in (("partners", "partner"), ("both", "partner and seeker")):
            recalls = found[who]
            n = next(iter(recalls.values())).n
            rows.append([LABELS[system], label, str(n), *map(_cell, recalls.values())])
    names = list(comparison.newcomers[TFIDF]["partners"])
    return (
        "Neither knows joint work before the snapshot; a call goes by its lead. Where partner and seeker are "
        "newcomers, no organisation of the pair occurs in the history: this is the organisation-disjoint "
        "split.\n\n" + _table(["system", "without history", "seekers", *names], rows)
    )


def _chances(comparison: Comparison) -> list[str]:
    chances = comparison.chances
    if chances is None:
        return []
    header = ["predicted", "observed", "pairs"]
    rows = [
        [f"{row.predicted:.2g}", f"{row.observed:.2g}", f"{row.n:,}"] for row in chances.curve.itertuples()
    ]
    brier, ece = chances.calibration.brier, chances.calibration.ece
    return [
        "## Do probabilities come true?",
        f"All {chances.n_pairs:,} pairs of {chances.n_seekers:,} seekers that did find partners: predicted "
        f"{chances.predicted:.2g} on average, observed {chances.observed:.2g}. Brier score {_fine(brier)}; "
        f"expected calibration error {_fine(ece)}. A probability holds for a span of time as long as that of "
        "the labels it was learned from.",
        _table(header, rows),
    ]


def _stability(comparison: Comparison) -> str:
    rows = [
        [
            f"±{one.spread:.0%}".replace("%", " %"),
            f"{one.overlap:.3f} ({one.least_overlap:.3f})",
            f"{one.rbo:.3f} ({one.least_rbo:.3f})",
        ]
        for one in comparison.stability
    ]
    n = comparison.stability[0].draws
    return _table(["weights", f"overlap@10, mean (least) of {n} draws", "RBO, mean (least)"], rows)


def _ablations(comparison: Comparison) -> list[str]:
    if not comparison.ablations:
        return []
    names = list(comparison.ablations[0].changes)
    rows = [
        [
            one.feature,
            "gate" if math.isnan(one.share) else _number(one.share),
            *(_cell(one.changes[name], signed=True) for name in names),
        ]
        for one in comparison.ablations
    ]
    methods = " and ".join(dict.fromkeys(one.method for one in comparison.ablations))
    return [
        f"## {LABELS[comparison.main]} without one feature",
        f"Change where it does not count ({methods}); below 0 it helps. Features of share 0 are left out.",
        _table(["feature", "share", *(f"change of {name}" for name in names)], rows),
    ]


def _named(system: str, comparison: Comparison) -> str:
    return f"**{LABELS[system]}**" if system == comparison.main else LABELS[system]


def _cell(one: Interval, *, bounds: bool = True, signed: bool = False) -> str:
    if math.isnan(one.mean):
        return "-"
    sign = "+" if signed else ""
    mean = f"{one.mean:{sign}.3f}"
    return (
        f"{mean} [{one.low:{sign}.3f}, {one.high:{sign}.3f}]" if bounds and not math.isnan(one.low) else mean
    )


def _fine(one: Interval) -> str:
    return f"{one.mean:.3g} [{one.low:.3g}, {one.high:.3g}]"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
