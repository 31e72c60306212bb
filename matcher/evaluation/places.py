"""Places: where in each list a recommendation, or a true partner, stands."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Ints
from matcher.columns import Recommendation
from matcher.errors import EvaluationError
from matcher.evaluation.checks import check_pairs, read_numbers
from matcher.evaluation.columns import Place


def code_ids(*columns: pd.Series) -> tuple[pd.Index, list[Ints]]:
    """Number the ids of several columns together, in the order of the ids.

    Parameters
    ----------
    columns : Series
        Ids of one type, none missing.

    Returns
    -------
    ids : Index
        The distinct ids, sorted.
    codes : list of ndarray
        One array a column: the place of each row's id in `ids`.

    Raises
    ------
    EvaluationError
        If ids are of several types: the text "7" is not the number 7, and no pair would ever be found.
    """
    codes, found = pd.factorize(np.concatenate([column.to_numpy(dtype=object) for column in columns]))
    if len(found) and pd.api.types.infer_dtype(found).startswith("mixed"):
        types = ", ".join(sorted({type(one).__name__ for one in found}))
        raise EvaluationError(f"ids must be of one type in all tables; got {types}. Read them all as text.")
    order = np.argsort(found, kind="stable")
    position = np.empty(len(found), dtype=np.int64)
    position[order] = np.arange(len(found))
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return pd.Index(found[order]), np.split(position[codes], ends)


def list_places(owners: Ints, members: Ints, order: Floats) -> Ints:
    """Return each row's place in its owner's list.

    Parameters
    ----------
    owners, members : ndarray of shape (n_rows,)
        Codes of the list's owner and of what is listed.
    order : ndarray of shape (n_rows,)
        Lists are sorted by this, lowest first; ties by `members`.

    Returns
    -------
    places : ndarray of shape (n_rows,)
        From 1 in every list, without gaps.
    """
    by_owner = np.lexsort((members, order, owners))
    grouped = owners[by_owner]
    starts = np.searchsorted(grouped, grouped, side="left")
    places = np.empty(len(owners), dtype=np.int64)
    places[by_owner] = np.arange(len(owners)) - starts + 1
    return places


def check_distinct(keys: Ints, what: str) -> None:
    """Check that no pair stands in a table twice.

    Raises
    ------
    EvaluationError
        If one does; the message says how many rows are too many.
    """
    extra = len(keys) - len(np.unique(keys))
    if extra:
        raise EvaluationError(
            f"{what} must name a candidate at most once a seeker; got {extra} duplicate rows. Drop them."
        )


def true_places(recommendations: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return the place of each true partner in its seeker's list.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, rank; more are ignored. The place is the position by rank, so gaps in
        the ranks close; equal ranks go by candidate id.
    truth : DataFrame
        Columns seeker, candidate; a pair named twice counts once.

    Returns
    -------
    places : DataFrame
        Columns of `Place`, one row a distinct true pair, by seeker and candidate; place is a float of at
        least 1, infinite where the partner was not recommended.

    Raises
    ------
    EvaluationError
        If a column, an id or a rank is missing, or recommendations name a pair twice.

    Notes
    -----
    n log n in the number of rows.
    """
    check_pairs(recommendations, "recommendations", Recommendation.RANK)
    check_pairs(truth, "truth")
    ranks = read_numbers(recommendations[Recommendation.RANK], "rank of recommendations")
    seekers, (listed_by, true_of) = _coded(Recommendation.SEEKER, recommendations, truth)
    candidates, (listed, partner) = _coded(Recommendation.CANDIDATE, recommendations, truth)
    keys = listed_by * len(candidates) + listed
    check_distinct(keys, "recommendations")
    wanted = np.unique(true_of * len(candidates) + partner)
    places = _look_up(wanted, keys, list_places(listed_by, listed, ranks))
    seeker, candidate = np.divmod(wanted, max(len(candidates), 1))
    columns = {Place.SEEKER: seekers[seeker], Place.CANDIDATE: candidates[candidate], Place.PLACE: places}
    return pd.DataFrame({str(name): values for name, values in columns.items()})


def turn_round(recommendations: pd.DataFrame) -> pd.DataFrame:
    """Return each candidate's list: the seekers to whom it was recommended.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, score; more are ignored.

    Returns
    -------
    turned : DataFrame
        Columns seeker (the candidate before), candidate (the seeker before) and rank: by descending score,
        ties by seeker id, from 1. Rows in the order and with the index of `recommendations`.

    Raises
    ------
    EvaluationError
        If a column, an id or a score is missing.
    """
    check_pairs(recommendations, "recommendations", Recommendation.SCORE)
    scores = read_numbers(recommendations[Recommendation.SCORE], "score of recommendations")
    _, (members,) = _coded(Recommendation.SEEKER, recommendations)
    _, (owners,) = _coded(Recommendation.CANDIDATE, recommendations)
    return turn_pairs(recommendations).assign(rank=list_places(owners, members, -scores))


def turn_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs with seeker and candidate exchanged.

    Raises
    ------
    EvaluationError
        If a column is missing or an id is.
    """
    check_pairs(pairs, "pairs")
    names = [str(Recommendation.SEEKER), str(Recommendation.CANDIDATE)]
    return pairs[names].set_axis(names[::-1], axis=1)


def _coded(column: str, *tables: pd.DataFrame) -> tuple[pd.Index, list[Ints]]:
    return code_ids(*(table[column] for table in tables))


def _look_up(wanted: Ints, keys: Ints, places: Ints) -> Floats:
    """Give each wanted key its place; infinite where it is not among the keys."""
    order = np.argsort(keys)
    spots = np.searchsorted(keys, wanted, sorter=order)
    found = np.full(len(wanted), np.inf)
    inside = np.flatnonzero(spots < len(keys))
    rows = order[spots[inside]]
    is_same = keys[rows] == wanted[inside]
    found[inside[is_same]] = places[rows[is_same]]
    return found
