"""Selection: each seeker's best eligible candidates."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.config import Config
from matcher.datasets import load_demo
from matcher.encoders.encoder import UnitRows
from matcher.errors import ConfigError
from matcher.matching.selection import Variety, select_best

pytestmark = pytest.mark.numerical


def lists(score, k):
    """Return each row's positions."""
    found = select_best(np.array(score, dtype=np.float64), k)
    assert found.rows.tolist() == sorted(found.rows.tolist())
    return [found.positions[found.rows == row].tolist() for row in range(len(score))]


def test_select_best_first_ties_in_order_and_nobody_who_is_not_eligible():
    score = [[1.0, 2.0, 2.0, -np.inf], [-np.inf] * 4, [0.0, 0.0, 0.5, 0.1]]
    assert lists(score, 5) == [[1, 2, 0], [], [2, 3, 0, 1]]
    assert lists(score, 2) == [[1, 2], [], [2, 3]]


@given(st.lists(st.lists(st.floats(0, 1), min_size=6, max_size=6), min_size=1, max_size=5), st.integers(1, 9))
def test_select_ranks_count_from_one_and_scores_fall(score, k):
    found = select_best(np.array(score), k)
    for row, own in enumerate(score):
        mine = found.rows == row
        assert found.ranks[mine].tolist() == list(range(1, min(k, 6) + 1))
        listed = [own[position] for position in found.positions[mine]]
        assert listed == sorted(own, reverse=True)[:k]


# --- Variety ---------------------------------------------------------------------------------------------


@st.composite
def varied_cases(draw):
    """Scores of a few seekers, groups, limits and pins."""
    n = draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    score = np.where(rng.random((3, n)) < 0.15, -np.inf, rng.random((3, n)).round(1))
    vectors = UnitRows.of(rng.random((n, 3)))
    limits = rng.integers(1, 4, draw(st.integers(0, 3)))
    pins = [{int(at): int(rng.integers(0, 4)) for at in rng.integers(0, n, draw(st.integers(0, 2)))}] * 3
    variety = Variety(
        draw(st.sampled_from([0.0, 0.3, 1.0])), vectors, rng.random((n, len(limits))) < 0.5, limits
    )
    return score, draw(st.integers(2, 14)), pins, variety


def by_row(found, n_rows):
    return [found.positions[found.rows == row].tolist() for row in range(n_rows)]


@given(varied_cases())
def test_select_varied_no_list_breaks_a_limit_and_pins_stay(case):
    score, k, pins, variety = case
    found = by_row(select_best(score, k, {}, pins, variety), 3)
    plain = by_row(select_best(score, k, {}, pins), 3)
    for row, listed in enumerate(found):
        kept = [at for at in pins[row] if np.isfinite(score[row, at])]
        assert len(listed) == len(set(listed)) <= k
        assert np.isfinite(score[row, listed]).all()
        assert {*kept} & {*plain[row]} == {*kept} & {*listed}
        most = np.maximum(variety.limits, variety.is_in[kept].sum(axis=0))
        assert (variety.is_in[listed].sum(axis=0) <= most).all()
        if len(listed) < k:  # who is left out is of a group that is full
            left = [at for at in np.flatnonzero(np.isfinite(score[row])) if at not in listed]
            full = variety.is_in[listed].sum(axis=0) >= variety.limits
            assert variety.is_in[left][:, full].any(axis=1).all()


@given(varied_cases())
def test_select_without_weight_and_limits_changes_nothing(case):
    score, k, pins, variety = case
    plain = variety._replace(diversity=0.0, is_in=variety.is_in[:, :0], limits=variety.limits[:0])
    for one, other in zip(select_best(score, k, {}, (), plain), select_best(score, k), strict=True):
        np.testing.assert_array_equal(one, other)
    pinned, usual = (by_row(select_best(score, k, {}, pins, each), 3) for each in (plain, None))
    assert [*map(sorted, pinned)] == [*map(sorted, usual)]


def test_select_pins_of_one_place_stay_where_nobody_else_is_eligible():
    found = select_best(np.array([[-np.inf, 0.5, 0.6]]), 2, {}, [{1: 2, 2: 2}])
    assert sorted(found.positions.tolist()) == [1, 2]
    found = select_best(np.array([[0.9, 0.5, 0.6]]), 2, {}, [{1: 2, 2: 2}])
    assert sorted(found.positions.tolist()) == [1, 2]


def test_select_diverse_worked_table():
    # The second is as the first; the third is unlike it and nearly as good.
    vectors = UnitRows.of(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    variety = Variety(0.5, vectors, np.zeros((3, 0), dtype=bool), np.array([]))
    score = np.array([[0.9, 0.8, 0.7]])
    assert by_row(select_best(score, 2, variety=variety), 1) == [[0, 2]]
    assert by_row(select_best(score, 2, variety=variety._replace(diversity=0.05)), 1) == [[0, 1]]


@pytest.fixture(scope="module")
def profiles():
    table = load_demo().kept.head(40)
    return table.assign(parent=["" if at % 4 == 0 else table["id"].iloc[at - at % 4] for at in range(40)])


def lists_of(profiles, encoder, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matcher = Matcher(Config.from_dict(settings), encoder=encoder).fit(profiles)
    return matcher, matcher.recommend_all(8, explain="none")


def test_matcher_limits_hold_and_are_noted(profiles, encoder):
    rules = {"at_most": {"country": 3, "sector": 2}, "groups": "parent"}
    matcher, table = lists_of(profiles, encoder, rules=rules)
    by_id = profiles.set_index("id")
    for _, listed in table.groupby("seeker")["candidate"]:
        rows = by_id.loc[listed]
        assert rows["country"].value_counts().max() <= 3
        assert rows["sector"].explode().value_counts().max() <= 2
        assert rows["parent"].where(rows["parent"] != "", rows.index).is_unique
    notes = matcher.table.notes
    for column, value in [("country", "indonesia"), ("parent", profiles["id"].iloc[0])]:
        (reason,) = notes.loc[(notes["column"] == column) & (notes["value"] == value), "reason"]
        assert "organisations have this: a list has" in reason
    first = table.iloc[0]
    assert matcher.explain(first["seeker"], first["candidate"]).rank == first["rank"]


def test_matcher_diversity_lowers_likeness_in_lists_and_nothing_by_default(profiles, encoder):
    likeness = {}
    for weight in (0.0, 0.5):
        matcher, table = lists_of(profiles, encoder, lists={"diversity": weight})
        vectors = dict(
            zip(matcher.scorer.pool.ids, matcher.scorer.pool.organisations.meaning.floats, strict=True)
        )
        found = [np.stack([vectors[id_] for id_ in one]) for _, one in table.groupby("seeker")["candidate"]]
        likeness[weight] = np.mean([np.triu(one @ one.T, 1).sum() for one in found])
        if not weight:
            assert table.equals(lists_of(profiles, encoder)[1])
    assert likeness[0.5] < likeness[0.0]


def test_matcher_limit_of_an_unknown_column_is_an_error(profiles, encoder):
    with pytest.raises(ConfigError, match="rules must limit a column of the organisations; got sectr"):
        lists_of(profiles, encoder, rules={"at_most": {"sectr": 3}})
