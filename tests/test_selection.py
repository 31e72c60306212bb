"""Selection: each seeker's best eligible candidates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.matching.selection import select_best

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
