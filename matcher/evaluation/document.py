"""A comparison as plain data for JSON, and as a document for people."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from importlib.metadata import version
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.documents.blocks import DASH, Block, Bullets, Document, Heading, Paragraph, Table
from matcher.evaluation.comparison import LEAST_SEEKERS, MAIN_METRICS, Comparison, Figures, metrics_within
from matcher.evaluation.intervals import Calibration, Interval
from matcher.evaluation.lists import ANALYST, DEPTH, LABELS, TFIDF
from matcher.files import bundled_toml

PACKAGES: Final = ("numpy", "pandas", "partner-matcher", "scikit-learn", "scipy")
WITH_INTERVAL: Final = ("MRR", "nDCG@10", "R@50", "R@100")
TEXTS: Final[dict[str, Any]] = bundled_toml(__package__, "texts.toml")
MUTED: Final = "mean ablation"


def as_record(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as mappings, lists, texts and numbers; None where a figure is not known."""
    found, truth = comparison, comparison.truth
    days = [work.day for work in truth.history.works if work.is_dated]
    lost = found.slice_differences
    differences: list[Any] = [] if lost is None else lost.to_dict("records")
    record: dict[str, Any] = as_plain(
        {
            "versions": {name: version(name) for name in PACKAGES},
            "seed": found.seed,
            "k": found.k,
            "dates": {
                "snapshot": truth.date,
                "history_first": min(days, default=None),
                "history_last": max(days, default=None),
                "labels_first": truth.labelled[0].day,
                "labels_last": truth.labelled[-1].day,
            },
            "counts": {
                "profiles": len(truth.pool),
                "reachable": int(found.ranked.reachable.sum()),
                "barred_pairs": found.ranked.n_barred,
                **truth.counts,
            },
            "notes": found.notes,
            "main": found.main,
            "systems": {name: _figures(figures) for name, figures in found.figures.items()},
            "differences": found.differences,
            "slices": found.slices,
            # Whether the main system loses in a group is not known of too few seekers.
            "slice_differences": [
                {**row, "loses": row["high"] < 0.0 if row["n"] >= LEAST_SEEKERS else None}
                for row in differences
            ],
            "candidate_groups": found.candidate_groups,
            "newcomers": found.newcomers,
            "calibration": found.ranked.calibration and _calibration_figures(found.ranked.calibration),
            "stability": found.stability,
            "ablation": [
                {"feature": name, "share": found.shares[name], "changes": changes, "method": MUTED}
                for name, changes in found.ablations.items()
            ],
        }
    )
    return record


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "seekers": figures.seekers,
        "sides": figures.sides.to_dict("index"),
        f"expected_matches@{DEPTH}": figures.matches,
        f"exposure@{DEPTH}": {name: one for name, one in vars(figures.exposure).items() if name != "lorenz"},
    }


def _calibration_figures(found: Calibration) -> dict[str, Any]:
    parts = {name: getattr(found, name) for name in ("brier", "ece", "predicted", "observed")}
    return {**parts, "pairs": found.n_rows, "seekers": found.ece.n, "curve": found.curve}


def as_plain(value: Any) -> Any:
    """Return dataclasses, tables, days and numbers of numpy as what JSON has; None for NaN and NaT."""
    match value:
        case pd.DataFrame():
            return as_plain(value.to_dict("records"))
        case Mapping():
            return {str(name): as_plain(cell) for name, cell in value.items()}
        case list() | tuple():
            return [as_plain(cell) for cell in value]
        case pd.Timestamp():
            return f"{value:%Y-%m-%d}"
        case np.generic():
            return as_plain(value.item())
        case float() if not math.isfinite(value):
            return None
    return as_plain(vars(value)) if is_dataclass(value) else None if value is pd.NaT else value


