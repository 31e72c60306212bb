"""Which ranker is chosen: hand-made tables and lists, folds, planted worlds, and data that bear none."""

import json
import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.config import DEFAULT_WEIGHTS, Config
from matcher.features import COMPONENT_NAMES
from matcher.learning import choosing, facts_of, train_ranker, write_card
from matcher.learning.choosing import (
    FIRST_FOLD,
    FOLDS,
    LEAST_FOR_BOOSTED,
    choose,
    fit_ranker,
    make_rungs,
    score_lists,
    summarise,
    train_on,
)
from matcher.learning.pairs import TrainingPairs
from matcher.outcomes import JointWork
from matcher.ranking import BoostedRanker, CalibratedRanker, PairwiseRanker, WeightedRanker

NAN = float("nan")
RUNGS = ["WeightedRanker", "PairwiseRanker(800)", "PairwiseRanker(50)", "BoostedRanker"]


def table_of(*rows):
    """Return a validation table of (nDCG, error[, newcomers, newcomers error]) a ranker."""
    filled = [(*row, NAN, NAN)[:4] for row in rows]
    columns = ["nDCG@10", "error", "newcomers", "newcomers error"]
    return pd.DataFrame(filled, index=RUNGS[: len(rows)], columns=columns, dtype=float)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Better, but within the best one's error: the simplest stays.
        ([(0.30, 0.01), (0.32, 0.01), (0.33, 0.04)], 0),
        # The error that counts is the best one's, not the simplest one's.
        ([(0.30, 0.50), (0.32, 0.01), (0.33, 0.02)], 1),
        ([(0.30, 0.01), (0.31, 0.01), (0.33, 0.01)], 2),
        ([(0.30, 0.01), (0.40, 0.02), (0.39, 0.02)], 1),
        # Exactly one error away is within.
        ([(0.25, 0.01), (0.50, 0.25)], 0),
        ([(0.30, 0.01), (0.30, 0.01)], 0),
        ([(0.40, 0.00), (0.30, 0.00), (0.39, 0.00)], 0),
        # One cluster has no error: nothing speaks for the more complex one.
        ([(0.30, NAN), (0.40, NAN)], 0),
        ([(0.30, 0.01)], 0),
        # A ranker in between may be worse than a simpler one that is near enough.
        ([(0.38, 0.01), (0.20, 0.01), (0.40, 0.03)], 0),
    ],
)
def test_choose_takes_the_simplest_within_one_error_of_the_best(rows, expected):
    assert choose(table_of(*rows)) == RUNGS[expected]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Newcomers lost by more than the ranker's own error.
        ([(0.30, 0.01, 0.20, 0.01), (0.60, 0.01, 0.10, 0.05)], 0),
        ([(0.30, 0.01, 0.20, 0.01), (0.60, 0.01, 0.10, 0.20)], 1),
        ([(0.30, 0.01, 0.20, 0.90), (0.60, 0.01, 0.10, 0.05)], 0),
        ([(0.30, 0.01, 0.50, 0.01), (0.60, 0.01, 0.25, 0.25)], 1),
        # What is out is not what others are held against either.
        ([(0.30, 0.01, 0.2, 0.0), (0.40, 0.02, 0.2, 0.0), (0.90, 0.01, 0.0, 0.1)], 1),
        # Nobody new was found, or only one: nothing is known against it.
        ([(0.30, 0.01, NAN, NAN), (0.60, 0.01, NAN, NAN)], 1),
        ([(0.30, 0.01, 0.20, NAN), (0.60, 0.01, 0.00, NAN)], 1),
        ([(0.30, 0.01, 0.20, 0.1), (0.60, 0.01, NAN, NAN)], 1),
        ([(0.30, 0.01, 0.00, 0.00), (0.60, 0.01, 0.00, 0.00)], 1),
    ],
)
def test_choose_never_takes_a_ranker_that_loses_newcomers(rows, expected):
    assert choose(table_of(*rows)) == RUNGS[expected]


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 0.3), st.floats(0, 1) | st.just(NAN), st.floats(0, 0.3)),
        min_size=1,
        max_size=4,
    )
)
def test_choose_always_takes_one_that_is_near_the_best_of_the_eligible(rows):
    table = table_of(*rows)
    chosen = table.loc[choose(table)]
    assert not chosen["newcomers"] < table["newcomers"].iloc[0] - chosen["newcomers error"]
    # The analyst's weights are always eligible, so nothing worse than them by an error is ever taken.
    assert chosen["nDCG@10"] >= table["nDCG@10"].iloc[0] - table["error"].max()


