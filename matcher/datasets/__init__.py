"""The demo: fictional organisations, judged pairs, a simulated history and a simulated programme."""

import datetime as dt
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from matcher.profiles import ProfileTable, read_profiles

DEMO_FOLDER: Final = Path(__file__).parent / "demo"
DEMO_PATH: Final = DEMO_FOLDER / "organisations.jsonl"  # half in English and half in Indonesian
JUDGED_PATH: Final = DEMO_FOLDER / "judged_pairs.jsonl"
HISTORY_PATH: Final = DEMO_FOLDER / "history.csv"
"""Simulated outcomes of 600 introductions between the demo's organisations, 2023-01-01 to 2026-09-30."""
PROGRAMME_FOLDER: Final = DEMO_FOLDER / "programme"
DEMO_DATE: Final = dt.date(2026, 10, 31)  # so that reading the demo does not depend on the clock


class DemoProgramme(NamedTuple):
    """A simulated year of monthly recommendations, 2024, with outcomes up to 2025-12-01."""

    outcomes: pd.DataFrame  # columns of `matcher.columns.Outcome`, then reason; one row per stage of a pair
    shown: pd.DataFrame
    """Recommendations: run, round, date, seeker, candidate, rank, score, mutual, seeker_gain, candidate_gain,
    propensity; probabilities to four digits. The probabilities are planted too high.
    """
    reviews: pd.DataFrame
    """Columns of `matcher.columns.Answer`; one row per review by one side of a partnership."""
    fading: pd.DataFrame
    """seeker, candidate, side, begins: of eight partnerships planted so that a side gains less and less."""


def load_demo() -> ProfileTable:
    """Return the demo's 176 fictional organisations, read and checked as of `DEMO_DATE`; none is rejected."""
    return read_profiles(DEMO_PATH, today=DEMO_DATE)


def load_judged_pairs() -> pd.DataFrame:
    """Return pairs of demo organisations, each judged by reading both profiles.

    Columns are seeker and candidate (ids), judgement ("good": it would serve both sides, or "poor": it would
    not, though something in the texts suggests it) and why (in English).
    """
    return pd.read_json(JUDGED_PATH, lines=True, dtype=False, encoding="utf-8")


def load_programme() -> DemoProgramme:
    """Return a simulated programme of monthly recommendations between the demo's organisations."""
    tables = []
    for name in DemoProgramme._fields:
        table = pd.read_csv(PROGRAMME_FOLDER / f"{name}.csv", encoding="utf-8")
        dates = dict.fromkeys(table.columns.intersection(["date", "begins"]), "datetime64[ns]")
        tables.append(table.astype(dates).fillna({"reason": "", "changes_wanted": ""}))
    return DemoProgramme(*tables)