def make_document(comparison: Comparison) -> Document:
    """Return the report of a comparison: a table of systems, and the basis of its figures."""
    truth, k, seed = comparison.truth, comparison.k, comparison.seed
    parts = truth.counts | {"profiles": len(truth.pool), "k": k, "seed": seed}
    parts["seekers"] = truth.counts["calls"] + truth.counts["organisations"]
    days = {"day": truth.date, "first": truth.labelled[0].day, "last": truth.labelled[-1].day}
    written = {name: f"{day:%Y-%m-%d}" for name, day in days.items()}
    blocks: list[Block] = [Paragraph(TEXTS["summary"].format(**parts, **written)), Bullets(comparison.notes)]
    for heading, section in zip(TEXTS["headings"].values(), SECTIONS, strict=True):
        if found := tuple(section(comparison)):
            blocks += [Heading(heading.format(LABELS[comparison.main])), *found]
    return Document("Evaluation", "en", tuple(blocks))


def _systems(found: Comparison) -> Iterator[Block]:
    rows = []
    for system, figures in found.figures.items():
        seekers = figures.seekers.items()
        cells = (_cell(one) if name in WITH_INTERVAL else _number(one.mean) for name, one in seekers)
        rows.append([_label(system, found), *cells])
    yield _table(["system", *metrics_within(found.k)], rows)


def _sides(found: Comparison) -> Iterator[Block]:
    columns: dict[str, Callable[[Figures], float]] = {
        "nDCG at 10 of candidates": lambda one: one.sides["candidates"]["nDCG@10"],
        "worse side nDCG at 10": lambda one: one.sides["worse"]["nDCG@10"],
        "worse side R at 10": lambda one: one.sides["worse"]["R@10"],
        "expected mutual matches": lambda one: one.matches.total,
        "share of true pairs": lambda one: one.matches.share,
        "Gini": lambda one: one.exposure.gini,
        "coverage@10": lambda one: one.exposure.coverage,
        "most shown is in": lambda one: one.exposure.largest_share,
        "seekers without": lambda one: one.exposure.seekers_without,
    }
    rows = [
        [_label(system, found), *(_number(read(figures)) for read in columns.values())]
        for system, figures in found.figures.items()
    ]
    yield _table(["system", *columns], rows)
    yield Paragraph(TEXTS["exposure"].format(found.ranked.reachable.sum()))


def _differences(found: Comparison) -> Iterator[Block]:
    names = [name for name in metrics_within(found.k) if name in WITH_INTERVAL]
    rows = [[LABELS[system], *_cells(each, names)] for system, each in found.differences.items()]
    yield _table(["system", *names], rows)


def _groups(found: Comparison) -> Iterator[Block]:
    names = metrics_within(found.k, MAIN_METRICS)
    tables = {LABELS[name]: table for name, table in found.slices.items()}
    main, analyst = LABELS[found.main], LABELS[ANALYST]
    less = f"{main} less {analyst}"
    if found.slice_differences is not None:
        tables[less] = found.slice_differences
    columns = [(name, label) for name in names for label in tables]
    every = pd.concat([table.assign(label=label) for label, table in tables.items()])
    every["loses"] = (every["label"] == less) & (every["high"] < 0.0)
    rows, lost = [], []
    for (by, value), group in every.groupby(["by", "value"], sort=False):
        cells = {
            (one.metric, one.label): f"{_cell(one)}, loses here" if one.loses else _cell(one)
            for one in group.itertuples()
        }
        few = ["too few", *[DASH] * (len(columns) - 1)]
        n = group["n"].iloc[0]
        rows.append([by, value, str(n), *(few if n < LEAST_SEEKERS else map(cells.get, columns))])
        lost += [f"{by} {value} ({_readable(name)})" for name in group.loc[group["loses"], "metric"]]
    yield _table(["by", "value", "seekers", *(f"{name} {label}" for name, label in columns)], rows)
    if less in tables:
        text = TEXTS["loses" if lost else "loses_nowhere"]
        yield Paragraph(text.format(main, analyst, ", ".join(lost)))
        yield Paragraph(TEXTS["paired"].format(less))
    yield Paragraph(TEXTS["few"].format(LEAST_SEEKERS))


def _fairness(found: Comparison) -> Iterator[Block]:
    groups = found.candidate_groups
    recalls = groups[["found", "found_low", "found_high", "seekers"]].to_numpy()
    cells = [_cell(Interval(*one)) for one in recalls]
    yield from exposure_blocks(groups.assign(quality=cells), "R at 10 of true partners")


