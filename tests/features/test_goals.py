import numpy as np
import pytest

ONE = "train young coffee farmers."
OTHER = "lend huge quiet boats."


@pytest.mark.parametrize(
    ("seeker", "candidate", "expected"),
    [
        # Identical in both horizons.
        ({"goals_short": ONE, "goals_long": OTHER}, {"goals_short": ONE, "goals_long": OTHER}, 1.0),
        # Nothing in common.
        ({"goals_short": ONE}, {"goals_short": OTHER}, 0.0),
        # Short 1, long 0: mean 1/2.
        ({"goals_short": ONE, "goals_long": ONE}, {"goals_short": ONE, "goals_long": OTHER}, 0.5),
        # Only the short horizon is known to both, the long one does not count.
        ({"goals_short": ONE, "goals_long": ONE}, {"goals_short": ONE}, 1.0),
        # Two passages of the seeker, one met: (1 + 0) / 2.
        ({"goals_short": f"{ONE} {OTHER}"}, {"goals_short": ONE}, 0.5),
        # 2 of 4 words shared: 2 / sqrt(4 x 4).
        ({"goals_long": ONE}, {"goals_long": "train young tea growers."}, 0.5),
    ],
)
def test_goals_worked_table(score_of, seeker, candidate, expected):
    assert score_of("goals", seeker, candidate) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("seeker", "candidate"),
    [({}, {}), ({"goals_short": ONE}, {}), ({}, {"goals_long": ONE})],
)
def test_goals_unstated_by_one_side_are_unknown(score_of, seeker, candidate):
    assert np.isnan(score_of("goals", seeker, candidate))


def test_goals_short_are_never_compared_with_long(score_of):
    assert np.isnan(score_of("goals", {"goals_short": ONE}, {"goals_long": ONE}))


def test_goals_order_of_passages_changes_nothing(score_of):
    candidate = {"goals_short": f"{ONE} we dry coffee here."}
    one = score_of("goals", {"goals_short": f"{ONE} {OTHER}"}, candidate)
    assert score_of("goals", {"goals_short": f"{OTHER} {ONE}"}, candidate) == pytest.approx(one, abs=1e-12)


def test_goals_repeated_by_the_candidate_change_nothing(score_of):
    seeker = {"goals_long": f"{ONE} {OTHER}"}
    once = score_of("goals", seeker, {"goals_long": ONE})
    assert score_of("goals", seeker, {"goals_long": f"{ONE} {ONE}"}) == pytest.approx(once, abs=1e-12)
