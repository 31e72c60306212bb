"""A round of introductions: the organisations that meet, with reasons, and those that do not."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.arrays import Flags, Floats, Floats32, Positions, in_threads
from matcher.columns import REMARKS, Profile, Recommendation
from matcher.config import RoundSettings
from matcher.documents.language import N_
from matcher.errors import ConfigError
from matcher.explanations.remarks import PairRemarks
from matcher.matching import assignment
from matcher.matching.assignment import EXACT, ROUNDING, RoundProblem, Solution
from matcher.matching.conditions import values_of
from matcher.matching.scoring import Listed, ScoredBlock
from matcher.matching.selection import Selected
from matcher.output.lists import Renderer, with_bands
from matcher.profiles.records import records_of

CANDIDATES: Final = 40  # pairs of each seeker considered at first where there are too many for an exact round
EXACT_SLOTS: Final = 2_000  # pairs times slots up to which the best round is sought
TOGETHER: Final = 64  # seekers whose pairs are scored together
MOST_KEPT: Final = 100_000_000  # scores up to which all are kept, so that pairs can be added and bounded
PRICINGS: Final = 8  # how often pairs are added at most, except to reach required minima
ADDED: Final = 20  # pairs of each seeker that are added at a time at most
CLOSE: Final = 1e-4  # by what share the bound for all pairs is above the other, where none are added
SLOT: Final = "slot"
MUTUAL: Final = str(Recommendation.MUTUAL)
ENDS: Final = ("one", "other")
GAINS: Final = ("gain_one", "gain_other")
COLUMNS: Final = (
    *(Recommendation.SEEKER, Recommendation.SEEKER_NAME, Recommendation.CANDIDATE, Recommendation.NAME, SLOT),
    *(Recommendation.MUTUAL, Recommendation.SCORE, Recommendation.SEEKER_GAIN, Recommendation.CANDIDATE_GAIN),
    *REMARKS[:3],
)
Pair = tuple[int, int]  # row of a seeker and position of a candidate
RULES: Final = N_("rules: no other organisation may be met")
NO_CAPACITY: Final = N_("capacity: it states that it has none")
NO_FIT: Final = N_("fit: no pair has a mutual score that is high enough")
PIN_BARRED: Final = N_("{one} / {other} is pinned and does not meet: barred by {rules}")
FULL: Final = N_("capacity: those who fit have no more places, or a limit is reached")


@dataclass(frozen=True)
class Assignment:
    """Who meets whom in a round."""

    table: pd.DataFrame  # one row per pair, with the columns of `COLUMNS`
    left_out: pd.DataFrame  # seekers with too few: id, name, meetings, capacity_min, capacity_max, reason
    value: float  # sum of the mutual scores
    bound: float  # no round with as few meetings short of a minimum has a higher value
    is_exact: bool  # whether this round has the highest value
    blocking_pairs: pd.DataFrame  # (seeker, candidate) apart though both would rather meet, or have a place
    envy: int  # organisations to which meetings of another, no more than they have places, are worth more
    make_lists: Callable[[], dict[str, Any]]  # makes the meetings of each seeker as lists; see `Round.lists`
    notes: tuple[str, ...]  # pinned pairs that a rule bars

    @property
    def gap(self) -> float:
        """Share of the bound that the value falls short of at most, in [0, 1]."""
        return max(0.0, 1.0 - self.value / self.bound) if self.bound > 0.0 else 0.0


class Round:
    """The pairs that seekers may have with the organisations of a pool.

    Organisations are numbered: those of the pool by their position, then seekers that are not in it. Pairs
    are rows of a table: both numbers, the lower first, mutual score, gains, `fixed` and `held`. The renderer
    has the pool, or a table of seekers by id; `rows` are the seekers in it, in rising order.
    """

    def __init__(self, renderer: Renderer, rows: Positions, settings: RoundSettings) -> None:
        self._renderer, self._rows, self._settings = renderer, rows, settings
        self._scorer, self._frame = renderer.explainer.scorer, renderer.seekers
        pool, frame = self._scorer.pool, self._frame
        self._is_own = renderer.encoded is pool.organisations
        number = {id_: at for at, id_ in enumerate(dict.fromkeys([*pool.ids, *frame[Profile.ID]]))}
        self._of = frame[Profile.ID].map(number).to_numpy()
        others = frame[~frame[Profile.ID].isin(pool.ids)]
        self._everybody = pd.concat([pool.frame, others], ignore_index=True)
        self._seeker = np.full(len(number), -1)
        self._seeker[self._of[rows]] = np.arange(len(rows))
        self._prices = np.zeros(len(frame))
        self._may, self._fits = np.zeros((2, len(number)), dtype=bool)
        n_cells = len(rows) * len(pool)
        self._size = len(pool) if n_cells <= 2 * EXACT else CANDIDATES
        shape = len(rows), len(pool) if n_cells <= MOST_KEPT else 0
        self._kept = np.zeros((3, *shape), dtype=np.float32)
        """Mutual score, 0 for pairs that may not meet, and both gains of each seeker and organisation."""

    def assign(self, fixed: Mapping[Pair, int], vetoed: Collection[Pair]) -> Assignment:
        """Return the best round; `fixed` pairs meet, beside pinned ones, in the slots that they keep or 0."""
        pins = self._scorer.pool.rules.pins
        seekers = zip(self._rows.tolist(), records_of(self._frame.iloc[self._rows]), strict=True)
        pinned = [(row, one) for row, record in seekers for one in pins(record)]
        self._check_fixed(fixed)
        barred = {pair: rules for pair in pinned if (rules := self._barring(pair))}
        pairs = self._read_pairs({pair: 0 for pair in pinned if pair not in barred} | {**fixed}, vetoed)
        for number in count():
            problem, excess = self._problem(pairs), 0.0
            relaxed = assignment.relax(problem) if len(pairs) else None
            if relaxed is None or self._size == len(self._scorer.pool) or not self._kept.size:
                break
            more, excess = self._missed(problem, relaxed.worth)
            is_enough = number >= PRICINGS or excess <= CLOSE * abs(relaxed.bound)
            if more.empty or (is_enough and not relaxed.is_short):
                break
            pairs = pd.concat([pairs, more]).drop_duplicates([*ENDS]).sort_values([*ENDS], ignore_index=True)
        solution = assignment.solve_round(problem, relaxed)
        if solution is not None:
            if relaxed is not None and self._size < len(self._scorer.pool):
                solution = solution._replace(bound=relaxed.bound + excess, is_exact=False)
            pairs[SLOT], solution = self._with_slots(problem, pairs["held"].to_numpy(), solution)
        if solution is None:
            raise ConfigError(self._collision(problem))
        notes = []
        for pair, rules in barred.items():
            parts = dict(zip(ENDS, self._ids(pair), strict=True))
            notes.append(self._renderer.messages.say(PIN_BARRED, **parts, rules=", ".join(rules)))
        return self._report(pairs, problem, solution, tuple(notes))

    def _collision(self, problem: RoundProblem) -> str:
        """Return which limits cannot be met together, and the least change with which all others can."""
        smallest, change = assignment.find_collision(problem)
        exceeded = np.flatnonzero(change > ROUNDING)
        if not len(exceeded):
            return (
                "meetings that must be held must fit into places and slots; no round was found with "
                f"{self._settings.slots} slots. Raise capacities or slots, or set round.minimum to preferred."
            )
        ids, limits = self._everybody[Profile.ID].tolist(), problem.limits
        groups = zip(limits.labels, limits.owners, limits.sizes, strict=True)
        least = problem.least * problem.is_required
        named = [  # the rows of `limits_of`
            *(f"{id_}: capacity_max {most}" for id_, most in zip(ids, problem.most, strict=True)),
            *(f"{ids[owner]}: at_most {' '.join(label)} {size}" for label, owner, size in groups),
            *(f"{id_}: capacity_min {size}" for id_, size in zip(ids, least, strict=True) if size > 0),
            *(f"{ids[one]} / {ids[other]}: fixed 1" for one, other in problem.ends.T[problem.fixed]),
        ]
        cannot = "; ".join(named[at] for at in (smallest if len(smallest) else exceeded))
        changes = "; ".join(f"{named[at]} (by {change[at]:g})" for at in exceeded)
        return (
            f"the limits of a round must be such that they can be met together; these cannot: {cannot}. "
            f"Least change: {changes}."
        )

    def _barring(self, pair: Pair) -> list[str]:
        """Return the rules that bar a pair; one that is fixed may be a repeat, as pinned ones may."""
        record = records_of(self._frame.iloc[[pair[0]]])[0]
        barring = self._scorer.pool.rules.reasons(record, pair[1])
        return [barred.rule for barred in barring if barred.rule != "repeated"]

    def _ids(self, pair: Pair) -> tuple[str, str]:
        return self._frame[Profile.ID].iloc[pair[0]], self._scorer.pool.ids[pair[1]]

    def _check_fixed(self, fixed: Mapping[Pair, int]) -> None:
        busy: set[tuple[int, int]] = set()
        for pair, slot in fixed.items():
            named, held = " / ".join(self._ids(pair)), {(end, slot) for end in self._ends(pair) if slot}
            if rules := self._barring(pair):
                raise ConfigError(
                    f"fixed pairs must be ones that the rules allow; got {named}, barred by "
                    f"{', '.join(rules)}. Take the pair out or change the rule."
                )
            if slot > self._settings.slots or held & busy:
                raise ConfigError(
                    "slots must be as many as those that pairs keep, with one meeting of an organisation in "
                    f"each; got {self._settings.slots}, and {named} keeps slot {slot}."
                )
            busy |= held

    def _with_slots(
        self, problem: RoundProblem, held: Positions, solution: Solution
    ) -> tuple[Positions, Solution | None]:
        """Return the slot of each pair, and the round in which all have one."""
        n_slots, n_pairs = self._settings.slots, len(problem.mutual)
        if n_slots == 1:
            return solution.chosen.astype(np.int64), solution
        slots = assignment.fill_slots(problem, solution.chosen, n_slots, held)
        if (slots[solution.chosen] > 0).all():
            return slots, solution
        best = assignment.solve_slots(problem, n_slots, held) if n_pairs * n_slots <= EXACT_SLOTS else None
        slots = slots if best is None else best
        chosen = np.asarray(slots > 0)
        is_short = problem.is_required and (problem.counts(chosen) < problem.least).any()
        is_met = not is_short and chosen[problem.fixed].all()
        return slots, solution._replace(chosen=chosen, is_exact=False) if is_met else None

    def _read_pairs(self, forced: Mapping[Pair, int], vetoed: Collection[Pair]) -> pd.DataFrame:
        """Return the pairs that are considered at first: the best of each seeker, and forced ones."""
        rows, positions = np.array(sorted(forced), dtype=np.int64).reshape(-1, 2).T
        scored = []
        for one in self._score(rows, positions):
            scores = np.stack([one.mutual, one.seeker_gain, one.candidate_gain])
            scored.append(self._table(self._of[one.pairs.rows], one.pairs.columns, scores))
        held = {self._ends(pair): slot for pair, slot in forced.items()}
        pairs = pd.concat([*scored, *self._listed([self._ends(pair) for pair in vetoed])])
        pairs = pairs.drop_duplicates([*ENDS]).sort_values([*ENDS], ignore_index=True)
        keys = pairs.set_index([*ENDS]).index
        return pairs.assign(fixed=keys.isin([*held]), held=[held.get(key, 0) for key in keys])

    def _listed(self, barred: Iterable[Pair]) -> Iterator[pd.DataFrame]:
        """Score every pair, two seekers once where scores are kept; yield the best pairs of each seeker."""
        allowed, everybody = self._allowed(barred), np.arange(len(self._scorer.pool))
        for rows, block in self._blocks():
            seekers, columns = self._seeker[self._of[rows]][:, None], block.pairs.columns
            mutual = self._fitting(rows, block, allowed[columns, seekers])
            scores = np.stack([mutual, block.seeker_gain, block.candidate_gain])
            if not self._kept.size:
                yield self._best(self._of[rows], mutual, scores, columns, self._size)
                continue
            self._kept[:, seekers, columns] = scores
            if self._is_own:
                met = np.flatnonzero(self._seeker[columns] >= 0)
                turned = scores[[0, 2, 1]][:, :, met].swapaxes(1, 2)
                self._kept[:, self._seeker[columns[met]][:, None], seekers.T] = turned
        for start in range(0, self._kept.shape[1], TOGETHER):
            kept, numbers = self._kept[:, start : start + TOGETHER], self._of[self._rows][start:][:TOGETHER]
            yield self._best(numbers, kept[0], kept, everybody, self._size)

    def _allowed(self, barred: Iterable[Pair]) -> Flags:
        """Return where the seeker may meet the other, shape (n_organisations, n_seekers)."""
        pool, numbers = self._scorer.pool, self._of[self._rows]
        allowed = np.ones((len(self._seeker), len(numbers)), dtype=bool)
        inside = np.flatnonzero(numbers < len(pool))
        for start in range(0, len(pool), TOGETHER):
            part = pool.frame.iloc[start : start + TOGETHER]
            eligible = pool.rules.eligible(part)[:, numbers[inside]]
            allowed[start : start + len(part), inside] = eligible
        for ends in barred:
            for one, other in (ends, ends[::-1]):
                if self._seeker[one] >= 0:
                    allowed[other, self._seeker[one]] = False
        return allowed

    def _fitting(self, rows: Positions, block: ScoredBlock, allowed: Flags) -> Floats:
        """Return the mutual scores of a block, 0 for pairs that may not meet; note who is left none."""
        self._prices[rows] = self._scorer.seeker_prices(self._frame[Profile.ID].to_numpy()[rows], block)
        may = np.isfinite(block.score) & allowed
        fits = may & (block.mutual > 0.0) & (block.mutual >= self._settings.min_mutual)
        for flags, found in ((self._may, may), (self._fits, fits)):
            flags[self._of[rows]] |= found.any(axis=1)
            if self._is_own and self._kept.size:
                flags[block.pairs.columns] |= found.any(axis=0)
        return np.where(fits, block.mutual, 0.0)

    def _blocks(self) -> Iterator[tuple[Positions, ScoredBlock]]:
        if not self._is_own:
            yield from self._scorer.score(self._frame, self._renderer.encoded)
        elif not self._kept.size:
            yield from self._scorer.score_own(self._rows)
        else:
            yield from in_threads(self._block, range(0, len(self._rows), TOGETHER))

    def _block(self, start: int) -> tuple[Positions, ScoredBlock]:
        """Return the scores of some seekers with organisations that are no seekers before them."""
        rows = self._rows[start : start + TOGETHER]
        others = np.flatnonzero((self._seeker < 0) | (self._seeker >= start))
        return rows, self._scorer.score_block(self._scorer.pool.pairs(rows, columns=others))

    def _best(
        self, numbers: Positions, values: Floats, scores: Floats | Floats32, columns: Positions, size: int
    ) -> pd.DataFrame:
        """Return the pairs of some seekers with the highest values above 0, up to a number of each."""
        best = np.argpartition(-values, min(size, values.shape[1]) - 1, axis=1)[:, :size]
        row, place = np.nonzero(np.take_along_axis(values, best, axis=1) > ROUNDING)
        at = best[row, place]
        positions = np.broadcast_to(columns, values.shape)[row, at]
        return self._table(numbers[row], positions, scores[:, row, at].astype(float))

    def _table(self, numbers: Positions, positions: Positions, scores: Floats) -> pd.DataFrame:
        """Return pairs of seekers and positions with their mutual scores and gains, shape (3, n_pairs)."""
        ends, (mutual, ours, theirs) = np.sort(np.stack([numbers, positions]), axis=0), scores
        gains = np.where(numbers > positions, (theirs, ours), (ours, theirs))
        columns = dict(zip((*ENDS, MUTUAL, *GAINS), (*ends, mutual, *gains), strict=True))
        return pd.DataFrame(columns | {"fixed": False, "held": 0})

    def _missed(self, problem: RoundProblem, worth: Floats) -> tuple[pd.DataFrame, float]:
        """Return pairs left out that are worth more than other meetings, and by how much all are at most."""
        n_pool, seekers = len(self._scorer.pool), self._of[self._rows]
        open_ = self._kept[0] > 0.0
        for ends in (problem.ends, problem.ends[::-1]):
            one, other = ends[:, (self._seeker[ends[0]] >= 0) & (ends[1] < n_pool)]
            open_[self._seeker[one], other] = False
        tables, excess = [], 0.0
        for start in range(0, len(seekers), TOGETHER):
            at = slice(start, start + TOGETHER)
            more = self._kept[0, at] - worth[seekers[at], None] - worth[:n_pool]
            more = np.where(open_[at], more, 0.0)
            excess += float(problem.most[seekers[at]] @ more.max(axis=1, initial=0.0))
            tables.append(self._best(seekers[at], more, self._kept[:, at], np.arange(n_pool), ADDED))
        return pd.concat(tables), excess / (2.0 if self._is_own and len(seekers) == n_pool else 1.0)

    def _score(self, rows: Positions, positions: Positions) -> Iterator[ScoredBlock]:
        every = np.unique(rows)
        for start in range(0, len(every), TOGETHER):
            taken = every[start : start + TOGETHER]
            mine = np.isin(rows, taken)
            columns = np.unique(positions[mine])
            pairs = self._scorer.pool.pairs(taken, self._frame, self._renderer.encoded, columns)
            at = taken.searchsorted(rows[mine]), columns.searchsorted(positions[mine])
            yield self._scorer.score_block(pairs).at(*at)

    def _ends(self, pair: Pair) -> Pair:
        one = int(self._of[pair[0]])
        return min(one, pair[1]), max(one, pair[1])

    def _cells(self, pairs: pd.DataFrame) -> tuple[Positions, Positions]:
        """Return the rows of seekers and positions of candidates; of two seekers the lower number seeks."""
        one, other = pairs[[*ENDS]].to_numpy().T
        is_turned = (self._seeker[one] < 0) | (other >= len(self._scorer.pool))
        seeker, position = np.where(is_turned, (other, one), (one, other))
        return self._rows[self._seeker[seeker]], position

    def _problem(self, pairs: pd.DataFrame) -> RoundProblem:
        ends = pairs[[*ENDS]].to_numpy().T
        most = self._everybody[Profile.CAPACITY_MAX].fillna(self._settings.capacity).to_numpy(dtype=np.int64)
        if self._settings.slots > 1:
            most = np.minimum(most, self._settings.slots)
        least = self._everybody[Profile.CAPACITY_MIN].fillna(0).to_numpy(dtype=np.int64)
        limited = self._settings.at_most
        values = {name: [values_of(name, cell) for cell in self._everybody[name]] for name in limited}
        return RoundProblem(
            ends,
            pairs[MUTUAL].to_numpy(),
            pairs[[*GAINS]].to_numpy().T,
            np.where(self._seeker >= 0, least, 0),
            most,
            assignment.group_limits(ends, values, limited),
            pairs["fixed"].to_numpy(),
            self._settings.minimum == "required",
        )

    def _report(
        self, pairs: pd.DataFrame, problem: RoundProblem, solution: Solution, notes: tuple[str, ...]
    ) -> Assignment:
        chosen = solution.chosen
        tables = [one for _, one, _ in self._meetings(pairs[chosen], *self._cells(pairs[chosen]))]
        table = pd.concat(tables) if tables else pd.DataFrame(columns=list(COLUMNS))
        table = table.reindex(columns=[name for name in COLUMNS if name in table])
        by = [Recommendation.SEEKER, SLOT, MUTUAL, Recommendation.CANDIDATE]
        blocking = assignment.blocking_pairs(problem, pairs[SLOT].to_numpy(), self._settings.slots)
        rows, positions = self._cells(pairs.iloc[blocking])
        ids = {
            Recommendation.SEEKER: self._frame[Profile.ID].to_numpy()[rows],
            Recommendation.CANDIDATE: self._scorer.pool.ids[positions],
        }
        value = float(problem.mutual[chosen].sum())
        return Assignment(
            table.sort_values(by, ascending=[True, True, False, True], ignore_index=True),
            self._left_out(problem, chosen),
            value,
            value if solution.is_exact else max(value, solution.bound + problem.penalty(chosen)),
            solution.is_exact,
            pd.DataFrame(ids, dtype="str"),
            len(assignment.envious(problem, chosen)),
            partial(self.lists, pairs[chosen]),
            notes,
        )

    def lists(self, pairs: pd.DataFrame) -> dict[str, Any]:
        """Return what `ReportData` holds of a batch; each meeting is in the lists of all its seekers."""
        rows, positions = self._cells(pairs)
        if self._is_own:
            both = self._seeker[positions] >= 0
            pairs = pd.concat([pairs, pairs[both]])
            rows, positions = np.concatenate([rows, positions[both]]), np.concatenate([positions, rows[both]])
        tables, remarks = [], list[PairRemarks]()
        for listed, table, texts in self._meetings(pairs, rows, positions):
            tables.append(with_bands(table, self._scorer.bands(listed.selected, listed.scores)))
            remarks += texts
        seekers = self._frame.iloc[self._rows]
        given = {"scorer": self._scorer, "seekers": seekers, "k": self._settings.capacity}
        return {**given, "recommendations": pd.concat(tables, ignore_index=True), "remarks": remarks}

    def _meetings(
        self, pairs: pd.DataFrame, rows: Positions, positions: Positions
    ) -> Iterator[tuple[Listed, pd.DataFrame, list[PairRemarks]]]:
        """Yield the meetings of seekers with organisations, by rank, with slots and remarks, in parts."""
        ranks = pairs[MUTUAL].groupby(rows).rank(ascending=False, method="first").to_numpy(dtype=np.int64)
        order, start = np.lexsort([ranks, rows]), 0
        for scores in self._score(rows[order], positions[order]):
            at = order[start : start + len(scores.score)]
            start += len(at)
            selected = Selected(rows[at], positions[at], ranks[at])
            listed = Listed(selected, scores, self._prices[rows[at]], pairs["fixed"].to_numpy()[at])
            table, remarks = self._renderer.render(listed)
            table[SLOT] = pairs[SLOT].to_numpy()[at]
            yield listed, table, remarks

    def _left_out(self, problem: RoundProblem, chosen: Flags) -> pd.DataFrame:
        counts = problem.counts(chosen)
        of = self._of[self._rows]
        of = of[counts[of] < np.maximum(problem.least[of], 1)]
        conditions = [problem.most[of] < 1, ~self._may[of], ~self._fits[of]]
        reasons = np.select(conditions, [NO_CAPACITY, RULES, NO_FIT], FULL)
        limits = {"capacity_min": problem.least[of], "capacity_max": problem.most[of]}
        said = [self._renderer.messages.say(str(reason)) for reason in reasons]
        found: pd.DataFrame = self._everybody[["id", "name"]].iloc[of].reset_index(drop=True)
        return found.assign(meetings=counts[of], **limits, reason=said)
