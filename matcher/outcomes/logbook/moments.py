"""Moments: when something was recorded, in UTC wherever it is kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.types import TypeDecorator

from matcher.errors import OutcomeError


class Moment(TypeDecorator[dt.datetime]):
    """A column of moments; SQLite, which knows no time zones, holds UTC without saying so."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        """Bring a moment to UTC."""
        if value is None:
            return None
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        """Say of a moment that it is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def moment_of(recorded_at: dt.datetime | None) -> dt.datetime:
    """Return the moment that the caller gives, or the present one, in its own time zone.

    Raises
    ------
    OutcomeError
        If the caller's has no time zone.
    """
    if recorded_at is None:
        return dt.datetime.now().astimezone()
    if not isinstance(recorded_at, dt.datetime) or recorded_at.tzinfo is None:
        raise OutcomeError(
            f"recorded_at must be a datetime with a time zone; got {recorded_at}. Use datetime.now(UTC)."
        )
    return recorded_at
