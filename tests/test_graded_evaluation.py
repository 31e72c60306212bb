"""Evaluation by grades: worked tables, what is unread stays unknown, the command in both languages."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import processes
import pytest

from matcher.config import BandSettings, Config
from matcher.datasets import load_demo
from matcher.evaluation.comparison import pool_groups
from matcher.evaluation.graded import (
    agreements,
    band_meaning,
    fit_bands,
    judge_grades,
    share_of,
)
from matcher.learning.grading import rank_graded
from matcher.tables.writing import write_table

ROOT = Path(__file__).parents[1]
EVALUATE = [sys.executable, str(ROOT / "scripts" / "evaluate.py")]


def graded(grades, reader):
    table = pd.DataFrame({"seeker": "a", "candidate": list("bcde"), "grade": grades})
    return table.assign(reader=reader)


@pytest.fixture(scope="module")
def matcher(demo):
    return demo


@pytest.fixture(scope="module")
def pairs(matcher):
    """Grades of the first six of the lists of 24 seekers: the first two are good."""
    seekers = matcher.pool["id"].tolist()[:48:2]
    table = matcher.recommend(seekers, 6, explain=False)
    return table[["seeker", "candidate"]].assign(grade=np.where(table["rank"] <= 2, 3, 0))


def test_groups_of_candidates_have_exposure_and_the_share_of_good_pairs(matcher, pairs):
    groups = pool_groups(matcher.scorer.pool)
    found = judge_grades(rank_graded(matcher, pairs), pairs, matcher.config.bands, groups=groups).groups
    assert found["by"].unique().tolist() == ["size", "budget", "language", "newcomer"]
    assert found.groupby("by")[["pool_share", "mean"]].sum().to_numpy() == pytest.approx(1.0)
    assert sum(share.n_pairs for share in found.loc[found["by"] == "language", "good"]) == 5 * 24


def test_kappa_worked():
    # Mean squared difference 1/4; expected of the margins 0,1,2,3 and 0,1,3,3: 48/16 = 3.
    (found,) = agreements(pd.concat([graded([0, 1, 2, 3], "one"), graded([0, 1, 3, 3], "two")]))
    assert found.kappa == pytest.approx(1 - 0.25 / 3)
    assert found.n_pairs == 4
    assert found.differing[["candidate", "one", "two"]].to_numpy().tolist() == [["d", 2, 3]]


def test_kappa_of_equal_constant_grades_is_not_defined():
    (found,) = agreements(pd.concat([graded([2, 2, 2, 2], "one"), graded([2, 2, 2, 2], "two")]))
    assert np.isnan(found.kappa)
    assert found.differing.empty


def test_share_worked():
    rows = pd.DataFrame({"seeker": list("aabb"), "good": [True, True, True, False]})
    found = share_of(rows)
    assert (found.interval.mean, found.interval.n, found.n_pairs) == (0.75, 2, 4)
    assert 0.0 < found.interval.low < 0.75 < found.interval.high < 1.0
    assert share_of(rows.iloc[:0]).interval.n == 0


def test_first_candidates_are_judged_and_the_unread_are_unknown(matcher, pairs):
    found = judge_grades(rank_graded(matcher, pairs), pairs, matcher.config.bands)
    assert found.first["engine"].interval.mean == 1.0
    few = pairs.groupby("seeker").head(1)
    less = judge_grades(rank_graded(matcher, few), few, matcher.config.bands)
    assert less.first["engine"].interval.mean == 1.0
    assert less.bands["weak"].n_pairs < found.bands["weak"].n_pairs or found.bands["weak"].n_pairs == 0


def test_a_grade_holds_in_both_directions(matcher, pairs):
    turned = pairs.iloc[:1].rename(columns={"seeker": "candidate", "candidate": "seeker"})
    lists = rank_graded(matcher, pd.concat([pairs.iloc[1:3], turned]))
    assert lists.loc[lists["candidate"] == pairs["candidate"].iloc[0], "grade"].dropna().tolist() == [3.0]


def test_limits_stay_with_few_grades_and_move_with_many():
    rng = np.random.default_rng(0)
    n = 400
    read = pd.DataFrame({"rank": rng.integers(1, 9, n), "place": 1, "met": rng.random(n)})
    read["good"] = (read["rank"] <= 3) & (read["met"] >= 0.4)
    limits = BandSettings()
    assert fit_bands(read.iloc[:3], limits) == limits
    fitted = fit_bands(read, limits)
    assert (fitted.strong_places, fitted.strong_met) == (3, 0.4)
    assert band_meaning(read, fitted)["strong"] > 0.85


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Of ten first candidates, about 10", "weighted kappa 1.00", "Groups of candidates")),
        ("id", ("calon pertama", "kappa berbobot", "kelompok calon mitra", "anggaran")),
    ],
)
def test_command(tmp_path, matcher, pairs, lang, words):
    write_table(load_demo().kept, tmp_path / "profiles.jsonl")
    for name in ("one.csv", "two.csv"):
        pairs.to_csv(tmp_path / name, index=False)
    pd.DataFrame({"seeker": ["x"], "candidate": ["y"], "grade": [7]}).to_csv(
        tmp_path / "odd.csv", index=False
    )
    sheets = [part for name in ("one.csv", "two.csv", "odd.csv") for part in ("--grades", name)]
    call = [*EVALUATE, "profiles.jsonl", *sheets, "--save-bands", "bands.toml", "--json", "e.json"]
    ran = processes.run([*call, "--lang", lang, "--quiet"], cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert all(word.casefold() in ran.stdout.casefold() for word in words)
    assert "odd.csv" in ran.stderr
    assert isinstance(Config.from_toml(tmp_path / "bands.toml").bands, BandSettings)
    assert (tmp_path / "e.json").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "outcomes or grades must be given"),
        (["--grades", "none.csv"], "at least one graded pair"),
        (["--grades", "none.csv", "--ablate"], "ablate with --outcomes"),
    ],
)
def test_command_refuses(tmp_path, given, said):
    write_table(load_demo().kept, tmp_path / "profiles.jsonl")
    (tmp_path / "none.csv").write_text("seeker,candidate,grade\n=x,b,\n", encoding="utf-8")
    ran = processes.run([*EVALUATE, "profiles.jsonl", *given, "--quiet"], cwd=tmp_path)
    assert ran.returncode == 2
    assert said in ran.stderr
