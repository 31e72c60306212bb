"""Explains pairs of a fitted pool."""

import itertools
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any, Final
from zlib import crc32

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Objects, Positions
from matcher.columns import BANDS, Profile, Recommendation
from matcher.documents.language import Messages, quote
from matcher.explanations import matches
from matcher.explanations.contributions import account_for, improvements
from matcher.explanations.explanation import Explanation, SideExplanation
from matcher.explanations.matches import Meeting, NeedMatch, Pair, PairSide
from matcher.explanations.organisation import Organisation, Trait, WordMatcher
from matcher.explanations.reasons import concerns, rare_traits, reasons, unknowns
from matcher.explanations.remarks import PairRemarks, Remark, render_all
from matcher.features import COMPONENT_NAMES, Organisations
from matcher.features.complementarity import likeness, usual_likeness
from matcher.features.counted_texts import render_left_out
from matcher.matching.scoring import Listed, PoolScorer, ScoredBlock
from matcher.matching.selection import Selected, select_best, without_twins
from matcher.profiles.records import records_of

CANDIDATES_KEPT: Final = 8192  # candidates whose encoded profiles are kept: lists share many candidates
TOGETHER: Final = 8  # seekers whose needs and offers are compared with those of their candidates together
COMPARED: Final = 500  # organisations at most that say how close texts usually come; the same in any order


