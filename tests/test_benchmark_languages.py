import pandas as pd
import pytest

from benchmarks.languages import (
    TWINS,
    Graded,
    judge_graded,
    judge_twins,
    languages_of,
    light_stem,
    ratio_interval,
    standardised,
    stemming,
)
from matcher import read_profiles
from matcher.datasets import load_demo
from matcher.encoders.words import stems_of

TEXTS = {
    "a": "We train the farmers of the hills",
    "b": "We teach the farmers of the coast",
    "c": "Kami melatih para petani di pesisir",
    "d": "We sell the boats of the coast",
}
PAIRS = pd.DataFrame(
    [("a", "b", 3), ("a", "c", 2), ("a", "d", 1), ("d", "b", 0)], columns=["seeker", "candidate", "grade"]
)


def pool():
    return read_profiles([{"id": id_, "name": id_, "mission": text} for id_, text in TEXTS.items()]).kept


def by_name(pool, seekers):
    """Score candidates so that b comes first, then d, then c if it writes Indonesian."""
    scores = {"a": 0.0, "b": 3.0, "c": 1.0, "d": 2.0}
    if languages_of(pool)["c"] == "en":
        scores["c"] = 9.0
    return pd.DataFrame([scores] * len(seekers), index=seekers).drop(columns="a")


def test_graded_worked():
    figures = judge_graded(by_name, Graded(pool(), PAIRS))
    # Gains 7 and 3 at ranks 1 and 3, best at 1 and 2: (7 + 3 / 2) / (7 + 3 / log2 3).
    assert figures["nDCG@5"]["mean"] == pytest.approx(8.5 / (7 + 3 / 1.584962500721156))
    assert figures["P@1"]["mean"] == figures["recall@5"]["mean"] == 1.0
    assert figures["in five, within"]["n"] == figures["in five, across"]["n"] == 1.0


def test_twins_worked():
    twins = read_profiles([{"id": "c", "name": "c", "mission": "We train the farmers of the coast"}]).kept
    figures = judge_twins(by_name, Graded(pool(), PAIRS), twins)
    assert set(figures) == {"all", "across to within", "across to within, id to en"}
    assert figures["all"]["median rank, original"] == 3.0
    assert figures["all"]["median rank, twin"] == 1.0


def test_standardised_scores_put_languages_on_one_scale():
    scores = standardised(by_name)(pool(), ["a"])
    assert scores.loc["a", ["b", "d"]].tolist() == pytest.approx([0.5**0.5, -(0.5**0.5)])


def test_ratio_interval_counts_wholes():
    figure = ratio_interval(pd.Series([1.0, 2.0]), pd.Series([2.0, 2.0]))
    assert figure["mean"] == 0.75
    assert 0.5 <= figure["low"] <= figure["high"] <= 1.0


def test_stemming_is_replaced_and_restored():
    before = stems_of("the farmers are training", "en")
    with stemming(light_stem, listed=True):
        assert stems_of("the farmers are training", "en") == ("farmer", "train")
    with stemming(lambda word, _: word, listed=False):
        assert stems_of("the farmers are training", "en") == ("the", "farmers", "are", "training")
    assert stems_of("the farmers are training", "en") == before


def test_twins_are_demo_profiles_in_the_other_language():
    originals, twins = languages_of(read_profiles(load_demo()).kept), languages_of(read_profiles(TWINS).kept)
    assert len(twins) == 40
    assert all({twins[id_], originals[id_]} == {"en", "id"} for id_ in twins)
