"""Explains pairs of a fitted pool."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Positions
from matcher.columns import Recommendation
from matcher.documents.language import Voice
from matcher.explanations.concerns import concerns, unknowns
from matcher.explanations.contributions import account_for
from matcher.explanations.explanation import Explanation, SideExplanation
from matcher.explanations.improvements import Improvement, Situation, improvements
from matcher.explanations.matches import match_needs, match_passages
from matcher.explanations.pair import Pair, Party
from matcher.explanations.reasons import reasons
from matcher.explanations.remarks import PairRemarks, Remark, render, render_all
from matcher.features import COMPONENT_NAMES
from matcher.features.ragged import best_match
from matcher.features.sides import records_of
from matcher.matching.scoring import PoolScorer, ScoredBlock

CANDIDATES_KEPT: Final = 1024
"""Candidates whose encoded profiles are kept, for lists name the same ones again and again."""


class Explainer:
    """Says why pairs of one pool are recommended.

    Parameters
    ----------
    scorer : PoolScorer
        Fitted.
    """

    def __init__(self, scorer: PoolScorer) -> None:
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
        self._candidate = lru_cache(CANDIDATES_KEPT)(self._make_candidate)

    def remarks(
        self, seeker: Party, row: int, block: ScoredBlock, candidates: Positions
    ) -> list[PairRemarks]:
        """Return what is said of each of one seeker's recommendations.

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
        """
        return [self._remarks(pair) for pair in self._pairs(seeker, row, block, candidates)]

    def explain(self, seeker: Party, row: int, block: ScoredBlock, place: int, lang: str) -> Explanation:
        """Return all that is known of one pair.

        Parameters
        ----------
        seeker, row, block : as for `remarks`
        place : int
            Position of the candidate in the pool.
        lang : str
            Language of the texts, one of `LANGUAGES`.
        """
        voice = Voice(lang)
        (pair,) = self._pairs(seeker, row, block, np.array([place]))
        remarks = self._remarks(pair)
        is_eligible = bool(np.isfinite(block.score[row, place]))
        ours = self._side(
            block.seeker_features[row, place], pair, remarks[Recommendation.REASONS_SEEKER], voice
        )
        theirs = self._side(
            block.candidate_features[row, place],
            pair.turned(),
            remarks[Recommendation.REASONS_CANDIDATE],
            voice,
        )
        changes = improvements(self._situation(block, row, place), ours.needs, theirs.needs)
        return Explanation(
            lang=lang,
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
            concerns=render_all(remarks[Recommendation.CONCERNS], voice),
            unknowns=render_all(remarks[Recommendation.UNKNOWNS], voice),
            improvements=tuple(
                Improvement(remark.code, render(remark, voice), mutual) for remark, mutual in changes
            ),
            remarks=remarks,
        )

    def _remarks(self, pair: Pair) -> PairRemarks:
        ours = reasons(pair, self._typical, self._weights)
        theirs = reasons(pair.turned(), self._typical, self._weights, ours=False)
        against = concerns(pair, self._as_of)
        if not ours:
            against.append(Remark("weak"))
        return {
            Recommendation.REASONS_SEEKER: tuple(ours),
            Recommendation.REASONS_CANDIDATE: tuple(theirs),
            Recommendation.CONCERNS: tuple(against),
            Recommendation.UNKNOWNS: tuple(unknowns(pair)),
        }

    def _side(self, features: Floats, pair: Pair, why: tuple[Remark, ...], voice: Voice) -> SideExplanation:
        """Return what a pair is to the side that stands as its seeker."""
        return SideExplanation(
            account=account_for(self._scorer.ranker, features),
            percentile=pair.seeker_percentile,
            reasons=render_all(why, voice),
            needs=match_needs(pair.seeker.side.needs, pair.candidate.side.offers),
        )

    def _situation(self, block: ScoredBlock, row: int, place: int) -> Situation:
        return Situation(
            features=self._features,
            ours=block.seeker_features[row, place],
            theirs=block.candidate_features[row, place],
            shares=np.asarray(self._scorer.ranker.shares_),
            mutual=self._scorer.mutual_of,
        )

    def _pairs(self, seeker: Party, row: int, block: ScoredBlock, places: Positions) -> list[Pair]:
        theirs = self._pool.organisations.tie_ids[places]
        ties = self._pool.context.ties(seeker.side.tie_ids, theirs)[0]
        return [
            self._pair(seeker, row, block, int(place), int(tie))
            for place, tie in zip(places, ties, strict=True)
        ]

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

    def _make_candidate(self, place: int) -> Party:
        return Party(self._records[place], self._pool.organisations.take(np.array([place])))


def _by_name(features: tuple[str, ...], values: Floats, absent: float) -> dict[str, float]:
    """Return a ranker's values by feature; components that it does not look at get `absent`."""
    return {**dict.fromkeys(COMPONENT_NAMES, absent), **dict(zip(features, values.tolist(), strict=True))}


def _named(components: Floats) -> dict[str, float]:
    return dict(zip(COMPONENT_NAMES, components.tolist(), strict=True))