class Explainer:
    """Explains pairs of the pool of a fitted scorer."""

    def __init__(self, scorer: PoolScorer) -> None:
        self.scorer, self._pool, self._features = scorer, scorer.pool, scorer.ranker.features_
        as_of = self._pool.encoder.as_of
        # NaT compares as false with everything: without a date no profile is called old.
        self._as_of = pd.Timestamp(as_of) if as_of else pd.NaT
        self._typical = _by_name(self._features, scorer.ranker.means_, np.nan)
        self._weights = _by_name(self._features, scorer.ranker.shares_, 0.0)
        self._slopes = _by_name(self._features, scorer.ranker.slopes_, 0.0)
        cheaper = np.searchsorted(np.sort(scorer.prices), scorer.prices, side="left")
        self._sought_after = cheaper / max(len(scorer.prices) - 1, 1)
        self._words = WordMatcher(self._pool.encoder)
        keys = [crc32(str(id_).encode()) for id_ in self._pool.ids]
        self._compared = self._pool.organisations.take(np.argsort(keys, kind="stable")[:COMPARED])
        both = {"needs": self._pool.organisations.needs, "offers": self._pool.organisations.offers}
        self._known = {name: np.full(len(items.texts), np.nan) for name, items in both.items()}
        self._candidate = lru_cache(CANDIDATES_KEPT)(self._read_candidate)

    @cached_property
    def _rare(self) -> frozenset[Trait]:
        return rare_traits(self._pool.frame)

    @cached_property
    def _cells(self) -> dict[str, Objects]:
        frame = self._pool.frame
        return {column: frame[column].to_numpy(dtype=object) for column in Profile if column in frame}

    def _read_candidate(self, position: int) -> Organisation:
        record = {column: values[position] for column, values in self._cells.items()}
        return Organisation(record, self._pool.organisations, position)

    def remarks(self, seekers: pd.DataFrame, encoded: Organisations, listed: Listed) -> list[PairRemarks]:
        """Return the remarks on listed recommendations of seekers, who are given as profiles and encoded."""
        found: list[PairRemarks] = []
        rows = np.unique(listed.selected.rows)
        for start in range(0, len(rows), TOGETHER):
            part = listed.keep(np.isin(listed.selected.rows, rows[start : start + TOGETHER]))
            pairs = zip(self._pairs(seekers, encoded, part), part.stays.tolist(), strict=True)
            found += [self._remarks(pair, is_pinned) for pair, is_pinned in pairs]
        return found

    def explain(self, seeker: Organisation, block: ScoredBlock, position: int, lang: str) -> Explanation:
        """Return all that is known of a candidate, by its position, and the one seeker of a block."""
        messages, at = Messages(lang), (np.zeros(1, dtype=np.int64), np.array([position]))
        scores = block.at(at[0], block.pairs.columns_of(*at))
        is_eligible = bool(np.isfinite(scores.score[0]))
        is_pinned = position in self._pool.rules.pins(seeker.record)
        price = self.scorer.seeker_prices(seeker.encoded.ids, block)[:1]
        one = Listed(Selected(*at, at[0]), scores, price, np.array([is_pinned]))
        (pair,) = self._pairs(pd.DataFrame([seeker.record]), seeker.encoded, one)
        remarks = self._remarks(pair, is_pinned)
        views = np.concatenate(scores.features)
        texts = {column: render_all(found, messages) for column, found in remarks.items()}
        ours = self._side(views[0], pair, texts[Recommendation.REASONS_SEEKER])
        theirs = self._side(views[1], pair.turned(), texts[Recommendation.REASONS_CANDIDATE])
        seen = dict(zip(self._features, views.T, strict=True))
        barring = [Remark(*barred[:2]) for barred in self._pool.rules.reasons(seeker.record, position)]
        return Explanation(
            lang=lang,
            seeker=seeker.record,
            candidate=pair.candidate.record,
            **self._placed(seeker, block, position, scores),
            score=float(scores.score[0]) if is_eligible else float("nan"),
            mutual=float(scores.mutual[0]),
            price=float(self.scorer.prices[position]),
            completeness=float(scores.completeness[0]),
            is_probability=self.scorer.calibrated,
            is_eligible=is_eligible,
            rules=render_all(barring or [Remark("twin_of_you")] * (not is_eligible), messages),
            notes=tuple(
                f"“{quote(side.record[Profile.NAME])}”: {note}"
                for side in (pair.seeker, pair.candidate)
                for note in render_left_out(self._pool.encoder.filter.apply({**side.record})[1], messages)
            ),
            seeker_side=ours,
            candidate_side=theirs,
            passages=matches.match_passages(pair, self._words),
            concerns=texts[Recommendation.CONCERNS],
            unknowns=texts[Recommendation.UNKNOWNS],
            improvements=improvements(
                seen, self.scorer.mutual_of, self._weights, ours.needs, theirs.needs, messages
            ),
            remarks=remarks,
        )

    def _placed(
        self, seeker: Organisation, block: ScoredBlock, position: int, scores: ScoredBlock
    ) -> dict[str, Any]:
        """Return rank and band of a candidate in a list, and why it is not in it, as of `Explanation`."""
        pool, pins = self._pool, self._pool.rules.pins(seeker.record)
        whole = np.full((1, len(pool)), -np.inf)
        whole[0, block.pairs.positions(0)] = block.score[0]
        if not np.isfinite(whole[0, position]):
            return {"rank": 0, "band": "", "listed_instead": "", "least_band": ""}
        listed = without_twins(whole, pool.twins, [pins])[0]
        rank = 1 + int((listed > whole[0, position]).sum())
        if pins or pool.variety:
            depth = COMPARED if pool.variety else len(pool)
            every = select_best(whole, depth, pool.twins, [pins], pool.variety)
            rank = int(every.ranks[every.positions == position].sum()) or rank
        instead = [pool.ids[twin] for twin in pool.twins.get(position, ()) if np.isfinite(listed[twin])]
        selected = Selected(np.zeros(1, dtype=np.int64), np.array([position]), np.array([rank]))
        band, least = str(self.scorer.bands(selected, scores)[0]), pool.context.config.min_band
        is_lower = position not in pins and BANDS.index(band) > BANDS.index(least)
        return {
            "rank": 0 if instead else rank,
            "band": band,
            "listed_instead": str(instead[0]) if instead else "",
            "least_band": least if is_lower else "",
        }

    def needs_met(
        self, seekers: pd.DataFrame, encoded: Organisations, listed: Listed
    ) -> list[tuple[NeedMatch, ...]]:
        """Return the seeker's needs with the candidate's best offers; parameters as of `remarks`."""
        pairs = self._pairs(seekers, encoded, listed)
        return [matches.match_needs(pair, self._words) for pair in pairs]

    def _remarks(self, pair: Pair, is_pinned: bool) -> PairRemarks:
        usual = self._typical, self._slopes, self._words, self._rare
        ours, theirs = reasons(pair, *usual), reasons(pair.turned(), *usual, ours=False)
        return {
            Recommendation.REASONS_SEEKER: (*[Remark("pinned")] * is_pinned, *ours),
            Recommendation.REASONS_CANDIDATE: tuple(theirs),
            Recommendation.CONCERNS: tuple(concerns(pair, self._as_of, [*ours, *theirs])),
            Recommendation.UNKNOWNS: tuple(unknowns(pair)),
        }

    def _side(self, features: Floats, pair: Pair, why: tuple[str, ...]) -> SideExplanation:
        return SideExplanation(
            account=account_for(self.scorer.ranker, features),
            percentile=pair.seeker.percentile,
            reasons=why,
            needs=matches.match_needs(pair, self._words),
        )

    def _pairs(self, seekers: pd.DataFrame, encoded: Organisations, listed: Listed) -> Iterator[Pair]:
        scores, pool = listed.scores, self._pool.organisations
        rows, ours = np.unique(scores.pairs.rows, return_inverse=True)
        others, theirs = np.unique(listed.selected.positions, return_inverse=True)
        if encoded is pool:  # what is read of the pool's own is kept
            asking = [*map(self._candidate, rows.tolist())]
        else:
            records = zip(records_of(seekers.iloc[rows]), rows.tolist(), strict=True)
            asking = [Organisation(record, encoded, row) for record, row in records]
        listed_others = [*map(self._candidate, others.tolist())]
        # Of all together: a product of small matrices takes longer to begin than to compute.
        needs, offers = encoded.needs.take(rows), encoded.offers.take(rows)
        their_needs, their_offers = pool.needs.take(others), pool.offers.take(others)
        our_usual, their_usual = self._usual(encoded, rows), self._usual(pool, others)
        met = matches.meet(needs, their_offers, our_usual[0], their_usual[1])
        turned = matches.meet(their_needs, offers, their_usual[0], our_usual[1])
        spans = [
            [slice(*ends) for ends in itertools.pairwise(items.offsets.tolist())]
            for items in (needs, offers, their_needs, their_offers)
        ]
        alike = likeness(offers, their_offers)
        work = encoded.lexical[rows].similarity(pool.lexical[others])
        ties = self._pool.context.ties(encoded.tie_ids[rows], pool.tie_ids[others])
        prices = listed.seeker_prices.tolist(), self.scorer.prices[listed.selected.positions].tolist()
        standing = [*map(matches.standing_of, scores.mutual.tolist(), *prices)]
        gains = scores.seeker_gain, scores.candidate_gain
        sides = [*zip(scores.components, scores.features, gains, strict=True)]
        for number, (row, at) in enumerate(zip(ours.tolist(), theirs.tolist(), strict=True)):
            seen, turned_seen = (tuple(values[number] for values in side) for side in sides)
            asked, given, their_asked, their_given = (
                span[place] for span, place in zip(spans, (row, row, at, at), strict=True)
            )
            yield Pair(
                seeker=self._pair_side(asking[row], seen, met.part(asked, their_given)),
                candidate=self._pair_side(listed_others[at], turned_seen, turned.part(their_asked, given)),
                sought_after=float(self._sought_after[others[at]]),
                ties=int(ties[row, at]),
                calibrated=self.scorer.calibrated,
                standing=standing[number],
                same_work=float(work[row, at]),
                offers_alike=alike[given, their_given],
                **self._twins(int(others[at])),
            )

    def _twins(self, position: int) -> dict[str, str]:
        """Return the names of a near-duplicate of a candidate, and of one with a red flag, as of `Pair`."""
        twins = [*reversed(self._pool.twins.get(position, ()))]
        flags, names = self._cells[Profile.FLAG], self._cells[Profile.NAME]
        return {"flagged_twin" if flags[row] == "red" else "twin": names[row] for row in twins}

    def _usual(self, organisations: Organisations, rows: Positions) -> list[Floats]:
        """Return how close texts of the pool usually come to needs and to offers; of the pool's own once."""
        found = []
        for name, other in (("needs", "offers"), ("offers", "needs")):
            items, others = getattr(organisations, name), getattr(self._compared, other)
            is_own = organisations is self._pool.organisations
            known = self._known[name] if is_own else np.full(len(items.texts), np.nan)
            new = rows[[np.isnan(known[slice(*items.offsets[row : row + 2])]).any() for row in rows]]
            known[items.rows_of(new)] = usual_likeness(items.take(new), others)
            found.append(known[items.rows_of(rows)])
        return found

    def _pair_side(self, organisation: Organisation, seen: tuple[Any, ...], meeting: Meeting) -> PairSide:
        components, features, gain = seen
        named = dict(zip(COMPONENT_NAMES, components.tolist(), strict=True))
        named |= zip(self._features, features.tolist(), strict=True)
        return PairSide(organisation, named, float(gain), self.scorer.percentile(gain), meeting)


def _by_name(features: tuple[str, ...], values: Floats, absent: float) -> dict[str, float]:
    """Return a ranker's values by feature; components that it ignores get `absent`."""
    return {**dict.fromkeys(COMPONENT_NAMES, absent), **dict(zip(features, values.tolist(), strict=True))}
