"""The learning curve of grades: halves of the seekers, and what is said of bands against what is found."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import grading
from matcher import Matcher
from matcher.datasets import load_demo


@pytest.fixture
def judged(tmp_path):
    """Grades of the first four of the lists of ten seekers."""
    matcher = Matcher().fit(load_demo())
    table = matcher.recommend(matcher.pool["id"].tolist()[:10], 4, explain=False)
    grades = table[["seeker", "candidate"]].assign(grade=np.where(table["rank"] <= 2, 3, 0))
    grades.to_csv(tmp_path / "demo_grades.csv", index=False)
    return tmp_path


def test_curve_has_a_row_per_size_and_draw(monkeypatch, judged, capsys):
    monkeypatch.setattr(grading, "SIZES", (0, 10))
    monkeypatch.setattr(grading, "DRAWS", 2)
    rows = pd.DataFrame(grading.judge_grading(judged)["draws"])
    assert rows[["grades", "used"]].to_numpy().tolist() == [[0, 0], [10, 10]] * 2
    assert rows.loc[rows["grades"] == 0, "difference"].eq(0.0).all()
    assert rows.loc[~rows["learned"], "difference"].eq(0.0).all()
    assert rows["strong stated"].between(0.0, 1.0).all()
    assert "what grades teach" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("n", "share", "stated", "chance"),
    [
        (1, 0.5, 0.5, 0.0),  # 0 or 1 is never near a half
        (2, 0.5, 0.5, 0.5),
        (10, 1.0, 0.9, 1.0),
        (10, 1.0, 0.89, 0.0),
        (10, 0.0, 0.0, 1.0),
        (10_000, 0.3, 0.3, 1.0),
    ],
)
def test_chance_that_a_share_is_found_near_the_stated_one(n, share, stated, chance):
    assert grading.chance_near(n, share, stated) == pytest.approx(chance)
