"""Weights learned from grades: a planted preference is found, noise and little change nothing."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import processes
import pytest

from matcher import Matcher
from matcher.datasets import HISTORY_PATH, load_demo
from matcher.features import COMPONENT_NAMES
from matcher.learning.grading import (
    GradedPairs,
    grades_of_outcomes,
    learn_weights,
    score_seekers,
    train_on_grades,
    train_on_pairs,
)
from matcher.outcomes import read_outcomes
from matcher.ranking import WeightedRanker
from matcher.ranking.storage import open_ranker
from matcher.tables.writing import write_table

ROOT = Path(__file__).parents[1]
TRAIN = [sys.executable, str(ROOT / "scripts" / "train_ranker.py")]
N_SEEKERS, N_PAIRS = 30, 8
BOTH = np.zeros(N_SEEKERS * N_PAIRS, dtype=bool)
"""No grade is of one side only."""


def planted(wanted, noise=0.0, seed=0):
    """Give graded pairs whose good ones are the two highest of one component."""
    rng = np.random.default_rng(seed)
    n = N_SEEKERS * N_PAIRS
    sides = rng.random((2, n, len(COMPONENT_NAMES)))
    sides[:, :, COMPONENT_NAMES.index("conflict")] = 0.0
    seeker = np.repeat([f"s{number:02}" for number in range(N_SEEKERS)], N_PAIRS).astype(object)
    worth = sides.mean(axis=0)[:, COMPONENT_NAMES.index(wanted)] + noise * rng.normal(size=n)
    rank = pd.Series(-worth).groupby(seeker).rank().to_numpy()
    return GradedPairs(
        *sides, np.where(rank <= 2, 3.0, 0.0), seeker, BOTH[:n], rng.random((500, sides.shape[-1]))
    )


def test_a_planted_preference_is_found_and_surely_better():
    training = train_on_pairs(planted("goals"), WeightedRanker())
    assert training.is_better
    assert training.learned["goals"] > 2 * training.old["goals"]
    assert training.ranker.shares_[COMPONENT_NAMES.index("goals")] > 2 * training.old["goals"]
    assert training.improved > training.present


@pytest.mark.parametrize("seed", range(3))
def test_noise_changes_nothing(seed):
    training = train_on_pairs(planted("goals", noise=1e6, seed=seed), WeightedRanker())
    assert not training.is_better
    assert training.ranker.shares_.tolist() == WeightedRanker().fit(planted("goals").pool).shares_.tolist()


def test_the_stronger_the_shrinkage_the_nearer_to_the_weights_in_force():
    data, base = planted("goals"), WeightedRanker().fit(planted("goals").pool)
    away = [np.abs(learn_weights(data, base, by).weights_ - base.weights_).sum() for by in (5, 50, 1e9)]
    assert away[0] > away[1] > away[2]
    assert away[2] == pytest.approx(0.0, abs=1e-3)


def test_what_weighs_nothing_on_purpose_is_not_learned():
    data = planted("culture")
    assert learn_weights(data, WeightedRanker().fit(data.pool), 5.0).weights_[-1] == 0.0


def test_little_is_too_little():
    data = planted("goals")
    few = data.take(np.arange(len(data.grade)) < 2 * N_PAIRS)
    training = train_on_pairs(few, WeightedRanker())
    assert not training.is_better
    assert training.old == training.learned
    assert training.gain.n == 0


def test_seekers_with_only_good_or_only_bad_pairs_are_not_judged():
    data = planted("goals")
    all_good = replace(data, grade=np.full(len(data.grade), 2.0))
    assert score_seekers(all_good, WeightedRanker().fit(data.pool)).isna().all()


def test_ungraded_pairs_are_no_negatives(demo):
    """A pair that nobody graded is not among the data at all: only the pool's scale knows it."""
    listed = demo.recommend(demo.pool["id"].tolist()[:12], 4, explain=False)
    pairs = listed[["seeker", "candidate"]].assign(grade=np.where(listed["rank"] == 3, 3, 0))
    training = train_on_grades(demo, pairs)
    assert training.n_pairs == len(pairs)
    assert 0.0 <= training.overlap <= 1.0


