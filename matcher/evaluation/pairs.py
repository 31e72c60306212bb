"""Tables of pairs: their checks, and the rank of each pair in its list."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Ints
from matcher.columns import Recommendation
from matcher.errors import ConfigError, EvaluationError


def check_columns(table: pd.DataFrame, what: str, columns: Iterable[str]) -> None:
    """Check that a table has some columns.

    Parameters
    ----------
    table : DataFrame
    what : str
        Name of the table in the message, in the plural or as "the log".
    columns : iterable of str
        Columns that must be there; more are ignored.

    Raises
    ------
    EvaluationError
        If one is missing; the message names those missing and those found.
    """
    wanted = [str(column) for column in columns]
    missing = [column for column in wanted if column not in table.columns]
    if missing:
        found = ", ".join(str(column) for column in table.columns) or "none"
        raise EvaluationError(
            f"{what} must have the columns {', '.join(wanted)}; got {found} "
            f"(missing: {', '.join(missing)}). Add or rename the missing ones."
        )


def check_pairs(table: pd.DataFrame, what: str, *more: str) -> None:
    """Raise `EvaluationError` unless every row has a seeker and a candidate, and the table columns `more`."""
    ids = (Recommendation.SEEKER, Recommendation.CANDIDATE)
    check_columns(table, what, (*ids, *more))
    empty = int(table[list(ids)].isna().any(axis=1).sum())
    if empty:
        raise EvaluationError(
            f"{what} must have a seeker and a candidate in every row; got {empty} rows without. Drop them."
        )


def read_numbers(column: pd.Series, what: str) -> Floats:
    """Return a column of numbers, or of texts of numbers, as floats without NaN, shape (n_rows,).

    Raises
    ------
    EvaluationError
        If a cell is missing or no number; the message says how many are.
    """
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    wrong = int(np.isnan(numbers).sum())
    if wrong:
        raise EvaluationError(f"{what} must be a number in every row; got {wrong} rows without. Drop them.")
    return np.asarray(numbers)


def check_whole(value: object, what: str, least: int = 1) -> None:
    """Raise `ConfigError` unless a setting is a whole number of at least `least`."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < least:  # type: ignore[operator]
        raise ConfigError(f"{what} must be a whole number of at least {least}; got {value!r}. Change it.")


def code_ids(*columns: pd.Series) -> tuple[pd.Index, list[Ints]]:
    """Number the ids of several columns together.

    Parameters
    ----------
    columns : Series
        Ids of one type, none missing.

    Returns
    -------
    ids : Index
        The distinct ids, sorted.
    codes : list of ndarray
        One array per column: the position of each row's id in `ids`.

    Raises
    ------
    EvaluationError
        If ids are of several types: the text "7" is not the number 7, and no pair would ever be found.
    """
    values = np.concatenate([column.to_numpy(dtype=object) for column in columns])
    if pd.api.types.infer_dtype(values).startswith("mixed"):
        types = ", ".join(sorted({type(one).__name__ for one in values}))
        raise EvaluationError(f"ids must be of one type in all tables; got {types}. Read them all as text.")
    codes, found = pd.factorize(values, sort=True)
    return pd.Index(found), np.split(codes, np.cumsum([len(column) for column in columns])[:-1])


def list_ranks(owners: Ints, members: Ints, order: Floats) -> Ints:
    """Return each row's rank in its owner's list: from 1, without gaps.

    Parameters
    ----------
    owners, members : ndarray of shape (n_rows,)
        Codes of the list's owner and of what is listed.
    order : ndarray of shape (n_rows,)
        Lists are sorted by this, lowest first; ties by `members`.
    """
    by_owner = np.lexsort((members, order, owners))
    grouped = owners[by_owner]
    ranks = np.empty(len(owners), dtype=np.int64)
    ranks[by_owner] = np.arange(len(owners)) - np.searchsorted(grouped, grouped, side="left") + 1
    return ranks


def check_distinct(keys: Ints, what: str) -> None:
    """Raise `EvaluationError` if a table names a pair twice; the message says how many rows are too many."""
    extra = len(keys) - len(np.unique(keys))
    if extra:
        raise EvaluationError(
            f"{what} must name a candidate at most once a seeker; got {extra} duplicate rows. Drop them."
        )


def true_ranks(recommendations: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return the rank of each true partner in its seeker's list.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, rank; more are ignored. Gaps in the ranks close; equal ranks go by
        candidate id.
    truth : DataFrame
        Columns seeker, candidate; a pair named twice counts once.

    Returns
    -------
    ranks : DataFrame
        Columns seeker, candidate, rank, one row per distinct true pair, by seeker and candidate; the rank
        is a float of at least 1, infinite where the partner was not recommended.

    Raises
    ------
    EvaluationError
        If a column, an id or a rank is missing, or recommendations name a pair twice.
    """
    check_pairs(recommendations, "recommendations", Recommendation.RANK)
    check_pairs(truth, "truth")
    order = read_numbers(recommendations[Recommendation.RANK], "rank of recommendations")
    tables = (recommendations, truth)
    seekers, (listed_by, true_of) = code_ids(*(table[Recommendation.SEEKER] for table in tables))
    candidates, (listed, partner) = code_ids(*(table[Recommendation.CANDIDATE] for table in tables))
    keys = listed_by * len(candidates) + listed
    check_distinct(keys, "recommendations")
    wanted = np.unique(true_of * len(candidates) + partner)
    ranks = pd.Series(list_ranks(listed_by, listed, order), index=keys, dtype=np.float64)
    seeker, candidate = np.divmod(wanted, max(len(candidates), 1))
    columns = {
        Recommendation.SEEKER: seekers[seeker],
        Recommendation.CANDIDATE: candidates[candidate],
        Recommendation.RANK: ranks.reindex(wanted, fill_value=np.inf).to_numpy(),
    }
    return pd.DataFrame({str(name): values for name, values in columns.items()})


def candidate_lists(recommendations: pd.DataFrame) -> pd.DataFrame:
    """Return each candidate's list: the seekers to whom it was recommended.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, score; more are ignored.

    Returns
    -------
    lists : DataFrame
        Columns seeker (the candidate before), candidate (the seeker before) and rank: by descending score,
        ties by seeker id. Rows in the order and with the index of `recommendations`.

    Raises
    ------
    EvaluationError
        If a column, an id or a score is missing.
    """
    check_pairs(recommendations, "recommendations", Recommendation.SCORE)
    scores = read_numbers(recommendations[Recommendation.SCORE], "score of recommendations")
    _, (members,) = code_ids(recommendations[Recommendation.SEEKER])
    _, (owners,) = code_ids(recommendations[Recommendation.CANDIDATE])
    return swap_pairs(recommendations).assign(rank=list_ranks(owners, members, -scores))


def swap_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs with seeker and candidate exchanged; `EvaluationError` if a column or an id is missing."""
    check_pairs(pairs, "pairs")
    names = [str(Recommendation.SEEKER), str(Recommendation.CANDIDATE)]
    return pairs[names].set_axis(names[::-1], axis=1)
