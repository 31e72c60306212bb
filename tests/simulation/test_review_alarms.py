"""Planted faults are found in simulated programmes, and quiet ones are rarely alarmed."""

from collections import Counter
from functools import cache

import pandas as pd
import pytest

from benchmarks.alarms import count_alarms
from matcher.datasets import load_demo
from matcher.review import ReviewSettings, gather, review
from simulation import InputDrift, Miscalibration, OneSided, simulate_programme

SETTINGS = ReviewSettings(calibrated=True, draws=50)


@cache
def simulate(**planted):
    return simulate_programme(load_demo().kept, rounds=18, **planted)


def look(day=None, **planted):
    programme = simulate(**planted)
    profiles = pd.concat([programme.profiles, programme.newcomers], ignore_index=True)
    data = gather(
        programme.outcomes,
        profiles,
        reviews=programme.reviews,
        shown=programme.shown,
        as_of=day or programme.end,
    )
    return review(data, SETTINGS), programme


@pytest.mark.slow
def test_alarms_input_drift_is_found_and_named():
    for seed in range(3):
        found, _ = look(seed=seed, input_drift=InputDrift(start=9))
        names = {alarm.about.name for alarm in found.alarms if alarm.kind == "drift_inputs"}
        assert names >= {"kind", "country"}
        assert found.advice in ("retrain", "reweight")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("planted", "verdict"),
    [
        (Miscalibration(start=0, shift=0.8), "too_high"),
        (Miscalibration(start=0, shift=-0.8), "too_low"),
    ],
)
def test_alarms_wrong_probabilities_are_found(planted, verdict):
    for seed in range(3):
        assert look(seed=seed, miscalibration=planted)[0].calibration.verdict == verdict


@pytest.mark.slow
def test_alarms_fading_partnerships_are_found_more_than_others():
    named, fading = [], set()
    for seed in range(3):
        for day in pd.date_range("2025-06-01", "2026-06-01", freq="3MS"):
            found, programme = look(day.date(), seed=seed, one_sided=OneSided(start=3, per_month=0.5))
            kinds = ("falling", "drifting_apart", "one_sided")
            named += [(seed, alarm.about.pair) for alarm in found.alarms if alarm.kind in kinds]
        fading |= {(seed, (one.seeker, one.candidate)) for one in programme.truth.fades}
    assert len(set(named) & fading) >= 4  # of 15; most end before a fourth review
    assert len(set(named) - fading) <= 4  # of about 500 others, some of which are one-sided by nature


@pytest.mark.slow
def test_alarms_quiet_programmes_rarely_alarm():
    counts = Counter()
    for seed in range(12):
        found, _ = look(seed=1000 + seed)
        counts.update({alarm.kind.removesuffix("_inputs").removesuffix("_scores") for alarm in found.alarms})
    for kind in ("falling", "drifting_apart", "calibration", "drift"):
        assert counts[kind] <= 3, counts  # of 12 at 5 %: 3 or fewer in 99.8 %


@pytest.mark.slow
def test_alarms_benchmark_counts_what_it_says(capsys):
    result = count_alarms(2, 1)
    assert result["quiet"]["drift"]["n"] == 2
    assert result["planted"]["input drift (half of the seekers new)"]["hits"] == 1
    assert "| falling | " in capsys.readouterr().out
