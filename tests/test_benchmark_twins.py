"""A profile and its twin in the other language get about the same places, in lists and in rounds."""

import pandas as pd
import pytest

from benchmarks import twins
from benchmarks.languages import TWINS
from matcher import read_profiles
from matcher.datasets import load_demo

CHOSEN = ["amal-nurul-bahri", "petakata", "agar-kei-sentosa", "smk-karya-mandala"]
BAND = {"median move": 4.0, "90 % move at most": 25.0}
"""Places, of 175; docs/benchmarks.md states it for all 40 twins."""


def test_places_worked(monkeypatch):
    before = pd.DataFrame({"x": [1.0, 12.0, None], "a": [2.0, None, 1.0]}, index=["a", "b", "x"])
    after = pd.DataFrame({"x": [3.0, 10.0, None], "a": [1.0, None, 2.0]}, index=["a", "b", "x"])
    met = {"x": pd.Series([0.4, 0.6])}
    places = iter([(before, met), (after, {"x": pd.Series([0.6])})])
    monkeypatch.setattr(twins, "places_in", lambda pool: next(places))
    table = twins.compare_places(pd.DataFrame({"id": ["x", "a"]}), pd.DataFrame({"id": ["x"]}))
    in_lists = {"original": 1, "twin": 2, "moves": [2.0, -2.0], "own": 0.1}
    in_rounds = {"meetings": 2, "meetings of twin": 1, "mutual": 0.5, "mutual of twin": 0.6}
    assert table.loc["x"].to_dict() == in_lists | in_rounds
    figures = twins.figures_of(table)
    assert figures["median move"] == 2.0 and figures["median move, signed"] == 0.0
    assert figures["difference of lists"]["mean"] == 1.0
    assert figures["difference of meetings"]["mean"] == -1.0
    assert figures["difference of mutual"]["mean"] == pytest.approx(0.1)


def test_demo_twins_stay_within_the_band():
    pool, written = read_profiles(load_demo()).kept, read_profiles(TWINS).kept
    table = twins.compare_places(pool, written[written["id"].isin(CHOSEN)])
    figures = twins.figures_of(table)
    assert figures["twins"] == len(CHOSEN)
    assert {name: figures[name] for name in BAND if figures[name] > BAND[name]} == {}
    assert figures["own partners that stay"]["mean"] > 0.5
    assert abs(figures["difference of meetings"]["mean"]) <= 1.0
    assert abs(figures["difference of mutual"]["mean"]) <= 0.05
    assert abs(figures["difference of lists"]["mean"]) <= 0.4 * figures["lists, original"]["mean"]
