import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import ConfigError, EvaluationError
from matcher.evaluation import mean_interval, size_bands, slice_metrics

SEEKERS = [f"s{i}" for i in range(8)]
METRICS = pd.DataFrame({"MRR": np.arange(8) / 10, "R@10": 1.0}, index=SEEKERS)
PROFILES = pd.DataFrame(
    {
        "id": [*SEEKERS, "never-a-seeker"],
        "kind": ["business"] * 6 + ["social", "", "public"],
        "country": ["Indonesia"] * 5 + [None] * 3 + ["Fiji"],
        "staff": [1, 9, 10, 49, 50, 249, 250, None, 3],
    }
)


def of(slices, by, metric="MRR"):
    chosen = slices[(slices["by"] == by) & (slices["metric"] == metric)]
    return chosen.set_index("value")


def test_slices_worked_table():
    found = slice_metrics(METRICS, PROFILES)
    assert found.columns.tolist() == ["by", "value", "metric", "n", "mean", "low", "high"]
    kinds = of(found, "kind")
    assert kinds.index.tolist() == ["business", "social", "unknown"]
    assert kinds["n"].tolist() == [6, 1, 1]
    assert kinds["mean"].tolist() == pytest.approx([0.25, 0.6, 0.7])
    assert of(found, "country")["n"].to_dict() == {"Indonesia": 5, "unknown": 3}
    sizes = of(found, "size")
    assert sizes.index.tolist() == ["<10", "10-49", "50-249", "250+", "unknown"]
    assert sizes["n"].tolist() == [2, 2, 2, 1, 1]
    assert set(found["by"]) == {"kind", "country", "size"}


def test_slices_large_enough_carry_the_interval_of_their_seekers():
    business = of(slice_metrics(METRICS, PROFILES, minimum=6, seed=3), "kind").loc["business"]
    alone = mean_interval(METRICS["MRR"].iloc[:6], seed=3)
    assert (business["low"], business["high"]) == pytest.approx((alone.low, alone.high))


def test_slices_under_the_minimum_claim_no_interval():
    found = of(slice_metrics(METRICS, PROFILES, minimum=6), "country")
    assert found[["low", "high"]].isna().all(axis=None)
    assert found["mean"].notna().all()
    assert of(slice_metrics(METRICS, PROFILES, minimum=5), "country").loc["Indonesia", "low"] >= 0


def test_slices_of_fewer_than_ten_seekers_claim_no_interval_unless_asked():
    ten = pd.DataFrame({"MRR": np.arange(10) / 10}, index=[f"t{i}" for i in range(10)])
    profiles = pd.DataFrame(
        {"id": ten.index, "kind": "social", "country": ["Fiji"] * 9 + ["Peru"], "staff": 1}
    )
    found = slice_metrics(ten, profiles)
    assert of(found, "kind")["low"].notna().all()
    assert of(found, "country")["n"].to_dict() == {"Fiji": 9, "Peru": 1}
    assert of(found, "country")[["low", "high"]].isna().all(axis=None)


def test_slices_by_language_and_newcomer_of_the_caller():
    language = pd.Series({"s0": "en", "s1": "id", "s2": "id"})
    newcomer = pd.Series([True, False, False], index=["s1", "s0", "s7"])
    found = slice_metrics(METRICS, PROFILES, language=language, newcomer=newcomer)
    assert of(found, "language")["n"].to_dict() == {"en": 1, "id": 2, "unknown": 5}
    newcomers = of(found, "newcomer")
    assert newcomers["n"].to_dict() == {"established": 2, "newcomer": 1, "unknown": 5}
    assert newcomers.loc["newcomer", "mean"] == pytest.approx(0.1)


@given(st.permutations(range(8)), st.permutations(range(9)))
def test_slices_order_of_rows_changes_nothing_and_all_seekers_are_counted(order, profile_order):
    found = slice_metrics(METRICS.iloc[order], PROFILES.iloc[profile_order], draws=20)
    pd.testing.assert_frame_equal(found, slice_metrics(METRICS, PROFILES, draws=20))
    assert (found.groupby(["by", "metric"])["n"].sum() == 8).all()


def test_slices_without_seekers_are_an_empty_table():
    found = slice_metrics(METRICS.iloc[:0], PROFILES)
    assert found.shape == (0, 7)


@pytest.mark.parametrize(
    ("staff", "band"),
    [(0, "<10"), (9.9, "<10"), (10, "10-49"), (50, "50-249"), (250, "250+"), (-1, "unknown")],
)
def test_size_bands_edges(staff, band):
    assert size_bands(pd.Series([staff])).tolist() == [band]


def test_slices_bad_input_is_refused():
    with pytest.raises(EvaluationError, match=r"got id, kind, country \(missing: staff\)"):
        slice_metrics(METRICS, PROFILES.drop(columns="staff"))
    with pytest.raises(EvaluationError, match="profiles must hold every seeker; got 7 without one"):
        slice_metrics(METRICS, PROFILES.iloc[:1])
    with pytest.raises(EvaluationError, match="kind must name each seeker once; got 8 duplicates"):
        slice_metrics(METRICS, pd.concat([PROFILES] * 2))
    with pytest.raises(EvaluationError, match="newcomer must be true or false; got 2 other values"):
        slice_metrics(METRICS, PROFILES, newcomer=pd.Series({"s0": 1, "s1": "yes", "s2": True}))
    with pytest.raises(ConfigError, match="minimum must be a whole number of at least 1; got 0"):
        slice_metrics(METRICS, PROFILES, minimum=0)
