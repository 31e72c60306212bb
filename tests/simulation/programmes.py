"""What the tests of simulated programmes share."""

import numpy as np
import pandas as pd

from simulation.recommender import PROPENSITY

PAIR = ["seeker", "candidate"]
PROBABILITIES = ["mutual", "seeker_gain", "candidate_gain"]
LIST = ["run", "round", "date", *PAIR, "rank", "score", PROPENSITY]
START = 6


def tables(programme):
    return programme.outcomes, programme.shown, programme.reviews


def assert_same(one, other):
    for left, right in zip(tables(one), tables(other), strict=True):
        pd.testing.assert_frame_equal(left, right)


def of_pairs(table, pairs):
    """Return the rows of some pairs, or of all others where the pairs are left out."""
    return table[pd.MultiIndex.from_frame(table[PAIR]).isin(pairs)].reset_index(drop=True)


def pairs_of(table):
    return list(table[PAIR].itertuples(index=False, name=None))


def before(table, day):
    return table[table["date"] < pd.Timestamp(day)].reset_index(drop=True)


def odds(probabilities):
    return np.log(probabilities) - np.log1p(-probabilities)


def by_round(programme):
    """Return a row of means a round: what was shown, and what became of it."""
    log = programme.outcomes
    rows = programme.shown.copy()
    keys = pd.MultiIndex.from_frame(rows[PAIR])
    for stage in ("invited", "met", "agreed"):
        rows[stage] = keys.isin(pairs_of(log[log["stage"] == stage]))
    met = log.loc[log["stage"] == "met", [*PAIR, "seeker_rating", "candidate_rating"]]
    rows = rows.merge(met, how="left", on=PAIR)
    grouped = rows.groupby("round")
    names = ["score", "mutual", PROPENSITY, "invited", "met", "agreed", "seeker_rating", "candidate_rating"]
    return grouped[names].mean().assign(n=grouped.size())


def chance_of_such_spread(runs, draws=999):
    """Return, for each figure, the share of shuffles of rounds within runs that spread them as far."""
    random = np.random.default_rng(0)
    figures = np.stack([by_round(run).to_numpy(float) for run in runs])
    figures -= figures.mean(axis=1, keepdims=True)
    found = figures.mean(axis=0).var(axis=0)
    shuffled = [
        np.stack([run[random.permutation(len(run))] for run in figures]).mean(axis=0).var(axis=0)
        for _ in range(draws)
    ]
    return (1 + (np.array(shuffled) >= found).sum(axis=0)) / (draws + 1)


NEXT = {
    "invited": {"declined", "replied"},
    "replied": {"declined", "met"},
    "met": {"declined", "agreed"},
    "agreed": {"active"},
    "active": {"renewed", "ended"},
    "renewed": {"renewed", "ended"},
    "declined": set(),
    "ended": set(),
}
"""Stages that may follow each stage."""
