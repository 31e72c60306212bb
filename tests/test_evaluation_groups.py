"""Groups: every seeker is counted once per attribute, and small groups claim no interval."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluation.comparison import group_exposure, group_seekers, slice_metrics
from matcher.evaluation.intervals import mean_intervals

SEEKERS = [f"s{i}" for i in range(8)]
METRICS = pd.DataFrame({"MRR": np.arange(8) / 10, "R@10": 1.0}, index=SEEKERS)
PROFILES = pd.DataFrame(
    {
        "id": SEEKERS,
        "kind": ["business"] * 6 + ["social", ""],
        "country": ["Indonesia"] * 5 + [None] * 3,
        "staff": [1, 9, 10, 49, 50, 249, 250, None],
        "budget": [1, 2, 3, 4, 5, 6, 70, None],
        "currency": ["USD"] * 6 + ["IDR", ""],
    }
)
LANGUAGES = ["en", "id", "id", *["unknown"] * 5]
NEWCOMER = pd.Series([True, False, False], index=["s1", "s0", "s7"], dtype=object)
GROUPS = group_seekers(PROFILES, LANGUAGES, NEWCOMER)


def of(slices, by, metric="MRR"):
    chosen = slices[(slices["by"] == by) & (slices["metric"] == metric)]
    return chosen.set_index("value")


def test_groups_worked_table():
    found = slice_metrics(METRICS, GROUPS)
    assert found.columns.tolist() == ["by", "value", "metric", "n", "mean", "low", "high"]
    kinds = of(found, "kind")
    assert kinds.index.tolist() == ["business", "social", "unknown"]
    assert kinds["n"].tolist() == [6, 1, 1]
    assert kinds["mean"].tolist() == pytest.approx([0.25, 0.6, 0.7])
    assert of(found, "country")["n"].to_dict() == {"Indonesia": 5, "unknown": 3}
    sizes = of(found, "size")
    assert sizes.index.tolist() == ["<10", "10-49", "50-249", "250+", "unknown"]
    assert sizes["n"].tolist() == [2, 2, 2, 1, 1]
    assert of(found, "language")["n"].to_dict() == {"en": 1, "id": 2, "unknown": 5}
    budgets = of(found, "budget")  # 70 in another currency is alone, and the highest of its own
    assert budgets["n"].to_dict() == {"lowest third": 2, "middle third": 2, "highest third": 3, "unknown": 1}
    newcomers = of(found, "newcomer")
    assert newcomers["n"].to_dict() == {"established": 2, "newcomer": 1, "unknown": 5}
    assert newcomers.loc["newcomer", "mean"] == pytest.approx(0.1)


def test_groups_large_enough_have_the_interval_of_their_seekers(monkeypatch):
    monkeypatch.setattr("matcher.evaluation.comparison.LEAST_SEEKERS", 6)
    business = of(slice_metrics(METRICS, GROUPS), "kind").loc["business"]
    alone = mean_intervals(METRICS.iloc[:6])["MRR"]
    assert (business["low"], business["high"]) == pytest.approx((alone.low, alone.high))


def test_groups_of_few_seekers_claim_no_interval(monkeypatch):
    found = slice_metrics(METRICS, GROUPS)  # fewer than ten
    assert found[["low", "high"]].isna().all(axis=None)
    assert found["mean"].notna().all()
    monkeypatch.setattr("matcher.evaluation.comparison.LEAST_SEEKERS", 5)
    assert of(slice_metrics(METRICS, GROUPS), "country").loc["Indonesia", "low"] >= 0


@given(st.permutations(range(8)), st.permutations(range(8)))
def test_groups_order_of_rows_changes_nothing_and_all_seekers_are_counted(order, group_order):
    found = slice_metrics(METRICS.iloc[order], GROUPS.iloc[group_order])
    pd.testing.assert_frame_equal(found, slice_metrics(METRICS, GROUPS))
    assert (found.groupby(["by", "metric"])["n"].sum() == 8).all()


def test_groups_without_seekers_are_an_empty_table():
    assert slice_metrics(METRICS.iloc[:0], GROUPS).shape == (0, 7)


@pytest.mark.parametrize(
    ("staff", "band"),
    [(0, "<10"), (9.9, "<10"), (10, "10-49"), (50, "50-249"), (250, "250+"), (-1, "unknown")],
)
def test_groups_edges_of_sizes(staff, band):
    assert group_seekers(PROFILES.assign(staff=staff), LANGUAGES, NEWCOMER)["size"].unique() == [band]


def lists_of(shown, n_seekers=12):
    """Return lists of the same candidates for each of some seekers."""
    rows = [(f"q{seeker:02}", one, rank) for seeker in range(n_seekers) for rank, one in enumerate(shown, 1)]
    return pd.DataFrame(rows, columns=["seeker", "candidate", "rank"])


@pytest.mark.parametrize(
    ("shown", "n_seekers", "share", "is_low"),
    [
        (["a00", "b00"], 12, 0.5, False),
        (["b00", "b01", "b02", "b03", "a00"], 12, 0.2, True),
        (["b00", "b01"], 12, 0.0, True),
        (["b00", "b01"], 3, 0.0, False),  # too few lists
        ([*(f"b{place:02}" for place in range(10)), "a00"], 12, 0.0, True),  # beyond the first ten
    ],
)
def test_exposure_of_groups_against_the_pool(shown, n_seekers, share, is_low):
    ids = [f"{letter}{place:02}" for letter in "ab" for place in range(10)]
    groups = pd.DataFrame({"size": ["<10"] * 10 + ["250+"] * 10}, index=ids, dtype=object)
    found = group_exposure(lists_of(shown, n_seekers), groups).set_index("value")
    assert found.loc["<10", ["candidates", "pool_share"]].tolist() == [10, 0.5]
    assert found.loc["<10", "mean"] == pytest.approx(share)
    assert found["is_low"].tolist() == [is_low, False]
    assert np.isnan(found.loc["<10", "low"]) == (n_seekers < 10)


def test_exposure_of_small_and_unknown_groups_is_not_judged():
    ids = [f"a{place:02}" for place in range(30)]
    groups = pd.DataFrame({"size": ["unknown"] * 12 + ["<10"] * 3 + ["250+"] * 15}, index=ids, dtype=object)
    assert not group_exposure(lists_of(ids[15:]), groups)["is_low"].any()


@given(st.lists(st.permutations(range(20)), min_size=1, max_size=12), st.integers(1, 12))
def test_exposure_shares_sum_to_one(orders, length):
    rows = [
        (f"q{n}", f"c{one:02}", rank)
        for n, each in enumerate(orders)
        for rank, one in enumerate(each[:length], 1)
    ]
    lists = pd.DataFrame(rows, columns=["seeker", "candidate", "rank"])
    ids = [f"c{one:02}" for one in range(20)]
    groups = pd.DataFrame({"size": ["<10", "250+"] * 10, "language": ["en"] * 15 + ["id"] * 5}, index=ids)
    sums = group_exposure(lists, groups).groupby("by")[["mean", "pool_share"]].sum()
    assert sums.to_numpy() == pytest.approx(1.0)
