"""Groups of seekers: where in the main system's mean a group may be hidden that it serves worse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from matcher.columns import Profile
from matcher.evaluation import Interval, Slice, slice_metrics
from matcher.evaluation.comparison.arena import Arena
from matcher.evaluation.comparison.results import Comparison
from matcher.evaluation.comparison.systems import ANALYST, LABELS
from matcher.evaluation.slices import LEAST_SEEKERS

SLICED: Final = ("kind", "language", "country", "size", "newcomer")
TOO_FEW: Final = "too few to tell"

Group = tuple[str, str]
Found = Mapping[Group, Mapping[str, Interval]]


def slice_seekers(arena: Arena, by_seeker: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the means of figures by seeker in each group of seekers; columns of `Slice`.

    Parameters
    ----------
    arena : Arena
    by_seeker : DataFrame of shape (n_seekers, n_metrics)
        Metrics of a system, or the differences of two.
    seed : int
        Of the bootstrap.
    """
    seekers, spoken = arena.seekers, arena.seeker_side.text_languages
    return slice_metrics(
        by_seeker,
        seekers,
        language=pd.Series(spoken, index=seekers[Profile.ID].to_numpy()),
        newcomer=arena.newcomers(),
        seed=seed,
    )


def loses(difference: Interval) -> bool:
    """Return whether an interval lies wholly below 0; not where none is claimed."""
    return difference.high < 0.0


def record_differences(table: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Return differences by group as rows for JSON, each with whether the main system loses there.

    Parameters
    ----------
    table : DataFrame or None
        As `Comparison.slice_differences`.

    Returns
    -------
    rows : list of dict
        Columns of `Slice`, and loses: None where there are too few seekers to tell.
    """
    if table is None:
        return []
    rows = [{str(name): cell for name, cell in row.items()} for row in table.to_dict("records")]
    return [
        {**row, "loses": loses(_interval(row)) if row[Slice.N] >= LEAST_SEEKERS else None} for row in rows
    ]


def tell_groups(
    comparison: Comparison, metrics: Sequence[str], cell: Callable[..., str]
) -> tuple[list[str], list[list[str]], list[str]]:
    """Return the header, the rows and the remarks of the table of groups.

    Parameters
    ----------
    comparison : Comparison
    metrics : sequence of str
        What is shown.
    cell : callable
        Writes an interval; with signed=True a difference.

    Returns
    -------
    header, rows : lists of str
        A row a group; groups of too few seekers have their count alone.
    remarks : list of str
        What to read from the table.
    """
    shown = {LABELS[name]: _by_group(table) for name, table in comparison.slices.items()}
    less = None if comparison.slice_differences is None else _by_group(comparison.slice_differences)
    if less is not None:
        shown[f"{LABELS[comparison.main]} less {LABELS[ANALYST]}"] = less
    columns = [(name, label) for name in metrics for label in shown]
    header = ["by", "value", "seekers", *(f"{name} {label}" for name, label in columns)]
    rows = []
    for group, n in _sizes(comparison).items():
        cells = [TOO_FEW, *["-"] * (len(columns) - 1)]
        if n >= LEAST_SEEKERS:
            found = [(shown[label], group, name) for name, label in columns]
            cells = [_cell(table[group][name], cell, is_less=table is less) for table, group, name in found]
        rows.append([*group, str(n), *cells])
    return header, rows, _remarks(comparison, less, metrics)


def _sizes(comparison: Comparison) -> dict[Group, int]:
    """Return the seekers of each group, in the order of the report."""
    rows = comparison.slices[comparison.main].to_dict("records")
    sizes = {(str(row[Slice.BY]), str(row[Slice.VALUE])): int(row[Slice.N]) for row in rows}
    return dict(sorted(sizes.items(), key=lambda pair: SLICED.index(pair[0][0])))


def _by_group(table: pd.DataFrame) -> Found:
    found: dict[Group, dict[str, Interval]] = {}
    for row in table.to_dict("records"):
        found.setdefault((row[Slice.BY], row[Slice.VALUE]), {})[row[Slice.METRIC]] = _interval(row)
    return found


def _interval(row: Any) -> Interval:
    return Interval(row[Slice.MEAN], row[Slice.LOW], row[Slice.HIGH], row[Slice.N])


def _cell(one: Interval, cell: Callable[..., str], *, is_less: bool) -> str:
    return cell(one, signed=is_less) + (", loses here" if is_less and loses(one) else "")


def _remarks(comparison: Comparison, less: Found | None, metrics: Sequence[str]) -> list[str]:
    remarks = [f"Groups of fewer than {LEAST_SEEKERS} seekers are too few to tell."]
    if less is None:
        return remarks
    lost = [
        f"{by} {value} ({name})" for by, value in less for name in metrics if loses(less[by, value][name])
    ]
    main, analyst = LABELS[comparison.main], LABELS[ANALYST]
    told = f"The {main} loses to the {analyst} for: {', '.join(lost)}." if lost else ""
    reading = (
        f"Where the interval of {main} less {analyst}, paired by seeker, lies wholly below 0, it loses here; "
        "of many groups, one in forty does so by chance alone."
    )
    return [told or f"In no group is the {main} seen to lose to the {analyst}.", reading, *remarks]
