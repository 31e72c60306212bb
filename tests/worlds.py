"""Small worlds that tests of learning share: pairs by hand, and organisations that work together."""

import numpy as np
import pandas as pd

from matcher.features import COMPONENT_NAMES
from matcher.learning.training_pairs import TrainingPairs
from matcher.outcomes import History, JointWork, StageEvent
from matcher.outcomes.reading import DECLINED

OWN = "We have always looked after our own village."
LETTERS = "abcdefghijklmnop"


def work(members, date, text="", lead=None, **terms):
    day = None if date is None else pd.Timestamp(date)
    return JointWork(tuple(sorted(members)), day, members[0] if lead is None else lead, text, terms)


def history_of(pairs):
    """Return a history of undated works of two, which dots tell apart."""
    return History([work(pair, None, "." * number, "") for number, pair in enumerate(pairs)])


def event(members, day, stage=DECLINED, side=""):
    return StageEvent(tuple(sorted(members)), pd.Timestamp(day), stage, side)


# Three windows of labels, from the first days of 2012, 2014 and 2016.
WORKS = [
    work("op", "2010-01-01"),
    *[work(pair, "2012-01-01") for pair in ("ab", "cd")],
    *[work(pair, "2014-01-01") for pair in ("ac", "bd")],
    *[work(pair, "2016-01-01") for pair in ("ad", "be")],
]


def pairs_of(lists, *, features=COMPONENT_NAMES, dates=None, clusters=None):
    """Return pairs of lists of (label, weight, newcomer), one list per seeker; features are random."""
    seeker = np.repeat(np.arange(len(lists)), [len(rows) for rows in lists])
    rows = [row for listed in lists for row in listed]
    label, weight, fresh = (np.array([row[place] for row in rows], dtype=float) for place in range(3))
    seen = np.random.default_rng(0).random((2, len(rows), len(features))).astype(np.float32)
    days = dates if dates is not None else pd.date_range("2020-01-01", periods=len(lists))
    names = clusters if clusters is not None else [f"c{place}" for place in range(len(lists))]
    return TrainingPairs(
        tuple(features),
        seen[0],
        seen[1],
        label,
        weight,
        seeker,
        np.asarray(days, dtype="datetime64[ns]"),
        np.array(names, dtype=object),
        fresh.astype(bool),
        np.zeros(len(rows), dtype=bool),
    )


N = 40
N_PROGRAMMES = 8
WORDS = ["farm", "school", "river", "coffee", "music", "health", "forest", "city"]


def id_of(place):
    return f"o{place:02}"


def records_of(n=N):
    rng = np.random.default_rng(0)
    return [
        {
            "id": id_of(place),
            "mission": " ".join(rng.choice(WORDS, 3, replace=False)),
            "programmes": [f"programme {place % N_PROGRAMMES}", f"own {place}"],
            "kind": ["business", "social"][place % 2],
            "updated": "2020-01-01",
        }
        for place in range(n)
    ]


def planted(n_works, seed=0, start="2010-01-01"):
    """Return works of two that nine times in ten share a programme."""
    rng = np.random.default_rng(seed)
    works = []
    for day in pd.date_range(start, periods=n_works, freq="14D"):
        one = int(rng.integers(N))
        alike = [other for other in range(N) if other != one and other % N_PROGRAMMES == one % N_PROGRAMMES]
        others = alike if rng.random() < 0.9 else [other for other in range(N) if other != one]
        members = id_of(one), id_of(int(rng.choice(others)))
        works.append(JointWork(tuple(sorted(members)), day, members[0]))
    return works


def works_on(day, *members):
    return [JointWork(tuple(sorted(pair)), pd.Timestamp(day), pair[0]) for pair in members]


def chain(day, n, first=0):
    return works_on(day, *((id_of(place), id_of(place + 1)) for place in range(first, first + n)))