def test_outcomes_as_grades_worked():
    stages = {"a": "invited", "b": "declined", "c": "met", "d": "agreed"}
    rows = pd.DataFrame({"seeker": "x", "candidate": [*stages], "stage": [*stages.values()]})
    rows = pd.concat([rows, pd.DataFrame({"seeker": ["x", "x"], "candidate": ["c", "q"], "stage": "active"})])
    read = read_outcomes(rows.assign(date="2025-01-01"))
    found = grades_of_outcomes(read, ["x", *stages])
    assert dict(zip(found["candidate"], found["grade"], strict=True)) == {"c": 3.0, "d": 3.0}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Stages alone: both sides alike.
        (["x a met"], ["x a 2 both"]),
        (["x a met", "a x agreed"], ["a x 3 both", "x a 3 both"]),
        (["x a replied"], []),
        # A side's rating counts before the stage; the grade is the mean of both.
        (["x a ended 5 5"], ["x a 3 both"]),
        (["x a ended 5 1"], ["x a 1.5 both"]),
        (["x a ended 4"], ["x a 2.5 both"]),
        (["x a met 2 4"], ["x a 1 both"]),
        # The last rating counts.
        (["x a active 1 1", "x a ended 4 4"], ["x a 2 both"]),
        # A rating of one side without a stage is of that side only.
        (["x a replied - 4"], ["a x 2 one"]),
        (["x a invited 1 -"], ["x a 0 one"]),
        # A decline is a negative of the side whose reason it was; without one it says nothing.
        (["x a declined"], []),
        (["x a declined - - no staff"], []),
        (["x a declined - - seeker: no staff"], ["x a 0 one"]),
        (["x a declined - - calon: tidak ada dana"], ["a x 0 one"]),
        (["x a declined - - a: no funds", "x a declined - - x: no staff"], ["x a 0 both"]),
        # After a meeting it stands; those who agreed nevertheless were worth it.
        (["x a met", "x a declined - - seeker: no staff"], ["x a 1 both"]),
        (["x a declined - - seeker: no staff", "x a agreed"], ["x a 3 both"]),
        # Of organisations without a profile nothing is learned.
        (["x q agreed", "q x ended 5 5"], []),
    ],
)
def test_outcomes_as_grades_of_both_sides_or_one(rows, expected):
    names = ["seeker", "candidate", "stage", "seeker_rating", "candidate_rating", "reason"]
    cells = [(row.split(maxsplit=5) + [""] * 3)[:6] for row in rows]
    log = pd.DataFrame(cells, columns=names).replace("-", "")
    log["date"] = [f"2025-01-{day:02}" for day in range(1, len(log) + 1)]
    found = grades_of_outcomes(read_outcomes(log), ["x", "a"]).itertuples(index=False)
    said = [f"{one} {other} {grade:g} {'one' if sided else 'both'}" for one, other, grade, sided in found]
    assert said == expected


def test_grades_of_one_side_are_learned_from_that_side_and_not_judged():
    data = planted("goals")
    base = WeightedRanker().fit(data.pool)
    sided = replace(data, theirs=np.zeros_like(data.theirs), one_sided=~BOTH)
    same = replace(data, theirs=data.ours)
    learned = [learn_weights(each, base, 50.0).weights_ for each in (sided, same)]
    np.testing.assert_allclose(*learned)
    assert score_seekers(sided, base).empty
    assert not train_on_pairs(sided, WeightedRanker()).gain.n


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Weights learned from grades"), ("id", "Bobot yang dipelajari")]
)
def test_command(tmp_path, lang, said):
    profiles = load_demo().kept.iloc[:60]
    write_table(profiles, tmp_path / "profiles.jsonl")
    seekers = profiles["id"].tolist()[:12]
    listed = Matcher().fit(profiles).recommend(seekers, 4, explain=False)
    listed[["seeker", "candidate"]].assign(grade=listed["rank"] % 4).to_csv(tmp_path / "g.csv", index=False)
    given = ["profiles.jsonl", "--grades", "g.csv", "--out", "ours", "--outcomes", str(HISTORY_PATH)]
    ran = processes.run([*TRAIN, *given, "--lang", lang, "--quiet"], cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert said in ran.stdout
    assert "Weights learned from grades" in (tmp_path / "ours" / "README.md").read_text(encoding="utf-8")
    ranker = open_ranker(tmp_path / "ours")
    assert len(Matcher(ranker=ranker).fit(profiles).recommend(seekers[0], 3)) == 3


def test_command_without_labels_is_refused(tmp_path):
    ran = processes.run([*TRAIN, "profiles.csv", "--out", "ours"], cwd=tmp_path)
    assert ran.returncode == 2
    assert "outcomes or grades must be given" in ran.stderr
