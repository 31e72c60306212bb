"""Partnerships, due reviews and stale profiles, on tables worked out by hand."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from matcher.columns import ANSWERS
from matcher.errors import ConfigError, EvaluationError
from matcher.review import ReviewSettings, gather, review
from matcher.review.data import in_one_direction
from matcher.review.document import review_document, review_record

PROFILES = pd.DataFrame(
    {"id": ["a", "b", "c"], "updated": pd.to_datetime(["2024-01-01", "2021-12-31", None])}
)


def outcomes(*rows):
    names = ["seeker", "candidate", "stage", "date", "seeker_rating", "candidate_rating"]
    table = pd.DataFrame([(*row, np.nan, np.nan)[:6] for row in rows], columns=names)
    return table.assign(date=pd.to_datetime(table["date"]))


def answers(*rows, value=4.0, wish=""):
    table = pd.DataFrame(rows, columns=["seeker", "candidate", "side", "date"])
    marks = {str(name): value for name in ANSWERS}
    return table.assign(date=pd.to_datetime(table["date"]), changes_wanted=wish, **marks)


def look(log, reviews=None, as_of="2024-06-01", profiles=PROFILES, **settings):
    data = gather(log, profiles, reviews=reviews, as_of=dt.date.fromisoformat(as_of))
    return review(data, ReviewSettings(draws=50, **settings))


def test_partnerships_last_one_of_each_pair_counts():
    log = outcomes(
        ("a", "b", "invited", "2023-01-01"),
        ("a", "b", "agreed", "2023-02-01"),
        ("a", "b", "ended", "2023-03-01"),
        ("b", "a", "agreed", "2023-05-01"),
        ("b", "a", "active", "2023-06-01"),
        ("a", "c", "active", "2023-06-01"),
        ("a", "c", "ended", "2023-07-01"),
        ("b", "c", "met", "2023-06-01"),
    )
    found = gather(log, PROFILES).partnerships
    assert found.to_numpy().tolist() == [
        ["a", "b", pd.Timestamp("2023-05-01"), True],
        ["a", "c", pd.Timestamp("2023-06-01"), False],
    ]


def test_partnerships_keep_the_direction_of_the_first_row_for_answers_too():
    log = outcomes(("b", "a", "invited", "2023-12-01"), ("a", "b", "agreed", "2024-01-01"))
    both = answers(("a", "b", "seeker", "2024-03-20"), ("b", "a", "seeker", "2024-03-21"))
    (one,) = look(log, both, "2024-10-01").due
    assert (one.pair, one.last, one.sides) == (
        ("b", "a"),
        pd.Timestamp("2024-03-21"),
        ("seeker", "candidate"),
    )


def test_in_one_direction_exchanges_ids_sides_and_ratings():
    log = outcomes(
        ("a", "b", "agreed", "2023-01-01", 5.0, 2.0), ("b", "a", "renewed", "2023-02-01", 1.0, 4.0)
    )
    turned = in_one_direction(log, log)
    assert turned[["seeker", "candidate"]].values.tolist() == [["a", "b"], ["a", "b"]]
    assert turned["seeker_rating"].tolist() == [5.0, 4.0]
    answered = in_one_direction(answers(("b", "a", "seeker", "2023-03-01")), log)
    assert answered[["seeker", "side"]].values.tolist() == [["a", "candidate"]]


@pytest.mark.parametrize(
    ("as_of", "days_over"),
    [("2024-02-29", None), ("2024-03-02", -30), ("2024-04-01", 0), ("2024-04-02", 1)],
)
def test_due_first_review_is_three_months_after_the_agreement(as_of, days_over):
    log = outcomes(("a", "b", "agreed", "2024-01-01"), ("a", "b", "active", "2024-01-20"))
    empty = answers(("x", "y", "seeker", "2023-01-01"))
    found = look(log, empty, as_of)
    assert [one.days_over for one in found.due] == ([] if days_over is None else [days_over])
    assert len(found.overdue) == (days_over == 1)
    for one in found.due:
        assert (one.due, one.sides) == (pd.Timestamp("2024-04-01"), ("seeker", "candidate"))


def test_due_later_reviews_come_six_months_after_a_side_answered():
    log = outcomes(("a", "b", "agreed", "2024-01-01"))
    both = answers(("a", "b", "seeker", "2024-03-20"), ("a", "b", "candidate", "2024-05-01"))
    (one,) = look(log, both, "2024-10-01").due
    assert (one.due, one.days_over, one.sides) == (pd.Timestamp("2024-09-20"), 11, ("seeker",))
    assert one.last == pd.Timestamp("2024-05-01")
    assert look(log, both, "2024-10-01", review_months=12).due == ()


def test_due_ended_partnership_owes_nothing_and_a_new_one_begins_anew():
    log = outcomes(("a", "b", "agreed", "2023-01-01"), ("a", "b", "ended", "2024-01-01"))
    assert look(log, answers(("a", "b", "seeker", "2023-03-01"))).due == ()
    again = outcomes(
        ("a", "b", "agreed", "2023-01-01"),
        ("a", "b", "ended", "2024-01-01"),
        ("a", "b", "agreed", "2024-02-01"),
    )
    (one,) = look(again, answers(("a", "b", "seeker", "2023-12-01")), "2024-06-01").due
    assert (one.due, one.last) == (pd.Timestamp("2024-05-01"), None)


def test_due_without_any_reviews_kept_nobody_is_late():
    log = outcomes(("a", "b", "agreed", "2022-01-01"))
    found = look(log, None, "2024-09-20")
    assert (found.overdue, found.verdict, found.due[0].due) == ((), "nothing", pd.Timestamp("2024-10-01"))
    assert look(log, answers(("x", "y", "seeker", "2023-01-01")), "2024-09-20").verdict == "attention"


def test_review_future_rows_are_not_seen():
    log = outcomes(("a", "b", "agreed", "2024-01-01"), ("a", "b", "ended", "2024-05-01"))
    assert look(log, None, "2024-03-01").counts["live"] == 1
    assert look(log, None, "2024-05-01").counts["live"] == 0


def test_review_day_is_the_latest_date_when_left_out():
    log = outcomes(("a", "b", "agreed", "2023-01-01"))
    assert gather(log, PROFILES).day == pd.Timestamp("2024-01-01")
    shown = pd.DataFrame({"date": ["2024-02-03"], "seeker": ["a"], "candidate": ["b"], "rank": [1]})
    assert gather(log, PROFILES, shown=shown).day == pd.Timestamp("2024-02-03")


def test_stale_profiles_older_than_two_years_oldest_first():
    found = look(outcomes(("a", "b", "met", "2024-01-01"))).stale
    assert [id_ for id_, _ in found.ids] == ["b"]
    assert found.ids[0][1] == pytest.approx(883 / 365.25)
    assert (found.n_profiles, found.n_undated) == (3, 1)
    assert [i for i, _ in look(outcomes(("a", "b", "met", "2024-01-01")), stale_years=0.2).stale.ids] == [
        "b",
        "a",
    ]


def test_review_order_of_rows_changes_nothing():
    log = outcomes(
        ("a", "b", "agreed", "2023-01-01"),
        ("b", "c", "agreed", "2023-02-01"),
        ("b", "c", "ended", "2023-05-01"),
    )
    given = answers(("a", "b", "seeker", "2023-04-01"), ("a", "b", "candidate", "2023-04-02"))
    assert review_record(look(log, given)) == review_record(look(log[::-1], given[::-1], profiles=PROFILES))


def test_review_empty_log_and_no_pairs_give_no_alarm():
    found = look(outcomes(), answers(), "2024-06-01")
    assert (found.verdict, found.counts["pairs"], found.alarms) == ("nothing", 0, ())
    assert review_document(found, "id").title == "Tinjauan kemitraan dan sistem rekomendasi"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"stage": "sealed"},
            r"stage of outcomes must be one of invited, .* ended; got 'sealed'\. Correct it\.",
        ),
        ({"date": "soon"}, "outcomes must have a date in every row; got 1 rows without"),
        ({"seeker": None}, "outcomes must have a seeker and a candidate in every row; got 1 rows without"),
    ],
)
def test_gather_wrong_outcomes_are_refused(change, message):
    log = outcomes(("a", "b", "agreed", "2023-01-01")).astype(object).assign(**change)
    with pytest.raises(EvaluationError, match=message):
        gather(log, PROFILES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"side": "both"}, r"side of reviews must be one of seeker, candidate; got 'both' in row 1"),
        (
            {"trust": 6.0},
            r"trust of reviews must be a whole number from 1 to 5, or empty; got '6.0' in row 1",
        ),
    ],
)
def test_gather_wrong_reviews_are_refused(change, message):
    given = answers(("a", "b", "seeker", "2023-04-01")).assign(**change)
    with pytest.raises(EvaluationError, match=message):
        gather(outcomes(("a", "b", "agreed", "2023-01-01")), PROFILES, reviews=given)


def test_gather_no_date_at_all_is_refused():
    with pytest.raises(EvaluationError, match=r"must hold a date; got none\. Name the day: as_of"):
        gather(outcomes(), PROFILES.drop(columns="updated"))


def test_settings_make_the_round_trip_and_check_their_ranges(tmp_path):
    settings = ReviewSettings(review_months=4, reference_until=dt.date(2024, 1, 31), calibrated=True)
    path = tmp_path / "review.toml"
    path.write_text(settings.to_toml(), encoding="utf-8")
    assert ReviewSettings.from_toml(path) == settings
    for wrong, message in [
        ({"alarm_rate": 0.0}, "alarm_rate: .* greater than 0; got 0.0"),
        ({"least_review": 3}, "least_review is not a setting"),
        ({"low_benefit": 4.0}, "low_benefit must be below high_benefit"),
        ({"least_benefit_reviews": 5}, "at most recent_reviews"),
    ]:
        with pytest.raises(ConfigError, match=message):
            ReviewSettings.from_dict(wrong)
