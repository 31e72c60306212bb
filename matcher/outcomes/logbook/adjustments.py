"""Adjustments: which weights were in force when, and why they were changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, select

from matcher.config import Config
from matcher.errors import OutcomeError
from matcher.outcomes.logbook import schema
from matcher.tables.findings import Findings
from matcher.tables.values import clean_text, parse_date

Weights = dict[str, float]


def rows_of(connection: Connection) -> list[dict[str, Any]]:
    """Return every adjustment, in the order in which they were recorded."""
    query = select(schema.adjustments).order_by(schema.adjustments.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def in_force(connection: Connection) -> Weights | None:
    """Return the weights of the last adjustment; None before the first, and where it was rolled back."""
    rows = rows_of(connection)
    return rows[-1]["weights"] if rows else None


def accept(connection: Connection, weights: Mapping[str, float], told: dict[str, Any]) -> int:
    """Put weights in force and return the id of the adjustment.

    Raises
    ------
    ConfigError
        If a weight is unknown or out of range.
    """
    checked = Config.from_dict({"weights": dict(weights)}).weights.as_dict()
    return _add(connection, checked, in_force(connection), "accepted", told)


def roll_back(connection: Connection, told: dict[str, Any]) -> int:
    """Undo the last adjustment that is not undone yet, and return the id of the row that says so.

    Raises
    ------
    OutcomeError
        If there is none.
    """
    standing: list[dict[str, Any]] = []
    for row in rows_of(connection):
        if row["action"] == "accepted":
            standing.append(row)
        else:
            standing.pop()
    if not standing:
        raise OutcomeError("there must be an adjustment to roll back; all are, or none was accepted.")
    return _add(connection, standing[-1]["before"], standing[-1]["weights"], "rolled_back", told)


def told_of(date: str | dt.date, reason: str, moment: dt.datetime) -> dict[str, Any]:
    """Return the checked cells that every adjustment has: date, reason, recorded_at.

    Raises
    ------
    OutcomeError
        If the date is none, or the reason cannot be kept.
    """
    try:
        day = parse_date(str(date))
    except ValueError as err:
        raise OutcomeError(f"date {err}.") from err
    text = clean_text(reason, Findings())
    if text is None:
        raise OutcomeError("reason must be printable text of at most 50,000 characters. Shorten or clean it.")
    return {"date": day, "reason": text, "recorded_at": moment}


def _add(
    connection: Connection, weights: Weights | None, before: Weights | None, action: str, told: dict[str, Any]
) -> int:
    last = connection.scalar(select(func.coalesce(func.max(schema.adjustments.c.id), 0)))
    row = {"id": int(last or 0) + 1, "weights": weights, "before": before, "action": action, **told}
    connection.execute(insert(schema.adjustments), [row])
    return int(row["id"])
