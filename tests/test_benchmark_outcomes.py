"""The learning curve of outcomes: draws of works, and too few partnerships change nothing."""

import numpy as np
import pytest
from worlds import pairs_of

from benchmarks import outcomes
from matcher.learning.training import ANALYST


@pytest.fixture
def lists():
    """Twelve works of two seekers each, that find one partner of six."""
    rows = [(1, 1, False), *[(0, 1, False)] * 5]
    return pairs_of([rows] * 24, clusters=[f"work {place // 2}" for place in range(24)])


@pytest.mark.parametrize(("size", "used"), [(1, 2), (2, 2), (3, 4), (24, 24), (99, 24)])
def test_draws_are_whole_works_until_there_are_enough(lists, size, used):
    order = np.random.default_rng(0).permutation(sorted(set(lists.cluster)))
    drawn = outcomes._draw(lists, order, size)
    assert drawn.n_labels == used
    assert set(drawn.cluster) == set(order[: used // 2])


def test_curve_has_a_row_per_size_and_draw(monkeypatch, lists, capsys):
    monkeypatch.setattr(outcomes, "DRAWS", {4: 2, 20: 1})
    for name, value in (("load_interreg", None), ("pairs_before", lists), ("_later", lists)):
        monkeypatch.setattr(outcomes, name, lambda _, value=value: value)
    rows = outcomes.judge_outcomes(None)["draws"]
    assert [(row["partnerships"], row["used"]) for row in rows] == [(4, 4), (4, 4), (20, 20)]
    assert all((row["chosen"], row["difference"]) == (ANALYST, 0) for row in rows[:2])
    assert "what outcomes teach" in capsys.readouterr().out
