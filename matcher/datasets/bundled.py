"""Tables that come with the package: fictional organisations, judged pairs, a simulated history."""

import datetime as dt
from pathlib import Path
from typing import Final

import pandas as pd

from matcher.profiles import ProfileTable, read_profiles

DEMO_FOLDER: Final = Path(__file__).parent / "demo"
DEMO_PATH: Final = DEMO_FOLDER / "organisations.jsonl"
"""176 fictional organisations, half writing in English and half in Indonesian."""
JUDGED_PATH: Final = DEMO_FOLDER / "judged_pairs.jsonl"
HISTORY_PATH: Final = DEMO_FOLDER / "history.csv"
"""`simulate_outcomes` of the demo with its defaults."""
DEMO_DATE: Final = dt.date(2026, 10, 31)
"""Day at which the demo stands: it reads the same whatever the clock says."""


def load_demo() -> ProfileTable:
    """Return the demo's fictional organisations, read and checked.

    Returns
    -------
    table : ProfileTable
        176 profiles kept, none rejected, as of `DEMO_DATE`.

    Examples
    --------
    >>> len(load_demo().kept)
    176
    """
    return read_profiles(DEMO_PATH, today=DEMO_DATE)


def load_judged_pairs() -> pd.DataFrame:
    """Return pairs of demo organisations, each judged by reading both profiles.

    Returns
    -------
    pairs : DataFrame
        One row a pair: seeker and candidate (ids), judgement ("good": it would serve both sides, or
        "poor": it would not, though something in the texts suggests it), why (in English).

    Examples
    --------
    >>> sorted(load_judged_pairs()["judgement"].unique())
    ['good', 'poor']
    """
    return pd.read_json(JUDGED_PATH, lines=True, dtype=False, encoding="utf-8")
