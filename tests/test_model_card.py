"""Model cards and facts of trained rankers."""

import json
from dataclasses import replace

import pytest
from worlds import chain, pairs_of, records_of

from matcher.config import DEFAULT_WEIGHTS, Config
from matcher.learning.training import facts_of, train_on, train_ranker, write_card


@pytest.fixture
def pool(pool_of):
    return pool_of(*records_of())


def test_card_names_figures_limits_and_the_command(trained):
    card = write_card(trained, "train_ranker.py a --out b", {"a.csv": "sha256 12"}, 7)
    for heading in ("Use", "Training data", "Figures", "What counts", "Limits", "Command"):
        assert f"\n## {heading}\n" in card
    for name, row in trained.validation.iterrows():
        mark = "yes" if name == trained.chosen else ""
        assert f"| {name} | {row['nDCG@10']:.3f} (standard error {row['error']:.3f}) |" in card
        assert card.split(f"\n| {name} |")[1].split("\n")[0].endswith(f"| {row['n']:.0f} | {mark} |")
    assert f"Brier score {trained.calibration['Brier']:.6f}" in card
    assert "`train_ranker.py a --out b` (seed 7" in card
    assert "- a.csv: sha256 12" in card
    assert all(f"- {note}" in card for note in trained.notes)
    assert "nan" not in card


@pytest.mark.parametrize(
    ("chosen", "title"),
    [
        ("PairwiseRanker(50)", "Ranker learned from outcomes"),
        ("StackedRanker", "Ranker learned from outcomes"),
        ("place and programme", "Simple ranker, calibrated on outcomes"),
    ],
)
def test_card_names_the_kind_of_the_ranker(trained, chosen, title):
    card = write_card(replace(trained, chosen=chosen), "train", {}, 0)
    assert card.startswith(f"# {title}\n\nKind: {chosen}. It turns the features ")
    assert "- It repeats the past" in card
    assert "- Gains are probabilities" in card


def test_card_of_calibrated_analysts_weights_does_not_claim_to_have_learned_them(pool, encoder):
    training = train_ranker(pool, chain("2021-01-01", 30), Config(), encoder)
    assert (training.chosen, training.validation.empty) == ("WeightedRanker", False)
    card = write_card(training, "train", {}, 0)
    title, _, first = card.split("\n")[:3]
    assert title == "# Ranker with the analyst's weights, calibrated on outcomes"
    assert "by the analyst's weights: no learned ranker was enough better." in first
    assert "- It repeats the past" not in card
    assert "- Gains are probabilities" in card


def test_card_of_analysts_weights_with_too_little_to_learn_from_claims_nothing(pool, encoder):
    training = train_ranker(pool, [], Config(), encoder)
    card = write_card(training, "train", {}, 0)
    title, _, first = card.split("\n")[:3]
    assert title == "# Ranker with the analyst's weights"
    assert first.endswith("by the analyst's weights; nothing was learned from outcomes.")
    assert "- It repeats the past" not in card
    assert "- Gains are weighted means, not probabilities." in card
    assert "was taken" not in card
    assert "Gains are probabilities" not in card


def test_card_lists_the_analysts_weights_even_of_what_was_unknown_in_training(pool, encoder):
    training = train_ranker(pool, chain("2021-01-01", 30), Config(), encoder)
    assert training.chosen == "WeightedRanker"
    assert any("needs met by offers" in note for note in training.notes)
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
        assert read["chosen"] == training.chosen
        assert read["validation"][training.chosen]["chosen"] is True
        assert read["features"] == list(training.ranker.features_)
        assert read["labels"] == training.n_labels
        assert read["notes"] == list(training.notes)
