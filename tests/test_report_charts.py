"""Charts of the report: coordinates, pairs, labels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.output.report.sections import (
    CHARACTER_WIDTH,
    HEIGHT,
    LINE_HEIGHT,
    MOST_LABELS,
    WIDTH,
    fit_box,
    list_pairs,
    pick_pairs,
    place_labels,
    project,
)


def test_project_finds_the_plane_that_points_lie_in_whatever_their_order():
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(40, 2)) * [3.0, 1.0]
    basis = np.linalg.qr(rng.normal(size=(12, 2)))[0]
    vectors = flat @ basis.T
    coordinates, kept = project(vectors)
    assert kept == pytest.approx(1.0)
    gaps = np.linalg.norm(coordinates[:, None] - coordinates[None], axis=-1)
    assert np.allclose(gaps, np.linalg.norm(flat[:, None] - flat[None], axis=-1), atol=1e-6)
    order = rng.permutation(40)
    assert np.allclose(project(vectors[order])[0], coordinates[order], atol=1e-7)


@pytest.mark.parametrize("vectors", [np.zeros((0, 3)), np.ones((1, 3)), np.ones((5, 3))])
def test_project_of_equal_vectors_is_one_point(vectors):
    coordinates, kept = project(vectors)
    assert coordinates.shape == (len(vectors), 2)
    assert not coordinates.any()
    assert np.isnan(kept)
    assert (fit_box(coordinates) == [WIDTH / 2.0, HEIGHT / 2.0]).all()


def test_pick_pairs_takes_whole_ranks_of_lists_while_there_is_room():
    rows = [(f"s{s}", f"c{s}{r}", r, 0.1 * s + 0.01 * r) for s in range(5) for r in (1, 2, 3)]
    table = pd.DataFrame(rows, columns=["seeker", "candidate", "rank", "mutual"])
    pairs, depth = pick_pairs(list_pairs(table), 12)
    assert (len(pairs), depth) == (10, 2)
    pairs, depth = pick_pairs(list_pairs(table), 3)
    assert (depth, pairs["mutual"].round(2).tolist()) == (0, [0.41, 0.31, 0.21])
    assert pick_pairs(list_pairs(table), 100)[1] == 3
    assert len(pick_pairs(list_pairs(table.head(0)), 100)[0]) == 0


def test_list_pairs_a_pair_seen_from_both_sides_is_one():
    table = pd.DataFrame(
        {"seeker": ["a", "b"], "candidate": ["b", "a"], "rank": [1, 1], "mutual": [0.5, 0.5]}
    )
    assert len(list_pairs(table)) == 1


@given(st.lists(st.tuples(st.floats(0, 760), st.floats(0, 500)), max_size=40))
def test_place_labels_none_leaves_the_chart_nor_covers_another(points):
    labels = place_labels(np.array(points).reshape(-1, 2), ["some name"] * len(points), range(len(points)))
    assert len(labels) <= MOST_LABELS
    width = len("some name") * CHARACTER_WIDTH
    ends = [float(x) - (width if anchor == "end" else 0.0) for _, x, _, anchor in labels]
    assert all(-0.1 <= end <= WIDTH - width + 0.1 for end in ends)
    for one in range(len(labels)):
        for other in range(one):
            is_beside = abs(ends[one] - ends[other]) >= width - 0.1
            assert is_beside or abs(labels[one][2] - labels[other][2]) >= LINE_HEIGHT - 0.1
