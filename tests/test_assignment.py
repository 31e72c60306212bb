"""Rounds: no limit is exceeded, small ones are the best by brute force, in any order of pairs."""

import os
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.matching.assignment import (
    RoundProblem,
    blocking_pairs,
    envious,
    fill_slots,
    find_collision,
    group_limits,
    limits_of,
    solve_round,
    solve_slots,
)

ROUNDS = int(os.environ.get("ROUNDS", "200"))  # examples, of two rounds each


@st.composite
def problems(draw, most_organisations=12, density=0.6):
    n = draw(st.integers(2, most_organisations))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    ends = np.array([pair for pair in zip(*np.triu_indices(n, 1), strict=True) if rng.random() < density])
    ends = ends.reshape(-1, 2).T.astype(np.int64)
    gains = np.round(rng.random((2, ends.shape[1])), 3)
    values = np.array([{f"v{rng.integers(3)}"} for _ in range(n)], dtype=object)
    at_most = {"sector": int(rng.integers(1, 3))} if rng.random() < 0.5 else {}
    limits = group_limits(ends, {"sector": values}, at_most)
    least, most = rng.integers(0, 3, n) * (rng.random() < 0.5), rng.integers(0, 4, n)
    mutual = gains.mean(axis=0)
    none = np.zeros(len(mutual), dtype=bool)
    return RoundProblem(ends, mutual, gains, least, most, limits, none), values, at_most


def worth(problem, chosen):
    return float(problem.mutual[chosen].sum()) - problem.penalty(chosen)


def is_feasible(problem, chosen):
    counts = problem.counts(chosen)
    within = problem.limits.pairs @ chosen <= problem.limits.sizes
    return (counts <= problem.most).all() and within.all() and chosen[problem.fixed].all()


def slots_of_all(problem, chosen, n_slots):
    """Return whether the chosen pairs can have slots, by trying all."""
    ends = problem.ends[:, chosen].T.tolist()
    for slots in product(range(n_slots), repeat=len(ends)):
        held = [(end, slot) for pair, slot in zip(ends, slots, strict=True) for end in pair]
        if len({*held}) == len(held):
            return True
    return False


def best_worth(problem, n_slots=1):
    """Return the highest worth of all sets of pairs."""
    n = len(problem.mutual)
    found = -np.inf
    for number in range(2**n):
        chosen = np.array([number >> at & 1 for at in range(n)], dtype=bool)
        is_better = worth(problem, chosen) > found and is_feasible(problem, chosen)
        if is_better and (n_slots == 1 or slots_of_all(problem, chosen, n_slots)):
            found = worth(problem, chosen)
    return found


@settings(max_examples=ROUNDS)
@given(problems(), st.integers(1, 4))
def test_no_limit_is_exceeded_in_generated_rounds(made, n_slots):
    problem, values, at_most = made
    solution = solve_round(problem)
    assert is_feasible(problem, solution.chosen)
    assert worth(problem, solution.chosen) <= solution.bound + 1e-6
    for size in at_most.values():
        for one in range(len(problem.most)):
            met = problem.ends[:, solution.chosen & (problem.ends == one).any(axis=0)].sum(axis=0) - one
            partners = [*values[met]]
            assert all(partners.count(value) <= size for value in partners)
    slots = fill_slots(problem, solution.chosen, n_slots, np.zeros(len(problem.mutual), int))
    check_slots(problem, slots, n_slots)
    # A later round, in which some meetings keep their slots.
    kept = np.where(problem.mutual > 0.4, slots, 0)
    later = replace(problem, fixed=kept > 0, mutual=problem.mutual[::-1])
    again = solve_round(later)
    slots = fill_slots(later, again.chosen, n_slots, kept)
    check_slots(later, slots, n_slots)
    assert slots[kept > 0].tolist() == kept[kept > 0].tolist()


def check_slots(problem, slots, n_slots):
    held = [
        (end, slot) for pair, slot in zip(problem.ends.T.tolist(), slots, strict=True) if slot for end in pair
    ]
    assert len({*held}) == len(held)
    assert max(slots, default=0) <= n_slots
    assert is_feasible(problem, slots > 0)


@settings(max_examples=40)
@given(problems(most_organisations=5))
def test_small_rounds_are_the_best_by_brute_force(made):
    problem = made[0]
    solution = solve_round(problem)
    assert solution.is_exact
    assert worth(problem, solution.chosen) == pytest.approx(best_worth(problem))


@settings(max_examples=15)
@given(problems(most_organisations=4, density=0.9))
def test_small_rounds_with_slots_are_the_best_by_brute_force(made):
    problem = made[0]
    assert worth(problem, solve_slots(problem, 2, np.zeros(len(problem.mutual), int)) > 0) == pytest.approx(
        best_worth(problem, 2)
    )


