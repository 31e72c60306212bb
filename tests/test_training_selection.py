"""Which ranker is chosen: hand-made tables and lists, folds, and candidate models."""

import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import pairs_of

from matcher.config import Config
from matcher.features import COMPONENT_NAMES
from matcher.learning import training as choosing
from matcher.learning.training import (
    FIRST_FOLD,
    FOLDS,
    LEAST_FOR_BOOSTED,
    candidate_models,
    choose,
    fit_ranker,
    score_lists,
    summarise,
    train_on,
)
from matcher.ranking import BoostedRanker, PairwiseRanker, WeightedRanker

NAN = float("nan")
MODELS = ["WeightedRanker", "PairwiseRanker(800)", "PairwiseRanker(50)", "BoostedRanker"]


def scores_of(*rows):
    """Return scores of each model, of one seeker per cluster: (all, newcomers) or all alone."""
    tables = {}
    for name, row in zip(MODELS, rows, strict=False):
        found, fresh = row if isinstance(row, tuple) else (row, [NAN] * len(row))
        clusters = [f"c{place}" for place in range(len(found))]
        tables[name] = pd.DataFrame({"all": found, "newcomers": fresh, "cluster": clusters}, dtype=object)
        tables[name] = tables[name].astype({"all": float, "newcomers": float})
    return tables


def chosen_of(*rows):
    return choose(summarise(scores_of(*rows)))


def by(*steps):
    return np.array(steps)


EASY_AND_HARD = np.array([0.1, 0.2, 0.8, 0.9])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Each work is found a little better: sure, however far apart the works lie.
        ([EASY_AND_HARD, EASY_AND_HARD + by(0.04, 0.05, 0.05, 0.06)], 1),
        # As much better on average, but now better, now worse.
        ([EASY_AND_HARD, EASY_AND_HARD + by(0.50, -0.50, 0.30, -0.10)], 0),
        # It is the difference that must be sure: the best one's own scores do not vary at all.
        ([EASY_AND_HARD, [0.55] * 4], 0),
        # Surely behind the best, but the one between is not.
        (
            [
                EASY_AND_HARD,
                EASY_AND_HARD + by(0.08, 0.1, 0.12, 0.1),
                EASY_AND_HARD + by(0.1, 0.1, 0.1, 0.12),
            ],
            1,
        ),
        # The one between may have found more by chance: the best, which surely did, is taken.
        ([EASY_AND_HARD, EASY_AND_HARD + by(0.0, 0.1, 0.2, 0.1), EASY_AND_HARD + by(0.1, 0.1, 0.1, 0.12)], 2),
        # More than an error, but of few works: 95 % of what could be is not above 0.
        ([[0.1, 0.2], [0.2, 0.4]], 0),
        ([[0.1, 0.2, 0.8], [0.2, 0.25, 0.95]], 0),
        ([EASY_AND_HARD, EASY_AND_HARD + 0.01, EASY_AND_HARD + by(0.1, 0.1, 0.1, 0.12)], 2),
        # What is more complex than the best is not asked.
        ([EASY_AND_HARD, EASY_AND_HARD + 0.1, EASY_AND_HARD + by(0.0, 0.1, 0.2, 0.0)], 1),
        # The same of all, or the simplest the best: it stays.
        ([EASY_AND_HARD, EASY_AND_HARD], 0),
        ([EASY_AND_HARD, EASY_AND_HARD - 0.1, EASY_AND_HARD - 0.2], 0),
        # A single work has no error: nothing speaks for the more complex one.
        ([[0.3], [0.4]], 0),
        ([[0.3, 0.4]], 0),
        # However unsure its difference is, one that finds less than a simpler one is not taken.
        ([EASY_AND_HARD, EASY_AND_HARD + by(0.6, -0.6, 0.1, -0.2), EASY_AND_HARD + 0.1], 2),
        # One in between may be worse than a simpler one that is near enough.
        ([EASY_AND_HARD, EASY_AND_HARD - 0.2, EASY_AND_HARD + by(0.5, -0.5, 0.3, -0.2)], 0),
    ],
)
def test_choose_takes_the_simplest_that_is_not_surely_behind_the_best(rows, expected):
    assert chosen_of(*rows) == MODELS[expected]


def test_choose_takes_one_that_is_exactly_one_error_behind():
    differences = [-0.25, 0.0]  # mean -.125, its error .125
    assert chosen_of([0.125, 0.375], [0.25, 0.5], [0.5, 0.5]) == MODELS[1]
    assert chosen_of([0.125, 0.125], [0.25, 0.375], [0.5, 0.5]) == MODELS[2]
    assert np.mean(differences) == -pd.Series(differences).sem()


