"""Makes a review from checked tables."""

from __future__ import annotations

from matcher.columns import SIDES
from matcher.review.challenge import Contest, judge_challenge
from matcher.review.columns import Shown
from matcher.review.conversion import FORMED, measure_conversion, reach_dates
from matcher.review.drift import measure_drift
from matcher.review.due import due_reviews
from matcher.review.inputs import ReviewData
from matcher.review.partnerships import Pair, Partnership, answers_by_pair, find_partnerships
from matcher.review.promises import judge_promises
from matcher.review.results import Counts, Review
from matcher.review.selection import describe_selection
from matcher.review.settings import ReviewSettings
from matcher.review.stale import stale_profiles
from matcher.review.watching import watch_apart, watch_falling, watch_one_sided


def review(
    data: ReviewData, settings: ReviewSettings | None = None, *, contest: Contest | None = None
) -> Review:
    """Look at every partnership and at the engine as of the day of the data.

    Parameters
    ----------
    data : ReviewData
        See `gather`.
    settings : ReviewSettings, optional
        The defaults when left out.
    contest : Contest, optional
        Lists of the ranker in use and of a challenger.

    Returns
    -------
    review : Review
        The same for the same data and settings, whatever the order of rows.

    Raises
    ------
    EvaluationError
        If the contest's lists lack a column or name a pair twice.
    """
    settings = settings or ReviewSettings()
    partnerships = find_partnerships(data.outcomes)
    answers = answers_by_pair(data, partnerships)
    return Review(
        day=data.day,
        settings=settings,
        counts=_counts(data, partnerships),
        due=due_reviews(data, partnerships, answers, settings),
        watches=(
            watch_apart(answers, settings),
            watch_falling(data, partnerships, answers, settings),
            watch_one_sided(answers, settings),
        ),
        stale=stale_profiles(data, settings),
        conversion=measure_conversion(data, settings),
        promises=judge_promises(data, settings),
        drift=measure_drift(data, settings),
        selection=describe_selection(data, settings),
        challenge=None if contest is None else judge_challenge(data, contest, settings),
    )


def _counts(data: ReviewData, partnerships: dict[Pair, Partnership]) -> Counts:
    return Counts(
        outcomes=len(data.outcomes),
        pairs=len(data.outcomes.drop_duplicates(list(SIDES))),
        partnerships=len(partnerships),
        live=sum(one.is_live for one in partnerships.values()),
        formed=int(reach_dates(data.outcomes)[FORMED].notna().sum()),
        reviews=None if data.reviews is None else len(data.reviews),
        shown=None if data.shown is None else len(data.shown),
        runs=None if data.shown is None else int(data.shown[Shown.RUN].nunique()),
    )
