"""A simple recommender for simulated programmes, with calibrated probabilities.

It does not use the engine. It knows everything about a pair except the noise of the gains (`GAIN_SPREAD`):
facts, quality and responsiveness. Its probabilities are averages over that noise, so that, given what it
shows, pairs come to agree by independent draws with the probabilities shown. A real recommender knows less.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Floats
from matcher.columns import Recommendation
from matcher.errors import ConfigError
from simulation.benefits import benefit_matrix
from simulation.draws import normal, uniform
from simulation.facts import Facts
from simulation.outcomes import (
    AGREE,
    GAIN_CENTRE,
    GAIN_SPREAD,
    MEET,
    REPLY,
    Readiness,
    quality,
    responsiveness,
)
from simulation.rounds import Round

Recommend = Callable[[Round], pd.DataFrame]
"""Given a round, a table with seeker, candidate, score, mutual, seeker_gain, candidate_gain and, where it
draws at random, propensity; best first for each seeker."""

RUN: Final = "run"
ROUND: Final = "round"
DATE: Final = "date"
PROBABILITIES: Final = ("mutual", "seeker_gain", "candidate_gain")
PAIR: Final = (Recommendation.SEEKER.value, Recommendation.CANDIDATE.value)
GIVEN: Final = (*PAIR, Recommendation.SCORE.value, *PROBABILITIES)
PROPENSITY: Final = "propensity"
SHOWN: Final = (RUN, ROUND, DATE, *PAIR, Recommendation.RANK.value, *GIVEN[2:], PROPENSITY)
INVITED_SHARE: Final = 0.5  # share of those shown whom the seeker invites, at any rank
NODES: Final = 9  # points of the Gauss-Hermite rule by which probabilities are averaged


class FactsRecommender:
    """Ranks by the probability that a pair comes to agree, with noise and exploration.

    `noise` is the standard deviation, in log-odds, by which its ranking errs; `explore` the probability, in
    [0, 1), that a rank of a list goes to one of those ranked below it.
    """

    def __init__(self, facts: Sequence[Facts], seed: int, noise: float, explore: float) -> None:
        self._positions = {one.id: position for position, one in enumerate(facts)}
        self._benefits = benefit_matrix(facts)
        self._quality = np.array([quality(one, seed) for one in facts])
        self._responsiveness = np.array([responsiveness(one.id, seed) for one in facts])
        self._seed, self._noise, self._explore = seed, noise, explore

    def __call__(self, call: Round) -> pd.DataFrame:
        """Return what is shown in a round: a list for each seeker, shorter where fewer are open."""
        pairs = [(seeker, candidate) for seeker, listed in call.open.items() for candidate in listed]
        probabilities = self.probabilities(pairs)
        odds = log_odds(probabilities[:, 0]) + self._noise * np.array(
            [normal(self._seed, "score", str(call.number), *pair) for pair in pairs]
        )
        rows: list[int] = []
        propensities: list[float] = []
        names = [candidate for _, candidate in pairs]
        first = 0
        for seeker, listed in call.open.items():
            # Candidates are sorted by id: of equal ones the first id goes first.
            order = (first + np.argsort(-odds[first : first + len(listed)], kind="stable")).tolist()
            for row, propensity in self._shown(order, names, call, seeker):
                rows.append(row)
                propensities.append(propensity)
            first += len(listed)
        frame = pd.DataFrame([pairs[row] for row in rows], columns=list(PAIR))
        frame[Recommendation.SCORE.value] = probability(odds[rows])
        frame[list(PROBABILITIES)] = probabilities[rows]
        return frame.assign(**{PROPENSITY: propensities})

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """Return the probability that a pair, being shown, comes to agree, and each side's part of it.

        The shape is (n_pairs, 3): mutual, the seeker's (that it invites, and then consents at each step),
        and the candidate's. The first is the product of the others, as the sides draw independently.
        """
        if not pairs:
            return np.empty((0, 3))
        seekers, candidates = np.array([[self._positions[id_] for id_ in pair] for pair in pairs]).T
        seeker = INVITED_SHARE * self._says_yes(seekers, candidates, (MEET,))
        candidate = self._says_yes(candidates, seekers, (REPLY, MEET))
        return np.column_stack([seeker * candidate, seeker, candidate])

    def _says_yes(
        self, ones: NDArray[np.int64], others: NDArray[np.int64], willing: Sequence[Readiness]
    ) -> Floats:
        """Average, over the noise of gains, the probability that `ones` consent at every step."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
        known = GAIN_CENTRE + self._benefits[ones, others] + self._quality[others]
        gains = known[:, None] + GAIN_SPREAD * nodes
        yes = probability(AGREE.base + AGREE.own * gains)
        for readiness in willing:
            yes *= probability(readiness.base + readiness.own * gains + self._responsiveness[ones][:, None])
        return np.asarray(yes @ weights / weights.sum())

    def _shown(
        self, order: Sequence[int], names: Sequence[str], call: Round, seeker: str
    ) -> list[tuple[int, float]]:
        """Return the rows shown to a seeker and its propensity.

        Ranks may be explored as far as there are enough others; each is with the same probability, by one
        of the others drawn evenly, without repeats.
        """
        size = call.sizes[seeker]
        best, rest = list(order[:size]), list(order[size:])
        explored = min(len(best), len(rest))
        fixed = len(best) - explored
        shown = [(row, 1.0) for row in best[:fixed]]
        turns = [
            uniform(self._seed, "explores", str(call.number), seeker, str(rank)) < self._explore
            for rank in range(fixed, len(best))
        ]
        others = iter(self._mixed(rest, names, call, seeker) if any(turns) else ())
        for row, explores in zip(best[fixed:], turns, strict=True):
            if explores:
                shown.append((next(others), explored * self._explore / len(rest)))
            else:
                shown.append((row, 1.0 - self._explore))
        return shown

    def _mixed(self, rest: Sequence[int], names: Sequence[str], call: Round, seeker: str) -> list[int]:
        number = str(call.number)
        return sorted(rest, key=lambda row: uniform(self._seed, "explored", number, seeker, names[row]))


