import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import EvaluationError
from matcher.evaluation.lists import compare_lists

CANDIDATES = list("abcdefg")
FIGURES = ["RBO", "overlap@10"]
one_list = st.lists(st.sampled_from(CANDIDATES), min_size=1, unique=True)
lists = st.dictionaries(st.sampled_from(["s1", "s2", "s3"]), one_list, min_size=1)


def table(of):
    rows = [(s, c, place) for s, members in of.items() for place, c in enumerate(members, 1)]
    return pd.DataFrame(rows, columns=["seeker", "candidate", "rank"])


def rbo(first, second):
    return compare_lists(table({"s": first}), table({"s": second})).loc["s", "RBO"]


def plain_rbo(first, second, p):
    """Equation 32 of Webber et al. (2010), term by term."""
    short, longer = sorted([first, second], key=len)
    s, n = len(short), len(longer)
    overlap = [len(set(short[:d]) & set(longer[:d])) for d in range(n + 1)]
    total = sum(overlap[d] / d * p**d for d in range(1, n + 1))
    total += sum(overlap[s] * (d - s) / (s * d) * p**d for d in range(s + 1, n + 1))
    return (1 - p) / p * total + ((overlap[n] - overlap[s]) / n + overlap[s] / s) * p**n


def test_rbo_worked_lists_of_one_length():
    # Overlaps 1, 1, 2 at depths 1, 2, 3.
    p = 0.9
    expected = 2 / 3 * p**3 + (1 - p) / p * (p + p**2 / 2 + 2 / 3 * p**3)
    assert rbo(["a", "b", "c"], ["a", "c", "d"]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (["a"], ["b", "a"], 0.45),  # overlaps 0, 1: (1 - p) / p * p^2 / 2 + p^2 / 2 = p / 2
        (["a"], ["a", "b"], 1.0),  # what was seen of both agrees wholly, and is taken to go on
        (["a"], ["b"], 0.0),
        (["a", "b"], ["b", "a"], 0.9),  # (1 - p) p + p^2
    ],
)
def test_rbo_worked_lists(first, second, expected):
    assert rbo(first, second) == pytest.approx(expected)


def test_rbo_first_ten_ranks_carry_86_percent():
    # Wholly agreeing to depth 10, wholly apart beyond: the sum falls from 1 as the tail is unlike.
    same = [f"c{i}" for i in range(10)]
    apart = [[*same, *(f"{side}{i}" for i in range(4000))] for side in "xy"]
    weight = rbo(*apart) - sum(10 / d * 0.1 * 0.9 ** (d - 1) for d in range(11, 4011))
    assert weight == pytest.approx(1 - 0.9**10, abs=1e-6)


@given(one_list, one_list, st.sampled_from([0.5, 0.9, 0.99]))
def test_rbo_any_lists_equal_the_equation(first, second, p):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.evaluation.lists.PERSISTENCE", p)
        found = rbo(first, second)
    assert found == pytest.approx(plain_rbo(first, second, p), abs=1e-12)


def test_overlap_worked_table():
    first = table({"s": ["a", "b", "c"], "t": ["a"], "u": ["a"]})
    second = table({"s": ["b", "d", "a"], "t": ["a"], "v": ["a"]})
    found = compare_lists(first, second)
    assert sorted(found.index) == ["s", "t", "u", "v"]
    assert found["overlap@10"].to_dict() == pytest.approx({"s": 2 / 3, "t": 1.0, "u": 0.0, "v": 0.0})
    assert found.loc["t", "RBO"] == pytest.approx(1.0)
    assert (found.loc[["u", "v"], "RBO"] == 0).all()
    longer = compare_lists(table({"s": [*CANDIDATES, *"hijklm"]}), table({"s": list("mlkjih")}))
    assert longer.loc["s", "overlap@10"] == pytest.approx(3 / 10)


@given(lists)
def test_agreement_of_identical_tables_is_one(of):
    found = compare_lists(table(of), table(of).iloc[::-1])[FIGURES].to_numpy()
    assert found == pytest.approx(1.0)


@given(lists, lists)
def test_agreement_is_symmetric_and_in_range(first, second):
    both = (compare_lists(table(one), table(other)) for one, other in ((first, second), (second, first)))
    there, back = (found[FIGURES].sort_index() for found in both)
    pd.testing.assert_frame_equal(there, back)
    assert ((there >= 0) & (there <= 1)).all(axis=None)


@given(lists, lists, st.randoms(use_true_random=False))
def test_agreement_order_of_rows_changes_nothing(first, second, random):
    rows = table(first)
    shuffled = rows.iloc[random.sample(range(len(rows)), len(rows))]
    pd.testing.assert_frame_equal(
        compare_lists(shuffled, table(second)), compare_lists(rows, table(second)), rtol=1e-12
    )


def test_agreement_of_empty_tables_has_no_rows():
    assert compare_lists(table({}), table({})).empty


def test_agreement_bad_input_is_refused():
    right = table({"s": ["a"]})
    with pytest.raises(EvaluationError, match=r"recommendations must have .* \(missing: rank\)"):
        compare_lists(right, right.drop(columns="rank"))
    with pytest.raises(EvaluationError, match=r"recommendations must name .* got 1 duplicate rows"):
        compare_lists(table({"s": ["a", "a"]}), right)
