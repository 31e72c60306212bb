"""Teams against the first of a ranking, with the same ranker: who joined a call."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd
import typer

from benchmarks.cases import Case, json_rows, load_interreg
from benchmarks.judging import Results, cell, describe_machine, interval
from matcher import Matcher
from matcher.profiles.records import records_of

SIZE: Final = 5


def judge_teams(data: Path) -> Results:
    """Return shares of the partners of later calls that teams, and the first of lists, hold together."""
    case = load_interreg(data)
    rows = partners_found(case, {row["id"]: {*row["partners"]} for row in json_rows(case.truth)})
    results: Results = {case.name: compared(rows, "partners"), "machine": describe_machine()}
    typer.echo(f"\n### {case.name}: teams of {SIZE}\n\n| share of the partners found | mean |\n|---|---|")
    for name, value in results[case.name].items():
        typer.echo(f"| {name} | {cell(value, signed=name == 'difference')} |")
    return results


def partners_found(case: Case, partners: dict[str, set[str]]) -> pd.DataFrame:
    """Return the share of the partners of each call found by its list and by its team, a row per call."""
    matcher = Matcher(progress=True).fit(case.pool, case.history)
    listed = matcher.recommend(case.seekers, SIZE, explain=False).groupby("seeker")["candidate"].agg(set)
    rows = []
    for record in records_of(case.seekers):
        true = partners[record["id"]]
        team = matcher.team(record, SIZE, alternatives=0)
        systems: dict[str, Any] = {"list": listed.get(record["id"], set()), "team": {*team.members()}}
        rows.append({"id": record["id"]} | {name: len(true & of) / len(true) for name, of in systems.items()})
    return pd.DataFrame(rows).set_index("id")


def compared(rows: pd.DataFrame, what: str) -> dict[str, dict[str, float]]:
    """Return the means of both, and their paired difference, with intervals over seekers."""
    found = {name: interval(rows[name].to_numpy()) for name in ("list", "team")}
    return {**found, "difference": interval((rows["team"] - rows["list"]).to_numpy())}
