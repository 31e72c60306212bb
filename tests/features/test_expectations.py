import numpy as np
import pytest

from matcher.features.expectations import HORIZON, INDICATORS

ONE = "farmers trained each year"
OTHER = "huge quiet boats lent"
BOTH = {"goals_short": "alpha", "goals_long": "beta"}
TOTAL = INDICATORS + HORIZON


@pytest.mark.parametrize(
    ("seeker", "candidate", "expected"),
    [
        # Indicators alone are known.
        ({"indicators": ONE}, {"indicators": ONE}, 1.0),
        ({"indicators": ONE}, {"indicators": OTHER}, 0.0),
        # Horizons alone: the same, one of two, none; what the goals say does not matter here.
        (BOTH, {"goals_short": "gamma", "goals_long": "delta"}, 1.0),
        (BOTH, {"goals_short": "gamma"}, 0.5),
        ({"goals_short": "alpha"}, {"goals_long": "alpha"}, 0.0),
        # Same indicators, one of two horizons shared.
        (
            {"indicators": ONE, **BOTH},
            {"indicators": ONE, "goals_long": "x"},
            (INDICATORS + HORIZON / 2) / TOTAL,
        ),
        # Other indicators, same horizons.
        ({"indicators": ONE, **BOTH}, {"indicators": OTHER, **BOTH}, HORIZON / TOTAL),
        # 2 of 4 words shared: cosine 1/2.
        ({"indicators": ONE}, {"indicators": "farmers trained with care"}, 0.5),
    ],
)
def test_expectations_worked_table(score_of, seeker, candidate, expected):
    assert score_of("expectations", seeker, candidate) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("seeker", "candidate"),
    [({}, {}), ({"indicators": ONE}, BOTH), (BOTH, {"indicators": ONE}), ({"indicators": ONE, **BOTH}, {})],
)
def test_expectations_nothing_stated_by_both_is_unknown(score_of, seeker, candidate):
    assert np.isnan(score_of("expectations", seeker, candidate))


def test_expectations_horizon_part_is_symmetric(score_of):
    assert score_of("expectations", BOTH, {"goals_long": "x"}) == score_of(
        "expectations", {"goals_long": "x"}, BOTH
    )


def test_expectations_order_of_indicators_changes_nothing(score_of):
    candidate = {"indicators": "farmers trained with care"}
    one = score_of("expectations", {"indicators": f"{ONE}\n{OTHER}"}, candidate)
    assert score_of("expectations", {"indicators": f"{OTHER}\n{ONE}"}, candidate) == pytest.approx(
        one, abs=1e-12
    )
