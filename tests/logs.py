"""Rows that the tests of the outcome log record."""

import datetime as dt

import pandas as pd

from matcher.config import Config
from matcher.outcomes.log import Run
from matcher.outcomes.rounds import RoundEvent

NOON = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)
PAIR = {"seeker": "a", "candidate": "b", "stage": "met", "date": "2026-11-01"}
REVIEW = {"seeker": "a", "candidate": "b", "side": "seeker", "date": "2026-10-01", "trust": 4, "benefit": 2}
RUN = Run("run-1", dt.date(2026, 10, 1), Config(seed=3), "WeightedRanker", k=2, n_seekers=2)
SHOWN = pd.DataFrame(
    {
        "seeker": ["a", "a", "b"],
        "candidate": ["b", "c", "a"],
        "rank": [1, 2, 1],
        "score": [0.9, 0.5, 0.7],
        "mutual": [0.8, 0.4, 0.6],
        "seeker_gain": [0.7, 0.3, float("nan")],
        "candidate_gain": [0.9, 0.5, 0.7],
    }
)


def set_clock(monkeypatch, moment=NOON):
    """Let logs take another time as the present one."""
    monkeypatch.setattr("matcher.outcomes.database.now", lambda: moment)


def fill(log):
    """Add a row to every table of a log."""
    log.record(**PAIR)
    log.record_reviews(pd.DataFrame([REVIEW]))
    log.record_run(RUN, SHOWN)
    log.record_adjustment({"values": 1.0}, dt.date(2026, 11, 1), "try")
    proposed = RoundEvent("a", "b", "proposed", NOON.date())
    log.record_round("spring", [proposed])
