"""Teams against the first of a ranking, with the same ranker: who joined a call, and whom to introduce."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
import typer

from benchmarks.cases import Case, json_rows, load_interreg
from benchmarks.judging import Results, cell, describe_machine, interval
from benchmarks.languages import Graded, further_markets, gains_of
from matcher import Matcher
from matcher.profiles.records import records_of

SIZE: Final = 5
SMALL: Final = 3  # members of a team in a market, where seekers have one to three good partners
HELD_OUT: Final = ("market e", "market f")  # markets by which nothing was chosen


def judge_teams(data: Path) -> Results:
    """Return shares of the partners of later calls, and of good ones, that teams and lists hold together."""
    case = load_interreg(data)
    rows = partners_found(case, {row["id"]: {*row["partners"]} for row in json_rows(case.truth)})
    found = {name: good_found(market) for name, market in further_markets().items()}
    parts = {
        f"{case.name}, teams of {SIZE}": rows,
        f"markets held out, teams of {SMALL}": pd.concat([found[name] for name in HELD_OUT]),
        f"other markets, teams of {SMALL}": pd.concat(
            [found[name] for name in found if name not in HELD_OUT]
        ),
    }
    results: Results = {name: compared(part) for name, part in parts.items()}
    for part, figures in results.items():
        typer.echo(f"\n### {part}\n\n| share of the partners found | mean |\n|---|---|")
        for name, value in figures.items():
            typer.echo(f"| {name} | {cell(value, signed=name == 'difference')} |")
    return results | {"machine": describe_machine()}


def partners_found(case: Case, partners: Mapping[str, set[str]]) -> pd.DataFrame:
    """Return the share of the partners of each call found by its list and by its team, a row per call."""
    matcher = Matcher(progress=True).fit(case.pool, case.history)
    seekers = records_of(case.seekers)
    return shares_found(matcher, {one["id"]: (one, partners[one["id"]]) for one in seekers}, SIZE)


def good_found(market: Graded) -> pd.DataFrame:
    """Return the share of the good partners of each seeker of a market found by its list and by its team."""
    pairs = {str(id_): {*gains_of(rows)} for id_, rows in market.pairs.groupby("seeker")}
    wanted = {id_: (id_, good) for id_, good in pairs.items() if good}
    return shares_found(Matcher().fit(market.pool), wanted, SMALL)


def shares_found(matcher: Matcher, wanted: Mapping[str, tuple[Any, set[str]]], size: int) -> pd.DataFrame:
    """Return the share of those wanted that the list and the team of each seeker hold, a row per seeker."""
    rows = []
    for id_, (seeker, true) in wanted.items():
        listed = matcher.recommend(seeker, size, explain=False)["candidate"]
        team = matcher.team(seeker, size).members()
        found = {name: len(true & {*of}) / len(true) for name, of in (("list", listed), ("team", team))}
        rows.append({"id": id_} | found)
    return pd.DataFrame(rows).set_index("id")


def compared(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the means of both, and their paired difference, with intervals over seekers."""
    found = {name: interval(rows[name].to_numpy()) for name in ("list", "team")}
    return {**found, "difference": interval((rows["team"] - rows["list"]).to_numpy())}
