import numpy as np
import pytest

from matcher.config import DEFAULT_WEIGHTS


@pytest.mark.parametrize(
    ("seeker", "candidate", "expected"),
    [
        ("open teams", "open teams", 1.0),
        ("open teams", "strict ranks", 0.0),
        # 1 word shared of 2 and 2: 1 / sqrt 4.
        ("open teams", "open offices", 0.5),
        # 1 shared of 1 and 4: 1 / sqrt 4.
        ("open", "open teams meet weekly", 0.5),
    ],
)
def test_culture_worked_table(score_of, seeker, candidate, expected):
    score = score_of("culture", {"working_style": seeker}, {"working_style": candidate})
    assert score == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("seeker", "candidate"), [("", ""), ("open teams", ""), ("", "open teams")])
def test_culture_without_a_style_is_unknown(score_of, seeker, candidate):
    assert np.isnan(score_of("culture", {"working_style": seeker}, {"working_style": candidate}))


def test_culture_weight_is_zero_unless_raised():
    assert DEFAULT_WEIGHTS.culture == 0.0
