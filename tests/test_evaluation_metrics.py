import ir_measures
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, R, nDCG

from matcher.errors import EvaluationError, MatcherError
from matcher.evaluation.metrics import seeker_metrics, true_ranks

CANDIDATES = list("abcdefgh")
lists = st.dictionaries(
    st.sampled_from(["s1", "s2", "s3", "s4"]),
    st.lists(st.sampled_from(CANDIDATES), min_size=1, unique=True),
    min_size=1,
)
truths = st.dictionaries(
    st.sampled_from(["s1", "s2", "s3", "s4", "s5"]),
    st.sets(st.sampled_from(CANDIDATES), min_size=1),
    min_size=1,
)


def table(of, step=1):
    rows = [(s, c, step * place) for s, members in of.items() for place, c in enumerate(members, 1)]
    return pd.DataFrame(rows, columns=["seeker", "candidate", "rank"])


def pairs(of):
    return pd.DataFrame([(s, c) for s, some in of.items() for c in some], columns=["seeker", "candidate"])


def test_metrics_worked_table():
    # s1: partners b and z, b in second place. s2: partner a in first place. s3: never recommended to.
    recommendations = table({"s1": ["a", "b", "c"], "s2": ["a"], "other": ["a"]})
    found = seeker_metrics(recommendations, pairs({"s2": ["a"], "s1": ["b", "z"], "s3": ["a"]}), [1, 2])
    assert found.columns.tolist() == ["MRR", "nDCG@1", "nDCG@2", "R@1", "R@2"]
    assert found.index.tolist() == ["s1", "s2", "s3"]
    assert found.index.name == "seeker"
    gain = (1 / np.log2(3)) / (1 + 1 / np.log2(3))
    expected = [[0.5, 0.0, gain, 0.0, 0.5], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]]
    np.testing.assert_allclose(found, expected)


def test_metrics_more_partners_than_ranks_have_an_ideal_of_k_ranks():
    found = seeker_metrics(table({"s": ["a", "b"]}), pairs({"s": ["a", "b", "c"]}), [2])
    assert found.loc["s"].tolist() == pytest.approx([1.0, 1.0, 2 / 3])


def test_metrics_reciprocal_rank_has_no_depth():
    found = seeker_metrics(table({"s": CANDIDATES}), pairs({"s": ["h"]}), [2])
    assert found.loc["s"].tolist() == pytest.approx([1 / 8, 0.0, 0.0])


def test_metrics_gaps_between_ranks_close():
    truth = pairs({"s": ["b"]})
    wide = seeker_metrics(table({"s": ["a", "b"]}, step=7), truth)
    pd.testing.assert_frame_equal(wide, seeker_metrics(table({"s": ["a", "b"]}), truth))


def test_metrics_equal_ranks_go_by_candidate_id():
    tied = table({"s": ["b", "a"]}).assign(rank=1)
    assert seeker_metrics(tied, pairs({"s": ["a"]}), []).loc["s", "MRR"] == 1.0


def test_metrics_pair_twice_in_truth_counts_once():
    twice = pairs({"s": ["a", "a", "b"]})
    assert seeker_metrics(table({"s": ["a"]}), twice, [5]).loc["s", "R@5"] == 0.5


def test_metrics_no_recommendations_score_zero():
    assert (seeker_metrics(table({}), pairs({"s": ["a"]})).to_numpy() == 0).all()


def test_metrics_empty_truth_gives_no_rows():
    found = seeker_metrics(table({"s": ["a"]}), pairs({}), [10])
    assert found.shape == (0, 3)


def test_metrics_numeric_and_categorical_ids_are_ids():
    numbers = pd.DataFrame({"seeker": [1, 1], "candidate": [20, 3], "rank": [1, 2]})
    truth = pd.DataFrame({"seeker": [1], "candidate": [3]})
    assert seeker_metrics(numbers, truth, []).loc[1, "MRR"] == 0.5
    named = table({"s": ["a", "b"]}).astype({"seeker": "category", "candidate": "category"})
    assert seeker_metrics(named, pairs({"s": ["b"]}), []).loc["s", "MRR"] == 0.5


def test_ranks_of_true_pairs():
    found = true_ranks(table({"s": ["b", "a"]}), pairs({"t": ["a"], "s": ["z", "a"]}))
    assert found.to_numpy().tolist() == [["s", "a", 2.0], ["s", "z", np.inf], ["t", "a", np.inf]]


@given(lists, truths, st.integers(1, 3), st.integers(1, 9))
def test_metrics_any_lists_equal_their_definitions(given_lists, truth, step, k):
    found = seeker_metrics(table(given_lists, step), pairs(truth), [k])
    assert found.index.tolist() == sorted(truth)
    for seeker, partners in truth.items():
        hits = [i for i, c in enumerate(given_lists.get(seeker, []), 1) if c in partners]
        ideal = sum(1 / np.log2(1 + i) for i in range(1, min(k, len(partners)) + 1))
        expected = [
            1 / hits[0] if hits else 0.0,
            sum(1 / np.log2(1 + i) for i in hits if i <= k) / ideal,
            sum(i <= k for i in hits) / len(partners),
        ]
        assert found.loc[seeker].tolist() == pytest.approx(expected, abs=1e-12)