def pairs_of(lists, *, features=COMPONENT_NAMES, dates=None, clusters=None):
    """Return pairs of lists of (label, weight, newcomer), one list a seeker; features are random."""
    seeker = np.repeat(np.arange(len(lists)), [len(rows) for rows in lists])
    rows = [row for listed in lists for row in listed]
    label, weight, fresh = (np.array([row[place] for row in rows], dtype=float) for place in range(3))
    seen = np.random.default_rng(0).random((2, len(rows), len(features))).astype(np.float32)
    days = dates if dates is not None else pd.date_range("2020-01-01", periods=len(lists))
    names = clusters if clusters is not None else [f"c{place}" for place in range(len(lists))]
    return TrainingPairs(
        tuple(features),
        seen[0],
        seen[1],
        label,
        weight,
        seeker,
        np.asarray(days, dtype="datetime64[ns]"),
        np.array(names, dtype=object),
        fresh.astype(bool),
        np.bincount(seeker, weights=label, minlength=len(lists)).astype(int),
        np.zeros(len(rows), dtype=bool),
    )


def gain(*places):
    return sum(1.0 / np.log2(1.0 + place) for place in places)


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


def test_score_lists_partners_that_tie_share_their_places():
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


def test_score_lists_newcomers_are_judged_at_their_places_among_all():
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
    table = summarise({"one": seekers, "other": seekers.assign(all=0.5)})
    assert table.index.tolist() == ["one", "other"]
    row = table.loc["one"]
    means = np.array([0.5, 0.2, 0.6])
    assert row["nDCG@10"] == pytest.approx(means.mean())
    assert row["error"] == pytest.approx(means.std(ddof=1) / np.sqrt(3))
    assert row["newcomers"] == pytest.approx(0.3)
    assert row["newcomers error"] == pytest.approx(0.1)
    assert (row["n"], row["n newcomers"]) == (3, 2)


@pytest.fixture(scope="module")
def watched():
    """Return the folds of pairs as (learned from, judged on), seen through what is fitted and scored."""

    def folds(pairs):
        seen = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                choosing,
                "make_rungs",
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


def test_rungs_are_from_simple_to_complex_and_boosted_from_200_labels():
    names = {}
    for n_labels in (LEAST_FOR_BOOSTED - 1, LEAST_FOR_BOOSTED):
        pairs = pairs_of([[(1, 1, 0), (0, 1, 0)]] * n_labels)
        names[n_labels] = list(make_rungs(pairs, Config(), 3))
    simple = ["WeightedRanker", "PairwiseRanker(800)", "PairwiseRanker(200)", "PairwiseRanker(50)"]
    assert names == {199: simple, 200: [*simple, "BoostedRanker"]}
    made = [make() for make in make_rungs(pairs, Config(), 3).values()]
    assert [type(ranker) for ranker in made] == [WeightedRanker, *[PairwiseRanker] * 3, BoostedRanker]
    assert [ranker.shrinkage for ranker in made[1:4]] == [800, 200, 50]
    assert made[-1].seed == 3


N = 40
N_PROGRAMMES = 8
WORDS = ["farm", "school", "river", "coffee", "music", "health", "forest", "city"]


def id_of(place):
    return f"o{place:02}"


def records_of(n=N):
    rng = np.random.default_rng(0)
    return [
        {
            "id": id_of(place),
            "mission": " ".join(rng.choice(WORDS, 3, replace=False)),
            "programmes": [f"programme {place % N_PROGRAMMES}", f"own {place}"],
            "kind": ["business", "social"][place % 2],
            "updated": "2020-01-01",
        }
        for place in range(n)
    ]


@pytest.fixture
def pool(pool_of):
    return pool_of(*records_of())


def planted(n_works, seed=0, start="2010-01-01"):
    """Return works of two that nine times in ten share a programme."""
    rng = np.random.default_rng(seed)
    works = []
    for day in pd.date_range(start, periods=n_works, freq="14D"):
        one = int(rng.integers(N))
        alike = [other for other in range(N) if other != one and other % N_PROGRAMMES == one % N_PROGRAMMES]
        others = alike if rng.random() < 0.9 else [other for other in range(N) if other != one]
        members = id_of(one), id_of(int(rng.choice(others)))
        works.append(JointWork(tuple(sorted(members)), day, members[0]))
    return works


