"""Comparison: the same lists as a Matcher's, figures known by hand, and what moves them."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from matcher import Matcher
from matcher.config import Config
from matcher.documents.writing import to_markdown
from matcher.evaluation.comparison import compare
from matcher.evaluation.document import as_record, make_document
from matcher.evaluation.lists import ANALYST, LABELS, EvaluationPool, rank_systems
from matcher.features import COMPONENT_NAMES
from matcher.matching.scoring import PoolScorer
from matcher.outcomes import History, JointWork
from matcher.outcomes.snapshots import take_snapshot
from matcher.output.plots import plot_comparison, plot_systems
from matcher.ranking import (
    BoostedRanker,
    CalibratedRanker,
    Calibration,
    PairwiseRanker,
    WeightedRanker,
)

TOPICS = [
    "coffee farmers",
    "boats fishermen",
    "nurses villages",
    "solar roofs",
    "maps forests",
    "songs theatre",
]
FEATURES = (*COMPONENT_NAMES, "works", "ties", "common_partners")
TEXTS_ONLY = Config.from_dict({"weights": {"values": 1.0}, "market": {"strength": 0.0}})


def work(members, date, text="", **terms):
    return JointWork(tuple(sorted(members)), pd.Timestamp(date), members[0], text, terms)


@pytest.fixture
def pool(pool_of):
    """Two organisations a topic, alike in nothing but their topic: a0 and b0, a1 and b1, and so on."""
    return pool_of(
        *(
            {
                "id": f"{letter}{place}",
                "mission": f"{topic} {topic.split()[0]}-{letter}{place}",
                "kind": "social" if letter == "a" else "business",
                "country": "Kenya",
                "staff": 5 + 100 * (letter == "b"),
                "languages": ["en"] if place % 2 else ["en", "id"],
                "needs": f"training: course{place} (4)",
                "offers": f"training: course{(place + 1) % 6} (3)",
                "updated": "2020-01-01",
            }
            for place, topic in enumerate(TOPICS)
            for letter in "ab"
        )
    )


WORKS = [
    *(work([f"a{place}", f"b{place}"], f"2020-0{place + 2}-01") for place in range(5)),
    work(["b5", "a5"], "2020-08-01", "songs theatre"),
    work(["a0", "a1"], "2019-01-01"),
    work(["b1", "a2", "b3"], "2018-01-01"),
]


def trained(kind=PairwiseRanker, seed=0, **settings):
    """Return a ranker that learned from made-up pairs, calibrated."""
    rng = np.random.default_rng(seed)
    X = rng.random((600, len(FEATURES)))  # noqa: N806
    y = (X[:, 0] + X[:, -3] + 0.3 * rng.standard_normal(600) > 1.4).astype(float)
    ranker = kind(feature_names=FEATURES, **settings).fit(X, y)
    utility = ranker.utility(X)
    return CalibratedRanker(ranker, Calibration().fit(utility, utility, y))


@pytest.fixture
def task(pool, encoder):
    truth = take_snapshot(pool, WORKS, pd.Timestamp("2020-01-01"))
    return EvaluationPool(truth, Config(), encoder, signals=True)


def lists_of(task, system=ANALYST, k=12, seed=0):
    scorer = PoolScorer(task.pool, task.prepare(WeightedRanker()))
    return rank_systems(task, {ANALYST: scorer}, k, seed=seed).lists.table(system)


def write_report(comparison):
    return to_markdown(make_document(comparison))


# --- Lists -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ranker", [None, WeightedRanker({"trust": 1, "values": 3}), trained(), trained(BoostedRanker, n_trees=20)]
)
def test_lists_are_exactly_those_of_a_matcher(task, pool, encoder, ranker):
    used = ranker if ranker is not None else WeightedRanker(Config().weights.as_dict())
    scorers = {ANALYST: PoolScorer(task.pool, task.prepare(used))}
    lists = rank_systems(task, scorers, 12).lists.table(ANALYST)
    past = [one for one in WORKS if one.day < pd.Timestamp("2020-01-02")]
    matcher = Matcher(ranker=ranker, encoder=encoder).fit(pool, History(past))
    np.testing.assert_array_equal(scorers[ANALYST].prices, matcher.scorer.prices)
    for id_, mission, lead in task.truth.seekers[["id", "mission", "lead"]].itertuples(index=False):
        asked = {"id": id_, "mission": mission, "lead": lead} if lead else id_
        expected = matcher.recommend(asked, 12, explain=False)
        known = {"a0": {"a1"}, "a1": {"a0"}, "a2": {"b1", "b3"}}.get(id_, set())
        expected = expected[~expected["candidate"].isin(known)]
        mine = lists[lists["seeker"] == id_]
        assert mine["candidate"].tolist() == expected["candidate"].tolist()
        assert mine["rank"].tolist() == list(range(1, len(mine) + 1))
        assert mine["score"].round(6).tolist() == expected["score"].tolist()


def test_lists_of_organisations_pay_a_price_and_those_of_calls_none(task):
    scorer = PoolScorer(task.pool, task.prepare(WeightedRanker()))
    assert (task.seekers["lead"] == "").tolist() == [True] * 5 + [False]
    rank_systems(task, {ANALYST: scorer}, 12)
    for pairs in task.blocks():
        block = scorer.score_block(pairs)
        paid = pairs.eligible & (block.score < block.mutual - 1e-9)
        assert paid.any(axis=1).tolist() == [True] * 5 + [False]


def test_lists_one_sided_go_by_what_the_seeker_gains(task):
    lists = lists_of(task, "one_sided")
    scorer = PoolScorer(task.pool, task.prepare(WeightedRanker()))
    (block,) = (scorer.score_block(pairs) for pairs in task.blocks())
    position = {id_: place for place, id_ in enumerate(task.pool.ids)}
    mine = lists[lists["seeker"] == "a0"]
    assert mine["score"].tolist() == [block.seeker_gain[0, position[id_]] for id_ in mine["candidate"]]
    assert (lists.groupby("seeker")["score"].diff().dropna() <= 0).all()


def test_systems_never_show_a_seeker_its_lead_itself_or_a_known_partner(task):
    call = task.seekers["id"].iloc[-1]
    for system in LABELS.keys() - {"ranker"}:
        table = lists_of(task, system)
        shown = {seeker: set(rows["candidate"]) for seeker, rows in table.groupby("seeker")}
        assert all(seeker not in listed for seeker, listed in shown.items())
        assert "b5" not in shown[call]
        assert "a1" not in shown["a0"]
        assert len(shown["a0"]) == 10
        assert len(shown[call]) == 11


def test_systems_popularity_counts_earlier_suitors_only(task):
    table = lists_of(task, "popularity", 3)
    # a1 joined a0's work, a2 and b3 joined b1's; what came later does not count. Equal ones go by id.
    assert table[table["seeker"] == "a3"]["candidate"].tolist() == ["a1", "a2", "b3"]
    assert table[table["seeker"] == "a3"]["score"].tolist() == [1.0, 1.0, 1.0]


def test_systems_random_depends_on_seed_and_seeker_alone(task):
    one, same, other = (lists_of(task, "random", 5, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert not one["candidate"].equals(other["candidate"])
    orders = one.groupby("seeker")["candidate"].agg(tuple)
    assert orders.nunique() == len(orders)


def test_systems_tfidf_of_wordless_texts_is_a_tie(pool_of, encoder):
    silent = pool_of(*({"id": id_, "mission": "7 7", "updated": "2020-01-01"} for id_ in "abc"))
    truth = take_snapshot(silent, [work("ac", "2020-02-01")], pd.Timestamp("2020-01-01"))
    table = lists_of(EvaluationPool(truth, Config(), encoder, signals=False), "tfidf", 5)
    assert table["candidate"].tolist() == ["b", "c"]


# --- Figures ---------------------------------------------------------------------------------------------


@pytest.fixture
def found(pool, encoder):
    return compare(pool, WORKS, TEXTS_ONLY, encoder, k=10)


def test_compare_known_ranking_gives_the_figures_known_by_hand(found):
    # The only likeness is the topic, so whoever goes by texts has the partner in first place.
    for system in ("tfidf", "cosine", "one_sided", "analyst"):
        assert {name: one.mean for name, one in found.figures[system].seekers.items()} == {
            "MRR": 1.0,
            "nDCG@10": 1.0,
            "R@10": 1.0,
        }
        assert found.figures[system].matches.total == pytest.approx(6.0)
    # Popularity puts a1, a2, b3 first and then a0, a3, a4, ... by id: it is wrong for a0, whose list is
    # a2 b3 a3 a4 a5 b0, so b0 has place 6.
    assert found.figures["popularity"].by_seeker.loc["a0", "MRR"] == pytest.approx(1 / 6)
    assert found.main == "analyst"
    assert found.differences["tfidf"]["MRR"].mean == 0.0
    assert "analyst" not in found.differences


def test_compare_exposure_and_sides_are_of_all_systems(found):
    assert list(found.figures) == [name for name in LABELS if name != "ranker"]
    for figures in found.figures.values():
        assert 0.0 <= figures.exposure.gini < 1.0
        assert figures.exposure.seekers_without == 0.0
        assert (figures.sides["worse"] <= figures.sides["seekers"]).all()
        assert len(figures.by_seeker) == 6
    assert len(found.truth.pool) == 12


def test_compare_slices_and_newcomers_count_every_seeker(found):
    for table in found.slices.values():
        counts = table[table["metric"] == "nDCG@10"].groupby("by")["n"].sum()
        assert counts.to_dict() == dict.fromkeys(
            ["kind", "language", "country", "size", "budget", "newcomer"], 6
        )
    table = found.slices["analyst"]
    # The call borrows kind and staff from its lead b5.
    kinds = table[(table["by"] == "kind") & (table["metric"] == "nDCG@10")].set_index("value")["n"]
    assert kinds.to_dict() == {"business": 1, "social": 5}
    fresh = table[(table["by"] == "newcomer") & (table["metric"] == "nDCG@10")].set_index("value")["n"]
    assert fresh.to_dict() == {"established": 3, "newcomer": 3}  # a0, a1 and a2 have a past
    # Partners without a past: b0, b2, b4 and a5; of seekers without one: b4 and a5.
    assert found.newcomers["analyst"]["partners"]["R@10"].n == 4
    assert found.newcomers["analyst"]["both"]["R@10"].n == 2
    assert found.newcomers["analyst"]["both"]["R@10"].mean == 1.0


def test_compare_order_of_rows_and_works_changes_nothing(pool, encoder, found):
    turned = compare(pool[::-1].reset_index(drop=True), WORKS[::-1], TEXTS_ONLY, encoder, k=10)
    assert as_record(turned) == as_record(found)


def test_compare_encodes_pool_and_seekers_once(pool, encoder):
    calls = []

    class Counting(type(encoder)):
        def encode(self, texts, *, progress=False):
            calls.append(len(texts))
            return super().encode(texts, progress=progress)

    compare(pool, WORKS, Config(), Counting(), k=10)
    assert len(calls) == 2  # the pool and the seekers; no system or changed weight encodes anew


def test_compare_single_seeker_says_that_it_carries_no_interval(pool, encoder):
    single = compare(pool, [WORKS[0]], TEXTS_ONLY, encoder, k=10)
    one = single.figures["analyst"].seekers["nDCG@10"]
    assert (one.mean, one.n) == (1.0, 1)
    assert math.isnan(one.low)
    assert math.isnan(one.high)
    assert any("one seeker carries no interval" in note for note in single.notes)
    assert any("there is no history" in note for note in single.notes)
    assert "one seeker carries no interval" in write_report(single)


def test_compare_notes_unknown_members_and_barred_partners(pool, encoder):
    flagged = pool.assign(flag=["red" if id_ == "b1" else "none" for id_ in pool["id"]])
    some = compare(flagged, [*WORKS, work(["a0", "stranger"], "2020-03-01")], Config(), encoder, k=10)
    assert some.ranked.n_barred == 1
    assert any("1 partners may not be recommended" in note for note in some.notes)
    assert any("1 members of later works have no profile" in note for note in some.notes)
    assert some.figures["analyst"].by_seeker.loc["a1", "R@10"] == 0.0


def test_compare_earlier_date_of_the_settings_warns_of_flattery(pool, encoder):
    earlier = Config.from_dict({"as_of": pd.Timestamp("2018-06-01").date()})
    found = compare(pool, WORKS, earlier, encoder, k=10)
    assert any("profiles name dates up to 2020-01-01" in note for note in found.notes)
    assert found.truth.counts["works_before"] == 1


# --- A trained ranker, and what is shown of it -----------------------------------------------------------


@pytest.fixture
def ranked(pool, encoder):
    return compare(pool, WORKS, Config(), encoder, ranker=trained(), k=50, ablation=True)


def test_compare_trained_ranker_is_the_main_system_and_calibration_is_measured(ranked):
    assert ranked.main == "ranker"
    assert set(ranked.differences) == set(LABELS) - {"ranker"}
    measured = ranked.ranked.calibration
    # Five organisations see 11 others less known partners (a0 and a1 know one, a2 knows two), a call 10 + 1.
    assert measured.n_rows == 10 + 10 + 9 + 11 + 11 + 11
    assert measured.observed == pytest.approx(6 / measured.n_rows)
    assert measured.ece.n == 6
    assert measured.curve["n"].sum() == measured.n_rows
    probability = np.average(measured.curve["predicted"], weights=measured.curve["weight"])
    assert probability == pytest.approx(measured.predicted)


def test_compare_uncalibrated_ranker_has_no_calibration(pool, encoder):
    plain = compare(pool, WORKS, Config(), encoder, ranker=WeightedRanker(), k=10)
    assert plain.ranked.calibration is None
    assert plain.differences["analyst"]["MRR"].mean == 0.0
    assert "Calibration of the probabilities" not in write_report(plain)


def test_report_and_record_tell_the_same(ranked):
    report, record = write_report(ranked), as_record(ranked)
    for system, figures in record["systems"].items():
        label = f"{LABELS[system]} (main)" if system == "ranker" else LABELS[system]
        lines = report.split("## Both sides")[0].splitlines()
        (line,) = [line for line in lines if line.startswith(f"| {label} |")]
        cells = [cell.strip() for cell in line.strip("|").split("|")][1:]
        for cell, (name, one) in zip(cells, figures["seekers"].items(), strict=True):
            assert cell.startswith(f"{one['mean']:.3f}")
            if name in ("MRR", "nDCG@10", "R@50"):
                assert cell == f"{one['mean']:.3f} ({one['low']:.3f} to {one['high']:.3f})"
    assert record["calibration"]["ece"]["mean"] == ranked.ranked.calibration.ece.mean
    assert record["dates"] == {
        "snapshot": "2020-01-01",
        "history_first": "2018-01-01",
        "history_last": "2019-01-01",
        "labels_first": "2020-02-01",
        "labels_last": "2020-08-01",
    }
    assert record["counts"]["pairs"] == 6
    assert [row["feature"] for row in record["ablation"]] == list(ranked.ablations)


def test_record_holds_no_nan(ranked):
    def walk(value):
        if isinstance(value, dict):
            return all(isinstance(key, str) and walk(cell) for key, cell in value.items())
        if isinstance(value, list):
            return all(map(walk, value))
        assert value is None or type(value) in (str, int, float, bool), type(value)
        return not (isinstance(value, float) and math.isnan(value))

    assert walk(as_record(ranked))


def test_figures_show_every_system_and_reliability_only_where_there_are_probabilities(ranked, found):
    drawn = plot_comparison(ranked)
    assert len(drawn.axes) == 3
    assert [tick.get_text() for tick in drawn.axes[0].get_yticklabels()] == list(LABELS.values())
    ax, exposure = plot_comparison(found).axes
    assert exposure.get_ylabel() == "share of the first 10 places, 0 to 1"
    assert plot_systems(found, ax) is ax
    means = {line.get_xdata()[0] for line in plot_systems(found).lines if len(line.get_xdata()) == 1}
    assert means == {one.seekers["nDCG@10"].mean for one in found.figures.values()}


def test_comparison_is_frozen(found):
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.k = 3
