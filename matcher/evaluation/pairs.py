"""Tables of pairs: their checks, and the rank of each pair in its list."""

from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import SIDES, Recommendation
from matcher.errors import ConfigError, EvaluationError

PAIR: Final = [str(side) for side in SIDES]


def check_columns(table: pd.DataFrame, what: str, columns: Iterable[str]) -> None:
    """Raise `EvaluationError` unless a table, called `what` in the message, has some columns."""
    wanted = [str(column) for column in columns]
    if missing := [column for column in wanted if column not in table.columns]:
        found = ", ".join(str(column) for column in table.columns) or "none"
        raise EvaluationError(
            f"{what} must have the columns {', '.join(wanted)}; got {found} "
            f"(missing: {', '.join(missing)}). Add or rename the missing ones."
        )


def check_pairs(table: pd.DataFrame, what: str, *more: str) -> None:
    """Raise `EvaluationError` unless every row has a seeker and a candidate, and the table columns `more`."""
    check_columns(table, what, (*PAIR, *more))
    if empty := int(table[PAIR].isna().any(axis=1).sum()):
        raise EvaluationError(
            f"{what} must have a seeker and a candidate in every row; got {empty} rows without. Drop them."
        )


def read_numbers(column: pd.Series, what: str) -> Floats:
    """Return a column of numbers, or of texts of numbers, as floats; `EvaluationError` unless all are."""
    numbers: Floats = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    if wrong := int(np.isnan(numbers).sum()):
        raise EvaluationError(f"{what} must be a number in every row; got {wrong} rows without. Drop them.")
    return numbers


def check_whole(value: object, what: str, least: int = 1) -> None:
    """Raise `ConfigError` unless a setting is a whole number of at least `least`."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < least:  # type: ignore[operator]
        raise ConfigError(f"{what} must be a whole number of at least {least}; got {value!r}. Change it.")


def check_types(*columns: pd.Series) -> None:
    """Raise `EvaluationError` unless ids are of one type: the text "7" is not the number 7."""
    values = np.concatenate([column.to_numpy(dtype=object) for column in columns])
    if pd.api.types.infer_dtype(values).startswith("mixed"):
        types = ", ".join(sorted({type(one).__name__ for one in values}))
        raise EvaluationError(f"ids must be of one type in all tables; got {types}. Read them all as text.")


def ranked(recommendations: pd.DataFrame) -> pd.DataFrame:
    """Return seeker, candidate and rank of recommendations: by seeker and rank, gaps closed.

    Equal ranks go by candidate id. Raises `EvaluationError` if a column, an id or a rank is missing, ids are
    of several types, or a pair is named twice.
    """
    check_pairs(recommendations, "recommendations", Recommendation.RANK)
    read = read_numbers(recommendations[Recommendation.RANK], "rank of recommendations")
    lists = recommendations[PAIR].astype(object).assign(rank=read)
    for name in PAIR:
        check_types(lists[name])
    if extra := int(lists.duplicated(PAIR).sum()):
        raise EvaluationError(
            f"recommendations must name a candidate at most once a seeker; got {extra} duplicate rows. "
            "Drop them."
        )
    lists = lists.sort_values([PAIR[0], "rank", PAIR[1]], ignore_index=True)
    return lists.assign(rank=lists.groupby(PAIR[0]).cumcount() + 1)


def true_ranks(recommendations: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return seeker, candidate and rank of each distinct true pair, by ids; infinite if not recommended."""
    lists = ranked(recommendations)
    check_pairs(truth, "truth")
    for name in PAIR:
        check_types(recommendations[name], truth[name])
    wanted = truth[PAIR].astype(object).drop_duplicates().sort_values(PAIR, ignore_index=True)
    found = wanted.merge(lists, how="left", on=PAIR)
    return found.assign(rank=found["rank"].astype(np.float64).fillna(np.inf))


def turned(recommendations: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return lists and true pairs as the candidates see them: seekers by descending score, ties by id."""
    check_pairs(recommendations, "recommendations", Recommendation.SCORE)
    check_pairs(truth, "pairs")
    scores = read_numbers(recommendations[Recommendation.SCORE], "score of recommendations")
    lists, pairs = (table[PAIR].set_axis(PAIR[::-1], axis=1) for table in (recommendations, truth))
    return lists.assign(rank=-scores), pairs
