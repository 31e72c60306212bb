"""Writes the text columns of recommendations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Floats
from matcher.columns import Recommendation
from matcher.documents.language import Voice
from matcher.explanations.concerns import concerns, unknowns
from matcher.explanations.contributions import account_for
from matcher.explanations.explanation import Explanation, SideExplanation
from matcher.explanations.improvements import Situation, improvements
from matcher.explanations.matches import match_needs, match_passages
from matcher.explanations.pair import Pair, Party
from matcher.explanations.reasons import reasons, reasons_for_candidate
from matcher.features import COMPONENT_NAMES
from matcher.features.ragged import best_match
from matcher.features.sides import records_of
from matcher.matching.scoring import PoolScorer, ScoredBlock


class Narrator:
    """Tells why pairs of one pool are recommended.

    Parameters
    ----------
    scorer : PoolScorer
        Fitted.
    lang : str
        Language of the texts, one of `LANGUAGES`.

    Raises
    ------
    ConfigError
        If the language has no catalogue.
    """

    def __init__(self, scorer: PoolScorer, lang: str) -> None:
        self._voice = Voice(lang)
        # NaT compares as false with everything: without a date no profile is called old.
        as_of = scorer.pool.encoder.as_of
        self._as_of = pd.Timestamp(as_of) if as_of else pd.NaT
        self._scorer = scorer
        self._pool = scorer.pool
        self._features = scorer.ranker.features_
        self._typical = _by_name(self._features, scorer.ranker.means_, np.nan)
        self._weights = _by_name(self._features, scorer.ranker.shares_, 0.0)
        cheaper = np.searchsorted(np.sort(scorer.prices), scorer.prices, side="left")
        self._sought_after = cheaper / max(len(scorer.prices) - 1, 1)
        self._records = records_of(scorer.pool.frame)
        self._candidate = cache(self._make_candidate)

    def tell(
        self, seeker: Party, row: int, block: ScoredBlock, candidates: NDArray[np.int64]
    ) -> list[dict[str, str]]:
        """Return the text columns of one seeker's recommendations.

        Parameters
        ----------
        seeker : Party
            The seeker.
        row : int
            Its row in `block`.
        block : ScoredBlock
            Scores of the seeker against the pool.
        candidates : ndarray of shape (n_recommendations,)
            Positions of the recommended candidates, in the order of their rank.

        Returns
        -------
        texts : list of dict
            One a candidate: sentences joined by " | ", keyed by column.
        """
        theirs = self._pool.organisations.tie_ids[candidates]
        ties = self._pool.context.ties(seeker.side.tie_ids, theirs)[0]
        return [
            self._tell_pair(self._pair(seeker, row, block, place, int(tie)))
            for place, tie in zip(candidates, ties, strict=True)
        ]

    def explain(self, seeker: Party, row: int, block: ScoredBlock, place: int) -> Explanation:
        """Return all that is known of one pair.

        Parameters
        ----------
        seeker, row, block : as for `tell`
        place : int
            Position of the candidate in the pool.
        """
        ties = self._pool.context.ties(seeker.side.tie_ids, self._pool.organisations.tie_ids[[place]])[0, 0]
        pair = self._pair(seeker, row, block, place, int(ties))
        is_eligible = bool(np.isfinite(block.score[row, place]))
        ours = self._side(block.seeker_features[row, place], pair, ours=True)
        theirs = self._side(block.candidate_features[row, place], pair, ours=False)
        return Explanation(
            lang=self._voice.lang,
            seeker=seeker.record,
            candidate=pair.candidate.record,
            score=float(block.score[row, place]) if is_eligible else float("nan"),
            mutual=float(block.mutual[row, place]),
            price=float(self._scorer.prices[place]),
            completeness=float(block.completeness[row, place]),
            is_probability=self._scorer.calibrated,
            is_eligible=is_eligible,
            seeker_side=ours,
            candidate_side=theirs,
            passages=match_passages(pair, self._pool.encoder.encode_passages),
            concerns=tuple(concerns(pair, self._as_of, self._voice)),
            unknowns=tuple(unknowns(pair, self._voice)),
            improvements=improvements(
                self._situation(block, row, place), ours.needs, theirs.needs, self._voice
            ),
        )

    def _side(self, features: Floats, pair: Pair, *, ours: bool) -> SideExplanation:
        """Return what the pair is to one of its sides."""
        tell = reasons if ours else reasons_for_candidate
        own = pair if ours else pair.turned()
        return SideExplanation(
            account=account_for(self._scorer.ranker, features),
            percentile=own.seeker_percentile,
            reasons=tuple(tell(pair, self._typical, self._weights, self._voice)),
            needs=match_needs(own.seeker.side.needs, own.candidate.side.offers),
        )

    def _situation(self, block: ScoredBlock, row: int, place: int) -> Situation:
        return Situation(
            features=self._features,
            ours=block.seeker_features[row, place],
            theirs=block.candidate_features[row, place],
            shares=np.asarray(self._scorer.ranker.shares_),
            mutual=self._scorer.mutual_of,
        )

    def _pair(self, seeker: Party, row: int, block: ScoredBlock, place: int, ties: int) -> Pair:
        candidate = self._candidate(place)
        return Pair(
            seeker=seeker,
            candidate=candidate,
            seeker_components=_named(block.seeker_components[row, place]),
            candidate_components=_named(block.candidate_components[row, place]),
            seeker_gain=float(block.seeker_gain[row, place]),
            candidate_gain=float(block.candidate_gain[row, place]),
            sought_after=float(self._sought_after[place]),
            ties=ties,
            goals_short=float(best_match(seeker.side.goals_short, candidate.side.goals_short)[0, 0]),
            seeker_signals=self._signals(block.seeker_features[row, place]),
            candidate_signals=self._signals(block.candidate_features[row, place]),
            calibrated=self._scorer.calibrated,
            seeker_percentile=self._scorer.percentile(block.seeker_gain[row, place]),
            candidate_percentile=self._scorer.percentile(block.candidate_gain[row, place]),
        )

    def _signals(self, features: Floats) -> dict[str, float]:
        seen = zip(self._features, features.tolist(), strict=True)
        return {name: value for name, value in seen if name not in COMPONENT_NAMES}

    def _tell_pair(self, pair: Pair) -> dict[str, str]:
        told = {
            Recommendation.REASONS_SEEKER: reasons(pair, self._typical, self._weights, self._voice),
            Recommendation.REASONS_CANDIDATE: reasons_for_candidate(
                pair, self._typical, self._weights, self._voice
            ),
            Recommendation.CONCERNS: concerns(pair, self._as_of, self._voice),
            Recommendation.UNKNOWNS: unknowns(pair, self._voice),
        }
        if not told[Recommendation.REASONS_SEEKER]:
            told[Recommendation.CONCERNS].append(
                self._voice.say("weak: nothing of theirs stands out for you")
            )
        return {column: " | ".join(sentences) for column, sentences in told.items()}

    def _make_candidate(self, place: int) -> Party:
        return Party(self._records[place], self._pool.organisations.take(np.array([place])))


def _by_name(features: tuple[str, ...], values: Floats, absent: float) -> dict[str, float]:
    """Return a ranker's values by feature; components that it does not look at get `absent`."""
    return {**dict.fromkeys(COMPONENT_NAMES, absent), **dict(zip(features, values.tolist(), strict=True))}


def _named(components: Floats) -> Mapping[str, Any]:
    return dict(zip(COMPONENT_NAMES, components.tolist(), strict=True))
