"""A simulated programme of several rounds: recommendations, outcomes and reviews.

Nothing is real, and the engine is not used unless a caller passes it as the recommender. Gains and steps
are those of `simulation.outcomes`, with its notation; L(t) = 1 / (1 + exp(-t)), N
is a new standard normal draw:

=================  =====================================================================================
takes part         all but those flagged red or founded after the year of `start`
seeks              `seekers_per_round` of those with room, drawn evenly in each round
open               each couple in one round, in one direction, and only so many of an organisation as it
                   has room for (`capacity_max` per year): see `simulation.rounds`
shown              k candidates per seeker, by `recommend`; a seeker's list is no longer than its room. By
                   default (`simulation.recommender`):
                   prob(s, c)    probability of `agreed` given that it is shown, and all but GAIN_SPREAD N
                   score(s, c)   L(log-odds of prob(s, c) + `noise` N); the k highest are shown
                   explored      each rank goes with probability `explore` to one ranked below, drawn evenly
                   mutual        prob(s, c); the gains are each side's part of it, so that mutual is
                                 their product: calibrated probabilities
invited            INVITED_SHARE of those shown, at any rank, within INVITED_DAYS of the round
replied ... ended  as in `simulate_outcomes`
reason             of declined and ended, see `simulation.reasons`
reviews            see `simulation.reviews`
=================  =====================================================================================

Planted faults (`simulation.planted`), each off by default:

=================  =====================================================================================
input_drift        newcomers of another kind, sector, language and length of text make up a share of
                   the seekers, and are open to all
one_sided          in some partnerships one side's gain falls by `per_month` per month: its ratings and
                   answers fall, and it decides on renewals by the lower gain
miscalibration     log-odds of the mutual probability shown become shift + slope x log-odds
=================  =====================================================================================

Without faults every round is drawn from the same distribution: recommendations, invitations, and outcomes of
pairs by the round in which they were shown (up to `end`). By calendar date they are not: the number of
running partnerships grows, and those that last are the better ones. Only in a
programme of more than a year can agreements of two years fall into one calendar year; one beyond
`capacity_max` is then declined as in `simulate_outcomes`. Each draw is derived from the seed and the ids, so
the order of rows changes nothing, and nothing before a fault's start depends on it. Own definition.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.columns import Outcome, Profile
from matcher.errors import ConfigError
from matcher.outcomes.records import REASON
from simulation.draws import between, uniform
from simulation.facts import Facts, read_facts
from simulation.introductions import Introduction
from simulation.newcomers import make_newcomers
from simulation.outcomes import (
    Trajectory,
    check_profiles,
    gain,
    outcome_frame,
    outcome_rows,
    until_decision,
    with_partnership,
    within_capacity,
)
from simulation.planted import (
    Fade,
    InputDrift,
    Miscalibration,
    OneSided,
    Truth,
    check_fault,
    check_number,
    draw_fades,
    fading,
    miscalibrate,
)
from simulation.reasons import CAPACITY, reason_of
from simulation.recommender import INVITED_SHARE, PAIR, ROUND, FactsRecommender, Recommend, shown_in
from simulation.reviews import review_frame
from simulation.rounds import (
    Arrivals,
    Calendar,
    Open,
    Round,
    add_months,
    draw_open,
    members_of,
    room_of,
)

INVITED_DAYS: Final = 13
FOLLOW_UP_MONTHS: Final = 12


@dataclass(frozen=True)
class Programme:
    """A simulated programme."""

    outcomes: pd.DataFrame
    """Columns of `matcher.columns.Outcome`, then reason; one row per stage, by date, seeker, candidate."""
    shown: pd.DataFrame
    """Columns of `simulation.recommender.SHOWN`, by round, seeker and rank; gains and mutual are
    probabilities, propensity is that, above 0, of showing this candidate, given its scores.
    """
    reviews: pd.DataFrame
    """Columns of `simulation.reviews.COLUMNS`; by date, seeker, candidate, side (who answers)."""
    profiles: pd.DataFrame
    """The organisations, sorted by id, without newcomers."""
    newcomers: pd.DataFrame
    dates: tuple[dt.date, ...]
    """Day of each round."""
    end: dt.date
    """Last day of outcomes and reviews."""
    truth: Truth

    def profiles_in(self, number: int) -> pd.DataFrame:
        """Return the organisations as they were in a round, from 0, sorted by id."""
        drift = self.truth.input_drift
        if drift is None or number < drift.start:
            return self.profiles
        return _joined(self.profiles, self.newcomers)


def simulate_programme(
    profiles: pd.DataFrame,
    *,
    rounds: int = 12,
    months_per_round: int = 1,
    seekers_per_round: int = 24,
    k: int = 5,
    start: dt.date = dt.date(2024, 1, 1),
    end: dt.date | None = None,
    seed: int = 0,
    recommend: Recommend | None = None,
    noise: float = 0.5,
    explore: float = 0.1,
    input_drift: InputDrift | None = None,
    one_sided: OneSided | None = None,
    miscalibration: Miscalibration | None = None,
) -> Programme:
    """Simulate a programme that recommends partners in rounds.

    Same seed and profiles, same programme, whatever the order of rows.

    Parameters
    ----------
    profiles : DataFrame
        Canonical columns, as `matcher.profiles.read_profiles` keeps them; ids unique.
    seekers_per_round : int, default 24
        All who take part where they are fewer.
    k : int, default 5
        Candidates shown to each seeker; fewer where fewer are open. The couples are dealt out over all turns:
        of the demo's 176 organisations about 50 a turn with the defaults, and half as many with twice the
        rounds or seekers.
    end : date, optional
        Last day of outcomes and reviews; one year after the last round when left out.
    recommend : callable, optional
        Takes a `simulation.rounds.Round`, returns a table of pairs, best first for each seeker; see
        `Recommend`. Couples that are not open are left out. `simulation.recommender` when left out.
    noise, explore : float
        Of the module's own recommender; see `FactsRecommender`.
    input_drift, one_sided, miscalibration : optional
        Faults to be planted; see `simulation.planted`.

    Raises
    ------
    ProfileError, ConfigError
        If a column is missing or an id occurs twice; if a setting is out of range, or what `recommend`
        returns cannot be used.

    Examples
    --------
    >>> from matcher.datasets import load_demo
    >>> programme = simulate_programme(load_demo().kept, rounds=2, seed=3)
    >>> len(programme.shown), len(programme.dates)
    (240, 2)
    """
    check_profiles(profiles)
    _check_settings(rounds, months_per_round, seekers_per_round, k, noise, explore)
    for fault in (input_drift, one_sided, miscalibration):
        check_fault(fault, rounds)
    calendar = Calendar(start, rounds, months_per_round)
    last = end or add_months(calendar.days[-1], FOLLOW_UP_MONTHS)
    check_number("days from start to end", (last - start).days, 0)

    base = profiles.sort_values(Profile.ID.value, ignore_index=True)
    newcomers = base.head(0) if input_drift is None else make_newcomers(base, input_drift, seed)
    members, arriving = members_of(read_facts(base), start), read_facts(newcomers)
    facts = [*members, *arriving]
    known = FactsRecommender(facts, seed, noise, explore)
    arrivals = (
        None if input_drift is None else Arrivals(tuple(arriving), input_drift.start, input_drift.share)
    )
    opened = draw_open(members, calendar, seekers_per_round, seed, arrivals)
    sizes = {one.id: [int(min(k, room)) for room in room_of(one, calendar, seed)] for one in facts}
    calls = _calls(opened, sizes, calendar, (base, newcomers), arrivals)
    shown = pd.concat([shown_in(call, recommend or known) for call in calls], ignore_index=True)
    introductions = _introductions(shown, facts, calendar, seed)
    log, reviews, fades = _simulate_outcomes(introductions, one_sided, calendar, last, seed)
    truth = Truth(
        input_drift,
        one_sided,
        miscalibration,
        newcomers=tuple(newcomers[Profile.ID]),
        fades=fades,
        pairs=_true_pairs(shown, facts, known, seed),
    )
    published = _as_shown(shown, miscalibration)
    return Programme(log, published, reviews, base, newcomers, calendar.days, last, truth)


def _check_settings(
    rounds: int, months_per_round: int, seekers_per_round: int, k: int, noise: float, explore: float
) -> None:
    names = "rounds", "months_per_round", "seekers_per_round", "k"
    for name, count in zip(names, (rounds, months_per_round, seekers_per_round, k), strict=True):
        check_number(name, count, 1)
    check_number("noise", noise, 0)
    check_number("explore", explore, 0)
    if explore >= 1:
        raise ConfigError(f"explore must be below 1; got {explore}. Give a smaller share.")


def _joined(profiles: pd.DataFrame, newcomers: pd.DataFrame) -> pd.DataFrame:
    both = pd.concat([profiles, newcomers], ignore_index=True)
    return both.sort_values(Profile.ID.value, ignore_index=True)


def _calls(
    opened: Open,
    sizes: Mapping[str, Sequence[int]],
    calendar: Calendar,
    profiles: tuple[pd.DataFrame, pd.DataFrame],
    arrivals: Arrivals | None,
) -> Iterator[Round]:
    """Yield what the recommender is given in each round."""
    before, after = profiles[0], _joined(*profiles)
    for number, day in enumerate(calendar.days):
        has_newcomers = arrivals is not None and number >= arrivals.start
        listed = {seeker: tuple(ids) for (round_, seeker), ids in opened.items() if round_ == number}
        lengths = {seeker: sizes[seeker][number] for seeker in listed}
        yield Round(number, day, after if has_newcomers else before, listed, lengths)


def _introductions(
    shown: pd.DataFrame, facts: Sequence[Facts], calendar: Calendar, seed: int
) -> list[Introduction]:
    """Draw who is invited of those shown."""
    by_id = {one.id: one for one in facts}
    drawn: list[Introduction] = []
    for number, *ids in shown[[ROUND, *PAIR]].itertuples(index=False, name=None):
        if uniform(seed, "invites", *ids) < INVITED_SHARE:
            days = between(0, INVITED_DAYS, seed, "invited on", *ids)
            day = calendar.days[number] + dt.timedelta(days=days)
            drawn.append(Introduction(by_id[ids[0]], by_id[ids[1]], day))
    return drawn


def _simulate_outcomes(
    introductions: Sequence[Introduction],
    fault: OneSided | None,
    calendar: Calendar,
    end: dt.date,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[Fade, ...]]:
    """Return outcomes, reviews and the partnerships that become one-sided."""
    wishes = [until_decision(introduction, seed) for introduction in introductions]
    wished = {trajectory.ids for trajectory in wishes if trajectory.steps[-1][0] == "agreed"}
    decided = within_capacity(wishes, seed)
    refused = wished - {trajectory.ids for trajectory in decided if trajectory.steps[-1][0] == "agreed"}
    complete = [with_partnership(trajectory, end, seed) for trajectory in decided]
    fades: dict[tuple[str, str], Fade] = {}
    if fault is not None:
        fades = draw_fades(complete, fault, calendar.days[fault.start], end, seed)
    trajectories = [
        with_partnership(fading(before, fades[before.ids]), end, seed) if before.ids in fades else unchanged
        for before, unchanged in zip(decided, complete, strict=True)
    ]
    rows = [
        row for trajectory in trajectories for row in _rows(trajectory, trajectory.ids in refused, end, seed)
    ]
    reviews = review_frame(trajectories, end, seed)
    return outcome_frame(rows, REASON), reviews, tuple(fades[ids] for ids in sorted(fades))


def _rows(trajectory: Trajectory, refused: bool, end: dt.date, seed: int) -> Iterator[dict[str, Any]]:
    """Yield a trajectory's rows with reasons."""
    for row in outcome_rows(trajectory, end, seed):
        stage = row[Outcome.STAGE]
        drawn = reason_of(trajectory, stage, row[Outcome.DATE], seed)
        yield {**row, REASON: CAPACITY if refused and stage == "declined" else drawn}


def _true_pairs(
    shown: pd.DataFrame, facts: Sequence[Facts], known: FactsRecommender, seed: int
) -> pd.DataFrame:
    """Return the true parameters of the pairs shown; see `Truth.pairs`."""
    by_id = {one.id: one for one in facts}
    pairs = list(shown[list(PAIR)].itertuples(index=False, name=None))
    gains = [
        (gain(by_id[seeker], by_id[candidate], seed), gain(by_id[candidate], by_id[seeker], seed))
        for seeker, candidate in pairs
    ]
    frame = shown[[ROUND, *PAIR]].assign(probability=known.probabilities(pairs)[:, 0])
    frame[["seeker_gain", "candidate_gain"]] = np.array(gains, dtype=np.float64).reshape(-1, 2)
    return frame


def _as_shown(shown: pd.DataFrame, fault: Miscalibration | None) -> pd.DataFrame:
    if fault is None:
        return shown
    wrong = shown[ROUND] >= fault.start
    return pd.concat([shown[~wrong], miscalibrate(shown[wrong], fault)], ignore_index=True)
