"""The lists of graded seekers, with ranks, what bands depend on, and grades."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import Outcome, Profile
from matcher.encoders.languages import guess_language
from matcher.learning.grade_sample import tfidf_scores
from matcher.matching.selection import select_best
from matcher.outcomes.grades import GRADE
from matcher.profiles.records import all_text, records_of
from matcher.recommendations import Matcher

PAIR: Final = [str(Outcome.SEEKER), str(Outcome.CANDIDATE)]


def rank_graded(matcher: Matcher, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the whole lists of the seekers of graded pairs.

    Parameters
    ----------
    matcher : Matcher
        Fitted.
    pairs : DataFrame
        Columns seeker, candidate and grade; ids of the pool. A grade holds for both directions.

    Returns
    -------
    lists : DataFrame
        One row per candidate that may be recommended: seeker, candidate, rank, band, place and met (as
        `assign_bands` takes them), tfidf (rank by TF-IDF of all texts), grade (NaN where nobody read
        the pair), and whether both write the same language.
    """
    seekers = sorted(set(pairs[PAIR[0]]))
    lists = pd.concat(_lists(matcher, seekers), ignore_index=True)
    mean = pairs.groupby([_keys(pairs)])[GRADE].mean()
    lists[GRADE] = _keys(lists).map(mean)
    languages = {record[Profile.ID]: guess_language(all_text(record)) for record in records_of(matcher.pool)}
    ours, theirs = (lists[name].map(languages) for name in PAIR)
    return lists.assign(same_language=ours == theirs)


def _lists(matcher: Matcher, seekers: list[str]) -> Iterator[pd.DataFrame]:
    ids, scorer = matcher.pool[Profile.ID].to_numpy(), matcher.scorer
    frame, encoded = matcher.encode_seekers(seekers)
    lexical = tfidf_scores(matcher.pool, np.searchsorted(ids, seekers))
    for at, block in scorer.score(frame, encoded):
        best = select_best(block.score, len(ids), scorer.pool.twins)
        mutual, met = block.at(best)
        columns: dict[str, Any] = {
            PAIR[0]: np.asarray(seekers)[at[best.rows]],
            PAIR[1]: ids[best.positions],
            "rank": best.ranks,
            "band": scorer.bands(best, mutual, met),
            "place": scorer.places(best, mutual),
            "met": met,
            "tfidf": _ranks(lexical[at[best.rows], best.positions], best.rows),
        }
        yield pd.DataFrame(columns)


def _ranks(scores: Floats, rows: Any) -> Floats:
    """Return the rank of each score among those of its row; equal ones keep their order."""
    by_row = pd.Series(-scores).groupby(rows)
    return by_row.rank(method="first").to_numpy()


def _keys(pairs: pd.DataFrame) -> pd.Series[Any]:
    """Return one key for both directions of each pair."""
    one, other = (pairs[name].astype(str).to_numpy() for name in PAIR)
    both = [f"{min(pair)}\n{max(pair)}" for pair in zip(one, other, strict=True)]
    return pd.Series(both, index=pairs.index)