def works_on(day, *members):
    return [JointWork(tuple(sorted(pair)), pd.Timestamp(day), pair[0]) for pair in members]


def chain(day, n, first=0):
    return works_on(day, *((id_of(place), id_of(place + 1)) for place in range(first, first + n)))


@pytest.fixture(scope="module")
def made():
    return {}


@pytest.fixture
def trained(made, pool, encoder):
    """The planted world's training, made once."""
    if not made:
        made["training"] = train_ranker(pool, planted(150), Config(), encoder, stable=True)
    return made["training"]


def test_training_finds_the_planted_signal(trained):
    table = trained.validation
    assert trained.rung.startswith("PairwiseRanker")
    assert table.index[table["chosen"]].tolist() == [trained.rung]
    assert choose(table) == trained.rung
    analyst, chosen = table.loc["WeightedRanker"], table.loc[trained.rung]
    assert chosen["nDCG@10"] > analyst["nDCG@10"] + 2 * chosen["error"]
    shares = dict(zip(trained.ranker.features_, trained.ranker.shares_, strict=True))
    assert max(shares, key=shares.get) == "same_programmes"


def test_training_gains_are_probabilities_that_rise_with_the_signal(trained):
    assert isinstance(trained.ranker, CalibratedRanker)
    features = trained.ranker.features_
    pairs = np.random.default_rng(1).random((200, len(features)))
    column = features.index("same_programmes")
    low, high = pairs.copy(), pairs.copy()
    low[:, column], high[:, column] = 0.0, 1.0
    gains = trained.ranker.predict(pairs)
    assert ((gains >= 0) & (gains <= 1)).all()
    assert (trained.ranker.predict(high) > trained.ranker.predict(low)).all()
    measured = trained.calibration
    assert 0 <= measured["Brier"] <= 1
    assert 0 <= measured["ECE low"] <= measured["ECE high"] <= 1
    # Each seeker of this world meets 39 others and found one or two of them.
    assert measured["base rate"] == pytest.approx(1 / (N - 1), rel=0.5)


def test_training_with_few_labels_grows_no_trees_and_says_so(trained):
    assert trained.n_labels < LEAST_FOR_BOOSTED
    assert "BoostedRanker" not in trained.validation.index
    note = f"{trained.n_labels} partnerships do not bear boosted trees (200 are needed)"
    assert note in trained.notes


def test_training_notes_name_components_of_which_nothing_was_known(trained):
    (note,) = (note for note in trained.notes if note.startswith("nothing is known of "))
    assert "complementarity" in note
    assert "values" not in note


@pytest.mark.slow
def test_training_with_enough_labels_tries_boosted_trees_too(pool, encoder, monkeypatch):
    monkeypatch.setattr(choosing, "LEAST_FOR_BOOSTED", 10)
    training = train_ranker(pool, planted(80), Config(), encoder, stable=True, seed=5)
    assert training.validation.index[-1] == "BoostedRanker"
    assert not any("boosted trees" in note for note in training.notes)


def test_training_that_is_chosen_boosted_has_a_card_with_shares(pool, encoder, monkeypatch):
    monkeypatch.setattr(choosing, "LEAST_FOR_BOOSTED", 10)
    monkeypatch.setattr(choosing, "choose", lambda table: "BoostedRanker")
    monkeypatch.setattr(
        choosing,
        "BoostedRanker",
        lambda *given, **kept: BoostedRanker(*given, n_trees=5, n_members=1, **kept),
    )
    training = train_ranker(pool, planted(60), Config(), encoder, stable=True)
    gains = training.ranker.predict(np.random.default_rng(0).random((50, len(training.ranker.features_))))
    assert ((gains >= 0) & (gains <= 1)).all()
    assert "| same_programmes |" in write_card(training, "train", {}, 0)