@settings(max_examples=30)
@given(problems(), st.permutations(range(66)))
def test_the_order_of_pairs_does_not_change_the_worth(made, order):
    problem = made[0]
    order = np.array([at for at in order if at < len(problem.mutual)], dtype=np.int64)
    turned = problem.part(order)
    solutions = solve_round(problem), solve_round(turned)
    assert worth(problem, solutions[0].chosen) == pytest.approx(worth(turned, solutions[1].chosen))


def test_a_bipartite_round_has_as_many_slots_as_the_busiest_has_meetings():
    ends = np.array([(one, 4 + other) for one in range(4) for other in range(4)]).T
    gains = np.full((2, 16), 0.5)
    none, limits = np.zeros(16, dtype=bool), group_limits(ends, {}, {})
    problem = RoundProblem(ends, gains[0], gains, np.zeros(8, int), np.full(8, 4), limits, none)
    assert sorted(fill_slots(problem, ~none, 4, np.zeros(16, int))) == sorted([1, 2, 3, 4] * 4)


def test_blocking_pairs_and_envy():
    # 0 and 3 prefer each other to 1 and 2, with whom they meet.
    ends = np.array([(0, 1), (2, 3), (0, 3)]).T
    gains = np.array([[0.1, 0.5, 0.9], [0.5, 0.1, 0.9]])
    none, limits = np.zeros(3, dtype=bool), group_limits(ends, {}, {})
    problem = RoundProblem(ends, gains.mean(axis=0), gains, np.zeros(4, int), np.ones(4, int), limits, none)
    chosen = np.array([True, True, False])
    assert blocking_pairs(problem, chosen.astype(int), 1).tolist() == [2]
    assert envious(problem, chosen).tolist() == [0, 3]
    assert blocking_pairs(problem, (~chosen).astype(int), 1).tolist() == []


def test_blocking_pairs_are_free_in_one_slot():
    # 0 and 3 would exchange their meetings for one with each other, if these were in one slot.
    ends = np.array([(0, 1), (2, 3), (0, 3)]).T
    gains = np.array([[0.1, 0.5, 0.9], [0.5, 0.1, 0.9]])
    none, limits = np.zeros(3, dtype=bool), group_limits(ends, {}, {})
    problem = RoundProblem(ends, gains.mean(axis=0), gains, np.zeros(4, int), np.ones(4, int), limits, none)
    # Each gives up its only meeting: both are free in either slot then.
    assert blocking_pairs(problem, np.array([1, 2, 0]), 2).tolist() == [2]
    # With a place for a second meeting, both are free in the slot that the other has taken.
    both = replace(problem, most=np.full(4, 2))
    assert blocking_pairs(both, np.array([1, 2, 0]), 2).tolist() == [2]
    # The only slot that both could have is that of a fixed meeting of 0.
    fixed = replace(both, fixed=np.array([True, False, False]))
    assert blocking_pairs(fixed, np.array([1, 2, 0]), 2).tolist() == [2]
    assert blocking_pairs(replace(fixed, most=np.ones(4, int)), np.array([1, 2, 0]), 2).tolist() == []


@st.composite
def demanding(draw):
    """Return a problem in which minima and fixed pairs often collide with capacities."""
    problem = draw(problems(most_organisations=4, density=0.9))[0]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    least = rng.integers(0, 4, len(problem.most)) * (rng.random(len(problem.most)) < 0.6)
    fixed = rng.random(len(problem.mutual)) < 0.3
    return replace(problem, least=least, fixed=fixed, is_required=True)


def smallest_collision(rows, upper):
    """Return the size of the smallest set of limits that no pairs meet, and the least excess of all."""
    n_limits, n_pairs = rows.shape
    every = np.array([*product((0.0, 1.0), repeat=n_pairs)]).reshape(2**n_pairs, n_pairs)
    excess = np.maximum(every @ rows.toarray().T - upper, 0.0)
    for size in range(n_limits + 1):
        for kept in combinations(range(n_limits), size):
            if (excess[:, kept] > 0).any(axis=1).all():
                return size, excess.sum(axis=1).min()
    return None, 0.0


@settings(max_examples=40)
@given(demanding())
def test_fewest_colliding_limits_and_least_change_are_those_of_brute_force(problem):
    rows, upper = limits_of(problem)
    size, excess = smallest_collision(rows, upper)
    smallest, change = find_collision(problem)
    assert change.sum() == pytest.approx(excess)
    assert len(smallest) == (size or 0)
    assert (solve_round(problem) is None) == (size is not None)
