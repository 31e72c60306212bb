"""Grades: pairs that are worth one, lists of graded seekers, and weights learned from grades."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

import numpy as np
import pandas as pd
from sklearn.metrics import ndcg_score
from sklearn.model_selection import GroupKFold

from matcher.arrays import Flags, Floats, Objects
from matcher.columns import Outcome, Profile
from matcher.documents.blocks import Block, Document, Note, Paragraph, Texts
from matcher.encoders.languages import guess_language
from matcher.evaluation.intervals import ClusteredMean, paired_difference
from matcher.evaluation.lists import tfidf_scores
from matcher.evaluation.metrics import PAIR
from matcher.features import COMPONENT_NAMES
from matcher.files import bundled_toml
from matcher.learning.adjustment import weight_rows
from matcher.matching.fitted import analyst_ranker
from matcher.matching.scoring import mutual_score
from matcher.matching.selection import select_best
from matcher.outcomes import JOINT_WORK, OutcomeTable
from matcher.outcomes.reading import DECLINED, side_of
from matcher.outcomes.records import GOOD, GRADE
from matcher.profiles.records import all_text, records_of
from matcher.ranking import PairwiseRanker, WeightedRanker
from matcher.ranking.weighted import column_means
from matcher.recommendations import Matcher

TEXTUAL: Final = ("topic", "values")  # components whose sum is one of the rankers that pairs are drawn from
BORDERS: Final = (2, 3, 5, 6)  # ranks at the borders of the bands, of which one is drawn for each seeker
CHUNK: Final = 64  # seekers that are ranked together
SHRINKAGES: Final = (200.0, 50.0, 15.0)  # the first is taken of those that do equally well
FOLDS: Final = 10
DEPTH: Final = 5
LEAST_GOOD: Final = 5  # good pairs, compared with others of their seeker, from which weights are learned
LEAST_SEEKERS: Final = 4
LOWEST_USEFUL: Final = 2.0  # rating (1 to 5) up to which a side gained nothing
RATED: Final = [str(Outcome.SEEKER_RATING), str(Outcome.CANDIDATE_RATING)]
SIDED: Final = "one_sided"  # whether a grade holds for the seeker's side only
TEXTS: Final[dict[str, Any]] = bundled_toml(__package__, "graded_weights.toml")


def draw_pairs(
    matcher: Matcher, n: int, graded: Iterable[tuple[str, str]] = (), *, seed: int = 0
) -> list[tuple[str, str]]:
    """Draw n pairs (seeker, candidate) to be graded, as far as the matcher's pool has them, in random order.

    No two organisations come twice, and none of `graded`. At most five pairs per seeker, as far as the pool
    allows: the first candidate of the engine, of TF-IDF, and of `topic` and `values` together, one at the
    border of a band, one by chance. Languages of seekers take turns.
    """
    rng = np.random.default_rng(seed)
    done = {frozenset(pair) for pair in graded}
    drawn: list[tuple[str, str]] = []
    while len(drawn) < n:
        before = len(drawn)
        for seeker, first, shuffled in _proposals(matcher, rng):
            fresh = [one for one in dict.fromkeys(first) if frozenset((seeker, one)) not in done]
            left = (one for one in shuffled if one not in fresh and frozenset((seeker, one)) not in done)
            new = [(seeker, one) for one in (*fresh, *itertools.islice(left, 1))][: n - len(drawn)]
            done.update(map(frozenset, new))
            drawn += new
            if len(drawn) == n:
                break
        if len(drawn) == before:
            break
    return [drawn[position] for position in rng.permutation(len(drawn))]


def _proposals(matcher: Matcher, rng: np.random.Generator) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield seekers in random order, each with the candidates to be graded first, and with all by chance."""
    pool, ids = matcher.pool, matcher.pool[Profile.ID].to_numpy()
    # In random order, in which languages take turns.
    languages = pd.Series([guess_language(all_text(record)) for record in records_of(pool)])
    shuffled = pd.Series(rng.permutation(len(pool)))
    turn = shuffled.groupby(languages.iloc[shuffled].to_numpy()).cumcount()
    order = shuffled.iloc[np.argsort(turn, kind="stable")].to_numpy()
    textual = [COMPONENT_NAMES.index(name) for name in TEXTUAL]
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        frame, encoded = matcher.encode_seekers(ids[rows].tolist())
        lexical = tfidf_scores(pool, pool.iloc[rows])(np.arange(len(rows)))
        for at, block in matcher.scorer.score(frame, encoded):
            twins, columns = matcher.scorer.pool.twins, block.pairs.columns
            best = select_best(block.score, max(BORDERS), twins, columns=columns)
            both = np.add(*(side[..., textual] for side in block.components))
            meant = np.nan_to_num(both).sum(axis=-1)
            for row, position in enumerate(at):
                columns = block.pairs.positions(row)
                eligible = np.isfinite(block.score[row])
                listed = best.positions[best.rows == row]
                if len(listed):
                    simple = np.where(eligible, [lexical[position][columns], meant[row]], -np.inf)
                    first = [int(listed[0]), *columns[simple.argmax(axis=1)]]
                    borders = [int(listed[rank - 1]) for rank in BORDERS if rank <= len(listed)]
                    first += [borders[rng.integers(len(borders))]] if borders else []
                    chance = rng.permutation(columns[np.flatnonzero(eligible)])
                    yield str(ids[rows[position]]), ids[first].tolist(), ids[chance].tolist()


