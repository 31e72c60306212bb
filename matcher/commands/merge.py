"""`matcher merge`: the shards of a run in, the files of the whole run out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from matcher.columns import Recommendation, Rejection
from matcher.commands.batch import BatchReport, overbooked, summarise
from matcher.commands.localisation import echo
from matcher.documents.language import Messages, check_lang
from matcher.tables.writing import (
    check_writable,
    is_written_in_parts,
    notes_path,
    rejected_path,
    write_or_remove,
    write_parts,
)

if TYPE_CHECKING:
    from matcher.matching.rules import RuleNote

COUNTED: Final = [Recommendation.SEEKER, Recommendation.CANDIDATE, Recommendation.RANK, Recommendation.BAND]
"""Columns by which recommendations are counted; only these are held of all shards at once."""


def merge(folder: Path, out: Path, lang: str = "en") -> None:
    """Merge the shards of a run into the table that one run would have written, byte by byte.

    The language of the table is that of the shards.
    """
    check_lang(lang)
    echo(str(merge_shards(folder, out)))


def merge_shards(folder: Path, out: Path) -> BatchReport:
    """Merge the shards of a folder into the files of `match_batch`."""
    from matcher.commands.shards import Shards
    from matcher.output.results import write_recommendations

    for target in (out, rejected_path(out), notes_path(out)):
        check_writable(target)
    shards = Shards.open(folder)
    listed: list[pd.DataFrame] = []
    capacity: dict[str, float] = {}

    def tables() -> Iterator[pd.DataFrame]:
        for table, known in shards.recommendations():
            listed.append(table[COUNTED])
            capacity.update(known)
            yield table

    lang, in_parts = shards.run["lang"], is_written_in_parts(out)
    if in_parts:
        write_parts(tables(), out)
    else:
        whole = pd.concat(tables(), ignore_index=True)
    counted = pd.concat(listed, ignore_index=True)
    full = overbooked(counted, capacity)
    rejected, notes = _findings(shards.whole, full, lang)
    if not in_parts:
        write_recommendations(whole, rejected, notes, out, lang)
    files = {
        "out": out,
        "rejected": write_or_remove(rejected, rejected_path(out)),
        "notes": write_or_remove(notes, notes_path(out)),
        "report": None,
        "pages": None,
    }
    return summarise(counted, {**shards.whole["counts"], "n_overbooked": len(full)}, files)


def _findings(whole: Mapping[str, Any], full: list[RuleNote], lang: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rejected rows and notes of a whole run, with those on overbooked organisations."""
    from matcher.matching.rules import notes_frame

    rejected, notes = (
        pd.DataFrame(whole[name], dtype=object).astype({Rejection.LINE.value: "Int64"})
        for name in ("rejected", "notes")
    )
    if not full:
        return rejected, notes
    added = notes_frame(full).assign(input="profiles")[[*notes]]
    added[Rejection.REASON] = added[Rejection.REASON].map(Messages(lang).render)
    cut = whole["notes_of_profiles"]
    parts = [notes[:cut], added.astype(notes.dtypes.to_dict()), notes[cut:]]
    return rejected, pd.concat(parts, ignore_index=True)
