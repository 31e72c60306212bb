"""Trends in few answers, and partnerships that need attention."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress
from scipy.stats import t as student

from matcher.columns import ANSWERS
from matcher.review import ReviewSettings, gather, review
from matcher.review.review import fit_trends as fit_table


def series(values, every=180):
    days = pd.Timestamp("2022-01-01") + pd.to_timedelta(np.arange(len(values)) * every, unit="D")
    return pd.DataFrame({"date": days, "value": values})


def fit_trends(given_, alternative):
    """Return a trend for each key of some series."""
    names = ["key", "other"][: len(next(iter(given_)))]
    rows = pd.concat(given_, names=names).reset_index(names)
    trends = fit_table(rows, names, alternative).itertuples(index=False)
    return {tuple(trend[: len(names)]): trend for trend in trends}


def test_trend_alone_is_the_t_test_of_a_line():
    values = [4.0, 3.0, 3.5, 2.0, 2.5, 1.0]
    fit = linregress(np.arange(6.0), values)
    trend = fit_trends({("a", "b"): series(values)}, "two-sided")["a", "b"]
    assert (trend.sure, trend.p) == pytest.approx((fit.pvalue, fit.pvalue))
    assert (trend.first, trend.last) == pytest.approx((fit.intercept, fit.intercept + 5 * fit.slope))
    falling = fit_trends({("a", "b"): series(values)}, "less")["a", "b"]
    assert (falling.sure, falling.p) == pytest.approx((fit.pvalue / 2, fit.pvalue / 2))


def test_trend_noise_is_pooled_and_p_values_adjusted():
    rng = np.random.default_rng(0)
    many = {(f"p{n}",): series(3.0 + 0.4 * rng.standard_normal(5)) for n in range(100)}
    found = fit_trends(many | {("x",): series([4.5, 3.8, 3.1, 2.4, 1.7])}, "less")
    values = np.array([rows["value"] for rows in many.values()])
    lines = np.polynomial.polynomial.polyfit(range(5), values.T, 1)
    rest = values - np.polynomial.polynomial.polyval(np.arange(5), lines)
    noise = np.sqrt((rest**2).sum() / (3 * 101))
    assert found["x",].sure == pytest.approx(101 * student.cdf(-0.7 * np.sqrt(10) / noise, 3 * 101))
    assert found["x",].p < 1e-6  # alone, a straight line is beyond doubt
    assert min(found[key].sure for key in many) > 0.05


def test_trend_of_equal_answers_is_none_and_rounding_is_noise():
    flat = fit_trends({("a",): series([3.0, 3.0, 3.0])}, "less")["a",]
    assert flat.sure == pytest.approx(0.5)
    assert not flat.p <= 0.1
    straight = fit_trends({("a",): series([3.2, 3.0, 2.8])}, "less")["a",]
    assert straight.sure > 0.05  # an exact line of three answers is no proof


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


def test_screen_falling_side_is_reported_with_its_questions_and_words():
    found = look(*programme(change=fall, wish="a < b & call us"))
    (one,) = [alarm.about for alarm in found.alarms if alarm.kind == "falling"]
    assert (one.pair, one.side, one.n) == (("s0", "c0"), "candidate", 6)
    assert one.last < one.first - 0.5
    assert one.moved[0]["question"] == "trust"
    assert all(moved["side"] == "candidate" and moved["last"] <= moved["first"] - 0.5 for moved in one.moved)
    assert {wish["text"] for wish in one.wishes} == {"a < b & call us"}
    assert one.sure <= 0.05


def test_screen_sides_that_diverge_are_reported_once_and_not_when_both_fall():
    found = look(*programme(change=fall))
    (one,) = [alarm.about for alarm in found.alarms if alarm.kind == "drifting_apart"]
    assert (one.pair, one.side) == (("s0", "c0"), "candidate")
    assert abs(one.last) > abs(one.first) + 0.5

    def both_fall(pair, side, number):
        return dict.fromkeys(ANSWERS, -0.6 * number) if pair == 0 else {}

    kinds = {(alarm.kind, alarm.about.side) for alarm in look(*programme(change=both_fall)).alarms}
    assert kinds == {("falling", "seeker"), ("falling", "candidate")}


def test_screen_one_sided_partnership_is_reported_and_a_small_gap_is_not():
    def uneven(pair, side, _):
        return {"benefit": {"seeker": 1.5, "candidate": -2.5}[side]} if pair == 0 else {}

    found = look(*programme(change=uneven))
    (one,) = [alarm.about for alarm in found.alarms if alarm.kind == "one_sided"]
    assert (one.pair, one.side, one.n) == (("s0", "c0"), "candidate", 4)
    assert one.first <= 2.5 < 3.5 <= one.last
    assert look(*programme(change=uneven), tolerated_gap=3.9).screenings[2].findings == ()


def test_screen_rising_answers_are_no_alarm():
    def rise(pair, side, number):
        return dict.fromkeys(ANSWERS, 0.4 * number) if pair == 0 else {}

    assert [a for a in look(*programme(change=rise)).alarms if a.kind == "falling"] == []


def test_screen_too_few_reviews_wait_and_say_how_many_are_missing():
    found = look(*programme(n=3, reviews=2, change=fall))
    assert found.alarms == ()
    for screening in found.screenings:
        assert screening.n_judged == 0
        assert set(screening.waiting.values()) == {1}
        assert len(screening.waiting) == 3


def test_screen_odd_answer_is_no_trend():
    """A single low answer in the midst of steady ones falls by the noise of all, not by its own."""

    def dip(pair, side, number):
        return dict.fromkeys(ANSWERS, -2.0) if pair == 0 and number == 3 else {}

    assert [alarm for alarm in look(*programme(change=dip)).alarms if alarm.kind == "falling"] == []


def test_screen_ratings_of_the_log_stand_in_where_there_are_no_reviews():
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
def test_screen_quiet_partnerships_rarely_alarm():
    runs = 120
    kinds = [{alarm.kind for alarm in look(*programme(20, 4, seed=seed)).alarms} for seed in range(runs)]
    for kind in ("falling", "drifting_apart"):
        assert sum(kind in found for found in kinds) <= 12, kind  # of 120 at 5 %: 12 or fewer in 99 %
