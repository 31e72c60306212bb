"""Trends in few answers, and the partnerships that they tell of."""

import datetime as dt
import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matcher.review.moderation import LEAST_NOISE, moderate
from matcher.review.trends import adjust, measure_trends, order_chance, robust_line
from scipy.stats import linregress

from matcher.columns import ANSWERS
from matcher.review import ReviewSettings, gather, review

VALUES = st.lists(st.floats(1.0, 5.0), min_size=3, max_size=7)


@given(VALUES)
def test_order_chance_is_the_share_of_orders_as_steep(values):
    years = np.arange(len(values)) / 2.0
    seen = abs(np.dot(years - years.mean(), values))
    steep = [abs(np.dot(years - years.mean(), order)) for order in itertools.permutations(values)]
    share = sum(one >= seen - 1e-12 for one in steep) / len(steep)
    assert order_chance(years, np.array(values)) == pytest.approx(share)
    assert share >= 1 / math.factorial(len(values))


def test_order_chance_of_many_is_drawn_and_never_zero():
    years = np.arange(10.0)
    assert order_chance(years, 5.0 - years / 3) == pytest.approx(1 / 5000)
    assert order_chance(years, years, downwards=True) == pytest.approx(1.0)


@given(VALUES, st.floats(-2.0, 2.0))
def test_robust_line_moves_with_the_values_and_one_outlier_does_not_turn_it(values, shift):
    years = np.arange(float(len(values)))
    slope, first, last = robust_line(years, np.array(values))
    moved = robust_line(years, np.array(values) + shift)
    assert moved == pytest.approx((slope, first + shift, last + shift))
    assert robust_line(np.arange(7.0), np.array([1.0, 1, 1, 5, 1, 1, 1]))[0] == 0.0


def test_trend_alone_is_the_t_test_of_a_line():
    years, values = np.arange(6.0), np.array([4.0, 3.0, 3.5, 2.0, 2.5, 1.0])
    trend = measure_trends({("a", "b"): (years, values)})["a", "b"]
    assert trend.p == pytest.approx(linregress(years, values).pvalue)
    falling = measure_trends({("a", "b"): (years, values)}, downwards=True)["a", "b"]
    assert falling.p == pytest.approx(trend.p / 2)


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=30))
def test_adjusted_chances_keep_their_order_and_grow(p):
    adjusted = adjust(p)
    assert (adjusted >= np.array(p) - 1e-12).all()
    assert (adjusted <= 1.0).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(adjusted[order]) >= -1e-12).all()


def test_adjusted_chances_by_hand():
    assert adjust([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.04, 0.04])
    assert len(adjust([])) == 0


def test_moderate_equal_noise_is_pooled_and_unequal_noise_is_not():
    rng = np.random.default_rng(0)
    freedom = np.full(200, 3.0)
    equal = 0.25 * rng.chisquare(3.0, 200) / 3.0
    pooled, total = moderate(equal, freedom)
    assert pooled.std() < 0.2 * equal.std()
    assert np.median(pooled) == pytest.approx(0.25, rel=0.1)
    assert (total > 20).all()
    unequal, few = moderate(equal * np.exp(2.0 * rng.standard_normal(200)), freedom)
    assert (few < 6).all()
    assert np.corrcoef(np.log(unequal), np.log(equal))[0, 1] > 0.0


@given(st.lists(st.floats(0.0, 4.0), min_size=1, max_size=20))
def test_moderate_is_never_below_rounding_and_keeps_the_order(variances):
    found, freedom = moderate(np.array(variances), np.full(len(variances), 2.0))
    assert (found >= LEAST_NOISE**2 * 0.2).all()
    assert (freedom >= 2.0).all()
    order = np.argsort(variances, kind="stable")
    assert (np.diff(found[order]) >= -1e-9).all()


# --- partnerships -------------------------------------------------------------------------------------


def programme(n=30, reviews=6, *, seed=0, change=None, wish=None):
    """Give a log and reviews of n partnerships; `change(pair, side, round)` adds to the answers."""
    rng = np.random.default_rng(seed)
    log, rows = [], []
    for pair in range(n):
        ids, level = (f"s{pair}", f"c{pair}"), rng.uniform(2.8, 4.2, 2) if pair else (4.3, 4.3)
        log.append((*ids, "agreed", pd.Timestamp("2022-01-01"), np.nan, np.nan))
        for number in range(reviews):
            day = pd.Timestamp("2022-04-01") + pd.DateOffset(months=6 * number)
            for place, side in enumerate(("seeker", "candidate")):
                base = level[place] + 0.3 * rng.standard_normal()
                added = change(pair, side, number) if change else dict.fromkeys(ANSWERS, 0.0)
                marks = [
                    float(np.clip(round(base + added.get(name, 0.0) + 0.5 * rng.standard_normal()), 1, 5))
                    for name in ANSWERS
                ]
                text = wish if wish and pair == 0 and number == reviews - 1 else ""
                rows.append((*ids, side, day + pd.Timedelta(days=5 * place), *marks, text))
    names = ["seeker", "candidate", "stage", "date", "seeker_rating", "candidate_rating"]
    questions = [str(name) for name in ANSWERS]
    given_ = pd.DataFrame(rows, columns=["seeker", "candidate", "side", "date", *questions, "changes_wanted"])
    return pd.DataFrame(log, columns=names), given_


