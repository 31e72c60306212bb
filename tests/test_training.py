"""Training from works to a ranker: planted worlds, and data with too little."""

import warnings

import numpy as np
import pandas as pd
import pytest
from worlds import N, chain, id_of, planted, records_of, works_on

from matcher.config import DEFAULT_WEIGHTS, Config
from matcher.features import COMPONENT_NAMES
from matcher.learning import training as choosing
from matcher.learning.training import LEAST_FOR_BOOSTED, choose, train_ranker, write_card
from matcher.outcomes import JointWork
from matcher.ranking import BoostedRanker, CalibratedRanker, WeightedRanker


@pytest.fixture
def pool(pool_of):
    return pool_of(*records_of())


def test_training_finds_the_planted_signal(trained):
    table = trained.validation
    # A simple ranker finds it: no learned one has to be chosen.
    assert trained.chosen == "place and programme"
    assert table.index[table["chosen"]].tolist() == [trained.chosen]
    assert choose(table) == trained.chosen
    analyst, chosen = table.loc["WeightedRanker"], table.loc[trained.chosen]
    assert chosen["nDCG@10"] > analyst["nDCG@10"] + 2 * chosen["error"]
    shares = dict(zip(trained.ranker.features_, trained.ranker.shares_, strict=True))
    assert shares["same_programmes"] == max(shares.values())


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
    note = f"{trained.n_labels} partnerships are too few for boosted trees (200 are needed)"
    assert note in trained.notes


def test_training_notes_name_components_of_which_nothing_was_known(trained):
    (note,) = (note for note in trained.notes if note.startswith("nothing is known of "))
    assert "needs met by offers" in note
    assert "values" not in note


@pytest.mark.slow
def test_training_with_enough_labels_tries_boosted_trees_too(pool, encoder, monkeypatch):
    monkeypatch.setattr(choosing, "LEAST_FOR_BOOSTED", 10)
    training = train_ranker(pool, planted(80), Config(seed=5), encoder, stable=True)
    assert training.validation.index[-1] == "BoostedRanker"
    assert not any("boosted trees" in note for note in training.notes)


def test_training_that_is_chosen_boosted_has_a_card_with_shares(pool, encoder, monkeypatch):
    monkeypatch.setattr(choosing, "LEAST_FOR_BOOSTED", 10)
    monkeypatch.setattr(choosing, "choose", lambda table: "BoostedRanker")
    monkeypatch.setattr(
        "matcher.ranking.BoostedRanker",
        lambda *given, **kept: BoostedRanker(*given, n_trees=5, n_members=1, **kept),
    )
    training = train_ranker(pool, planted(60), Config(), encoder, stable=True)
    gains = training.ranker.predict(np.random.default_rng(0).random((50, len(training.ranker.features_))))
    assert ((gains >= 0) & (gains <= 1)).all()
    assert "| same_programmes |" in write_card(training, "train", {}, 0)


def test_training_without_a_signal_mostly_keeps_the_analysts_weights(pool, encoder):
    chosen = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        works = [
            works_on(day, [id_of(place) for place in rng.choice(N, 2, replace=False)])[0]
            for day in pd.date_range("2020-06-01", periods=60, freq="14D")
        ]
        training = train_ranker(pool, works, Config(), encoder)
        chosen.append(training.chosen)
        if training.chosen == "WeightedRanker":
            weights = [DEFAULT_WEIGHTS.normalised().get(name, 0) for name in COMPONENT_NAMES]
            np.testing.assert_allclose(training.ranker.ranker.weights_, weights)
    # By chance one in six is more than an error better.
    assert chosen.count("WeightedRanker") >= 4


def assert_same(one, other):
    assert (one.chosen, one.notes, one.n_labels) == (other.chosen, other.notes, other.n_labels)
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
    assert training.chosen == "WeightedRanker"
    assert training.n_labels == n_labels
    assert training.validation.empty
    assert training.calibration == {}
    (found,) = training.notes
    assert found.startswith(note)
    assert found.endswith("the analyst's weights stand")
    card = write_card(training, "train", {}, 0)
    assert "No figures: there was too little to learn from." in card
    assert found in card


def test_training_from_works_that_all_began_on_the_first_day_says_that_nothing_came_after(pool, encoder):
    training = train_ranker(pool, chain("2015-01-01", 30), Config(), encoder)
    assert training.chosen == "WeightedRanker"
    assert training.notes == (
        "no joint work of two known organisations is dated after the first ones: the analyst's weights stand",
    )


def test_training_from_an_empty_pool_keeps_the_analysts_weights(pool, encoder):
    for part in (pool.iloc[:0], pool.iloc[:1]):
        assert train_ranker(part, planted(30), Config(), encoder).chosen == "WeightedRanker"


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