def exposure_blocks(groups: pd.DataFrame, quality: str) -> Iterator[Block]:
    """Yield the exposure of groups, their texts under the header `quality`, and who is shown little."""
    shares = groups["pool_share"].map(_number)
    parts = [groups["by"], groups["value"], groups["candidates"].astype(str), shares]
    cells = zip(*parts, map(_cell, groups.itertuples()), groups["quality"], strict=True)
    rows = [[*map(str, row)] for row in cells]
    yield _table(
        ["by", "value", "candidates", "share of the pool", "share of first ten ranks", quality], rows
    )
    low = [f"{one.by} {one.value}" for one in groups[groups["is_low"]].itertuples()]
    yield Paragraph(TEXTS["shown_little" if low else "shown_fairly"].format(", ".join(low)))
    yield Paragraph(TEXTS["fair"].format(LEAST_SEEKERS))


def _newcomers(found: Comparison) -> Iterator[Block]:
    names = list(found.newcomers[TFIDF]["partners"])
    rows = [
        [LABELS[system], who, str(recalls[names[0]].n), *_cells(recalls, names)]
        for system, each in found.newcomers.items()
        for who, recalls in (("partner", each["partners"]), ("partner and seeker", each["both"]))
    ]
    yield Paragraph(TEXTS["newcomers"])
    yield _table(["system", "without history", "seekers", *names], rows)


def _calibration(comparison: Comparison) -> Iterator[Block]:
    found = comparison.ranked.calibration
    if found is None:
        return
    ends = {name: getattr(found, name) for name in ("brier", "ece")}
    figures = {name: f"{one.mean:.3g} ({one.low:.3g} to {one.high:.3g})" for name, one in ends.items()}
    yield Paragraph(TEXTS["calibration"].format(**_calibration_figures(found) | figures))
    rows = [[f"{one.predicted:.2g}", f"{one.observed:.2g}", f"{one.n:,}"] for one in found.curve.itertuples()]
    yield _table(["predicted", "observed", "pairs"], rows)


def _stability(found: Comparison) -> Iterator[Block]:
    one: Any
    rows = []
    for one in found.stability.itertuples():
        overlap = f"{one.overlap:.3f} ({one.least_overlap:.3f})"
        rows.append([f"±{round(100 * one.spread)} %", overlap, f"{one.rbo:.3f} ({one.least_rbo:.3f})"])
    n = found.stability["draws"].iloc[0]
    yield _table(["weights", f"overlap at 10, mean (least) of {n} draws", "RBO, mean (least)"], rows)


def _ablation(found: Comparison) -> Iterator[Block]:
    if not found.shares:
        return
    names = metrics_within(found.k, MAIN_METRICS)
    rows = [
        [name, "gate" if math.isnan(share) else _number(share), *_cells(found.ablations[name], names)]
        for name, share in found.shares.items()
    ]
    yield Paragraph(TEXTS["ablation"].format(MUTED))
    yield _table(["feature", "share", *(f"change of {name}" for name in names)], rows)


SECTIONS: Final = (  # in the order of their headings; one without blocks is left out
    *(_systems, _sides, _differences, _groups, _fairness),
    *(_newcomers, _calibration, _stability, _ablation),
)


def _label(system: str, found: Comparison) -> str:
    return f"{LABELS[system]} (main)" if system == found.main else LABELS[system]


def _cells(intervals: Mapping[str, Interval], names: Sequence[str]) -> list[str]:
    return [_cell(intervals[name]) for name in names]


def _cell(one: Any) -> str:
    """Write an interval, or a row of a table that has its fields."""
    mean = _number(one.mean)
    return mean if math.isnan(one.low) else f"{mean} ({_number(one.low)} to {_number(one.high)})"


def _number(value: float) -> str:
    # The minus sign proper: Markdown would write a hyphen at the start of a cell behind a backslash.
    return DASH if math.isnan(value) else f"{value:.3f}".replace("-", "\N{MINUS SIGN}")


def _table(header: Iterable[str], rows: Iterable[Sequence[str]]) -> Table:
    return Table(tuple(map(_readable, header)), tuple(map(tuple, rows)))


def _readable(metric: str) -> str:
    name, is_cut, depth = metric.partition("@")
    return f"{name} at {depth}" if is_cut else metric