def look(log, given_, **settings):
    ids = sorted({*log["seeker"], *log["candidate"]})
    data = gather(log, pd.DataFrame({"id": ids}), reviews=given_, as_of=dt.date(2025, 1, 1))
    return review(data, ReviewSettings(draws=50, **settings))


def fall(pair, side, number):
    falls = pair == 0 and side == "candidate"
    return {"trust": -0.9 * number, "benefit": -0.7 * number, "communication": -0.6 * number} if falls else {}


def test_watch_falling_side_is_told_with_its_questions_and_words():
    found = look(*programme(change=fall, wish="<b>call us</b>"))
    (one,) = [alarm.about for alarm in found.alarms if alarm.kind == "falling"]
    assert (one.pair, one.side, one.n) == (("s0", "c0"), "candidate", 6)
    assert one.last < one.first - 0.5
    assert one.moved[0].question == "trust"
    assert all(moved.side == "candidate" and moved.change <= -0.5 for moved in one.moved)
    assert {wish.text for wish in one.wishes} == {"<b>call us</b>"}
    assert one.sure <= 0.05


def test_watch_sides_that_part_are_told_once_and_not_when_both_fall():
    found = look(*programme(change=fall))
    (one,) = [alarm.about for alarm in found.alarms if alarm.kind == "drifting_apart"]
    assert (one.pair, one.side) == (("s0", "c0"), "candidate")
    assert abs(one.last) > abs(one.first) + 0.5

    def both_fall(pair, side, number):
        return dict.fromkeys(ANSWERS, -0.6 * number) if pair == 0 else {}

    kinds = {(alarm.kind, alarm.about.side) for alarm in look(*programme(change=both_fall)).alarms}
    assert kinds == {("falling", "seeker"), ("falling", "candidate")}


def test_watch_one_sided_partnership_is_told_and_a_small_gap_is_not():
    def uneven(pair, side, _):
        return {"benefit": {"seeker": 1.5, "candidate": -2.5}[side]} if pair == 0 else {}

    found = look(*programme(change=uneven))
    (one,) = [alarm.about for alarm in found.alarms if alarm.kind == "one_sided"]
    assert (one.pair, one.side, one.n) == (("s0", "c0"), "candidate", 4)
    assert one.first <= 2.5 < 3.5 <= one.last
    assert look(*programme(change=uneven), tolerated_gap=3.9).watches[2].troubles == ()


def test_watch_rising_answers_are_no_alarm():
    def rise(pair, side, number):
        return dict.fromkeys(ANSWERS, 0.4 * number) if pair == 0 else {}

    assert [a for a in look(*programme(change=rise)).alarms if a.kind == "falling"] == []


def test_watch_too_few_reviews_wait_and_say_how_many_are_missing():
    found = look(*programme(n=3, reviews=2, change=fall))
    assert found.alarms == ()
    for watch in found.watches:
        assert watch.n_judged == 0
        assert {need.missing for _, need in watch.waiting} == {1}
        assert len(watch.waiting) == 3


def test_watch_three_reviews_must_all_go_one_way():
    years = np.array([0.0, 0.5, 1.0])
    straight = measure_trends({("a",): (years, np.array([4.0, 3.0, 2.0]))}, downwards=True)["a",]
    bent = measure_trends({("a",): (years, np.array([3.0, 4.0, 1.0]))}, downwards=True)["a",]
    assert (straight.is_in_order, bent.is_in_order) == (True, False)


def test_watch_ratings_of_the_log_stand_in_where_there_are_no_reviews():
    days = pd.date_range("2022-01-01", periods=5, freq="180D")
    rows = [
        (f"s{pair}", f"c{pair}", "agreed" if not place else "active", day, 5.0 - place * (pair == 0), 4.0)
        for pair in range(6)
        for place, day in enumerate(days)
    ]
    log = pd.DataFrame(
        rows, columns=["seeker", "candidate", "stage", "date", "seeker_rating", "candidate_rating"]
    )
    (alarm,) = look(log, None).alarms
    assert (alarm.kind, alarm.about.pair, alarm.about.side) == ("falling", ("s0", "c0"), "seeker")
    assert alarm.about.moved == ()


@pytest.mark.slow
def test_watch_quiet_partnerships_rarely_alarm():
    runs = 120
    kinds = [{alarm.kind for alarm in look(*programme(20, 4, seed=seed)).alarms} for seed in range(runs)]
    for kind in ("falling", "drifting_apart"):
        assert sum(kind in found for found in kinds) <= 12, kind  # of 120 at 5 %: 12 or fewer in 99 %