def shown_in(call: Round, recommend: Recommend) -> pd.DataFrame:
    """Return what a recommender shows in a round, by seeker and rank, with the columns of `SHOWN`.

    Rows whose couple is not open are left out; of each seeker as many stay as its list is long. A missing
    propensity is 1: it shows the same again. `ConfigError` if a column is missing, or a number out of range.
    """
    table = recommend(call)
    missing = [column for column in GIVEN if column not in table]
    if missing:
        raise ConfigError(
            f"recommend must return the columns {', '.join(GIVEN)}; got none of the name "
            f"{', '.join(missing)}. Add what is missing."
        )
    pairs = zip(table[PAIR[0]], table[PAIR[1]], strict=True)
    open_ = np.array([candidate in call.open.get(seeker, ()) for seeker, candidate in pairs], dtype=np.bool_)
    kept = table[open_].drop_duplicates(list(PAIR)).sort_values(PAIR[0], kind="stable", ignore_index=True)
    kept[Recommendation.RANK.value] = kept.groupby(PAIR[0]).cumcount() + 1
    sizes = kept[PAIR[0]].map(call.sizes)
    kept = kept[kept[Recommendation.RANK.value] <= sizes].reset_index(drop=True)
    if PROPENSITY not in kept:
        kept[PROPENSITY] = 1.0
    kept[[RUN, ROUND, DATE]] = f"round-{call.number:02d}", call.number, pd.Timestamp(call.date)
    _check_shown(kept)
    return kept[list(SHOWN)]


def _check_shown(table: pd.DataFrame) -> None:
    for column in (*PROBABILITIES, PROPENSITY):
        values = table[column].to_numpy(dtype=np.float64)
        right = (values >= 0.0) & (values <= 1.0) & ((values > 0.0) | (column != PROPENSITY))
        if not right.all():
            allowed = "above 0 and at most 1" if column == PROPENSITY else "from 0 to 1"
            raise ConfigError(
                f"{column} of what recommend returns must be {allowed}; got {values[~right][0]:g}. "
                "Return probabilities."
            )


def log_odds(probabilities: Floats) -> Floats:
    """Return log(p / (1 - p)); infinite at 0 and 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(probabilities) - np.log1p(-probabilities))


def probability(odds: Floats) -> Floats:
    """Return 1 / (1 + exp(-t)) of log-odds."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * odds)))
