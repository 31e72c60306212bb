"""Canonical profiles as records: their texts and dates."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from matcher.columns import Profile


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


def stated_values(record: dict[str, Any]) -> str:
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