def test_training_where_nothing_tells_mostly_keeps_the_analysts_weights(pool, encoder):
    rungs = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        works = [
            works_on(day, [id_of(place) for place in rng.choice(N, 2, replace=False)])[0]
            for day in pd.date_range("2020-06-01", periods=60, freq="14D")
        ]
        training = train_ranker(pool, works, Config(), encoder)
        rungs.append(training.rung)
        if training.rung == "WeightedRanker":
            weights = [DEFAULT_WEIGHTS.normalised().get(name, 0) for name in COMPONENT_NAMES]
            np.testing.assert_allclose(training.ranker.ranker.weights_, weights)
    # By chance one in six is more than an error better.
    assert rungs.count("WeightedRanker") >= 4


def assert_same(one, other):
    assert (one.rung, one.notes, one.n_labels) == (other.rung, other.notes, other.n_labels)
    pd.testing.assert_frame_equal(one.validation, other.validation)
    assert one.calibration == other.calibration
    pairs = np.random.default_rng(0).random((30, len(one.ranker.features_)))
    np.testing.assert_array_equal(one.ranker.predict(pairs), other.ranker.predict(pairs))


def test_training_same_seed_and_shuffled_rows_give_the_same(pool, encoder, trained):
    assert_same(train_ranker(pool, planted(150), Config(), encoder, stable=True), trained)
    rng = np.random.default_rng(0)
    works = planted(150)
    turned = [works[place] for place in rng.permutation(len(works))]
    turned_pool = pool.iloc[rng.permutation(N)].reset_index(drop=True)
    assert_same(train_ranker(pool, turned, Config(), encoder, stable=True), trained)
    assert_same(train_ranker(turned_pool, works, Config(), encoder, stable=True), trained)


def test_training_of_group_rows_with_a_text_learns_from_calls(pool, encoder):
    works = [
        JointWork(work.members, work.date, work.lead, f"programme number {place} for a farm and a river")
        for place, work in enumerate(planted(40, start="2020-06-01"))
    ]
    training = train_ranker(pool, works, Config(), encoder)
    # Each member of a work may have called the others.
    assert training.n_labels == training.n_seekers == 2 * len(works)
    assert training.validation["n"].max() <= len(works)


UNDATED = [JointWork((id_of(0), id_of(1)))]
STRANGERS = [JointWork(("x", "y"), pd.Timestamp("2021-01-01") + pd.Timedelta(days=d)) for d in range(30)]


@pytest.mark.parametrize(
    ("works", "n_labels", "note"),
    [
        ([], 0, "no joint work of two known organisations"),
        (UNDATED, 0, "no joint work of two known organisations"),
        (STRANGERS, 0, "no joint work of two known organisations"),
        (chain("2021-01-01", 3), 3, "3 partnerships of 3 seekers or works are too few to learn from"),
        (
            works_on("2021-01-01", *((id_of(0), id_of(place)) for place in range(1, 30))),
            29,
            "29 partnerships of 1 seekers or works are too few to learn from",
        ),
        (
            # Twelve that worked on one thing are one case, however many pairs they are.
            [
                JointWork(
                    tuple(map(id_of, range(12))), pd.Timestamp("2021-01-01"), id_of(0), "a farm by a river"
                )
            ],
            132,
            "132 partnerships of 1 seekers or works are too few to learn from",
        ),
    ],
    ids=["none", "undated", "strangers", "three", "one seeker", "one work"],
)
def test_training_with_too_little_keeps_the_analysts_weights_and_says_why(
    pool, encoder, works, n_labels, note
):
    training = train_ranker(pool, works, Config.from_dict({"weights": {"trust": 1, "values": 3}}), encoder)
    assert isinstance(training.ranker, WeightedRanker)
    assert training.ranker.weights["values"] == pytest.approx(3 * training.ranker.weights["trust"])
    assert training.rung == "WeightedRanker"
    assert training.n_labels == n_labels
    assert training.validation.empty
    assert training.calibration == {}
    (told,) = training.notes
    assert told.startswith(note)
    assert told.endswith("the analyst's weights stand")
    card = write_card(training, "train", {}, 0)
    assert "No figures: there was too little to learn from." in card
    assert told in card


def test_training_from_works_that_all_began_on_the_first_day_says_that_nothing_came_after(pool, encoder):
    training = train_ranker(pool, chain("2015-01-01", 30), Config(), encoder)
    assert training.rung == "WeightedRanker"
    assert training.notes == (
        "no joint work of two known organisations is dated after the first ones: the analyst's weights stand",
    )


