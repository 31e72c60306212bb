"""How good lists are on graded pairs: the demo and markets with known truth, by language, kind and band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import typer
from scipy.stats import binomtest

from benchmarks.judging import SEED, Lists, Results, cell, describe_machine
from benchmarks.languages import (
    FIRST,
    GOOD,
    LEXICAL,
    RESAMPLES,
    Graded,
    System,
    embedded,
    engine,
    frame_of,
    further_markets,
    gains_of,
    kept,
    languages_of,
    ndcg,
    random_order,
    ranked_lists,
    read_market,
    show_table,
    tfidf,
)
from matcher import Matcher, read_profiles
from matcher.columns import Profile
from matcher.datasets import load_demo

DRAWS: Final = 20  # random orders whose figures are averaged
BANDS: Final = ("strong", "possible", "weak")
UNSERVED: Final = "no good partner"
ALL_MARKETS: Final = "mean of markets"
ENGINE: Final = "engine"
BASELINES: Final = ("TF-IDF of everything", "untrained sum")
"""Systems that the engine is compared with, seeker by seeker."""

QUALITY: Final = ("P@1", "recall@3", "recall@5", "nDCG@5")
READ: Final = "read"
LANGUAGES: Final = ("English-English", "Indonesian-Indonesian", "across languages")
KINDS: Final = ("other-words", "cross-language", "same-words")
TRAP: Final = "trap first"
STUFFED: Final = "stuffed or duplicate first"
BARRED: Final = ("flagged or excluded in five", "flagged or excluded anywhere")
TRAPS: Final = (TRAP, STUFFED, *BARRED)


class Sums(NamedTuple):
    """What a figure is the ratio of: one row per seeker, one column per figure."""

    parts: pd.DataFrame
    wholes: pd.DataFrame


def judge_judged(judged: Path, unread: Path | None = None) -> Results:
    """Judge the engine and simple systems on the demo and on every market; list pairs not yet graded."""
    sums: dict[str, dict[str, Sums]] = {}
    graded_rows: dict[str, pd.DataFrame] = {}
    for name, graded in data_sets(judged).items():
        seekers = sorted(graded.pairs["seeker"].unique())
        table = Matcher().fit(graded.pool).recommend(seekers, len(graded.pool), explain=False)
        engine_lists = {
            str(id_): rows.sort_values("rank")["candidate"].tolist() for id_, rows in table.groupby("seeker")
        }
        lists = {ENGINE: [engine_lists]}
        for system, makers in SYSTEMS.items():
            lists[system] = [ranked_lists(make(graded.pool, seekers)) for make in makers]
        sums[name] = {system: judge_lists(several, graded) for system, several in lists.items()}
        if "band" in table:
            graded_rows[name] = with_grades(table, graded)
        if unread is not None and not graded.complete:
            write_unread(engine_lists, graded, unread)
    results = summarise(sums)
    if markets := [rows for name, rows in graded_rows.items() if name.startswith("market")]:
        graded_rows["all markets"] = pd.concat(markets)
    results["bands"] = {name: judge_bands(rows) for name, rows in graded_rows.items()}
    _show(results)
    return results


def data_sets(judged: Path) -> dict[str, Graded]:
    """Read what is there of the demo's graded pairs and the markets."""
    sets = {}
    grades, market = judged / "demo_grades.csv", judged / "market"
    if grades.exists():
        sets["demo"] = Graded(read_profiles(load_demo()).kept, pd.read_csv(grades))
    if market.exists():
        sets["market a"] = read_market(market)
    for name, path in (("demo", grades), ("market a", market)):
        if name not in sets:
            typer.echo(f"\n{name}: left out, for {path} is not there.")
    return sets | further_markets()


def judge_lists(several: Sequence[Lists], graded: Graded) -> Sums:
    """Judge the lists of each graded seeker; the mean where a system has `several` lists for each."""
    languages = languages_of(graded.pool)
    red = {*graded.pool[Profile.ID][graded.pool[Profile.FLAG].eq("red")]}
    tables = []
    for lists in several:
        rows = {}
        for seeker, pairs in graded.pairs.groupby("seeker"):
            listed = lists.get(str(seeker), [])
            rows[seeker] = _judge_quality(listed, pairs, str(seeker), languages)
            if graded.complete and seeker not in red:
                rows[seeker] |= _judge_traps(listed, pairs)
            if not graded.complete:
                first = listed[:FIRST]
                rows[seeker][READ] = float(pairs["candidate"].isin(first).sum()), float(len(first))
        tables.append(rows)
    return Sums(*(_mean_table(tables, side) for side in (0, 1)))


Row = dict[str, tuple[float, float]]


def _mean_table(tables: Sequence[Mapping[Any, Row]], side: int) -> pd.DataFrame:
    frames = [
        pd.DataFrame.from_dict(
            {seeker: {name: pair[side] for name, pair in row.items()} for seeker, row in rows.items()},
            orient="index",
        )
        for rows in tables
    ]
    return pd.concat(frames).groupby(level=0).mean()


