"""Canonical profiles as records: their texts and dates, and the profiles of seekers."""

import datetime as dt
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
from rapidfuzz import process

from matcher.columns import RESOURCES, Profile, Rejection
from matcher.errors import ProfileError
from matcher.profiles.ids import Roster
from matcher.profiles.reading import ProfileTable, read_profiles
from matcher.profiles.vocabulary import column_of

Profiles = str | Path | pd.DataFrame | ProfileTable
Seeker = str | Mapping[str, Any]

SEEKER_FORMS: Final = "seeker must be an id as text, a mapping of columns, or a list or table of them"
PROSE: Final = (Profile.VISION, Profile.MISSION, Profile.GOALS_SHORT, Profile.GOALS_LONG, Profile.INDICATORS)
"""Columns of free text that says what an organisation does and wants."""
OWN_RULES: Final = (Profile.EXCLUDES, Profile.NEVER, Profile.PIN)
LENT: Final = tuple(
    column
    for column in Profile
    if column not in (Profile.ID, Profile.NAME, Profile.LEAD, Profile.FLAG, *OWN_RULES)
)
"""Columns that an opportunity takes over from its lead where its own are empty."""


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the canonical columns of a table, one mapping per row."""
    columns = [column for column in Profile if column in frame]
    cells = zip(*(frame[column].tolist() for column in columns), strict=True)  # `itertuples` is slow
    return [dict(zip(columns, row, strict=True)) for row in cells]


def said_by(record: Mapping[str, Any]) -> list[str]:
    """Return all sentences of one record: prose, values as one text, needs and offers; empty ones too."""
    resources = [resource.text for column in RESOURCES for resource in record[column]]
    return [*(record[column] for column in PROSE), stated_values(record), *resources]


def all_text(record: Mapping[str, Any]) -> str:
    """Return all sentences of one record, from which its language is guessed."""
    return "\n".join(filter(None, said_by(record)))


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


def roster_of(table: ProfileTable) -> Roster:
    """Return the organisations of a table, also of its rejected rows."""
    rows = pd.concat([table.kept, table.set_aside])
    return Roster(rows[Profile.ID], rows[Profile.NAME])


def list_seekers(seeker: Seeker | Sequence[Seeker]) -> list[Seeker]:
    """Return one seeker or several as a list; a row of a table as a mapping."""
    one = seeker if isinstance(seeker, str | Mapping) else _row(seeker)
    if one is not None:
        return [one]
    if isinstance(seeker, Iterable):
        return [row if (row := _row(one)) is not None else one for one in seeker]
    raise ProfileError(f"{SEEKER_FORMS}; got {type(seeker).__name__}.")


def _row(seeker: Any) -> Any:
    """Return a row of a table, of pandas with headers or a named tuple, as a mapping; None for others."""
    if isinstance(seeker, pd.Series):
        is_row = any(isinstance(label, str) and column_of(label) is not None for label in seeker.index)
        return seeker.to_dict() if is_row else None
    return seeker._asdict() if hasattr(seeker, "_asdict") else None


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


def describe_unknown(named: str, several: Sequence[str], table: ProfileTable, what: str) -> str:
    """Return the message that an id or name is not in the pool: shared, rejected, or with near ones."""
    if several:
        listed = ", ".join(map(repr, several))
        return f"{what} must be one organisation; several have this name: {listed}. Give the id."
    same = [named, *table.set_aside.loc[table.set_aside[Profile.NAME] == named, Profile.ID]]
    found = table.rejected[table.rejected[Rejection.ID].isin(same)]
    if len(found):
        why = "; ".join(found[[Rejection.COLUMN, Rejection.REASON]].agg(": ".join, axis=1))
        return f"{what} {named!r} is in the profiles, but its row was rejected; {why}."
    names = dict(zip(table.kept[Profile.ID], table.kept[Profile.NAME], strict=True))
    words = [*names, *names.values()]
    near = process.extract(named, words, processor=str.casefold, limit=6, score_cutoff=70)
    ids = dict.fromkeys([*names][position % len(names)] for _, _, position in near)
    hints = [repr(id_) + (f" ({names[id_]})" if names[id_] != id_ else "") for id_ in [*ids][:3]]
    hint = f" Did you mean {', '.join(hints)}?" if hints else ""
    return f"{what} must be the id or name of one of the {len(names)} profiles; got {named!r}.{hint}"
