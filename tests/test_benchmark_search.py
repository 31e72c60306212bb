"""The search benchmark: its queries name organisations of the demo, and its figures are worked by hand."""

import pandas as pd

from benchmarks.searching import judge_finder, read_queries
from matcher import read_profiles
from matcher.datasets import load_demo
from matcher.explanations.search import KINDS


def test_queries_are_two_halves_in_both_languages_of_organisations_that_may_be_listed():
    queries, pool = read_queries(), load_demo().kept.set_index("id")
    assert queries.groupby("half").size().to_dict() == {"tune": 15, "test": 15}
    assert queries["lang"].value_counts().to_dict() == {"en": 15, "id": 15}
    assert set(queries["kind"]) == {*KINDS} and queries["query"].is_unique
    expected = queries["expected"].explode()
    assert {*expected} <= {*pool.index} and (pool.loc[expected, "flag"] != "red").all()


def test_figures_worked():
    rows = [
        ("a", "We train the farmers"),
        ("b", "Kami melatih petani di desa"),
        ("c", "We sell the boats"),
    ]
    pool = read_profiles([{"id": id_, "name": id_, "mission": text} for id_, text in rows]).kept
    asked = [("offer", "en", "training", ["a", "b"]), ("need", "id", "perahu", ["c"])]
    queries = pd.DataFrame(asked, columns=["kind", "lang", "query", "expected"])
    found = judge_finder(lambda text, kind: ["a", "b"], queries, pool)
    shares = {name: figure["mean"] for name, figure in found.items()}
    assert shares == {"P@1": 0.5, "recall@5": 0.5, "in five, within": 1.0, "in five, across": 0.5} | {
        "listed": 2.0,
        "expected of those listed": 0.5,
    }
