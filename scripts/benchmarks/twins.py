"""Whether a profile and its twin in the other language get the same places, in lists and in rounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.judging import Results
from benchmarks.languages import TWINS, languages_of, ratio_interval, show_table
from matcher import Matcher, read_profiles
from matcher.columns import Profile
from matcher.datasets import load_demo

FIRST: Final = 10  # ranks of the lists that count as being shown


def judge_places() -> Results:
    """Replace each original by its twin, one after the other, and compare its places."""
    pool, twins = read_profiles(load_demo()).kept, read_profiles(TWINS).kept
    table = compare_places(pool, twins)
    spoken = languages_of(pool)
    direction = table.index.map(lambda id_: "en to id" if spoken[id_] == "en" else "id to en")
    parts = {"all": table, **{str(name): part for name, part in table.groupby(direction)}}
    results = {name: figures_of(part) for name, part in parts.items()}
    _show(results)
    return {"places of twins": results}


def compare_places(pool: pd.DataFrame, twins: pd.DataFrame) -> pd.DataFrame:
    """Return the places of originals and twins: one row per twin, by id.

    Columns `original` and `twin`: in how many lists it is among the first; moves: how far it moves in each
    list where either is; own: share of its own first partners that stay; in a round of everybody, the
    number of its meetings (`meetings`), their mean mutual score (`mutual`) and the same of the twin.
    """
    (before, met), rows = places_in(pool), {}
    for row, id_ in enumerate(twins[Profile.ID]):
        replaced = pd.concat([pool[pool[Profile.ID] != id_], twins.iloc[[row]]], ignore_index=True)
        after, meeting = places_in(replaced)
        ours, theirs = before[id_].dropna(), after[id_].dropna()
        first = (np.minimum(ours, theirs) <= FIRST).reindex(ours.index, fill_value=False)
        own, other = ({*ranks.loc[id_][ranks.loc[id_] <= FIRST].index} for ranks in (before, after))
        rows[id_] = {
            "original": int((ours <= FIRST).sum()),
            "twin": int((theirs <= FIRST).sum()),
            "moves": (theirs - ours)[first].dropna().tolist(),
            "own": len(own & other) / FIRST,
            "meetings": len(met[id_]),
            "meetings of twin": len(meeting[id_]),
            "mutual": float(met[id_].mean()),
            "mutual of twin": float(meeting[id_].mean()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def places_in(pool: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """Return ranks in lists, and mutual scores of the meetings in a round of everybody.

    Ranks are of every candidate (columns) in every list (rows), NaN where it may not be listed; mutual
    scores by organisation.
    """
    matcher = Matcher().fit(pool)
    table = matcher.recommend_all(len(pool), explain=False)
    planned = matcher.assign(explain=False).table
    sides = (planned.set_index(side)["mutual"] for side in ("seeker", "candidate"))
    met = pd.concat([*sides])
    ranks = table.pivot_table(index="seeker", columns="candidate", values="rank")
    return ranks, {str(id_): met[met.index == id_] for id_ in pool[Profile.ID]}


def figures_of(table: pd.DataFrame) -> dict[str, Any]:
    """Return medians, the ninth decile and intervals over twins."""
    moves = np.concatenate([np.asarray(each, dtype=float) for each in table["moves"]])
    ones = np.ones(len(table))
    return {
        "twins": len(table),
        "median move": float(np.median(np.abs(moves))) if len(moves) else float("nan"),
        "90 % move at most": float(np.quantile(np.abs(moves), 0.9)) if len(moves) else float("nan"),
        "median move, signed": float(np.median(moves)) if len(moves) else float("nan"),
        "lists, original": ratio_interval(table["original"], ones),
        "lists, twin": ratio_interval(table["twin"], ones),
        "difference of lists": ratio_interval(table["twin"] - table["original"], ones),
        "own partners that stay": ratio_interval(table["own"], ones),
        "meetings, original": ratio_interval(table["meetings"], ones),
        "difference of meetings": ratio_interval(table["meetings of twin"] - table["meetings"], ones),
        "mutual of meetings, original": ratio_interval(table["mutual"], ones),
        "difference of mutual": ratio_interval(table["mutual of twin"] - table["mutual"], ones),
    }


def _show(results: Mapping[str, Any]) -> None:
    heads = [*next(iter(results.values()))]
    rows = [[name, *(_cell(value) for value in figures.values())] for name, figures in results.items()]
    show_table("places of twins", ["twins written", *heads], rows)


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{value['mean']:.2f} [{value['low']:.2f}, {value['high']:.2f}]"
    return f"{value:g}"
