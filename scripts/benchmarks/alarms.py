"""How often reviews of simulated programmes are alarmed: quiet ones, and ones with planted faults."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
import pandas as pd
import typer
from scipy.stats import binomtest

from benchmarks.judging import Results
from matcher.datasets import load_demo
from matcher.review import Review, ReviewSettings, gather, review
from matcher.review.review import KINDS, ONE_SIDED, Finding
from simulation import InputDrift, Miscalibration, OneSided, Programme, simulate_programme
from simulation.reviews import ANSWER_CENTRE, ANSWER_SLOPES

ROUNDS: Final = 18
SETTINGS: Final = ReviewSettings(calibrated=True, draws=50)
EVERY: Final = pd.DateOffset(months=3)  # reviews of a programme with fading partnerships follow each other so


def count_alarms(runs: int, planted: int) -> Results:
    """Count quiet programmes with an alarm of each kind, and faults that are found."""
    quiet = [_quiet_kinds(seed) for seed in range(runs)]
    names = [*KINDS, "one_sided, by truth"]
    rates = {name: _share(sum(name in kinds for kinds in quiet), runs) for name in names}
    faults: dict[str, Callable[[int], bool]] = {
        "input drift (half of the seekers new)": _finds_drift,
        "probabilities with twice the odds": _finds_high,
        "log-odds twice as large": _finds_bold,
    }
    found = {name: _share(sum(map(find, range(planted))), planted) for name, find in faults.items()}
    found["fading partnerships, quarterly reviews"] = _fades(range(planted))
    _show("quiet programmes with an alarm", rates)
    _show("planted faults found", found)
    return {"rounds": ROUNDS, "alarm_rate": SETTINGS.alarm_rate, "quiet": rates, "planted": found}


def _share(hits: int, n: int) -> dict[str, float]:
    low, high = binomtest(hits, n).proportion_ci(method="wilson") if n else (math.nan, math.nan)
    return {"hits": hits, "n": n, "mean": hits / n if n else math.nan, "low": low, "high": high}


def _show(title: str, rows: dict[str, dict[str, float]]) -> None:
    typer.echo(f"\n### {title}\n\n| what | share | of |\n|---|---|---|")
    for name, one in rows.items():
        typer.echo(f"| {name} | {one['mean']:.3f} [{one['low']:.3f}, {one['high']:.3f}] | {one['n']:.0f} |")


def _quiet_kinds(seed: int) -> set[str]:
    programme = simulate_programme(load_demo().kept, rounds=ROUNDS, seed=seed)
    found = _reviewed(programme)
    kinds = {alarm.kind.split("_")[0] if "drift_" in alarm.kind else alarm.kind for alarm in found.alarms}
    findings = [alarm.about for alarm in found.alarms if alarm.kind == ONE_SIDED]
    if any(_is_false(one, programme) for one in findings if isinstance(one, Finding)):
        kinds.add("one_sided, by truth")
    return kinds


def _is_false(finding: Finding, programme: Programme) -> bool:
    """Return whether a partnership called one-sided is not: its sides' true benefits are about alike.

    In quiet programmes, too, some partnerships serve one side only from the first day.
    """
    truth = programme.truth.pairs
    is_meant = (truth["seeker"] == finding.pair[0]) & (truth["candidate"] == finding.pair[1])
    gains = truth.loc[is_meant, ["seeker_gain", "candidate_gain"]].to_numpy(np.float64)[0]
    benefits = [min(max(ANSWER_CENTRE + ANSWER_SLOPES["benefit"] * gain, 1.0), 5.0) for gain in gains]
    return bool(abs(benefits[0] - benefits[1]) <= SETTINGS.tolerated_gap)


def _reviewed(programme: Programme, day: pd.Timestamp | None = None) -> Review:
    profiles = pd.concat([programme.profiles, programme.newcomers], ignore_index=True)
    as_of = programme.end if day is None else day.date()
    return review(
        gather(programme.outcomes, profiles, reviews=programme.reviews, shown=programme.shown, as_of=as_of),
        SETTINGS,
    )


def _planted(seed: int, **faults: Any) -> Programme:
    return simulate_programme(load_demo().kept, rounds=ROUNDS, seed=seed, **faults)


def _finds_drift(seed: int) -> bool:
    found = _reviewed(_planted(seed, input_drift=InputDrift(start=ROUNDS // 2)))
    return any(alarm.kind == "drift_inputs" for alarm in found.alarms)


def _finds_high(seed: int) -> bool:
    return _verdict(seed, Miscalibration(start=0, shift=math.log(2.0))) == "too_high"


def _finds_bold(seed: int) -> bool:
    return _verdict(seed, Miscalibration(start=0, shift=0.0, slope=2.0)) not in ("fine", "too_little")


def _verdict(seed: int, miscalibration: Miscalibration) -> str:
    found = _reviewed(_planted(seed, miscalibration=miscalibration)).calibration
    return found.verdict if found is not None else "too_little"


def _fades(seeds: Iterable[int]) -> dict[str, float]:
    """Count the fading partnerships that some review named while they lived."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        programme = _planted(seed, one_sided=OneSided(start=3, per_month=0.5))
        fading = {(one.seeker, one.candidate) for one in programme.truth.fades}
        named: set[tuple[str, str]] = set()
        for day in pd.date_range(programme.dates[-1], programme.end, freq=EVERY):
            findings = [alarm.about for alarm in _reviewed(programme, day).alarms]
            named |= {one.pair for one in findings if isinstance(one, Finding)}
        counts.update(n=len(fading), hits=len(fading & named))
    return _share(counts["hits"], counts["n"])
