"""Exploration: propensities are what simulation over seeds finds, and nothing changes without it."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.config import Config
from matcher.errors import ConfigError
from matcher.matching.selection import Exploration, best_candidates, select

DRAWS = 4000


def block_of(*scores):
    return SimpleNamespace(score=np.array(scores, dtype=np.float64))


SCORES = np.linspace(1.0, 0.1, 10)


def test_select_without_exploration_is_the_best_with_certainty():
    block = block_of(SCORES[::-1], np.where(SCORES > 0.75, SCORES, -np.inf))
    first, second = select(block, 5, ["a", "b"], Exploration(0.0, 7, "run"))
    assert first.places.tolist() == [9, 8, 7, 6, 5]
    assert second.places.tolist() == [0, 1, 2]
    assert set(first.propensities) | set(second.propensities) == {1.0}


@pytest.mark.parametrize(("k", "n_eligible", "n_next"), [(2, 10, 4), (3, 10, 6), (4, 6, 2), (1, 10, 2)])
def test_select_propensities_are_the_shares_found_over_many_seeds(k, n_eligible, n_next):
    block, share = block_of(np.where(np.arange(10) < n_eligible, SCORES, -np.inf)), 0.4
    counts, told = np.zeros(10), {}
    for seed in range(DRAWS):
        (chosen,) = select(block, k, ["a"], Exploration(share, seed, "run"))
        counts[chosen.places] += 1
        for place, propensity in zip(chosen.places.tolist(), chosen.propensities.tolist(), strict=True):
            assert told.setdefault(place, propensity) == propensity
    exact = [1.0] * (k - 1) + [1 - share] + [share / n_next] * n_next
    assert [told[place] for place in range(k + n_next)] == pytest.approx(exact)
    assert len(told) == k + n_next
    # Four standard errors; seeds are fixed, so that this never fails by chance.
    errors = 4 * np.sqrt(np.array(exact) * (1 - np.array(exact)) / DRAWS)
    assert (np.abs(counts[: k + n_next] / DRAWS - exact) <= errors + 1e-12).all()


def test_select_weighted_by_propensity_is_unbiased_over_seeds():
    block, values = block_of(SCORES), np.arange(10.0)
    estimates = []
    for seed in range(DRAWS):
        (chosen,) = select(block, 3, ["a"], Exploration(0.5, seed))
        estimates.append((values[chosen.places] / chosen.propensities).sum())
    error = np.std(estimates) / np.sqrt(DRAWS)
    assert abs(np.mean(estimates) - values[:9].sum()) < 4 * error


@given(
    scores=st.lists(st.floats(0, 1), min_size=1, max_size=30),
    k=st.integers(1, 12),
    share=st.floats(0, 0.5),
    seed=st.integers(0, 5),
)
def test_select_keeps_all_but_the_last_place(scores, k, share, seed):
    block = block_of(scores)
    (best,) = best_candidates(block, k)
    (chosen,) = select(block, k, ["a"], Exploration(share, seed, "run"))
    assert len(chosen.places) == len(best) == len(set(chosen.places.tolist()))
    assert chosen.places[:-1].tolist() == best[:-1].tolist()
    assert (chosen.propensities[:-1] == 1.0).all()
    assert 0 < chosen.propensities[-1] <= 1
    if len(scores) <= k:
        assert chosen.places.tolist() == best.tolist()
        assert chosen.propensities[-1] == 1.0


def test_select_hangs_on_the_seeker_not_on_its_neighbours():
    seekers = [f"s{n}" for n in range(50)]
    block = block_of(*[SCORES] * 50)
    exploration = Exploration(0.5, 1, "run")
    all_at_once = select(block, 3, seekers, exploration)
    alone = [select(block_of(SCORES), 3, [seeker], exploration)[0] for seeker in seekers]
    assert [one.places.tolist() for one in all_at_once] == [one.places.tolist() for one in alone]
    assert len({tuple(one.places) for one in alone}) > 2


def test_select_another_run_explores_otherwise():
    seekers = [f"s{n}" for n in range(50)]
    block = block_of(*[SCORES] * 50)
    lists = [
        [one.places.tolist() for one in select(block, 3, seekers, Exploration(0.5, seed, run))]
        for seed, run in [(1, "x"), (1, "x"), (1, "y"), (2, "x")]
    ]
    assert lists[0] == lists[1]
    assert lists[0] != lists[2]
    assert lists[0] != lists[3]


@pytest.fixture
def pool(pool_of):
    return pool_of(*({"id": f"o{n}", "mission": f"coffee farm{n % 3} school{n}"} for n in range(9)))


def test_recommend_without_exploration_has_no_propensity(pool, encoder):
    assert "propensity" not in Matcher(encoder=encoder).fit(pool).recommend_all(2)


def test_recommend_with_exploration_adds_propensity_and_is_the_same_again(pool, encoder):
    config = Config.from_dict({"market": {"exploration": 0.5}})
    matcher = Matcher(config, encoder=encoder).fit(pool)
    plain = matcher.recommend_all(2)
    assert plain.equals(Matcher(encoder=encoder).fit(pool).recommend_all(2))
    first, again = matcher.recommend_all(2, run="x"), matcher.recommend_all(2, run="x")
    assert first.equals(again)
    assert set(first["propensity"]) <= {1.0, 0.5, 0.125}
    assert set(first["propensity"]) > {1.0}
    is_first = first["rank"] == 1
    assert first.loc[is_first, "candidate"].tolist() == plain.loc[is_first, "candidate"].tolist()
    moved = first["candidate"] != plain["candidate"]
    assert (first.loc[moved, "propensity"] == 0.125).all()
    assert moved.any()
    assert (first["candidate"] != first["seeker"]).all()


@pytest.mark.parametrize("share", [-0.1, 0.51, float("nan")])
def test_config_exploration_out_of_range_is_refused(share):
    with pytest.raises(ConfigError, match=r"market\.exploration"):
        Config.from_dict({"market": {"exploration": share}})
