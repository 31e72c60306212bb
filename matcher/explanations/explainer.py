"""Explains pairs of a fitted pool."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final
from zlib import crc32

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Positions
from matcher.columns import BANDS, Profile, Recommendation
from matcher.documents.language import Messages, quote
from matcher.explanations.concerns import all_concerns, unknowns
from matcher.explanations.contributions import account_for
from matcher.explanations.explanation import Explanation, SideExplanation
from matcher.explanations.improvements import Situation, improvements
from matcher.explanations.matches import (
    Organisation,
    Pair,
    PairSide,
    contradicting,
    match_needs,
    match_passages,
    standing_of,
)
from matcher.explanations.reasons import rare_traits, reasons
from matcher.explanations.remarks import PairRemarks, Remark, render_all
from matcher.explanations.words import WordMatcher
from matcher.features import COMPONENT_NAMES, Organisations
from matcher.features.complementarity import counted, likeness, usual_likeness
from matcher.features.counted_texts import render_left_out
from matcher.features.organisations import Resources
from matcher.matching.scoring import PoolScorer, ScoredBlock
from matcher.matching.selection import Selected, select_best, without_twins
from matcher.profiles.records import records_of

CANDIDATES_KEPT: Final = 8192
"""Candidates whose encoded profiles are kept: lists share many candidates."""
COMPARED: Final = 500
"""Organisations at most whose needs and offers say how close texts usually come; the same in any order."""


class Explainer:
    """Explains pairs of one pool.

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
        self._slopes = _by_name(self._features, scorer.ranker.slopes_, 0.0)
        cheaper = np.searchsorted(np.sort(scorer.prices), scorer.prices, side="left")
        self._sought_after = cheaper / max(len(scorer.prices) - 1, 1)
        self._records = records_of(scorer.pool.frame)
        self._rare = rare_traits(self._records)
        ids = map(str, scorer.pool.organisations.ids)
        self._prices: dict[str, float] = dict(zip(ids, scorer.prices.tolist(), strict=True))
        self._words = WordMatcher(scorer.pool.encoder)
        compared = np.argsort([crc32(one.encode()) for one in self._prices], kind="stable")[:COMPARED]
        self._compared = self._pool.organisations.take(compared)
        self._usual: dict[int, tuple[Floats, Floats]] = {}
        self._candidate = lru_cache(CANDIDATES_KEPT)(self._make_candidate)

    def remarks(
        self,
        seeker: Organisation,
        row: int,
        block: ScoredBlock,
        candidates: Positions,
        pins: Collection[int] = (),
    ) -> list[PairRemarks]:
        """Return the remarks on each of one seeker's recommendations.

        Parameters
        ----------
        seeker : Organisation
        row : int
            Its row in `block`.
        block : ScoredBlock
            Scores of the seeker against the pool.
        candidates : ndarray of shape (n_recommendations,)
            Positions of the recommended candidates, in the order of their rank.
        pins : collection of int
            Positions of those that an analyst keeps in the list.
        """
        pairs = zip(candidates.tolist(), self._pairs(seeker, row, block, candidates), strict=True)
        return [self._remarks(pair, is_pinned=position in pins) for position, pair in pairs]

    def explain(
        self, seeker: Organisation, row: int, block: ScoredBlock, position: int, lang: str
    ) -> Explanation:
        """Return all that is known of one pair.

        Parameters
        ----------
        seeker, row, block : as for `remarks`
        position : int
            Of the candidate in the pool.
        lang : str
            Language of the texts, one of `LANGUAGES`.
        """
        messages = Messages(lang)
        (pair,) = self._pairs(seeker, row, block, np.array([position]))
        pins = self._pool.rules.pins(seeker.record)
        remarks = self._remarks(pair, is_pinned=position in pins)
        at = row, position
        views = np.stack([block.seeker_features[at], block.candidate_features[at]])
        ours = self._side(views[0], pair, remarks[Recommendation.REASONS_SEEKER], messages)
        theirs = self._side(views[1], pair.turned(), remarks[Recommendation.REASONS_CANDIDATE], messages)
        situation = Situation(self._features, views, self._scorer.mutual_of)
        is_eligible = bool(np.isfinite(block.score[at]))
        listed_scores = without_twins(block.score[row : row + 1], self._pool.twins, [pins])[0]
        rank = 1 + int((listed_scores > block.score[at]).sum())
        if pins:
            whole = select_best(block.score[row : row + 1], len(self._pool), self._pool.twins, [pins])
            rank = int(whole.ranks[whole.positions == position].sum()) or rank
        barring = self._pool.rules.reasons(seeker.record, position)
        twins = self._pool.twins.get(position, np.empty(0, dtype=np.int64))
        instead = twins[np.isfinite(listed_scores[twins])] if is_eligible else twins[:0]
        listed = Selected(*(np.array([value]) for value in (row, position, rank)))
        band = str(self._scorer.bands(listed, *block.at(listed))[0]) if is_eligible else ""
        least = self._pool.context.config.min_band
        is_lower = is_eligible and position not in pins and BANDS.index(band) > BANDS.index(least)
        return Explanation(
            lang=lang,
            seeker=seeker.record,
            candidate=pair.candidate.record,
            rank=rank if is_eligible and not len(instead) else 0,
            band=band,
            score=float(block.score[at]) if is_eligible else float("nan"),
            mutual=float(block.mutual[at]),
            price=float(self._scorer.prices[position]),
            completeness=float(block.completeness[at]),
            is_probability=self._scorer.calibrated,
            is_eligible=is_eligible,
            rules=render_all(
                [Remark(one.rule, one.parts) for one in barring]
                or [Remark("twin_of_you")] * (not is_eligible),
                messages,
            ),
            least_band=least if is_lower else "",
            listed_instead=str(self._pool.ids[instead[0]]) if len(instead) else "",
            notes=tuple(self._notes(pair.seeker, pair.candidate, messages=messages)),
            seeker_side=ours,
            candidate_side=theirs,
            passages=tuple(
                self._words.marked(pair, match)
                for match in match_passages(pair, self._pool.encoder.encode_passages)
            ),
            concerns=render_all(remarks[Recommendation.CONCERNS], messages),
            unknowns=render_all(remarks[Recommendation.UNKNOWNS], messages),
            improvements=improvements(situation, self._weights, ours.needs, theirs.needs, messages),
            remarks=remarks,
        )

    def _remarks(self, pair: Pair, *, is_pinned: bool = False) -> PairRemarks:
        usual = self._typical, self._slopes, self._words, self._rare
        ours, theirs = reasons(pair, *usual), reasons(pair.turned(), *usual, ours=False)
        return {
            Recommendation.REASONS_SEEKER: (*[Remark("pinned")] * is_pinned, *ours),
            Recommendation.REASONS_CANDIDATE: tuple(theirs),
            Recommendation.CONCERNS: tuple(all_concerns(pair, self._as_of, [*ours, *theirs])),
            Recommendation.UNKNOWNS: tuple(unknowns(pair)),
        }

    def _side(
        self, features: Floats, pair: Pair, why: tuple[Remark, ...], messages: Messages
    ) -> SideExplanation:
        """Return the explanation of a pair for the side that is its seeker."""
        return SideExplanation(
            account=account_for(self._scorer.ranker, features),
            percentile=pair.seeker.percentile,
            reasons=render_all(why, messages),
            needs=tuple(self._words.with_words(pair, match) for match in match_needs(pair)),
        )

    def _pairs(
        self, seeker: Organisation, row: int, block: ScoredBlock, positions: Positions
    ) -> Iterator[Pair]:
        """Yield the pair of a seeker with each candidate."""
        price = self._price(seeker, block.mutual[row][block.pairs.eligible[row]])
        pool = self._pool.organisations
        ties = self._pool.context.ties(seeker.encoded.tie_ids, pool.tie_ids[positions])[0]
        needs, offers = pool.needs.take(positions), pool.offers.take(positions)
        # Of all candidates together: a product of small matrices takes longer to begin than to compute.
        own, usual = self._usual_of(seeker.encoded), self._usual_at(positions)
        met = _met(seeker.encoded.needs, offers, own[0], usual[1])
        ours_met = np.split(met, offers.offsets[1:-1], axis=2)
        met = _met(needs, seeker.encoded.offers, usual[0], own[1])
        theirs_met = np.split(met, needs.offsets[1:-1], axis=1)
        for number, position in enumerate(positions.tolist()):
            at = row, position
            candidate = self._candidate(position)
            ours = block.seeker_components[at], block.seeker_features[at], block.seeker_gain[at]
            others = block.candidate_components[at], block.candidate_features[at], block.candidate_gain[at]
            yield Pair(
                seeker=self._pair_side(seeker, *ours, ours_met[number]),
                candidate=self._pair_side(candidate, *others, theirs_met[number]),
                sought_after=float(self._sought_after[position]),
                ties=int(ties[number]),
                calibrated=self._scorer.calibrated,
                standing=standing_of(float(block.mutual[at]), price, float(self._scorer.prices[position])),
                **self._twins(position),
            )

    def _twins(self, position: int) -> dict[str, str]:
        """Return the names of a near-duplicate of a candidate, and of one with a red flag, as of `Pair`."""
        twins = [self._records[row] for row in self._pool.twins.get(position, ())]
        red = [record[Profile.NAME] for record in twins if record[Profile.FLAG] == "red"]
        others = [record[Profile.NAME] for record in twins if record[Profile.FLAG] != "red"]
        return {"twin": next(iter(others), ""), "flagged_twin": next(iter(red), "")}

    def _notes(self, *sides: PairSide, messages: Messages) -> Iterator[str]:
        """Yield how many texts of each side do not count, after its name."""
        for side in sides:
            for note in render_left_out(self._pool.encoder.left_out_of({**side.record}), messages):
                yield f"“{quote(side.record[Profile.NAME])}”: {note}"

    def _price(self, seeker: Organisation, mutual: Floats) -> float:
        """Return the price of a seeker: of one outside the pool by its mutual scores."""
        best = np.sort(mutual)[-self._pool.context.config.market.neighbours :]
        return self._prices.get(str(seeker.encoded.ids[0]), float(best.mean()) if len(best) else 0.0)

    def _usual_of(self, organisations: Organisations) -> tuple[Floats, Floats]:
        """Return how close texts of the pool usually come to needs and to offers."""
        compared = self._compared
        needs, offers = organisations.needs, organisations.offers
        return usual_likeness(needs, compared.offers), usual_likeness(offers, compared.needs)

    def _usual_at(self, positions: Positions) -> list[Floats]:
        """Return `_usual_of` candidates, of which each is computed once."""
        for position in set(positions.tolist()) - self._usual.keys():
            self._usual[position] = self._usual_of(self._candidate(position).encoded)
        found = [self._usual[position] for position in positions.tolist()]
        return [np.concatenate([np.empty(0), *(one[side] for one in found)]) for side in (0, 1)]

    def _pair_side(
        self,
        organisation: Organisation,
        components: Floats,
        features: Floats,
        gain: float,
        alike: Floats,
    ) -> PairSide:
        seen = dict(zip(COMPONENT_NAMES, components.tolist(), strict=True))
        seen |= zip(self._features, features.tolist(), strict=True)
        return PairSide(
            *organisation,
            seen,
            float(gain),
            self._scorer.percentile(gain),
            alike[0],
            alike[1],
            alike[2],
            alike[3] > 0.0,
        )

    def _make_candidate(self, position: int) -> Organisation:
        encoded = self._pool.organisations.take(np.array([position]))
        return Organisation(self._records[position], encoded)


def _met(needs: Resources, offers: Resources, *usual: Floats) -> Floats:
    """Return likenesses, excesses, `met` and `fails` of `PairSide`, shape (4, n_needs, n_offers)."""
    alike = likeness(needs, offers)
    excess = alike - (usual[0][:, None] + usual[1]) / 2.0
    return np.stack([alike, excess, counted(alike, needs, offers), contradicting(needs, offers)])


def _by_name(features: tuple[str, ...], values: Floats, absent: float) -> dict[str, float]:
    """Return a ranker's values by feature; components that it ignores get `absent`."""
    return {**dict.fromkeys(COMPONENT_NAMES, absent), **dict(zip(features, values.tolist(), strict=True))}
