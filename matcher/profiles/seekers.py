"""Seekers: ids, mappings and tables of them, and what opportunities take over from their lead."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
from rapidfuzz import process

from matcher.columns import FLAGS, Profile, Rejection
from matcher.errors import ProfileError
from matcher.profiles import ProfileTable, read_profiles

Profiles = str | Path | pd.DataFrame | ProfileTable
Seeker = str | Mapping[str, Any]

SEEKER_FORMS: Final = "seeker must be an id as text, a mapping of columns, or a list or table of them"
LENT: Final = tuple(
    column
    for column in Profile
    if column not in (Profile.ID, Profile.NAME, Profile.LEAD, Profile.EXCLUDES, Profile.FLAG)
)
"""Columns that an opportunity takes over from its lead where its own are empty."""


def lend_from_lead(seekers: pd.DataFrame, pool: pd.DataFrame) -> pd.DataFrame:
    """Fill what opportunities leave empty from the profile of the organisation that leads them.

    The lead's exclusions and its flag hold for its opportunities too.
    """
    positions = {id_: position for position, id_ in enumerate(pool[Profile.ID])}
    records = seekers.to_dict("records")
    for record in records:
        position = positions.get(record[Profile.LEAD])
        if position is None:
            continue
        lead = pool.iloc[position]
        for column in LENT:
            if _is_empty(record[column]):
                record[column] = lead[column]
        record[Profile.EXCLUDES] = (*record[Profile.EXCLUDES], *lead[Profile.EXCLUDES])
        record[Profile.FLAG] = max(record[Profile.FLAG], lead[Profile.FLAG], key=FLAGS.index)
    return pd.DataFrame(records, columns=seekers.columns)


def _is_empty(value: Any) -> bool:
    return value in ("", ()) or (not isinstance(value, str | tuple) and bool(pd.isna(value)))


def list_seekers(seeker: Seeker | Sequence[Seeker]) -> list[Seeker]:
    """Return one seeker or several as a list."""
    if isinstance(seeker, str | Mapping):
        return [seeker]
    if isinstance(seeker, Iterable):
        return list(seeker)
    raise ProfileError(f"{SEEKER_FORMS}; got {type(seeker).__name__}.")


def read_usable(source: Profiles, what: str) -> ProfileTable:
    """Read profiles; warn of rejected rows, unless the caller has read them."""
    table = read_profiles(source)
    if table.n_rejected and table is not source:
        warnings.warn(
            f"{table.n_rejected} of {table.n_rows} {what} were rejected; "
            "read_profiles(...).rejected says why.",
            stacklevel=3,
        )
    return table


def describe_unknown(id_: str, ids: pd.Series[str], table: ProfileTable, what: str) -> str:
    """Return the message that an id is not in the pool: rejected, or with the nearest ids."""
    if id_ in set(table.rejected[Rejection.ID]):
        return f"{what} {id_!r} is in the profiles, but its row was rejected; see the rejected rows."
    near = process.extract(id_, ids.tolist(), limit=3, score_cutoff=70)
    hint = f" Did you mean {', '.join(repr(match) for match, _, _ in near)}?" if near else ""
    return f"{what} must be the id of one of the {len(ids)} profiles; got {id_!r}.{hint}"
