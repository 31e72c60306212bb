"""What a reader must know to trust the figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matcher.evaluation.comparison.arena import Arena
from matcher.features.sides import latest_date


def count_barred(arena: Arena) -> int:
    """Count the true pairs that no system may recommend."""
    barred = 0
    for row, partners in enumerate(arena.partners):
        barred += int((~arena.may_recommend(np.array([row]))[0, partners]).sum())
    return barred


def write_notes(arena: Arena, n_barred: int) -> list[str]:
    """Return what a reader must know to trust the figures."""
    truth, counts = arena.truth, arena.truth.counts
    named = latest_date(arena.pool)
    notes = []
    if len(arena.seekers) == 1:
        notes.append("one seeker carries no interval: bounds equal the mean (n=1)")
    if named is not None and pd.Timestamp(named) > truth.date:
        notes.append(
            f"profiles name dates up to {named}, after the snapshot that the settings ask for: they may tell "
            "of what was to be found, and the figures may flatter"
        )
    if not truth.history.works:
        notes.append("there is no history: popularity knows nothing, and every organisation is a newcomer")
    if counts["unknown_members"]:
        notes.append(
            f"{counts['unknown_members']:,} members of later works have no profile and could not be found"
        )
    if counts["plain_calls"]:
        notes.append(f"of {counts['plain_calls']:,} calls only the text could be read")
    if n_barred:
        notes.append(
            f"{n_barred:,} partners may not be recommended (red flag or exclusion): no system can find them"
        )
    return notes