BETTER = EASY_AND_HARD + 0.1


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Each new partner is found a little worse, however far apart their works lie.
        ([(EASY_AND_HARD, EASY_AND_HARD), (BETTER, EASY_AND_HARD - by(0.04, 0.05, 0.05, 0.06))], 0),
        ([(EASY_AND_HARD, EASY_AND_HARD), (BETTER, EASY_AND_HARD + by(0.3, -0.2, 0.1, -0.3))], 1),
        # Works without a new partner say nothing.
        ([(EASY_AND_HARD, [NAN, 0.2, 0.8, NAN]), (BETTER, [NAN, 0.1, 0.69, NAN])], 0),
        ([(EASY_AND_HARD, [NAN, 0.2, 0.8, NAN]), (BETTER, [NAN, 0.3, 0.69, NAN])], 1),
        # What is out is not what others are held against either.
        (
            [
                (EASY_AND_HARD, EASY_AND_HARD),
                (BETTER, EASY_AND_HARD),
                (BETTER + 0.5, EASY_AND_HARD - 0.1),
            ],
            1,
        ),
        # Nobody new was found, or at one work only: nothing is known against it.
        ([(EASY_AND_HARD, [NAN] * 4), (BETTER, [NAN] * 4)], 1),
        ([(EASY_AND_HARD, [0.2, NAN, NAN, NAN]), (BETTER, [0.0, NAN, NAN, NAN])], 1),
        ([(EASY_AND_HARD, [0.0] * 4), (BETTER, [0.0] * 4)], 1),
    ],
)
def test_choose_never_takes_a_ranker_that_surely_loses_newcomers(rows, expected):
    assert chosen_of(*rows) == MODELS[expected]


@st.composite
def tried(draw):
    """Draw scores of one to four models at the same one to six works; newcomers are the same for all."""
    n = draw(st.integers(1, 6))
    fresh = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    score = st.integers(0, 64).map(lambda place: place / 64)
    lists = st.lists(score, min_size=n, max_size=n).map(np.array)
    return [(draw(lists), np.where(fresh, draw(lists), NAN)) for _ in range(draw(st.integers(1, 4)))]


@given(tried())
def test_choose_takes_one_near_the_best_of_the_eligible_and_nothing_simpler_is(rows):
    table = summarise(scores_of(*rows))
    chosen_model = choose(table)

    def fits(name):
        row = table.loc[name]
        loses = row["newcomers difference"] < -row["newcomers difference error"]
        behind = row["difference"] < -row["difference error"]
        sure = name == MODELS[0] or row["surely gained"] > 0
        return sure and not loses and not behind

    fitting = [name for name in table.index if fits(name)]
    # The analyst's weights stand unless another surely finds more; of equals the simplest is taken.
    assert chosen_model in fitting or chosen_model == MODELS[0]
    assert table.loc[chosen_model, "nDCG@10"] >= table.iloc[0]["nDCG@10"]
    before = [name for name in fitting if MODELS.index(name) < MODELS.index(chosen_model)]
    assert all(table.loc[name, "nDCG@10"] < table.loc[:chosen_model, "nDCG@10"].max() for name in before)


@given(tried(), st.randoms(use_true_random=False), st.sampled_from([0.25, 2.0]))
def test_choose_is_blind_to_how_hard_works_are_and_to_their_order(rows, chance, spread):
    n = len(rows[0][0])
    shift = np.round(spread * np.random.default_rng(chance.randint(0, 99)).integers(0, 64, n)) / 64
    order = np.random.default_rng(chance.randint(0, 99)).permutation(n)
    moved = [((found + shift)[order], (fresh + shift)[order]) for found, fresh in rows]
    one, other = summarise(scores_of(*rows)), summarise(scores_of(*moved))
    differences = [name for name in one if "difference" in name]
    pd.testing.assert_frame_equal(one[differences], other[differences], atol=1e-12)


def gain(*ranks):
    return sum(1.0 / np.log2(1.0 + rank) for rank in ranks)


IDEAL_2 = gain(1, 2)