def test_training_from_an_empty_pool_keeps_the_analysts_weights(pool, encoder):
    for part in (pool.iloc[:0], pool.iloc[:1]):
        assert train_ranker(part, planted(30), Config(), encoder).rung == "WeightedRanker"


@pytest.fixture
def guarded(pool_of):
    """Organisations of whom the second half carries a red flag: never recommended."""
    return pool_of(*({**r, "flag": "red" if r["id"] >= id_of(20) else "none"} for r in records_of()))


def test_training_leaves_out_seekers_whose_partners_may_not_be_recommended(guarded, encoder):
    # Six find somebody eligible, twelve only red-flagged ones.
    good = [works_on(f"2021-01-{day + 1:02}", (id_of(day), id_of(day + 2)))[0] for day in range(6)]
    good += [works_on(f"2021-02-{day + 1:02}", (id_of(day), id_of(day + 3)))[0] for day in range(6)]
    barred = [works_on(f"2021-03-{day + 1:02}", (id_of(day + 6), id_of(day + 20)))[0] for day in range(12)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain, mixed = (train_ranker(guarded, works, Config(), encoder) for works in (good, good + barred))
    assert mixed.n_labels == plain.n_labels
    assert mixed.n_seekers == plain.n_seekers
    assert mixed.validation["n"].max() < mixed.n_seekers


def test_training_from_one_seeker_beside_others_with_barred_partners_is_too_little(guarded, encoder):
    works = [works_on(f"2021-02-{day + 1:02}", (id_of(day), id_of(day + 20)))[0] for day in range(6, 20)]
    works += works_on("2021-03-01", *((id_of(0), id_of(place)) for place in range(1, 14)))
    (note,) = train_ranker(guarded, works, Config(), encoder).notes
    assert note.startswith("13 partnerships of 1 seekers or works are too few to learn from")


def test_card_names_figures_limits_and_the_command(trained):
    card = write_card(trained, "train_ranker.py a --out b", {"a.csv": "sha256 12"}, 7)
    for heading in ("Use", "Training data", "Figures", "What counts", "Limits", "Command"):
        assert f"\n## {heading}\n" in card
    for name, row in trained.validation.iterrows():
        mark = "yes" if name == trained.rung else ""
        assert f"| {name} | {row['nDCG@10']:.3f} (standard error {row['error']:.3f}) |" in card
        assert card.split(f"| {name} |")[1].split("\n")[0].endswith(f"| {row['n']:.0f} | {mark} |")
    assert f"Brier score {trained.calibration['Brier']:.6f}" in card
    assert "`train_ranker.py a --out b` (seed 7" in card
    assert "- a.csv: sha256 12" in card
    assert all(f"- {note}" in card for note in trained.notes)
    assert "nan" not in card


def test_card_tells_the_analysts_weights_even_of_what_was_unknown_in_training(pool, encoder):
    training = train_ranker(pool, chain("2021-01-01", 30), Config(), encoder)
    assert training.rung == "WeightedRanker"
    assert any("complementarity" in note for note in training.notes)
    card = write_card(training, "train", {}, 0)
    for name, weight in DEFAULT_WEIGHTS.normalised().items():
        assert (f"| {name} | {weight:.3f} |" in card) == (weight > 0)


def test_card_of_no_newcomers_or_a_single_one_prints_no_nan():
    for fresh, cell in ((0, "| - |"), (1, "| 1.000 |")):
        lists = [[(1, 1, 0), (0, 1, 0)]] * 3 + [[(1, 1, fresh), (0, 0, 0)]]
        training = train_on(pairs_of(lists), Config())
        assert training.validation["n newcomers"].tolist() == [fresh] * 4
        card = write_card(training, "train", {}, 0)
        assert cell in card
        assert "nan" not in card


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def test_facts_are_strict_json_even_where_figures_are_missing(trained):
    for training in (trained, train_on(pairs_of([[(1, 1, 0), (0, 1, 0)]] * 4), Config())):
        facts = facts_of(training, "train", {"a": "b"}, 0)
        read = json.loads(json.dumps(facts), parse_constant=refuse)
        assert read["rung"] == training.rung
        assert read["validation"][training.rung]["chosen"] is True
        assert read["features"] == list(training.ranker.features_)
        assert read["labels"] == training.n_labels
        assert read["notes"] == list(training.notes)
