"""Canonical profiles as records: their texts and dates, and the profiles of seekers."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
from rapidfuzz import process

from matcher.columns import FLAGS, Profile, Rejection
from matcher.errors import ProfileError
from matcher.profiles.reading import ProfileTable, read_profiles

Profiles = str | Path | pd.DataFrame | ProfileTable
Seeker = str | Mapping[str, Any]

SEEKER_FORMS: Final = "seeker must be an id as text, a mapping of columns, or a list or table of them"
LENT: Final = tuple(
    column
    for column in Profile
    if column not in (Profile.ID, Profile.NAME, Profile.LEAD, Profile.EXCLUDES, Profile.FLAG)
)
"""Columns that an opportunity takes over from its lead where its own are empty."""


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the canonical columns of a table, one mapping per row."""
    columns = [column for column in Profile if column in frame]
    return [dict(zip(columns, row, strict=True)) for row in frame[columns].itertuples(index=False, name=None)]


def whole_text(record: dict[str, Any]) -> str:
    """Return vision, mission and values of one record as one text."""
    parts = [record[Profile.VISION], record[Profile.MISSION], stated_values(record)]
    return "\n".join(part for part in parts if part)


def all_text(record: dict[str, Any]) -> str:
    """Return all sentences of one record, from which its language is guessed."""
    columns = (Profile.GOALS_SHORT, Profile.GOALS_LONG, Profile.INDICATORS)
    resources = [resource.text for column in (Profile.NEEDS, Profile.OFFERS) for resource in record[column]]
    return "\n".join([whole_text(record), *(record[column] for column in columns), *resources])


def stated_values(record: Mapping[str, Any]) -> str:
    """Return the values as one text; sorted, for the order of a list has no meaning."""
    return "; ".join(sorted(record[Profile.VALUES]))


def latest_date(pool: pd.DataFrame) -> dt.date | None:
    """Return the latest date that the profiles name, so that results do not depend on today's date.

    None where the pool names no date: no age is known then, and all history is past.
    """
    claims = [claim.date for evidence in pool[Profile.EVIDENCE] for claim in evidence if claim.date]
    updates = [stamp.date() for stamp in pool[Profile.UPDATED].dropna()]
    return max([*claims, *updates], default=None)


def normalise(term: str) -> str:
    """Fold case and inner white space, so that 'Site  visits' equals 'site visits'."""
    return " ".join(term.casefold().split())


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