@pytest.mark.parametrize(
    ("rows", "score", "expected"),
    [
        # On top of all.
        ([(1, 1, 0), (0, 1, 0), (0, 1, 0)], [0.9, 0.5, 0.1], 1.0),
        # Third.
        ([(0, 1, 0), (0, 1, 0), (1, 1, 0)], [0.9, 0.5, 0.1], gain(3)),
        # The one above stands for five: sixth. The one below for a thousand: that changes nothing.
        ([(0, 5, 0), (1, 1, 0), (0, 1000, 0)], [0.9, 0.5, 0.1], gain(6)),
        # A tie pushes down by half of what it stands for.
        ([(0, 1, 0), (1, 1, 0)], [0.5, 0.5], gain(1.5)),
        ([(0, 4, 0), (1, 1, 0)], [0.5, 0.5], gain(3)),
        # Tenth counts, what lies behind does not.
        ([(0, 9, 0), (1, 1, 0)], [0.9, 0.5], gain(10)),
        ([(0, 10, 0), (1, 1, 0)], [0.9, 0.5], 0.0),
        # Two partners: a partner takes one place; 1.5 by the tie, and 1 + 1 + 1 + 3 + 0.5.
        (
            [(1, 1, 0), (1, 1, 0), (0, 1, 0), (0, 3, 0), (0, 1, 0)],
            [0.9, 0.5, 0.9, 0.6, 0.5],
            gain(1.5, 6.5) / IDEAL_2,
        ),
        # All twelve partners on top: more than ten cannot be shown.
        ([(1, 1, 0)] * 12 + [(0, 1, 0)], [*np.arange(13.0, 0.0, -1.0)], 1.0),
    ],
)
def test_score_lists_ndcg_is_that_worked_out_by_hand(rows, score, expected):
    scores = score_lists(pairs_of([rows]), np.array(score))
    assert scores["all"].tolist() == pytest.approx([expected])
    assert scores["newcomers"].isna().all()
    assert scores["cluster"].tolist() == ["c0"]


def test_score_lists_partners_that_tie_share_their_ranks():
    scores = score_lists(pairs_of([[(1, 1, 0), (1, 1, 0), (0, 3, 0)]]), np.array([0.5, 0.5, 0.1]))
    assert scores["all"].tolist() == pytest.approx([gain(1.5, 1.5) / IDEAL_2])


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(1, 4), st.booleans(), st.sampled_from([0.1, 0.5, 0.9])),
        min_size=1,
        max_size=12,
    )
)
def test_score_lists_ndcg_never_exceeds_one_and_is_blind_to_order(rows):
    # A partner stands for itself alone.
    rows = [(label, 1 if label else weight, fresh, score) for label, weight, fresh, score in rows]
    scores, turned = (
        score_lists(pairs_of([[row[:3] for row in listed]]), np.array([row[3] for row in listed]))
        for listed in (rows, rows[::-1])
    )
    known = scores[["all", "newcomers"]].to_numpy()
    assert ((known >= 0) & (known <= 1 + 1e-12) | np.isnan(known)).all()
    np.testing.assert_allclose(turned[["all", "newcomers"]], known)


def test_score_lists_newcomers_are_judged_at_their_ranks_among_all():
    rows = [(0, 1, 1), (1, 1, 0), (1, 1, 1), (0, 1, 0)]
    scores = score_lists(pairs_of([rows, rows[1:2]]), np.array([0.9, 0.8, 0.7, 0.1, 0.5]))
    assert scores["all"].tolist() == pytest.approx([gain(2, 3) / IDEAL_2, 1.0])
    assert scores["newcomers"].iloc[0] == pytest.approx(gain(3))
    assert np.isnan(scores["newcomers"].iloc[1])


def test_score_lists_seeker_without_partners_is_not_judged():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = score_lists(pairs_of([[(0, 1, 0)], [(1, 1, 0)]]), np.array([0.5, 0.5]))
    assert np.isnan(scores["all"].iloc[0])
    assert scores["all"].iloc[1] == 1.0


def test_summarise_errors_count_clusters_not_seekers():
    seekers = pd.DataFrame(
        {
            "all": [0.0, 1.0, 0.2, 0.6, NAN],
            "newcomers": [NAN, NAN, 0.2, 0.4, NAN],
            "cluster": ["a", "a", "b", "c", "d"],
        }
    )
    steady = seekers.assign(all=0.5, newcomers=seekers["newcomers"].where(seekers["newcomers"].isna(), 0.9))
    table = summarise({"one": seekers, "other": steady})
    assert table.index.tolist() == ["one", "other"]
    row = table.loc["one"]
    means = np.array([0.5, 0.2, 0.6])
    assert row["nDCG@10"] == pytest.approx(means.mean())
    assert row["error"] == pytest.approx(means.std(ddof=1) / np.sqrt(3))
    assert row["newcomers"] == pytest.approx(0.3)
    assert row["newcomers error"] == pytest.approx(0.1)
    assert (row["n"], row["n newcomers"]) == (3, 2)
    # From the best, one (.433) from the other (.5), by cluster; of newcomers from the first.
    behind = means - 0.5
    assert row["difference"] == pytest.approx(behind.mean())
    assert row["difference error"] == pytest.approx(behind.std(ddof=1) / np.sqrt(3))
    assert table.loc["other", ["difference", "difference error"]].tolist() == [0.0, 0.0]
    assert row["newcomers difference"] == row["newcomers difference error"] == 0.0
    assert table.loc["other", "newcomers difference"] == pytest.approx(0.6)
    assert table.loc["other", "newcomers difference error"] == pytest.approx(0.1)