def rank_graded(matcher: Matcher, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return a fitted matcher's whole lists of the seekers of graded pairs.

    Pairs have the columns seeker, candidate (ids of the pool) and grade, which holds for both directions. One
    row per candidate that may be recommended: seeker, candidate, rank, band, place and met (as `assign_bands`
    takes them), tfidf (rank by TF-IDF of all texts), grade (NaN where nobody read the pair), same_language.
    """
    ids, scorer, seekers = matcher.pool[Profile.ID].to_numpy(), matcher.scorer, sorted({*pairs[PAIR[0]]})
    frame, encoded = matcher.encode_seekers(seekers)
    lexical = tfidf_scores(matcher.pool, matcher.pool.iloc[np.searchsorted(ids, seekers)])
    words = lexical(np.arange(len(seekers)))
    graded = np.searchsorted(ids, sorted({*pairs[PAIR[1]]} & {*ids})).tolist()
    parts = []
    for at, block in scorer.score(frame, encoded, graded):
        best = select_best(block.score, len(ids), scorer.pool.twins, columns=block.pairs.columns)
        listed = block.at(best.rows, block.pairs.columns_of(best.rows, best.positions))
        columns: dict[str, Any] = {
            PAIR[0]: np.asarray(seekers)[at[best.rows]],
            PAIR[1]: ids[best.positions],
            "rank": best.ranks,
            "band": scorer.bands(best, listed),
            "place": scorer.places(best, listed.mutual),
            "met": listed.best_met,
            "tfidf": words[at[best.rows], best.positions],
        }
        parts.append(pd.DataFrame(columns))
    lists = pd.concat(parts, ignore_index=True)
    lists["tfidf"] = (-lists["tfidf"]).groupby(lists[PAIR[0]]).rank(method="first")
    lists[GRADE] = _keys(lists).map(pairs.groupby([_keys(pairs)])[GRADE].mean())
    languages = {record[Profile.ID]: guess_language(all_text(record)) for record in records_of(matcher.pool)}
    ours, theirs = (lists[name].map(languages) for name in PAIR)
    return lists.assign(same_language=ours == theirs)


def _keys(pairs: pd.DataFrame) -> "pd.Series[Any]":
    """Return one key for both directions of each pair."""
    one, other = (pairs[name].astype(str).to_numpy() for name in PAIR)
    both = [f"{min(pair)}\n{max(pair)}" for pair in zip(one, other, strict=True)]
    return pd.Series(both, index=pairs.index)


@dataclass(frozen=True)
class GradedPairs:
    """Components of pairs from both sides, shape (n_pairs, n_components), and of the pool for the scale.

    A grade is the mean over readers; if `one_sided` it holds for the seeker's side only.
    """

    ours: Floats
    theirs: Floats
    grade: Floats
    seeker: Objects
    one_sided: Flags
    pool: Floats = field(repr=False)

    def take(self, rows: Flags) -> Self:
        """Return some pairs, chosen by flags of shape (n_pairs,)."""
        fields: dict[str, Any] = {name: part[rows] for name, part in vars(self).items() if name != "pool"}
        return replace(self, **fields)


@dataclass(frozen=True)
class GradedTraining:
    """Weights in force and learned from grades, of sum 1, equal where there is too little to learn from.

    The ranker has the better ones: `present`, `improved` and `gain` are mean nDCG@5 of the graded pairs of
    seekers left out, and their paired difference. `overlap` is the share of the first five that stay there.
    """

    ranker: WeightedRanker
    is_better: bool
    old: Mapping[str, float]
    learned: Mapping[str, float]
    present: float
    improved: float
    gain: ClusteredMean
    n_pairs: int
    n_good: int
    n_seekers: int
    overlap: float = 1.0


def gather_graded(matcher: Matcher, pairs: pd.DataFrame) -> GradedPairs:
    """Return those of graded pairs, with `SIDED` if any, that may be recommended in a fitted matcher."""
    ids, pool = matcher.pool[Profile.ID].to_numpy(), matcher.scorer.pool
    seekers = sorted(set(pairs[Outcome.SEEKER]))
    frame, encoded = matcher.encode_seekers(seekers)
    by_seeker = dict(iter(pairs.groupby(str(Outcome.SEEKER))))
    parts: list[tuple[Any, ...]] = []
    for block in pool.blocks(frame, encoded):
        ours, theirs = block.pick(COMPONENT_NAMES)
        for row, position in enumerate(block.rows):
            mine = by_seeker[seekers[position]]
            at = np.searchsorted(ids, mine[Outcome.CANDIDATE].to_numpy())
            shown = block.eligible[row, at]
            parts.append((ours[row, at[shown]], theirs[row, at[shown]], mine[shown]))
    *sides, tables = zip(*parts, strict=True)
    (ours, theirs), kept = map(np.concatenate, sides), pd.concat(tables)
    sided = kept.get(SIDED, pd.Series(False, kept.index)).to_numpy(dtype=np.bool_)
    grades, named = kept[GRADE].to_numpy(dtype=np.float64), kept[PAIR[0]].to_numpy(dtype=object)
    sample = pool.sample()
    rows = np.concatenate([side[sample.eligible] for side in sample.pick(COMPONENT_NAMES)])
    return GradedPairs(ours, theirs, grades, named, sided, rows)


def grades_of_outcomes(outcomes: OutcomeTable, known: Iterable[str]) -> pd.DataFrame:
    """Return what became of pairs of `known` ids as grades: seeker, candidate, grade and `SIDED`.

    To each side a pair is worth its last rating less 2 (at least 0); without a rating 3 from an agreement
    on, 0 if it declined for a reason of its own (`side_of`), and 2 after a meeting. Where both sides have a
    grade it is the mean; else one row is of the side that has one, as the seeker.
    """
    kept, ids = outcomes.kept, set(known)
    usable = kept[Outcome.SEEKER].isin(ids) & kept[Outcome.CANDIDATE].isin(ids)
    named = [side_of(*row) for row in zip(outcomes.reasons, *(kept[name] for name in PAIR), strict=True)]
    ours = kept.assign(side=named)[usable].sort_values(Outcome.DATE, kind="stable")
    swapped = dict(zip(PAIR + RATED, PAIR[::-1] + RATED[::-1], strict=True))
    views = pd.concat([_side_grades(ours), _side_grades(ours.rename(columns=swapped))])
    # Of each kind what was said last; of the kinds the first that is known.
    grade = views.groupby(PAIR).last().bfill(axis=1).iloc[:, 0].dropna()
    rows = grade.rename(GRADE).reset_index()
    other = rows.rename(columns={GRADE: "other", **dict(zip(PAIR, PAIR[::-1], strict=True))})
    recorded = ours[PAIR].drop_duplicates().assign(recorded=True)
    rows = rows.merge(other, on=PAIR, how="left").merge(recorded, on=PAIR, how="left")
    rows[SIDED] = rows["other"].isna()
    rows[GRADE] = rows[[GRADE, "other"]].mean(axis=1)
    return rows.loc[rows[SIDED] | rows["recorded"].notna(), [*PAIR, GRADE, SIDED]]


def _side_grades(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the grades of each row on the seeker's side by kind, what counts first first; NaN where none."""
    stage, own = rows[Outcome.STAGE], rows["side"] == rows[PAIR[0]]
    return rows[PAIR].assign(
        rated=(rows[RATED[0]] - LOWEST_USEFUL).clip(lower=0.0),
        worked=stage.map(dict.fromkeys(JOINT_WORK, 3.0)),
        declined=stage.where(own).map({DECLINED: 0.0}),
        met=stage.map({"met": float(GOOD)}),
    )


def train_on_grades(matcher: Matcher, pairs: pd.DataFrame) -> GradedTraining:
    """Learn weights from grades, and keep them where lists of seekers left out surely improve.

    The matcher has the analyst's weights. Of each seeker, good pairs (grade 2 or 3) are compared with the
    others that were graded, and those of grade 3 with all others, by `PairwiseRanker`; ungraded pairs are
    never used. Features are the mean of both sides, or the seeker's where the grade is of one side.
    """
    training = train_on_pairs(gather_graded(matcher, pairs), analyst_ranker(matcher.scorer.pool))
    if training.learned == training.old:
        return training
    seekers = sorted(set(pairs[Outcome.SEEKER]))
    other = matcher.reweighted(training.learned)
    before, after = (one.recommend(seekers, DEPTH, explain=False) for one in (matcher, other))
    return replace(training, overlap=len(before.merge(after, on=PAIR)) / max(len(before), 1))


def train_on_pairs(data: GradedPairs, base: WeightedRanker) -> GradedTraining:
    """Do as `train_on_grades` with features that are gathered already; `base` has the weights in force."""
    present = base.fit(data.pool)
    counts = len(data.grade), int((data.grade >= GOOD).sum()), len(set(data.seeker))
    good = pd.Series(data.grade >= GOOD)[~data.one_sided]
    is_mixed = good.groupby(data.seeker[~data.one_sided]).transform("mean") < 1
    if good[is_mixed].sum() < LEAST_GOOD or counts[2] < LEAST_SEEKERS:
        old, nothing = _weights(present), ClusteredMean(float("nan"), float("nan"), 0)
        return GradedTraining(present, False, old, old, float("nan"), float("nan"), nothing, *counts)
    held = {shrinkage: _left_out(data, base, shrinkage) for shrinkage in SHRINKAGES}
    before = score_seekers(data, present)
    best = max(SHRINKAGES, key=lambda shrinkage: held[shrinkage].mean())
    gain = paired_difference(held[best], before)
    learned = learn_weights(data, base, best)
    taken, weights = learned if gain.is_above else present, (_weights(present), _weights(learned))
    means = float(before.mean()), float(held[best].mean())
    return GradedTraining(taken, gain.is_above, *weights, *means, gain, *counts)


def learn_weights(data: GradedPairs, base: WeightedRanker, shrinkage: float) -> WeightedRanker:
    """Return a ranker with weights learned from grades; all else is as in `base`, which is fitted."""
    means = column_means(data.pool)
    ours, theirs = (np.where(np.isnan(side), means, side) for side in (data.ours, data.theirs))
    both = np.nanmean(np.stack([ours, theirs]), axis=0)
    compared = np.where(data.one_sided[:, None], ours, both)
    # The pool's pairs are a seeker without a good one: they give the scale, and are compared with nothing.
    labels = [np.zeros(len(data.pool)), data.grade >= GOOD, data.grade >= GOOD + 1]
    groups = [np.full(len(data.pool), ""), *(data.seeker + f"\n{step}" for step in ("good", "best"))]
    # What weighs nothing on purpose, such as culture, is not learned.
    weights = {name: weight for name, weight in _weights(base).items() if weight > 0.0}
    columns = [COMPONENT_NAMES.index(name) for name in weights]
    learner = PairwiseRanker(weights, base.conflict_strength, shrinkage, tuple(weights))
    learner.fit(
        np.concatenate([data.pool, compared, compared])[:, columns],
        np.concatenate(labels),
        groups=np.concatenate(groups).astype(str),
    )
    learned = dict(zip(learner.features_, learner.weights_.tolist(), strict=True))
    ranker = WeightedRanker(learned, base.conflict_strength, conduct_limit=base.conduct_limit)
    return ranker.fit(data.pool)


def score_seekers(data: GradedPairs, ranker: WeightedRanker) -> "pd.Series[float]":
    """Return nDCG@5 of each seeker's pairs, not one-sided; NaN unless it has good ones and others."""
    score = mutual_score(ranker.predict(data.ours), ranker.predict(data.theirs))
    gain = np.where(data.grade >= GOOD, 2.0**data.grade - 1.0, 0.0)
    rows = pd.DataFrame({"score": score, "gain": gain, "seeker": data.seeker})[~data.one_sided]
    found = {}
    for seeker, mine in rows.groupby("seeker"):
        is_judged = mine["gain"].any() and not mine["gain"].all()
        found[seeker] = ndcg_score([mine["gain"]], [mine["score"]], k=DEPTH) if is_judged else np.nan
    return pd.Series(found, dtype=np.float64)


def _left_out(data: GradedPairs, base: WeightedRanker, shrinkage: float) -> "pd.Series[float]":
    """Return nDCG@5 of each seeker under weights learned from others."""
    folds = GroupKFold(min(FOLDS, len(set(data.seeker)))).split(data.ours, groups=data.seeker)
    scores = []
    for _, late in folds:
        is_late = np.isin(np.arange(len(data.grade)), late)
        ranker = learn_weights(data.take(~is_late), base, shrinkage)
        scores.append(score_seekers(data.take(is_late), ranker))
    return pd.concat(scores)


def _weights(ranker: WeightedRanker) -> dict[str, float]:
    named = zip(ranker.features_, ranker.weights_.tolist(), strict=True)
    return {name: weight for name, weight in named if name != "conflict"}


def graded_weights_document(training: GradedTraining, lang: str, n_outcomes: int) -> Document:
    """Return what was learned from grades as a document; `n_outcomes` of them come from outcomes."""
    texts, seekers, ends = Texts(TEXTS, lang), training.n_seekers, training.gain.interval
    read = texts.text("read", pairs=training.n_pairs, seekers=seekers, good=training.n_good)
    blocks: list[Block] = [Paragraph(read)]
    if n_outcomes:
        blocks.append(Note(texts.text("outcomes", number=n_outcomes)))
    if not ends.n:
        few = texts.text("too few", least_good=LEAST_GOOD, least_seekers=LEAST_SEEKERS)
        return Document(texts.text("title"), lang, (*blocks, Paragraph(few)))
    means = {"old": texts.cell(training.present, 3), "new": texts.cell(training.improved, 3)}
    found = {"gain": ends.mean, "low": max(ends.low, -1.0), "high": min(ends.high, 1.0)}
    differences = {name: texts.messages.signed(value) for name, value in found.items()}
    overlap = texts.messages.percent(training.overlap)
    blocks += (
        Paragraph(texts.text("better" if training.is_better else "not better")),
        Note(texts.text("judged", n=ends.n, **means, **differences)),
        texts.table("learned", weight_rows(training.old, training.learned, texts)),
        Paragraph(texts.text("lists", seekers=seekers, overlap=overlap)),
    )
    return Document(texts.text("title"), lang, tuple(blocks))
