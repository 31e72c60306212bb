import random

import numpy as np
import pytest

from matcher import Matcher
from matcher.matching.selection import EligibilityRules


def eligible_pairs(seekers, candidates):
    return EligibilityRules(candidates).eligible(seekers)


def org(id_, **fields):
    return {"id": id_, "vision": "trees", **fields}


def test_eligible_nobody_is_recommended_to_themself(pool_of):
    pool = pool_of(org("a"), org("b"), org("c"))
    np.testing.assert_array_equal(eligible_pairs(pool, pool), ~np.eye(3, dtype=bool))


def test_eligible_worked_table(pool_of):
    # a excludes b; c is excluded by nobody but red; d excludes a.
    pool = pool_of(org("a", excludes="b"), org("b"), org("c", flag="red"), org("d", excludes="a"))
    expected = [
        [False, False, False, False],
        [False, False, False, True],
        [True, True, False, True],
        [False, True, False, False],
    ]
    assert eligible_pairs(pool, pool).tolist() == expected


@pytest.mark.parametrize("flag", ["none", "observation", "yellow"])
def test_eligible_lesser_flags_stay_in(pool_of, flag):
    pool = pool_of(org("a"), org("b", flag=flag))
    assert eligible_pairs(pool, pool)[0, 1]


def test_eligible_opportunity_is_never_recommended_its_lead(pool_of):
    pool = pool_of(org("a"), org("b"))
    call = pool_of(org("call", lead="a"))
    assert eligible_pairs(call, pool).tolist() == [[False, True]]


def test_eligible_candidate_excluding_the_lead_is_left_out(pool_of):
    pool = pool_of(org("a"), org("b", excludes="a"), org("c", excludes="call"), org("d"))
    call = pool_of(org("call", lead="a"))
    assert eligible_pairs(call, pool).tolist() == [[False, False, False, True]]


def test_eligible_unknown_excluded_ids_are_harmless(pool_of):
    pool = pool_of(org("a", excludes="gone; nowhere"), org("b"))
    assert eligible_pairs(pool, pool)[0, 1]


def test_eligible_two_profiles_without_lead_are_not_taken_for_one(pool_of):
    pool = pool_of(org("a", lead=""), org("b", lead=""))
    assert eligible_pairs(pool, pool)[0, 1]


@pytest.mark.parametrize("seed", range(5))
def test_eligible_random_pool_equals_brute_force(pool_of, seed):
    rng = random.Random(seed)
    names = [f"o{place}" for place in range(12)]
    records = [
        org(name, excludes=rng.sample(names, rng.randint(0, 3)), flag=rng.choice(["none", "yellow", "red"]))
        for name in names
    ]
    pool = pool_of(*records)
    got = eligible_pairs(pool, pool)
    for row, seeker in enumerate(records):
        for column, candidate in enumerate(records):
            allowed = (
                row != column
                and candidate["flag"] != "red"
                and candidate["id"] not in seeker["excludes"]
                and seeker["id"] not in candidate["excludes"]
            )
            assert got[row, column] == allowed


def test_eligible_order_and_blocks_change_nothing(pool_of):
    names = [f"o{place}" for place in range(8)]
    pool = pool_of(*[org(name, excludes=names[place - 2]) for place, name in enumerate(names)])
    whole = eligible_pairs(pool, pool)
    order = np.array([3, 7, 0, 1, 6, 2, 5, 4])
    turned = pool.iloc[order].reset_index(drop=True)
    np.testing.assert_array_equal(eligible_pairs(turned, turned), whole[order][:, order])
    np.testing.assert_array_equal(eligible_pairs(pool.iloc[3:5], pool), whole[3:5])


def test_eligible_rules_of_a_pool_are_indexed_once(pool_of, encoder, monkeypatch):
    built = []

    class Counting(EligibilityRules):
        def __init__(self, candidates):
            built.append(len(candidates))
            super().__init__(candidates)

    monkeypatch.setattr("matcher.matching.pool.EligibilityRules", Counting)
    monkeypatch.setattr("matcher.matching.pool.BLOCK", 1)
    matcher = Matcher(encoder=encoder).fit(pool_of(*(org(name) for name in "abcd")))
    matcher.recommend_all(2, explain=False)
    assert built == [4]
