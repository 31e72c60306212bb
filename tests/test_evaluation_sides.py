import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import EvaluationError
from matcher.evaluation.metrics import both_sides, expected_matches, seeker_metrics, turned

# s1 ranks x, y; s2 ranks x; s3 ranks y, x. So x is shown to s2 (0.9), s1 (0.8), s3 (0.1); y to s3, s1.
RECOMMENDATIONS = pd.DataFrame(
    [
        ("s1", "x", 1, 0.8),
        ("s1", "y", 2, 0.3),
        ("s2", "x", 1, 0.9),
        ("s3", "y", 1, 0.7),
        ("s3", "x", 2, 0.1),
    ],
    columns=["seeker", "candidate", "rank", "score"],
)
TRUTH = pd.DataFrame([("s1", "x"), ("s3", "x"), ("s2", "z")], columns=["seeker", "candidate"])
SECOND, THIRD = 1 / math.log2(3), 1 / math.log2(4)

scored_pairs = st.dictionaries(
    st.tuples(st.sampled_from(["s1", "s2", "s3"]), st.sampled_from(["x", "y", "z"])),
    st.sampled_from([0.1, 0.5, 0.9]),
    min_size=1,
)
true_pairs = st.sets(
    st.tuples(st.sampled_from(["s1", "s2", "s3", "s4"]), st.sampled_from(["x", "y", "z"])), min_size=1
)


def recommended(scores):
    frame = pd.DataFrame([(*pair, score) for pair, score in scores.items()])
    frame = frame.set_axis(["seeker", "candidate", "score"], axis=1)
    frame = frame.sort_values(["seeker", "score", "candidate"], ascending=[True, False, True])
    return frame.assign(rank=frame.groupby("seeker").cumcount() + 1)


def true(pairs):
    return pd.DataFrame(sorted(pairs), columns=["seeker", "candidate"])


def test_sides_turned_lists_go_by_score_then_seeker():
    lists = turned(RECOMMENDATIONS, TRUTH)[0].sort_values(["seeker", "rank"])
    assert lists.loc[lists["seeker"] == "x", "candidate"].tolist() == ["s2", "s1", "s3"]
    tied = turned(RECOMMENDATIONS.assign(score=0.5), TRUTH)[0].sort_values(["seeker", "rank"])
    assert tied.loc[tied["seeker"] == "x", "candidate"].tolist() == ["s1", "s2", "s3"]


def test_sides_candidate_metrics_worked_table():
    found = seeker_metrics(*turned(RECOMMENDATIONS, TRUTH), [2])
    assert found.index.tolist() == ["x", "z"]
    # x: partners s1 (second) and s3 (third); z was never shown.
    expected = [[0.5, SECOND / (1 + SECOND), 0.5], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(found, expected)


def test_sides_means_and_the_worse_of_both():
    found = both_sides(RECOMMENDATIONS, TRUTH, [1])
    assert found.columns.tolist() == ["seekers", "candidates", "worse"]
    assert found.index.tolist() == ["MRR", "nDCG@1", "R@1"]
    # seekers: 1, 0 (z not shown), 1/2; candidates: 1/2, 0.
    assert found.loc["MRR"].tolist() == pytest.approx([0.5, 0.25, 0.25])
    assert found.loc["R@1"].tolist() == pytest.approx([1 / 3, 0.0, 0.0])


def test_sides_duplicate_recommendations_are_refused():
    with pytest.raises(EvaluationError, match="got 5 duplicate rows"):
        both_sides(pd.concat([RECOMMENDATIONS] * 2), TRUTH)


@given(scored_pairs, true_pairs)
def test_sides_worse_is_the_smaller_mean(scores, pairs):
    recommendations, truth = recommended(scores), true(pairs)
    found = both_sides(recommendations, truth, [2])
    np.testing.assert_allclose(found["seekers"], seeker_metrics(recommendations, truth, [2]).mean())
    np.testing.assert_allclose(found["worse"], found[["seekers", "candidates"]].min(axis=1))


def test_matches_worked_table():
    # (s1, x): first for s1, second for x. (s3, x): second and third. (s2, z): not shown.
    found = expected_matches(RECOMMENDATIONS, TRUTH, 10)
    assert found.total == pytest.approx(1 * SECOND + SECOND * THIRD)
    assert found.share == pytest.approx(found.total / 3)
    assert found.n == 3


def test_matches_beyond_k_are_never_seen():
    assert expected_matches(RECOMMENDATIONS, TRUTH, 2).total == pytest.approx(SECOND)
    assert expected_matches(RECOMMENDATIONS, TRUTH, 1).total == 0.0


def test_matches_without_truth_have_no_share():
    found = expected_matches(RECOMMENDATIONS, TRUTH.iloc[:0])
    assert (found.total, found.n) == (0.0, 0)
    assert math.isnan(found.share)


@given(scored_pairs, true_pairs, st.integers(1, 4), st.randoms(use_true_random=False))
def test_matches_any_lists_equal_their_definition_whatever_the_order(scores, pairs, k, random):
    recommendations, truth = recommended(scores), true(pairs)
    total = 0.0
    for seeker, candidate in pairs & set(scores):
        mine = sorted((-score, c) for (s, c), score in scores.items() if s == seeker)
        theirs = sorted((-score, s) for (s, c), score in scores.items() if c == candidate)
        score = scores[seeker, candidate]
        places = (mine.index((-score, candidate)) + 1, theirs.index((-score, seeker)) + 1)
        total += math.prod(1 / math.log2(1 + place) if place <= k else 0.0 for place in places)
    shuffled = recommendations.iloc[random.sample(range(len(scores)), len(scores))]
    found = expected_matches(shuffled, truth.iloc[::-1], k)
    assert found.total == pytest.approx(total, abs=1e-12)
    assert 0 <= found.share <= 1
    assert found == expected_matches(recommendations, truth, k)
