"""Tuning: sliders, stability, and a saved file with which a batch gives the same ranking."""

import html

import pandas as pd
import pytest
from batches import match_batch

from matcher import Matcher
from matcher.config import Config
from matcher.datasets import DEMO_PATH, load_demo
from matcher.errors import ConfigError, OutputError, UnknownSeekerError
from matcher.learning.tuning import Tuner
from matcher.ranking import WeightedRanker

SEEKER = "omah-sareh"


@pytest.fixture(scope="module")
def matcher(demo):
    return demo


@pytest.fixture
def tuner(matcher):
    return Tuner(matcher, SEEKER, k=8)


def test_tuner_unchanged_gives_the_matcher_s_own_ranking(matcher, tuner):
    expected = matcher.recommend(SEEKER, 8)
    pd.testing.assert_frame_equal(tuner.ranking.drop(columns="moved"), expected)
    assert (tuner.ranking["moved"] == 0).all()


def test_tuner_ranks_as_a_matcher_fitted_with_these_weights(tuner):
    ranking = tuner.set(trust=0.9, goals=0.0)
    fresh = Matcher(Config.from_dict({"weights": tuner.weights})).fit(load_demo())
    expected = fresh.recommend(SEEKER, 8)
    pd.testing.assert_frame_equal(ranking.drop(columns="moved"), expected)
    assert not ranking["moved"].fillna(1).eq(0).all()


def test_tuner_moved_counts_ranks_won_since_the_start(tuner):
    start = tuner.ranking.set_index("candidate")["rank"]
    for row in tuner.set(complementarity=0.0, trust=1.0).itertuples():
        if row.candidate in start:
            assert row.moved == start[row.candidate] - row.rank
        else:
            assert pd.isna(row.moved)


def test_tuner_strengths_of_conflict_and_market_change_scores(tuner):
    start = tuner.ranking
    free = tuner.set(market_strength=0.0)
    assert not free["score"].equals(start["score"])
    tuner.set(conflict_strength=1.0)
    assert tuner.matcher.config.conflict_strength == 1.0
    assert tuner.matcher.config.market.strength == 0.0
    pd.testing.assert_frame_equal(tuner.reset(), start)


def test_tuner_saved_weights_give_a_batch_the_same_ranking(tuner, tmp_path):
    ranking = tuner.set(values=0.1, trust=0.5)
    config = Config.from_toml(tuner.save(tmp_path / "tuned.toml"))
    match_batch(str(DEMO_PATH), tmp_path / "matches.csv", config=config, k=8)
    written = pd.read_csv(tmp_path / "matches.csv").query("seeker == @SEEKER")
    assert written["candidate"].tolist() == ranking["candidate"].tolist()
    assert written["score"].to_numpy() == pytest.approx(ranking["score"].to_numpy())


def test_tuner_leaves_the_matcher_as_it_was(matcher, tuner):
    before = matcher.recommend(SEEKER, 3, explain=False)
    tuner.set(values=0.0)
    pd.testing.assert_frame_equal(matcher.recommend(SEEKER, 3, explain=False), before)


def test_tuner_stability_is_of_the_weights_as_they_are(tuner):
    before = tuner.stability((0.2, 0.5), draws=4)
    assert before["spread"].tolist() == [0.2, 0.5]
    assert all(0.0 <= one.least_overlap <= one.overlap <= 1.0 for one in before.itertuples())
    assert tuner.stability((0.2, 0.5), draws=4).equals(before)
    tuner.set(topic=0.0, complementarity=0.0, trust=0.0, goals=0.0, expectations=0.0, communication=0.0)
    # one weight alone is brought to 1 whatever it is
    assert tuner.stability((0.2, 0.5), draws=4)["overlap"].tolist() == [1.0, 1.0]


def test_tuner_widget_follows_its_sliders_saves_and_goes_back(tuner, tmp_path):
    widgets = pytest.importorskip("ipywidgets")
    *sliders, buttons, table = tuner.widget().children
    by_name = dict(zip([*tuner.weights, *tuner.strengths], sliders, strict=True))
    before = table.value
    assert html.escape(tuner.ranking["concerns"].max(), quote=False) in before
    by_name["trust"].value = 0.9
    assert tuner.weights["trust"] == 0.9
    assert table.value != before
    for slider in sliders:
        slider.value = 0.0
    assert "at least one weight must be above 0" in table.value
    buttons.children[0].click()
    assert (table.value, by_name["trust"].value) == (before, 0.04)
    buttons.children[2].value = str(tmp_path / "mine.toml")
    buttons.children[1].click()
    assert Config.from_toml(tmp_path / "mine.toml").weights.trust == 0.04
    buttons.children[2].value = "mine.txt"
    buttons.children[1].click()
    assert "must end in .toml" in buttons.children[3].value
    assert isinstance(sliders[0], widgets.FloatSlider)
    labels = [slider.description for slider in Tuner(tuner.matcher, SEEKER, lang="id").widget().children[:-2]]
    assert labels[0] == "bidang kerja yang sama"
    assert labels[-1].startswith("Harga:")


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda tuner: tuner.set(luck=1.0), ConfigError, "luck is not a setting"),
        (lambda tuner: tuner.set(trust=-1.0), ConfigError, "weights.trust"),
        (lambda tuner: tuner.stability((1.5,)), ConfigError, "spreads must be above 0 and below 1; got 1.5"),
        (lambda tuner: tuner.save("weights.json"), OutputError, "must end in .toml; got weights.json"),
        (lambda tuner: Tuner(tuner.matcher, "nobody"), UnknownSeekerError, "got 'nobody'"),
    ],
)
def test_tuner_wrong_input_is_refused_and_nothing_changes(tuner, act, error, message):
    before = dict(tuner.weights)
    with pytest.raises(error, match=message):
        act(tuner)
    assert tuner.weights == before


def test_reweighted_of_a_matcher_with_a_ranker_is_refused(pool_of, encoder):
    pool = pool_of({"id": "a", "mission": "water"}, {"id": "b", "mission": "water"})
    matcher = Matcher(ranker=WeightedRanker(), encoder=encoder).fit(pool)
    with pytest.raises(ConfigError, match="got a matcher with a ranker of its own"):
        matcher.reweighted({"values": 1.0})
