"""Quality of lists against balance: figures, all settings of a matcher, and the command."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher import Matcher
from matcher.commands.questions import tradeoff
from matcher.commands.terminal import Request
from matcher.datasets import load_demo
from matcher.errors import ConfigError, OutputError
from matcher.evaluation.metrics import measure_balance
from matcher.learning.tuning import measure_tradeoff
from matcher.matching.selection import select_best
from matcher.output.plots import plot_tradeoff

matrices = st.integers(2, 7).flatmap(lambda n: arrays(np.float64, (n, n), elements=st.floats(0.01, 1)))


def lists(score, k):
    return select_best(np.where(np.eye(len(score), dtype=bool), -np.inf, score), k)


def unlike_itself(mutual):
    return np.where(np.eye(len(mutual), dtype=bool), np.nan, mutual)


def test_balance_worked_table():
    # a and b name each other first; c names a first, a names it second; c and b name each other second.
    mutual = np.array([[0.0, 0.9, 0.4], [0.9, 0.0, 0.2], [0.4, 0.2, 0.0]])
    best = lists(mutual, 2)
    found = measure_balance(best, best, unlike_itself(mutual), np.arange(3), k=1)
    assert found.matches == pytest.approx(0.9 + 0.4 / 2 + 0.2 / 4)
    assert (found.ndcg, found.coverage) == (1.0, pytest.approx(2 / 3))
    assert found.gini == pytest.approx(4 / 9)
    turned = lists(1.0 - mutual, 2)
    assert measure_balance(turned, best, unlike_itself(mutual), np.arange(3), k=1).ndcg == pytest.approx(
        np.mean([0.4 / 0.9, 0.2 / 0.9, 0.2 / 0.4])
    )


@given(matrices, st.data(), st.integers(1, 4))
def test_balance_any_lists_stay_in_range_and_the_best_have_all_quality(score, data, k):
    mutual = unlike_itself((score + score.T) / 2)
    best = lists(np.nan_to_num(mutual), k)
    other = lists(data.draw(arrays(np.float64, score.shape, elements=st.floats(0, 1))), k)
    everybody = np.arange(len(score))
    ideal, found = (measure_balance(one, best, mutual, everybody, k) for one in (best, other))
    assert ideal.ndcg == pytest.approx(1.0)
    assert 0.0 < found.ndcg <= 1.0 + 1e-9
    assert 0.0 <= found.gini < 1.0
    assert 0.0 < found.coverage <= 1.0
    assert 0.0 <= found.matches <= np.nansum(mutual) / 2 + 1e-9


@pytest.fixture(scope="module")
def matcher(encoder):
    profiles = load_demo().kept.head(50)
    profiles["capacity_max"] = float("nan")
    return Matcher(encoder=encoder).fit(profiles)


def test_tradeoff_every_setting_once_and_the_present_one_marked(matcher):
    before = matcher.scorer.prices.copy()
    found = measure_tradeoff(matcher, k=5, strengths=(0.5, 1.0))
    settings = set(zip(found["method"], found["strength"], strict=True))
    assert settings == {("csls", 0.0), ("csls", 0.6)} | {
        (method, strength) for method in ("csls", "sinkhorn", "tu") for strength in (0.5, 1.0)
    }
    assert found.loc[found["present"], ["method", "strength"]].to_numpy().tolist() == [["csls", 0.6]]
    free, full = found.iloc[0], found[(found["method"] == "tu") & (found["strength"] == 1.0)].iloc[0]
    assert free["ndcg"] == 1.0 > full["ndcg"]
    assert full["gini"] < free["gini"]
    np.testing.assert_array_equal(matcher.scorer.prices, before)
    # The row of the present setting says what the matcher's own lists are.
    counts = matcher.recommend_all(5, explain="none")["candidate"].value_counts()
    now = found[found["present"]].iloc[0]
    assert now["coverage"] == pytest.approx(len(counts) / 49)  # one has a red flag


@pytest.mark.parametrize(("k", "strengths"), [(0, (0.5,)), (5, (1.5,))])
def test_tradeoff_settings_out_of_range_are_errors(matcher, k, strengths):
    with pytest.raises(ConfigError, match=r"k must|strengths must be from 0 to 1"):
        measure_tradeoff(matcher, k, strengths)


@pytest.mark.parametrize(("lang", "words"), [("en", "What balance costs"), ("id", "mutu dan pemerataan")])
def test_plot_tradeoff_has_a_line_per_method(lang, words):
    rows = [("csls", 0.0, 1.0, 0.6, False), ("csls", 1.0, 0.9, 0.4, True), ("tu", 1.0, 0.8, 0.1, False)]
    table = pd.DataFrame(rows, columns=["method", "strength", "ndcg", "gini", "present"])
    ax = plot_tradeoff(table, lang=lang)
    assert [line.get_label() for line in ax.lines] == ["csls", "tu"]
    assert words in ax.get_title()


def test_tradeoff_command_writes_table_and_picture(tmp_path):
    load_demo().kept.head(30)[["id", "name", "mission", "languages"]].to_json(
        tmp_path / "o.jsonl", orient="records", lines=True
    )
    out, picture = tmp_path / "t.csv", tmp_path / "t.svg"
    tradeoff(Request(str(tmp_path / "o.jsonl"), lang="id", quiet=True), out, picture, k=3)
    table = pd.read_csv(out)
    assert list(table) == ["method", "strength", "ndcg", "gini", "coverage", "matches", "present"]
    assert len(table) == 16
    assert picture.read_text(encoding="utf-8").startswith("<?xml")
    assert "mutu dan pemerataan" in picture.read_text(encoding="utf-8").replace("&#", "")
    with pytest.raises(OutputError, match="picture must end in"):
        tradeoff(Request(str(tmp_path / "o.jsonl")), out, tmp_path / "t.gif")