def _judge_quality(
    listed: Sequence[str], pairs: pd.DataFrame, seeker: str, languages: Mapping[str, str]
) -> Row:
    """Return part and whole of each figure of a list; nothing for a seeker without a good partner."""
    gains = gains_of(pairs)
    if not gains:
        return {}
    row = {
        "P@1": (float(listed[:1] != [] and listed[0] in gains), 1.0),
        "recall@3": (len(gains.keys() & {*listed[:3]}) / len(gains), 1.0),
        "recall@5": (len(gains.keys() & {*listed[:FIRST]}) / len(gains), 1.0),
        "nDCG@5": (ndcg(listed, gains), 1.0),
    }
    groups: dict[str, set[str]] = {}
    for id_ in gains:
        groups.setdefault(_languages(languages[seeker], languages[id_]), set()).add(id_)
    if "kind" in pairs:
        for id_, kind in zip(pairs["candidate"], pairs["kind"], strict=True):
            if id_ in gains:
                groups.setdefault(kind, set()).add(id_)
    for name, ids in groups.items():
        row[name] = float(len(ids & {*listed[:FIRST]})), float(len(ids))
    return row


def _languages(ours: str, theirs: str) -> str:
    if ours != theirs:
        return "across languages"
    return {"en": "English-English", "id": "Indonesian-Indonesian"}.get(ours, "another language")


def _judge_traps(listed: Sequence[str], pairs: pd.DataFrame) -> Row:
    """Return whether one that should not be there is first, in the first five, or anywhere in a list."""
    poor = pairs[pairs["grade"] < GOOD]

    def any_of(listed: Sequence[str], *kinds: str) -> tuple[float, float]:
        return float(poor["candidate"][poor["kind"].isin(kinds)].isin(listed).any()), 1.0

    return {
        TRAP: any_of(listed[:1], "trap"),
        STUFFED: any_of(listed[:1], "stuffed", "duplicate"),
        BARRED[0]: any_of(listed[:FIRST], "flagged", "excluded"),
        BARRED[1]: any_of(listed, "flagged", "excluded"),
    }


def summarise(sums: Mapping[str, Mapping[str, Sums]]) -> Results:
    """Return the figures of each data set and of the mean of the markets, and paired differences."""
    groups = {name: [name] for name in sums}
    if markets := [name for name in sums if name.startswith("market")]:
        groups[ALL_MARKETS] = markets
    results: Results = {"figures": {}, "differences": {}}
    for group, names in groups.items():
        systems = {system: [sums[name][system] for name in names] for system in sums[names[0]]}
        results["figures"][group] = {
            system: _figures(several, (*QUALITY, READ, *LANGUAGES, *KINDS, *TRAPS))
            for system, several in systems.items()
        }
        results["differences"][group] = {
            baseline: _figures(
                [
                    Sums(ours.parts - theirs.parts, ours.wholes)
                    for ours, theirs in zip(systems[ENGINE], systems[baseline], strict=True)
                ],
                QUALITY,
            )
            for baseline in BASELINES
        }
    return results


def _figures(several: Sequence[Sums], names: Sequence[str]) -> dict[str, dict[str, float]]:
    figures = {}
    for name in names:
        samples = [
            (sums.parts[name].dropna(), sums.wholes[name].dropna()) for sums in several if name in sums.parts
        ]
        if any((wholes > 0.0).any() for _, wholes in samples):
            figures[name] = mean_ratio(samples)
    return figures


def mean_ratio(samples: Sequence[tuple[Any, Any]]) -> dict[str, float]:
    """Return the mean over data sets of sum(parts) / sum(wholes), its 95 % bootstrap interval, and n.

    Rows, one per seeker with a whole above 0, are drawn anew within each data set.
    """
    rng = np.random.default_rng(SEED)
    ratios, draws, n = [], [], 0.0
    for given in samples:
        parts, wholes = (np.asarray(values, dtype=float) for values in given)
        parts, wholes = parts[wholes > 0.0], wholes[wholes > 0.0]
        if not len(parts):
            continue
        rows = rng.integers(0, len(parts), (RESAMPLES, len(parts)))
        ratios.append(parts.sum() / wholes.sum())
        draws.append(parts[rows].sum(axis=1) / wholes[rows].sum(axis=1))
        n += wholes.sum()
    low, high = np.quantile(np.mean(draws, axis=0), [0.025, 0.975])
    return {"mean": float(np.mean(ratios)), "low": float(low), "high": float(high), "n": float(n)}


