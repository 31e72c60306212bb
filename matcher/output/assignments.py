"""A round of introductions: the organisations that meet, with reasons, and those that do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.arrays import Flags, Floats, Floats32, Objects, Positions
from matcher.columns import REMARKS, Profile, Recommendation
from matcher.config import RoundSettings
from matcher.documents.language import N_, Messages
from matcher.errors import ConfigError
from matcher.features import Organisations
from matcher.matching.assignment import (
    EXACT,
    ROUNDING,
    RoundProblem,
    Solution,
    blocking_pairs,
    envious,
    group_limits,
    solve_round,
    solve_slots,
    worths,
)
from matcher.matching.bands import TIES
from matcher.matching.collisions import find_collision
from matcher.matching.conditions import country_keys
from matcher.matching.scoring import Listed, PoolScorer, ScoredBlock
from matcher.matching.selection import Selected
from matcher.matching.slots import fill_slots
from matcher.output.lists import Renderer
from matcher.profiles.ids import id_key
from matcher.profiles.records import records_of

CANDIDATES: Final = 60
"""Pairs of each organisation that are considered where there are too many for an exact round."""
EXACT_SLOTS: Final = 2_000
"""Pairs times slots up to which the best round is sought where slots get in the way."""
TOGETHER: Final = 64
"""Seekers whose chosen pairs are scored together."""
MOST_KEPT: Final = 100_000_000
"""Seekers times organisations up to which all scores are kept, so that pairs can be added and bounded."""
PRICINGS: Final = 8
"""How often pairs are added at most."""
ADDED: Final = 20
"""Pairs of each organisation that are added at a time."""
SLOT: Final = "slot"
MUTUAL: Final = str(Recommendation.MUTUAL)
IDS: Final = (Recommendation.SEEKER, Recommendation.CANDIDATE)
ENDS: Final = ("one", "other")
COLUMNS: Final = (
    *(Recommendation.SEEKER, Recommendation.SEEKER_NAME, Recommendation.CANDIDATE, Recommendation.NAME, SLOT),
    *(Recommendation.MUTUAL, Recommendation.SCORE, Recommendation.SEEKER_GAIN, Recommendation.CANDIDATE_GAIN),
    *REMARKS[:3],
)
Pairs = Sequence[tuple[int, int]]
"""Seekers' rows and candidates' positions."""
RULES: Final = N_("rules: no other organisation may be met")
NO_CAPACITY: Final = N_("capacity: it states that it has none")
NO_FIT: Final = N_("fit: no pair has a mutual score that is high enough")
PIN_BARRED: Final = N_("{one} / {other} is pinned and does not meet: barred by {rules}")
FULL: Final = N_("capacity: those who fit have no more places, or a limit is reached")


@dataclass(frozen=True)
class Assignment:
    """Who meets whom in a round.

    Attributes
    ----------
    table : DataFrame
        One row per pair: seeker, seeker_name, candidate, name, slot, mutual, score, seeker_gain,
        candidate_gain, reasons_seeker, reasons_candidate, concerns.
    left_out : DataFrame
        Seekers without a meeting, or with fewer than their `capacity_min`: id, name, meetings, capacity_min,
        capacity_max, reason.
    value : float
        Sum of the mutual scores.
    bound : float
        No round with as few meetings short of a minimum has a higher value.
    is_exact : bool
        Whether this round has the highest value.
    blocking_pairs : DataFrame
        Pairs (seeker, candidate) that do not meet though both would rather have that meeting than one of
        theirs, or have a place for it.
    envy : int
        Organisations to which the meetings of another, no more than they have places, would be worth more.
    notes : tuple of str
        Pinned pairs that a rule bars.
    """

    table: pd.DataFrame
    left_out: pd.DataFrame
    value: float
    bound: float
    is_exact: bool
    blocking_pairs: pd.DataFrame
    envy: int
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """Share of the bound that the value falls short of at most, in [0, 1]."""
        return max(0.0, 1.0 - self.value / self.bound) if self.bound > 0.0 else 0.0


class Round:
    """The pairs that seekers may have with the organisations of a pool.

    Parameters
    ----------
    scorer : PoolScorer
        Fitted.
    frame, encoded : DataFrame, Organisations
        The pool, or a table of seekers by id.
    rows : ndarray of shape (n_seekers,)
        The seekers in it, in rising order.
    settings : RoundSettings
    """

    def __init__(
        self,
        scorer: PoolScorer,
        frame: pd.DataFrame,
        encoded: Organisations,
        rows: Positions,
        settings: RoundSettings,
    ) -> None:
        self._scorer, self._frame, self._encoded, self._rows = scorer, frame, encoded, rows
        self._settings, pool = settings, scorer.pool
        number = {id_: at for at, id_ in enumerate(dict.fromkeys([*pool.ids, *frame[Profile.ID]]))}
        self._of = frame[Profile.ID].map(number).to_numpy()
        others = frame[~frame[Profile.ID].isin(pool.ids)]
        self._everybody = pd.concat([pool.frame, others], ignore_index=True)
        self._row_of = np.full(len(number), -1)
        self._row_of[self._of[rows]] = rows
        self._prices = np.zeros(len(frame))
        n_cells = len(rows) * len(pool)
        self._scores: dict[str, Floats32] = {}
        self._may, self._fits = np.zeros((2, len(number)), dtype=bool)
        self._size = len(pool) if n_cells <= 2 * EXACT else CANDIDATES
        if 2 * EXACT < n_cells <= MOST_KEPT:
            shape = len(rows), len(pool)
            self._scores = {name: np.zeros(shape, dtype=np.float32) for name in (MUTUAL, "ours", "theirs")}

    def assign(self, fixed: Pairs, vetoed: Pairs, renderer: Renderer, messages: Messages) -> Assignment:
        """Return the best round.

        Parameters
        ----------
        fixed, vetoed : list of tuple of int
            Seeker's row and candidate's position of pairs that must meet, beside pinned ones, or must not.
        renderer : Renderer
        messages : Messages
            Language of the reasons why organisations are left out.
        """
        pins = self._scorer.pool.rules.pins
        seekers = zip(self._rows.tolist(), records_of(self._frame.iloc[self._rows]), strict=True)
        pinned = [(row, one) for row, record in seekers for one in pins(record)]
        self._check_fixed(fixed)
        barred = [pair for pair in pinned if self._barring(pair)]
        forced = [*fixed, *(pair for pair in pinned if pair not in barred)]
        pairs = self._read_pairs(forced, vetoed)
        problem = self._problem(pairs)
        for _ in range(PRICINGS if self._scores else 0):
            more = self._missed(pairs, worths(problem))[0]
            n_pairs = len(pairs)
            pairs = self._usable(pd.concat([pairs, more.assign(fixed=False)]), vetoed)
            if len(pairs) == n_pairs:
                break
            problem = self._problem(pairs)
        solution = solve_round(problem)
        if solution is not None:
            solution = self._bounded(pairs, problem, solution)
            pairs[SLOT], solution = self._with_slots(problem, solution)
        if solution is None:
            raise ConfigError(self._collision(problem))
        notes = tuple(
            messages.say(PIN_BARRED, one=one, other=other, rules=", ".join(self._barring(pair)))
            for pair in barred
            for one, other in [self._ids(pair)]
        )
        return replace(self._report(pairs, problem, solution, renderer, messages), notes=notes)

    def _collision(self, problem: RoundProblem) -> str:
        """Return which limits cannot be met together, and the least change with which all others can."""
        found = find_collision(problem)
        exceeded = np.flatnonzero(found.change > ROUNDING)
        if not len(exceeded):
            n_slots = self._settings.slots
            return (
                f"slots must be enough for the meetings that must be held; got {n_slots}, and no round was "
                "found. Add slots or take out fixed pairs."
            )
        changes = [f"{self._limit(problem, at)} (by {found.change[at]:g})" for at in exceeded.tolist()]
        smallest = found.smallest if len(found.smallest) else exceeded
        limits = "; ".join(self._limit(problem, at) for at in smallest.tolist())
        return (
            f"the limits of a round must be such that they can be met together; these cannot: {limits}. "
            f"Least change: {'; '.join(changes)}."
        )

    def _limit(self, problem: RoundProblem, number: int) -> str:
        """Return the name of a limit, a row of `limit_rows`."""
        ids, limits = self._everybody[Profile.ID].to_numpy(), problem.limits
        named = [
            *((Profile.CAPACITY_MAX, (at,), most) for at, most in enumerate(problem.most.tolist())),
            *(
                (f"at_most {column} {value}", (owner,), size)
                for (column, value), owner, size in zip(
                    limits.labels, limits.owners, limits.sizes, strict=True
                )
            ),
            *(
                (Profile.CAPACITY_MIN, (at,), least)
                for at, least in enumerate(problem.least.tolist())
                if problem.is_required and least > 0
            ),
            *(("fixed", tuple(ends), 1) for ends in problem.ends.T[problem.fixed].tolist()),
        ]
        what, ends, size = named[number]
        return f"{' / '.join(ids[list(ends)])}: {what} {size}"

    def _barring(self, pair: tuple[int, int]) -> list[str]:
        """Return the rules that bar a pair; one that is fixed may be a repeat, as pinned ones may."""
        record = records_of(self._frame.iloc[[pair[0]]])[0]
        barring = self._scorer.pool.rules.reasons(record, pair[1])
        return [barred.rule for barred in barring if barred.rule != "repeated"]

    def _ids(self, pair: tuple[int, int]) -> tuple[str, str]:
        return self._frame[Profile.ID].iloc[pair[0]], self._scorer.pool.ids[pair[1]]

    def _check_fixed(self, fixed: Pairs) -> None:
        for row, position in fixed:
            if rules := self._barring((row, position)):
                named = " / ".join(self._ids((row, position)))
                raise ConfigError(
                    f"fixed pairs must be ones that the rules allow; got {named}, barred by "
                    f"{', '.join(rules)}. Take the pair out or change the rule."
                )

    def _with_slots(self, problem: RoundProblem, solution: Solution) -> tuple[Positions, Solution | None]:
        """Return the slot of each pair, and the round in which all have one."""
        n_slots, n_pairs = self._settings.slots, len(problem.mutual)
        if n_slots == 1:
            return solution.chosen.astype(np.int64), solution
        slots = fill_slots(problem, solution.chosen, n_slots)
        if (slots[solution.chosen] > 0).all():
            return slots, solution
        best = solve_slots(problem, n_slots) if n_pairs * n_slots <= EXACT_SLOTS else None
        slots = slots if best is None else best
        chosen = np.asarray(slots > 0)
        is_met = not problem.is_required or not (problem.counts(chosen) < problem.least).any()
        is_met = is_met and not (problem.fixed & ~chosen).any()
        return slots, solution._replace(chosen=chosen, is_exact=False) if is_met else None

    def _read_pairs(self, forced: Pairs, vetoed: Pairs) -> pd.DataFrame:
        """Return the pairs that may meet, by seeker: ends, row, position, mutual, gains, whether fixed."""
        found = pd.concat([*self._scored_pairs(), *self._numbers(forced)], ignore_index=True)
        found = self._turned(found).drop_duplicates([*ENDS])
        keys = found.set_index([*ENDS]).index
        found["fixed"] = keys.isin([self._ends(*pair) for pair in forced])
        return self._usable(found, vetoed)

    def _usable(self, pairs: pd.DataFrame, vetoed: Pairs) -> pd.DataFrame:
        """Return pairs that are not vetoed and may be recommended to both sides, or are fixed."""
        keys = pairs.set_index([*ENDS]).index
        kept = pairs["fixed"] | self._may_turned(pairs) & ~keys.isin([self._ends(*pair) for pair in vetoed])
        return pairs[kept].sort_values([*ENDS], ignore_index=True)

    def _missed(self, pairs: pd.DataFrame, worth: Floats) -> tuple[pd.DataFrame, Floats]:
        """Return pairs left out that are worth more than other meetings of their organisations.

        Also by how much at most, of each seeker.
        """
        mutual = self._scores[MUTUAL]
        more = mutual - worth[self._of[self._rows], None] - worth[None, : mutual.shape[1]]
        more[mutual <= 0.0] = 0.0
        for end in range(2):
            ends = pairs[[*ENDS]].to_numpy()[:, [end, 1 - end]]
            known = ends[(self._row_of[ends[:, 0]] >= 0) & (ends[:, 1] < mutual.shape[1])]
            more[self._rows.searchsorted(self._row_of[known[:, 0]]), known[:, 1]] = 0.0
        best = np.argsort(-more, axis=1, kind="stable")[:, :ADDED]
        rows, at = np.nonzero(np.take_along_axis(more, best, axis=1) > TIES)
        positions = best[rows, at]
        columns = {"row": self._rows[rows], "position": positions}
        columns |= {name: values[rows, positions].astype(float) for name, values in self._scores.items()}
        return self._turned(pd.DataFrame(columns)).drop_duplicates([*ENDS]), more.max(axis=1)

    def _bounded(self, pairs: pd.DataFrame, problem: RoundProblem, solution: Solution) -> Solution:
        """Return a round with a bound that holds for the pairs that were left out too."""
        if self._size == len(self._scorer.pool):
            return solution
        if not self._scores:
            return solution._replace(is_exact=False)
        of = self._of[self._rows]
        more = float((problem.most[of] * self._missed(pairs, solution.worth)[1]).sum())
        more /= 2.0 if len(of) == len(self._scorer.pool) else 1.0
        return solution._replace(bound=solution.relaxed + more, is_exact=False)

    def _scored_pairs(self) -> Iterator[pd.DataFrame]:
        """Yield the best pairs of each block of seekers, and note what is left out."""
        for rows, block in self._blocks():
            self._prices[rows] = self._scorer.seeker_prices(self._frame[Profile.ID].to_numpy()[rows], block)
            may = np.isfinite(block.score)
            fits = may & (block.mutual > 0.0) & (block.mutual >= self._settings.min_mutual)
            mutual = np.where(fits, block.mutual, 0.0)
            order = np.argsort(-mutual, axis=1, kind="stable")
            ranked = np.take_along_axis(mutual, order, axis=1)
            ours, at = np.nonzero(ranked[:, : self._size])
            ends = self._of[rows]
            self._may[ends], self._fits[ends] = may.any(axis=1), fits.any(axis=1)
            if self._scores:
                found = mutual, block.seeker_gain, block.candidate_gain
                for each, values in zip(self._scores.values(), found, strict=True):
                    each[self._rows.searchsorted(rows)] = values
            yield self._table(block.at(ours, order[ours, at]))
        if self._scores:  # a pair of two seekers must be allowed from both sides
            at = np.flatnonzero(self._of[self._rows] < len(self._scorer.pool))
            among = np.ix_(at, self._of[self._rows[at]])
            mutual = self._scores[MUTUAL][among]
            self._scores[MUTUAL][among] = np.where(mutual.T > 0.0, mutual, 0.0)

    def _blocks(self) -> Iterator[tuple[Positions, ScoredBlock]]:
        if self._encoded is self._scorer.pool.organisations:
            return self._scorer.score_own(self._rows)
        return self._scorer.score(self._frame, self._encoded)

    def _table(self, scores: ScoredBlock) -> pd.DataFrame:
        columns = {"row": scores.pairs.rows, "position": scores.pairs.columns, MUTUAL: scores.mutual}
        return pd.DataFrame(columns | {"ours": scores.seeker_gain, "theirs": scores.candidate_gain})

    def _numbers(self, pairs: Pairs) -> Iterator[pd.DataFrame]:
        rows, positions = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T
        return (self._table(scores) for scores in self._score(rows, positions))

    def _score(self, rows: Positions, positions: Positions) -> Iterator[ScoredBlock]:
        """Yield the scores of some pairs, by rising row, in parts."""
        every = np.unique(rows)
        for start in range(0, len(every), TOGETHER):
            taken = every[start : start + TOGETHER]
            mine = np.isin(rows, taken)
            columns = np.unique(positions[mine])
            pairs = self._scorer.pool.some_pairs(taken, self._frame, self._encoded, columns)
            at = taken.searchsorted(rows[mine]), columns.searchsorted(positions[mine])
            yield self._scorer.score_block(pairs).at(*at)

    def _ends(self, row: int, position: int) -> tuple[int, int]:
        one = int(self._of[row])
        return min(one, position), max(one, position)

    def _turned(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """Return pairs with the seeker first, of two seekers the one with the lower id, and their ends."""
        one = self._of[pairs["row"]]
        turned = (pairs["position"] < one) & (self._row_of[pairs["position"]] >= 0)
        changed: dict[str, Any] = {
            "row": np.where(turned, self._row_of[pairs["position"]], pairs["row"]),
            "position": np.where(turned, one, pairs["position"]),
            "ours": pairs["ours"].where(~turned, pairs["theirs"]),
            "theirs": pairs["theirs"].where(~turned, pairs["ours"]),
        }
        ends = np.sort(np.stack([one, pairs["position"]]), axis=0)
        return pairs.assign(**changed, **dict(zip(ENDS, ends, strict=True)))

    def _may_turned(self, pairs: pd.DataFrame) -> Flags:
        """Return the pairs that may be recommended to both of their organisations."""
        pool, may = self._scorer.pool, np.ones(len(pairs), dtype=bool)
        ends = pairs[[*ENDS]].to_numpy()
        for side in range(2):
            for start in range(0, len(pool), TOGETHER):
                rows = np.arange(start, min(start + TOGETHER, len(pool)))
                at = np.flatnonzero(np.isin(ends[:, side], rows) & (ends[:, 1 - side] < len(pool)))
                if len(at):
                    eligible = pool.rules.eligible(pool.frame.iloc[rows])
                    may[at] &= eligible[ends[at, side] - start, ends[at, 1 - side]]
        return may

    def _problem(self, pairs: pd.DataFrame) -> RoundProblem:
        ends = pairs[[*ENDS]].to_numpy().T
        most = self._everybody[Profile.CAPACITY_MAX].fillna(self._settings.capacity).to_numpy(dtype=np.int64)
        if self._settings.slots > 1:
            most = np.minimum(most, self._settings.slots)
        least = self._everybody[Profile.CAPACITY_MIN].fillna(0).to_numpy(dtype=np.int64)
        values = {name: self._values(name) for name in self._settings.at_most}
        is_one = pairs[ENDS[0]].to_numpy() == self._of[pairs["row"]]
        ours, theirs = pairs["ours"].to_numpy(), pairs["theirs"].to_numpy()
        return RoundProblem(
            ends,
            pairs[MUTUAL].to_numpy(),
            np.stack([np.where(is_one, ours, theirs), np.where(is_one, theirs, ours)]),
            np.where(self._row_of >= 0, least, 0),
            most,
            group_limits(ends, values, self._settings.at_most, len(most)),
            pairs["fixed"].to_numpy(),
            self._settings.minimum == "required",
        )

    def _values(self, column: str) -> Objects:
        """Return the values of each organisation in a column."""
        found = np.empty(len(self._everybody), dtype=object)
        for at, cell in enumerate(self._everybody[column]):
            if column == Profile.COUNTRY:
                found[at] = country_keys(cell)
            else:
                found[at] = {*map(id_key, (cell,) if isinstance(cell, str) else cell)} - {""}
        return found

    def _report(
        self,
        pairs: pd.DataFrame,
        problem: RoundProblem,
        solution: Solution,
        renderer: Renderer,
        messages: Messages,
    ) -> Assignment:
        chosen = solution.chosen
        blocking = pairs.iloc[blocking_pairs(problem, chosen)]
        ids = self._frame[Profile.ID].to_numpy()[blocking["row"]], self._scorer.pool.ids[blocking["position"]]
        value = float(problem.mutual[chosen].sum())
        return Assignment(
            self._render(pairs[chosen], renderer),
            self._left_out(problem, chosen, messages),
            value,
            value if solution.is_exact else max(value, solution.bound + problem.penalty(chosen)),
            solution.is_exact,
            pd.DataFrame(dict(zip(IDS, ids, strict=True)), dtype="str"),
            len(envious(problem, chosen)),
        )

    def _render(self, pairs: pd.DataFrame, renderer: Renderer) -> pd.DataFrame:
        """Return the table of the pairs that meet."""
        pairs, tables, start = pairs.sort_values(["row", "position"]), [], 0
        for scores in self._score(pairs["row"].to_numpy(), pairs["position"].to_numpy()):
            part = pairs.iloc[start : start + len(scores.score)]
            start += len(part)
            rows, positions = part["row"].to_numpy(), part["position"].to_numpy()
            selected = Selected(rows, positions, np.ones(len(rows), dtype=np.int64))
            listed = Listed(selected, scores, self._prices[rows], part["fixed"].to_numpy())
            tables.append(renderer.render(listed)[0])
        table = pd.concat(tables) if tables else pd.DataFrame(columns=list(COLUMNS))
        table[SLOT] = pairs[SLOT].to_numpy()
        table = table.reindex(columns=[name for name in COLUMNS if name in table])
        order = [Recommendation.SEEKER, SLOT, MUTUAL, Recommendation.CANDIDATE]
        return table.sort_values(order, ascending=[True, True, False, True], ignore_index=True)

    def _left_out(self, problem: RoundProblem, chosen: Flags, messages: Messages) -> pd.DataFrame:
        """Return the seekers without a meeting, or with too few, and why."""
        counts = problem.counts(chosen)
        of = self._of[self._rows]
        of = of[counts[of] < np.maximum(problem.least[of], 1)]
        conditions = [problem.most[of] < 1, ~self._may[of], ~self._fits[of]]
        reasons = np.select(conditions, [NO_CAPACITY, RULES, NO_FIT], FULL)
        columns = {
            Profile.ID: self._everybody[Profile.ID].to_numpy()[of],
            Profile.NAME: self._everybody[Profile.NAME].to_numpy()[of],
            "meetings": counts[of],
            Profile.CAPACITY_MIN: problem.least[of],
            Profile.CAPACITY_MAX: problem.most[of],
            "reason": [messages.say(str(reason)) for reason in reasons],
        }
        return pd.DataFrame({str(name): values for name, values in columns.items()})