def test_summarise_differences_are_from_the_best_of_those_that_lose_no_newcomers():
    table = summarise(
        scores_of(
            (EASY_AND_HARD, EASY_AND_HARD),
            (BETTER, EASY_AND_HARD),
            (BETTER + 0.5, EASY_AND_HARD - 0.1),
        )
    )
    assert table["difference"].tolist() == pytest.approx([-0.1, 0.0, 0.5])


@pytest.fixture(scope="module")
def watched():
    """Return the folds of pairs as (learned from, judged on), seen through what is fitted and scored."""

    def folds(pairs):
        seen = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                choosing,
                "candidate_models",
                lambda *_: {"WeightedRanker": lambda: WeightedRanker(feature_names=pairs.features)},
            )

            def fit(ranker, given):
                seen.append([given])
                return fit_ranker(ranker, given)

            def score(held, scores):
                seen[-1].append(held)
                return score_lists(held, scores)

            patch.setattr(choosing, "fit_ranker", fit)
            patch.setattr(choosing, "score_lists", score)
            train_on(pairs, Config())
        (final,) = (given for given, *held in seen if not held)
        assert final.n_seekers == pairs.n_seekers
        return [part for part in seen if len(part) == 2]

    return folds


LIST = [(1, 1, 1), (0, 2, 0), (0, 3, 1)]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3)), min_size=4, max_size=40))
def test_folds_are_later_than_what_is_learned_and_of_other_clusters(watched, seekers):
    days = [pd.Timestamp("2020-01-01") + pd.Timedelta(days=day) for day, _ in seekers]
    clusters = [f"{day} {number}" for day, number in seekers]
    if len(set(clusters)) < 4:
        return
    first = min(days)
    folds = watched(pairs_of([LIST] * len(seekers), dates=days, clusters=clusters))
    assert folds
    for early, late in folds:
        assert early.n_seekers
        assert late.n_seekers
        assert not set(early.cluster) & set(late.cluster)
        assert early.date.max() < late.date.min() or late.date.min() == first.to_datetime64()
    judged = [set(late.cluster) for _, late in folds]
    assert sum(map(len, judged)) == len(set.union(*judged))
    for (_, before), (_, after) in pairwise(folds):
        assert before.date.max() <= after.date.min()
    n_learned = len(set(clusters)) - len(set.union(*judged))
    assert n_learned >= int(FIRST_FOLD * len(set(clusters)))


def test_folds_of_many_dates_are_four_and_learn_from_all_before(watched):
    pairs = pairs_of([LIST] * 20)
    folds = watched(pairs)
    assert len(folds) == FOLDS
    assert [early.n_seekers for early, _ in folds] == [8, 11, 14, 17]
    assert [late.n_seekers for _, late in folds] == [3, 3, 3, 3]


def test_folds_of_one_day_are_by_cluster(watched):
    clusters = [f"2020-01-01 work {place % 10}" for place in range(30)]
    folds = watched(pairs_of([LIST] * 30, dates=["2020-01-01"] * 30, clusters=clusters))
    assert len(folds) == FOLDS
    assert len({name for _, late in folds for name in late.cluster}) == 6
    for early, late in folds:
        assert not set(early.cluster) & set(late.cluster)
        # All three seekers of a work stay together.
        assert (np.unique(late.cluster, return_counts=True)[1] == 3).all()


def test_candidate_models_are_from_simple_to_complex_and_boosted_from_200_labels():
    names = {}
    for n_labels in (LEAST_FOR_BOOSTED - 1, LEAST_FOR_BOOSTED):
        pairs = pairs_of([[(1, 1, 0), (0, 1, 0)]] * n_labels)
        names[n_labels] = list(candidate_models(pairs, Config(), 3))
    simple = ["WeightedRanker", "PairwiseRanker(800)", "PairwiseRanker(200)", "PairwiseRanker(50)"]
    assert names == {199: simple, 200: [*simple, "BoostedRanker"]}
    pairs = replace(pairs, features=(*COMPONENT_NAMES[:-2], "ties", "same_kind"))
    models = candidate_models(pairs, Config(), 3)
    simplest = ["ties and common partners", "place and programme", "StackedRanker"]
    assert list(models) == [simple[0], *simplest, *simple[1:], "BoostedRanker"]
    made = [make() for name, make in models.items() if name not in simplest]
    assert [type(ranker) for ranker in made] == [WeightedRanker, *[PairwiseRanker] * 3, BoostedRanker]
    assert [ranker.shrinkage for ranker in made[1:4]] == [800, 200, 50]
    assert made[-1].seed == 3