def with_grades(table: pd.DataFrame, graded: Graded) -> pd.DataFrame:
    """Return seeker, rank, band and grade of each recommendation; NaN where nobody read the pair."""
    pairs = graded.pairs[["seeker", "candidate", "grade"]]
    rows = table.merge(pairs, on=["seeker", "candidate"], how="left", validate="one_to_one")
    if graded.complete:
        rows["grade"] = rows["grade"].fillna(0)
    rows["served"] = rows["seeker"].isin(graded.seekers)
    return rows[["seeker", "rank", "band", "grade", "served"]]


def judge_bands(rows: pd.DataFrame) -> dict[str, Any]:
    """Return by band the rows, those graded, and the share graded 2 or 3 with its Wilson interval.

    For seekers without a good partner: how many there are, and whose first place is called strong.
    """
    results: dict[str, Any] = {}
    for band in BANDS:
        mine = rows[rows["band"] == band]
        grades = mine["grade"].dropna()
        results[band] = {"rows": len(mine), "read": len(grades)}
        if len(grades):
            test = binomtest(int((grades >= GOOD).sum()), len(grades))
            low, high = test.proportion_ci(method="wilson")
            results[band]["good"] = {
                "mean": float(test.statistic),
                "low": float(low),
                "high": float(high),
            }
    first = rows[(rows["rank"] == 1) & ~rows["served"]]
    results[UNSERVED] = {"seekers": len(first), "strong": int((first["band"] == BANDS[0]).sum())}
    return results


def write_unread(lists: Lists, graded: Graded, path: Path) -> None:
    """Write the pairs of the first five that nobody graded, without scores and ranks."""
    read = {*zip(graded.pairs["seeker"], graded.pairs["candidate"], strict=True)}
    pairs = {(seeker, candidate) for seeker, listed in lists.items() for candidate in listed[:FIRST]}
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(sorted(pairs - read), columns=["seeker", "candidate"]).to_csv(path, index=False)


def untrained_sum(pool: pd.DataFrame, seekers: Sequence[str]) -> pd.DataFrame:
    """Sum of the z-scores, within each seeker's list, of carried TF-IDF and of cosine."""
    return z_scores(LEXICAL(pool, seekers)) + z_scores(COSINE(pool, seekers))


def z_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Bring each seeker's scores to mean 0 and deviation 1; scores that are all the same to 0."""
    centred = scores.sub(scores.mean(axis=1), axis=0)
    return centred.div(scores.std(axis=1, ddof=0).replace(0.0, 1.0), axis=0)


def popularity(pool: pd.DataFrame, seekers: Sequence[str]) -> pd.DataFrame:
    """Score a candidate by the mean of its TF-IDF similarities to all others, the same for every seeker."""
    mean = tfidf(pool, pool[Profile.ID].tolist()).mean(axis=0).to_numpy()
    return frame_of(np.tile(mean, (len(pool), 1)), pool, seekers)


COSINE: Final = kept(embedded)
SYSTEMS: Final[Mapping[str, Sequence[System]]] = {
    "untrained sum": [untrained_sum],
    "TF-IDF of everything": [tfidf],
    "cosine of mean vectors": [COSINE],
    "topic alone": [engine(weights={"topic": 1.0})],
    "complementarity alone": [engine(weights={"complementarity": 1.0})],
    "popularity": [popularity],
    "random": [random_order(SEED + draw) for draw in range(DRAWS)],
}
"""What the engine is compared with; several systems under one name are averaged."""


def _show(results: Results) -> None:
    figures = results["figures"]
    titles = {
        "graded pairs": (*QUALITY, READ),
        "share of the good pairs in the first five": (*LANGUAGES, *KINDS),
        "traps": TRAPS,
    }
    for title, names in titles.items():
        rows = [
            [group, system, *(_cell(row, name) for name in names)]
            for group, systems in figures.items()
            for system, row in systems.items()
            if row.keys() & {*names}
        ]
        show_table(title, ["data", "system", *names], rows)
    rows = [
        [group, baseline, *(_cell(row, name, signed=True) for name in QUALITY)]
        for group, baselines in results["differences"].items()
        for baseline, row in baselines.items()
    ]
    show_table("engine less a simple system, paired", ["data", "less", *QUALITY], rows)
    if results["bands"]:
        _show_bands(results["bands"])
    typer.echo("\n" + "; ".join(f"{name} {value}" for name, value in describe_machine().items()))


def _show_bands(bands: Results) -> None:
    rows = [
        [group, band, str(row[band]["rows"]), str(row[band]["read"]), _cell(row[band], "good")]
        for group, row in bands.items()
        for band in BANDS
    ]
    show_table("bands", ["data", "band", "rows", "read", "graded 2 or 3 of those read"], rows)
    rows = [[group, *(str(count) for count in row[UNSERVED].values())] for group, row in bands.items()]
    show_table("first places of seekers without a good partner", ["data", "seekers", "called strong"], rows)


def _cell(row: Mapping[str, Any], name: str, *, signed: bool = False) -> str:
    return cell(row[name], signed=signed) if name in row else ""
