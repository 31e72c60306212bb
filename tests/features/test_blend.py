import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.features.component import blend

pytestmark = pytest.mark.numerical

cells = arrays(np.float64, (2, 3), elements=st.floats(0, 1) | st.just(np.nan))
part_lists = st.lists(st.tuples(st.floats(0.05, 1), cells), min_size=1, max_size=4)


def test_blend_worked_table():
    # (0.6 x 1 + 0.2 x 0.5) / 0.8 = 0.875; the unknown leaves its share to the other; both unknown: NaN.
    first = np.array([[1.0, 1.0, np.nan, np.nan]])
    second = np.array([[0.5, np.nan, 0.5, np.nan]])
    np.testing.assert_allclose(blend((0.6, first), (0.2, second)), [[0.875, 1.0, 0.5, np.nan]])


@given(part_lists)
def test_blend_any_parts_is_nan_only_where_all_are(parts):
    all_unknown = np.all([np.isnan(scores) for _, scores in parts], axis=0)
    np.testing.assert_array_equal(np.isnan(blend(*parts)), all_unknown)


@given(part_lists)
def test_blend_any_parts_lies_inside_the_known_ones(parts):
    mixed = blend(*parts)
    stacked = np.stack([scores for _, scores in parts])
    known = ~np.isnan(mixed)
    assert (mixed[known] >= np.nanmin(stacked[:, known], axis=0) - 1e-12).all()
    assert (mixed[known] <= np.nanmax(stacked[:, known], axis=0) + 1e-12).all()


@given(part_lists, st.floats(0.1, 10))
def test_blend_scaled_shares_or_other_order_change_nothing(parts, factor):
    turned = [(share * factor, scores) for share, scores in reversed(parts)]
    np.testing.assert_allclose(blend(*turned), blend(*parts), atol=1e-12)


@given(part_lists)
def test_blend_leaves_its_input_alone(parts):
    before = [scores.copy() for _, scores in parts]
    blend(*parts)
    for old, (_, scores) in zip(before, parts, strict=True):
        np.testing.assert_array_equal(old, scores)
