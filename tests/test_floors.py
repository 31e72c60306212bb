"""Floors of exposure: everybody is in some lists, and where that is not possible a note says so."""

import warnings

import numpy as np
import pytest
from batches import match_shards
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.config import Config
from matcher.datasets import load_demo
from matcher.errors import ConfigError
from matcher.matching.floors import raise_floor
from matcher.matching.selection import select_best

pytestmark = pytest.mark.numerical


def listed(score, k):
    """Return lists, their scores, and those in fewer lists than a floor with what they would score."""
    best = select_best(score, k)
    lists, own = np.full((len(score), k), -1), np.full((len(score), k), -np.inf)
    lists[best.rows, best.ranks - 1] = best.positions
    own[best.rows, best.ranks - 1] = score[best.rows, best.positions]
    return lists, own


def counts_of(lists):
    return np.bincount(lists[lists >= 0], minlength=len(lists))


def raised(score, k, floor, fixed=None, twins=None):
    lists, own = listed(score, k)
    fixed = np.zeros(lists.shape, dtype=bool) if fixed is None else fixed
    wanted = np.flatnonzero(counts_of(lists) < floor)
    return lists, raise_floor(lists, own, fixed, wanted, score[:, wanted], floor, twins or {})


@st.composite
def markets(draw):
    """Scores where the first are popular, so that lists concentrate; nobody has itself."""
    n = draw(st.integers(3, 14))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    score = rng.random((n, n)) + draw(st.sampled_from([0.0, 1.0, 9.0])) * np.linspace(1, 0, n)
    np.fill_diagonal(score, -np.inf)
    k = draw(st.integers(1, n - 1))
    return score, k, draw(st.integers(1, k))


@given(markets())
def test_floor_anybody_eligible_everybody_is_in_that_many_lists(case):
    score, k, floor = case
    before, after = raised(score, k, floor)
    assert counts_of(after).min() >= floor  # the maximin share of exposure, where floor is k
    for row, (old, new) in enumerate(zip(before, after, strict=True)):
        assert len({*new.tolist()}) == k
        assert row not in new
        assert (np.diff(score[row, new]) <= 0).all()
        kept = {*old.tolist()} & {*new.tolist()}
        assert score[row, [*({*new.tolist()} - kept)]].sum() <= score[row, [*({*old.tolist()} - kept)]].sum()
    # Who was in enough lists stays in enough.
    assert (counts_of(after)[counts_of(before) >= floor] >= floor).all()


@given(markets(), st.data())
def test_floor_rules_and_fixed_places_hold_whoever_is_short(case, data):
    score, k, floor = case
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    score = np.where(rng.random(score.shape) < 0.3, -np.inf, score)
    lists, _ = listed(score, k)
    fixed = rng.random(lists.shape) < 0.3
    twins = {0: np.array([1]), 1: np.array([0])}
    before, after = raised(score, k, floor, fixed, twins)
    np.testing.assert_array_equal(before[fixed], after[fixed])
    for row, new in enumerate(after):
        shown = new[new >= 0]
        assert np.isfinite(score[row, shown]).all()
        assert len(shown) == len({*shown.tolist()}) == (before[row] >= 0).sum()
        assert {0, 1} - {*shown.tolist()} or {0, 1} <= {*before[row].tolist()}
    assert (counts_of(after) >= np.minimum(counts_of(before), floor)).all()


def test_floor_without_anybody_short_changes_nothing():
    score = np.where(np.eye(4, dtype=bool), -np.inf, 0.5)
    before, after = raised(score, 3, 3)
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("scale", [{}, {"exhaustive": 10, "candidates": 20}])
def test_matcher_floor_holds_in_small_and_large_pools(encoder, scale):
    profiles = load_demo().kept.head(100)
    settings = {"market": {"floor": 4}, "scale": scale}
    found, tables = {}, {}
    for name, config in {"free": {"scale": scale}, "floor": settings}.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found[name] = Matcher(Config.from_dict(config), encoder=encoder).fit(profiles)
            tables[name] = found[name].recommend_all(8, explain="none")
    counts = tables["floor"]["candidate"].value_counts().reindex(profiles["id"], fill_value=0)
    rules = found["floor"].scorer.pool.rules.eligible(found["floor"].pool)
    can_be = rules.sum(axis=0)[np.argsort(np.argsort(profiles["id"]))]
    assert counts[can_be >= 20].min() >= 4
    assert tables["free"]["candidate"].value_counts().reindex(profiles["id"], fill_value=0).min() < 4
    assert (
        tables["floor"].groupby("seeker")["rank"].max() == tables["free"].groupby("seeker")["rank"].max()
    ).all()
    assert tables["floor"]["score"].mean() > 0.9 * tables["free"]["score"].mean()
    one = profiles["id"].iloc[0]  # a single list is as it was
    assert found["floor"].recommend(one, 8).equals(found["free"].recommend(one, 8))


def test_matcher_floor_that_cannot_hold_is_said(encoder):
    profiles = load_demo().kept.head(12)
    others = tuple(profiles["id"].iloc[1:11])
    profiles.at[0, "excludes"] = others
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matcher = Matcher(Config.from_dict({"market": {"floor": 3}}), encoder=encoder).fit(profiles)
    with pytest.warns(UserWarning, match="organisations in fewer than 3 lists, for too few may have them: 1"):
        matcher.recommend_all(5, explain="none")


def test_floor_with_limits_or_in_shards_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match=r"market\.floor cannot go with"):
        Config.from_dict({"market": {"floor": 1}, "lists": {"diversity": 0.1}})
    table = tmp_path / "o.jsonl"
    load_demo().kept.head(5)[["id", "name", "mission"]].to_json(table, orient="records", lines=True)
    config = Config.from_dict({"market": {"floor": 1}})
    with pytest.raises(ConfigError, match=r"market\.floor needs all lists together"):
        match_shards(table, tmp_path / "out", "1/2", config=config)
