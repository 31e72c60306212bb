import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.encoders.encoder import UnitRows, unit_rows
from matcher.features.ragged import BEST_MATCHED, Ragged, best_matches, cosines, mean_vectors

pytestmark = pytest.mark.numerical


def every(ours, theirs):
    return np.tile(np.arange(len(theirs)), (len(ours), 1))


def best_match(seekers, candidates):
    return best_matches(seekers, candidates, every(seekers, candidates))[0]


def ragged(rows, counts):
    vectors = UnitRows.of(np.asarray(rows, dtype=np.float64).reshape(sum(counts), -1 if sum(counts) else 3))
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    texts = np.array([f"t{row}" for row in range(len(vectors))], dtype=object)
    return Ragged(vectors, offsets, texts)


@st.composite
def raggeds(draw):
    counts = draw(st.lists(st.integers(0, 4), min_size=1, max_size=5))
    cells = draw(arrays(np.int64, (sum(counts), 3), elements=st.integers(-3, 3)))
    return ragged(cells, counts)


def groups_of(items):
    return [
        items.vectors[start:stop].floats
        for start, stop in zip(items.offsets, items.offsets[1:], strict=False)
    ]


def test_best_match_worked_table():
    # Seeker: rows x and y. Candidate 0 holds x only: (1 + 0) / 2. Candidate 1 holds x and the
    # diagonal: (1 + 1/sqrt 2) / 2. Candidate 2 is empty. Candidate 3 holds -x: cosines -1 and 0 count 0.
    seekers = ragged([[1, 0], [0, 1]], [2])
    candidates = ragged([[1, 0], [1, 0], [1, 1], [-1, 0]], [1, 2, 0, 1])
    expected = [[0.5, (1 + 0.5**0.5) / 2, np.nan, 0.0]]
    np.testing.assert_allclose(best_match(seekers, candidates), expected, atol=1e-12)


def test_best_match_mean_runs_over_the_best_matched_rows_only():
    # Five seeker rows, matched 1, 1, 1, 0 and 0: only the BEST_MATCHED = 3 best count.
    seekers = ragged([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1]], [5])
    assert BEST_MATCHED == 3
    assert best_match(seekers, ragged([[1, 0]], [1]))[0, 0] == pytest.approx(1.0)


def test_best_match_zero_row_counts_as_unmatched():
    assert best_match(ragged([[1, 0], [0, 0]], [2]), ragged([[1, 0]], [1]))[0, 0] == pytest.approx(0.5)


@given(raggeds(), raggeds())
def test_best_match_any_groups_equals_brute_force(seekers, candidates):
    scores = best_match(seekers, candidates)
    for row, ours in enumerate(groups_of(seekers)):
        for column, theirs in enumerate(groups_of(candidates)):
            if len(ours) == 0 or len(theirs) == 0:
                assert np.isnan(scores[row, column])
                continue
            best = sorted(
                (max(max(0.0, float(one @ other)) for other in theirs) for one in ours), reverse=True
            )
            counted = best[:BEST_MATCHED]
            assert scores[row, column] == pytest.approx(sum(counted) / len(counted), abs=1e-12)


@given(raggeds(), raggeds())
def test_best_match_any_groups_stays_in_range(seekers, candidates):
    scores = best_match(seekers, candidates)
    known = scores[~np.isnan(scores)]
    assert ((known >= 0) & (known <= 1 + 1e-12)).all()


@given(raggeds(), raggeds())
def test_best_match_duplicated_candidate_rows_change_nothing(seekers, candidates):
    rows = np.concatenate([np.repeat(np.arange(start, stop), 2) for start, stop in _spans(candidates)])
    twice = Ragged(candidates.vectors[rows.astype(int)], candidates.offsets * 2, candidates.texts)
    np.testing.assert_allclose(best_match(seekers, twice), best_match(seekers, candidates), atol=1e-12)


@given(raggeds(), raggeds())
def test_best_match_reversed_rows_within_groups_change_nothing(seekers, candidates):
    turned = [_reversed(side) for side in (seekers, candidates)]
    np.testing.assert_allclose(best_match(*turned), best_match(seekers, candidates), atol=1e-12)


