"""How often a search finds the organisations that a reader of the demo would name for a few words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.judging import Results
from benchmarks.languages import GOOD, judge_list, languages_of, ratio_interval, show_systems
from matcher import Matcher, read_profiles
from matcher.columns import Profile
from matcher.datasets import load_demo
from matcher.profiles.records import all_text, records_of

QUERIES: Final = Path(__file__).with_name("queries.tsv")
"""30 queries: half, kind, language, text, and the ids that are expected, separated by semicolons."""
SHOWN: Final = 10  # organisations that a search lists at most

Finder = Callable[[str, str], list[str]]
"""Text and kind of a query -> ids, the best first."""


def judge_search() -> Results:
    """Judge the search and simple ones on both halves of the queries; settings were chosen on `tune`."""
    pool = read_profiles(load_demo()).kept
    queries, finders = read_queries(), make_finders(pool)
    results: Results = {}
    for half, part in queries.groupby("half", sort=False):
        results[str(half)] = {name: judge_finder(find, part, pool) for name, find in finders.items()}
        show_systems(f"search, half {half}", results[str(half)])
    return results


def read_queries() -> pd.DataFrame:
    """Read the queries; `expected` holds lists of ids."""
    table = pd.read_csv(QUERIES, sep="\t")
    return table.assign(expected=table["expected"].str.split(";"))


def make_finders(pool: pd.DataFrame) -> dict[str, Finder]:
    """Return the engine's search, TF-IDF of everything, and the cosine of mean vectors."""
    matcher, ids = Matcher().fit(pool), np.array(pool[Profile.ID], dtype=object)
    vectorizer = TfidfVectorizer()
    texts = vectorizer.fit_transform([all_text(row) for row in records_of(pool)])
    encoded = matcher.scorer.pool

    def tfidf(text: str, kind: str) -> list[str]:
        scores = (vectorizer.transform([text]) @ texts.T).toarray()[0]
        return list(ids[np.argsort(-scores, kind="stable")])

    def embedded(text: str, kind: str) -> list[str]:
        vector = encoded.encoder.encode_passages([text], encoded.encoder.language_of_query(text))[0]
        return list(encoded.ids[np.argsort(-(encoded.organisations.meaning.floats @ vector), kind="stable")])

    def search(text: str, kind: str) -> list[str]:
        return list(matcher.search(text, kind, SHOWN)["candidate"])

    return {"search": search, "TF-IDF of everything": tfidf, "embedded vectors": embedded}


def judge_finder(find: Finder, queries: pd.DataFrame, pool: pd.DataFrame) -> dict[str, Any]:
    """Return P@1, recall@5, and shares of those expected that are in five, within a language and across.

    And how many of the first `SHOWN` are listed, and the share of them that is expected.
    """
    spoken, rows = languages_of(pool), []
    for query in queries.itertuples():
        pairs = pd.DataFrame({"seeker": "", "candidate": query.expected, "grade": GOOD})
        listed = find(str(query.query), str(query.kind))
        shown = listed[:SHOWN]
        counts = {"listed": float(len(shown)), "right": float(pairs["candidate"].isin(shown).sum())}
        rows.append(judge_list(listed, pairs, "", spoken | {"": str(query.lang)}) | counts)
    table = pd.DataFrame(rows)
    ones = np.ones(len(table))
    found = table["found_within"] + table["found_across"]
    return {
        "P@1": ratio_interval(table["first"], ones),
        "recall@5": ratio_interval(found, ones, np.minimum(table["good"], 5.0)),
        "in five, within": ratio_interval(table["found_within"], table["within"]),
        "in five, across": ratio_interval(table["found_across"], table["across"]),
        "listed": ratio_interval(table["listed"], ones),
        "expected of those listed": ratio_interval(table["right"], table["listed"]),
    }