@given(lists, truths)
def test_metrics_any_lists_stay_in_range(given_lists, truth):
    values = seeker_metrics(table(given_lists), pairs(truth), [1, 3, 10]).to_numpy()
    assert ((values >= 0) & (values <= 1)).all()


@given(lists, truths, st.randoms(use_true_random=False))
def test_metrics_order_of_rows_changes_nothing(given_lists, truth, random):
    recommendations, wanted = table(given_lists), pairs(truth)
    shuffled = [
        frame.iloc[random.sample(range(len(frame)), len(frame))] for frame in (recommendations, wanted)
    ]
    pd.testing.assert_frame_equal(
        seeker_metrics(*shuffled, [1, 3]), seeker_metrics(recommendations, wanted, [1, 3]), check_exact=True
    )


@given(st.permutations(CANDIDATES), st.integers(0, 8), st.sets(st.sampled_from(CANDIDATES)), st.data())
def test_metrics_true_partner_put_higher_never_lowers(order, length, partners, data):
    before = order[:length]
    partner = data.draw(st.sampled_from(CANDIDATES))
    old = before.index(partner) if partner in before else length
    place = data.draw(st.integers(0, old))
    rest = [c for c in before if c != partner]
    after = [*rest[:place], partner, *rest[place:]]
    truth = pairs({"s": sorted(partners | {partner})})
    low, high = (seeker_metrics(table({"s": each}), truth, [1, 3, 5]) for each in (before, after))
    assert (high.to_numpy() >= low.to_numpy() - 1e-12).all()


def test_metrics_agree_with_an_independent_library():
    rng = np.random.default_rng(5)
    given_lists = {f"s{i}": rng.permutation(60)[: rng.integers(1, 40)].astype(str) for i in range(40)}
    truth = {f"s{i}": rng.permutation(60)[: rng.integers(1, 30)].astype(str) for i in range(45)}
    found = seeker_metrics(table(given_lists), pairs(truth), [5, 10, 20])
    qrels = [ir_measures.Qrel(s, c, 1) for s, some in truth.items() for c in some]
    run = [
        ir_measures.ScoredDoc(s, c, -float(i)) for s, some in given_lists.items() for i, c in enumerate(some)
    ]
    names = (
        {RR: "MRR"} | {nDCG @ k: f"nDCG@{k}" for k in (5, 10, 20)} | {R @ k: f"R@{k}" for k in (5, 10, 20)}
    )
    theirs = pd.DataFrame(0.0, index=found.index, columns=found.columns)
    n_checked = 0
    for one in ir_measures.iter_calc(list(names), qrels, run):
        theirs.loc[one.query_id, names[one.measure]] = one.value
        n_checked += 1
    assert n_checked >= 40 * len(names)
    np.testing.assert_allclose(found, theirs, atol=1e-9)


def test_metrics_missing_column_names_missing_and_found():
    with pytest.raises(
        EvaluationError,
        match=r"recommendations must have the columns seeker, candidate, rank; got seeker, partner "
        r"\(missing: candidate, rank\)",
    ):
        seeker_metrics(pd.DataFrame({"seeker": ["s"], "partner": ["a"]}), pairs({"s": ["a"]}))


def test_metrics_duplicate_recommendations_are_refused_with_their_count():
    twice = pd.concat([table({"s": ["a", "b"]}), table({"s": ["b", "a"]})])
    with pytest.raises(EvaluationError, match="at most once a seeker; got 2 duplicate rows"):
        seeker_metrics(twice, pairs({"s": ["a"]}))


def test_metrics_missing_id_is_refused_with_its_count():
    recommendations = table({"s": ["a", "b"]})
    recommendations.loc[1, "candidate"] = None
    with pytest.raises(EvaluationError, match="candidate in every row; got 1 rows without"):
        seeker_metrics(recommendations, pairs({"s": ["a"]}))


@pytest.mark.parametrize("rank", ["first", None, np.nan])
def test_metrics_rank_that_is_no_number_is_refused(rank):
    recommendations = table({"s": ["a", "b"]}).astype({"rank": object})
    recommendations.loc[1, "rank"] = rank
    with pytest.raises(EvaluationError, match=r"rank of recommendations must be a number .* got 1 rows"):
        seeker_metrics(recommendations, pairs({"s": ["a"]}))


def test_evaluation_error_is_a_matcher_error_and_a_value_error():
    assert issubclass(EvaluationError, MatcherError)
    assert issubclass(EvaluationError, ValueError)
