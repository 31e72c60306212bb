"""Scoring lists against what happened, intervals, and tables."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import typer
from threadpoolctl import threadpool_info

from benchmarks.cases import Case
from matcher.arrays import Floats

Lists = dict[str, list[str]]
Results = dict[str, Any]

SEED: Final = 0


def judge(case: Case, systems: Mapping[str, Lists], score: Path, baseline: str = "TF-IDF") -> dict[str, Any]:
    """Score every system, and its paired difference from one of them."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{place}.parquet" for place, name in enumerate(systems)}
        for name, lists in systems.items():
            rows = [(s, c, rank) for s, listed in lists.items() for rank, c in enumerate(listed, 1)]
            pd.DataFrame(rows, columns=["seeker", "candidate", "rank"]).to_parquet(paths[name])
        for name in systems:
            target = Path(folder) / "result.json"
            command = [sys.executable, score, paths[name], case.truth, "--json", target]
            command += ["--history", case.history] if case.name == "grants" else []
            command += ["--against", paths[baseline]] if name != baseline else []
            subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
            results[name] = json.loads(target.read_text(encoding="utf-8"))
    return results


def interval(values: Floats) -> dict[str, float]:
    """Mean and 95 % bootstrap interval over seekers."""
    rows = np.random.default_rng(SEED).integers(0, len(values), (2000, len(values)))
    means = values[rows].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {"mean": float(values.mean()), "low": float(low), "high": float(high)}


def describe_machine() -> dict[str, str]:
    """Say where and with what the figures were made."""
    names = ["numpy", "pandas", "scikit-learn", "sentence-transformers", "torch"]
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line for line in info.read_text(encoding="utf-8").splitlines() if "model name" in line]
        cpu = models[0].split(":")[1].strip() if models else cpu
    kernels = {
        f"{library['internal_api']} {library.get('architecture', 'unknown')}"
        for library in threadpool_info()
        if library["user_api"] == "blas"
    }
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "cpu": f"{cpu}, {os.cpu_count()} cores",
        "blas": ", ".join(sorted(kernels)),
        "python": platform.python_version(),
        "seed": str(SEED),
        **{name: version(name) for name in names},
    }


def show(case: str, results: Mapping[str, Any], baseline: str = "TF-IDF") -> None:
    """Print one Markdown table of a case."""
    metrics = [name for name in next(iter(results.values())) if name != "difference"]
    typer.echo(f"\n### {case}\n")
    typer.echo("| system | " + " | ".join(metrics) + f" | against {baseline} |")
    typer.echo("|---" * (len(metrics) + 2) + "|")
    for name, result in results.items():
        cells = [cell(result[metric]) for metric in metrics]
        first = "share@10" if "share@10" in metrics else "nDCG@20" if case == "grants" else "nDCG@10"
        against = (
            cell(result["difference"][first], signed=True) + f" {first}" if "difference" in result else ""
        )
        typer.echo(f"| {name} | " + " | ".join(cells) + f" | {against} |")


def cell(value: Mapping[str, float], *, signed: bool = False) -> str:
    """Return a figure with its interval as text."""
    sign = "+" if signed else ""
    return f"{value['mean']:{sign}.3f} [{value['low']:{sign}.3f}, {value['high']:{sign}.3f}]"


def write(results: Mapping[str, Any], path: Path | None) -> None:
    """Write figures, and what they were made with, as JSON."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"machine": describe_machine(), **results}, indent=1), encoding="utf-8")
