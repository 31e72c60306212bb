import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.columns import BANDS
from matcher.config import BandSettings, Config
from matcher.datasets import load_demo
from matcher.errors import ConfigError
from matcher.explanations.explainer import Explainer
from matcher.matching.selection import PLACES, assign_bands, highest, places_among
from matcher.recommendations import Matcher

nan = float("nan")


@pytest.mark.parametrize(
    ("rank", "place", "met", "band"),
    [
        (1, 1, 0.5, "strong"),
        (2, 2, 0.25, "strong"),
        (2, 2, 0.24, "possible"),
        (1, 1, nan, "possible"),  # no need is known to be met
        (1, 3, 0.9, "possible"),
        (3, 1, 0.9, "possible"),
        (5, 5, 0.0, "possible"),
        (1, 6, 0.9, "weak"),
        (6, 1, 0.9, "weak"),
    ],
)
def test_band_worked(rank, place, met, band):
    assert assign_bands(np.array([rank]), np.array([place]), np.array([met]), BandSettings()).tolist() == [
        band
    ]


def test_places_are_counted_in_the_list_of_the_other():
    best = np.array([[0.9, 0.8, 0.7, 0.6, 0.5], [0.9, nan, nan, nan, nan]])
    assert places_among(np.array([0.8, 0.1]), best).tolist() == [2, 2]
    assert places_among(np.array([0.95, 0.9]), best).tolist() == [1, 1]
    assert places_among(np.array([0.4]), best[:1]).tolist() == [PLACES + 1]


@given(
    arrays(
        np.float64, st.tuples(st.integers(1, 4), st.integers(0, 9)), elements=st.floats(0, 1) | st.just(nan)
    )
)
def test_highest_are_the_best_of_each_row_in_falling_order(mutual):
    found = highest(mutual)
    assert found.shape == (len(mutual), PLACES)
    for row, best in zip(mutual, found, strict=True):
        expected = sorted(row[~np.isnan(row)], reverse=True)[:PLACES]
        assert best[~np.isnan(best)].tolist() == expected


@pytest.fixture(scope="module")
def demo():
    return load_demo().kept.iloc[:40]


@pytest.fixture
def matcher(demo, encoder):
    return Matcher(encoder=encoder).fit(demo)


def test_bands_are_the_same_where_lists_are_scored_when_they_are_asked_for(demo, matcher, encoder):
    later = Matcher(encoder=encoder).fit(demo)
    later.scorer._has_list[:], later.scorer._highest[:] = False, nan
    found, expected = (one.recommend_all(8, explain=False)["band"] for one in (later, matcher))
    pd.testing.assert_series_equal(found, expected)
    assert set(found) == set(BANDS)


def test_bands_of_one_seeker_are_those_of_all(matcher):
    alone = matcher.recommend(matcher.pool["id"][3], 8, explain=False)
    everyone = matcher.recommend_all(8, explain=False)
    same = everyone[everyone["seeker"] == matcher.pool["id"][3]].reset_index(drop=True)
    pd.testing.assert_series_equal(alone["band"], same["band"])


@pytest.mark.parametrize("band", BANDS)
def test_min_band_leaves_out_what_is_lower_and_keeps_the_rest(demo, matcher, encoder, band):
    every = matcher.recommend_all(8, explain=False)
    found = Matcher(Config(min_band=band), encoder=encoder).fit(demo).recommend_all(8, explain=False)
    allowed = BANDS[: BANDS.index(band) + 1]
    pd.testing.assert_frame_equal(found, every[every["band"].isin(allowed)].reset_index(drop=True))


def test_texts_are_made_only_of_recommendations_that_are_listed(demo, encoder, monkeypatch):
    made = []
    remarks = Explainer._remarks
    monkeypatch.setattr(Explainer, "_remarks", lambda *given: made.append(given) or remarks(*given))
    listed = Matcher(Config(min_band="strong"), encoder=encoder).fit(demo).recommend_all(8)
    assert 0 < len(listed) == len(made) < 8 * len(demo) / 2


def test_explanation_says_that_the_list_ends_above_the_band(demo, matcher, encoder):
    seeker = matcher.pool["id"][3]
    rows = matcher.recommend(seeker, 40, explain=False).set_index("band")["candidate"]
    choosy = Matcher(Config(min_band="possible"), encoder=encoder).fit(demo)
    lower = choosy.explain(seeker, rows["weak"].iloc[0])
    assert "weak; not in your list, which ends at the band possible" in lower.to_markdown()
    assert (
        "hanya memuat tingkat mungkin"
        in choosy.explain(seeker, rows["weak"].iloc[0], lang="id").to_markdown()
    )
    assert matcher.explain(seeker, rows["weak"].iloc[0]).least_band == ""


def test_min_band_of_another_name_is_refused():
    with pytest.raises(ConfigError, match="min_band"):
        Config.from_dict({"min_band": "good"})