@given(raggeds(), st.data())
def test_take_any_groups_gives_their_rows_in_order(items, data):
    chosen = np.array(data.draw(st.lists(st.integers(0, len(items) - 1), max_size=6)), dtype=np.int64)
    taken = items.take(chosen)
    assert len(taken) == len(chosen)
    for got, wanted in zip(groups_of(taken), [groups_of(items)[place] for place in chosen], strict=True):
        np.testing.assert_array_equal(got, wanted)
    wanted_texts = [
        text for place in chosen for text in items.texts[slice(*items.offsets[place : place + 2])]
    ]
    assert list(taken.texts) == wanted_texts


@given(raggeds(), st.data())
def test_maxima_of_groups_any_values_equal_loops(items, data):
    values = data.draw(arrays(np.float64, (2, len(items.vectors)), elements=st.floats(-9, 9)))
    for group, (start, stop) in enumerate(_spans(items)):
        highest = items.max_rows(values.T)[group]
        expected = values[:, start:stop].max(axis=1) if stop > start else np.full(2, np.nan)
        np.testing.assert_array_equal(highest, expected)


@given(raggeds())
def test_means_any_groups_are_unit_or_zero(items):
    lengths = np.linalg.norm(mean_vectors([items]).floats, axis=1)
    assert (np.isclose(lengths, 1.0) | (lengths == 0.0)).all()
    assert (lengths[items.counts == 0] == 0.0).all()


vectors = arrays(
    np.float64, st.tuples(st.integers(0, 4), st.just(7)), elements=st.floats(-1e3, 1e3, width=16)
)


@given(vectors)
def test_unit_rows_of_any_vectors_are_near_them_and_have_length_one(rows):
    rounded, exact = UnitRows.of(rows).floats, unit_rows(rows)
    assert np.abs(rounded - exact).max(initial=0.0) <= 2 / 127 * np.abs(exact).max(initial=0.0)
    np.testing.assert_allclose((rounded**2).sum(axis=1), rows.any(axis=1), atol=1e-12)


@given(raggeds(), raggeds())
def test_best_matches_of_the_other_side_are_those_of_the_pairs_turned(seekers, candidates):
    theirs = best_matches(seekers, candidates, every(seekers, candidates))[1]
    np.testing.assert_allclose(theirs, best_match(candidates, seekers).T, atol=1e-12)


def test_cosines_of_long_codes_are_exact():
    codes = np.full((2, 1040), 127, dtype=np.int8)
    codes[1, ::2] = -126
    rows = UnitRows(codes, np.array([1e-3, 2e-3]))
    expected = np.maximum(codes.astype(int) @ codes.astype(int).T * 1e-6 * [[1, 2], [2, 4]], 0.0)
    np.testing.assert_allclose(cosines(rows, rows, every(rows, rows)), expected, rtol=1e-14)


def test_mean_vectors_over_parts_equal_those_of_each_group_alone(monkeypatch):
    both = [ragged(np.arange(12).reshape(4, 3) - 5, counts) for counts in ([1, 0, 3], [2, 2, 0])]
    whole = mean_vectors(both).floats
    monkeypatch.setattr("matcher.features.ragged.PART", 2)
    np.testing.assert_array_equal(mean_vectors(both).floats, whole)
    wanted = both[0].vectors.floats[:1].sum(axis=0) + both[1].vectors.floats[:2].sum(axis=0)
    np.testing.assert_allclose(whole[:1], unit_rows(wanted[None, :]), atol=1 / 127)


def test_unit_rows_zero_row_stays_zero():
    np.testing.assert_allclose(unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])), [[0.6, 0.8], [0.0, 0.0]])


def _spans(items):
    return list(zip(items.offsets[:-1], items.offsets[1:], strict=True))


def _reversed(items):
    rows = np.concatenate([np.arange(start, stop)[::-1] for start, stop in _spans(items)]).astype(int)
    return Ragged(items.vectors[rows], items.offsets, items.texts[rows])
