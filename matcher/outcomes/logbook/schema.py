"""Tables of an outcome log. Rows are only ever added: triggers refuse every change and removal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from matcher.columns import ANSWERS, SIDES, STAGES, Outcome
from matcher.outcomes.logbook.moments import Moment
from matcher.outcomes.records import LOG_VIEW as VIEW
from matcher.outcomes.records import LONGEST_ID
from matcher.outcomes.vocabulary import REASON

KIND: Final = "matcher outcome log"
VERSION: Final = 1
"""Version of the schema; a log of a later one is refused."""
SCORES: Final = tuple(map(str, ANSWERS))
"""What a review scores from 1 to 5."""
ACTIONS: Final = ("accepted", "rolled_back")

metadata: Final = MetaData()


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _rated(*columns: str) -> list[CheckConstraint]:
    return [CheckConstraint(f"{column} >= 1 AND {column} <= 5", f"{column}_range") for column in columns]


def _ledger(name: str, *columns: Column[object] | CheckConstraint, event: tuple[str, ...]) -> Table:
    """Describe a table whose rows replace earlier ones, and in which one event holds only once.

    `turn` counts the rows of one event, so that an event may be recorded anew after it was withdrawn.
    """
    return Table(
        name,
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        *columns,
        Column("recorded_at", Moment, nullable=False),
        Column("corrects", ForeignKey(f"{name}.id"), unique=True),
        Column("is_void", Boolean, nullable=False),
        Column("turn", Integer, nullable=False),
        UniqueConstraint(*event, "turn", name=f"{name}_key"),
        CheckConstraint("seeker <> candidate", f"{name}_pair"),
    )


about: Final = Table(
    "about", metadata, Column("name", String(50), primary_key=True), Column("value", Text, nullable=False)
)
"""What the database is, and the version of its schema."""

EVENT: Final = (Outcome.SEEKER.value, Outcome.CANDIDATE.value, Outcome.STAGE.value, Outcome.DATE.value)
RATINGS: Final = (Outcome.SEEKER_RATING.value, Outcome.CANDIDATE_RATING.value)

entries: Final = _ledger(
    "entries",
    Column("seeker", String(LONGEST_ID), nullable=False),
    Column("candidate", String(LONGEST_ID), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("date", Date, nullable=False),
    *(Column(name, Float) for name in RATINGS),
    Column(REASON, Text, nullable=False),
    CheckConstraint(f"stage IN ({_listed(STAGES)})", "known_stage"),
    *_rated(*RATINGS),
    event=EVENT,
)

REVIEW: Final = ("seeker", "candidate", "side", "date")

reviews: Final = _ledger(
    "reviews",
    Column("seeker", String(LONGEST_ID), nullable=False),
    Column("candidate", String(LONGEST_ID), nullable=False),
    Column("side", String(20), nullable=False),
    Column("date", Date, nullable=False),
    *(Column(name, Float) for name in SCORES),
    Column("changes_wanted", Text, nullable=False),
    CheckConstraint(f"side IN ({_listed(SIDES)})", "known_side"),
    *_rated(*SCORES),
    event=REVIEW,
)

runs: Final = Table(
    "runs",
    metadata,
    Column("id", String(LONGEST_ID), primary_key=True),
    Column("date", Date),
    Column("recorded_at", Moment, nullable=False),
    Column("config", Text, nullable=False),
    Column("ranker", Text, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("k", Integer, nullable=False),
    Column("n_seekers", Integer, nullable=False),
    Column("exploration", Float, nullable=False),
)

shown: Final = Table(
    "shown",
    metadata,
    Column("run", ForeignKey("runs.id"), primary_key=True),
    Column("seeker", String(LONGEST_ID), primary_key=True),
    Column("candidate", String(LONGEST_ID), primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("score", Float),
    Column("mutual", Float),
    Column("seeker_gain", Float),
    Column("candidate_gain", Float),
    Column("propensity", Float, nullable=False),
    CheckConstraint("propensity > 0 AND propensity <= 1", "propensity_range"),
)

adjustments: Final = Table(
    "adjustments",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("date", Date, nullable=False),
    Column("weights", JSON(none_as_null=True)),
    Column("before", JSON(none_as_null=True)),
    Column("reason", Text, nullable=False),
    Column("action", String(20), nullable=False),
    Column("recorded_at", Moment, nullable=False),
    CheckConstraint(f"action IN ({_listed(ACTIONS)})", "known_action"),
)

VIEW_SQL: Final = f"""
CREATE VIEW {VIEW} AS
SELECT id, {", ".join([*EVENT, *RATINGS, REASON])}, recorded_at FROM entries
WHERE NOT is_void AND NOT EXISTS (SELECT 1 FROM entries AS later WHERE later.corrects = entries.id)
"""  # noqa: S608

REFUSAL: Final = "rows are only ever added"


def guards(dialect: str) -> Iterator[str]:
    """Yield the statements that make a database refuse to change or remove rows."""
    tables = sorted(metadata.tables)
    if dialect == "sqlite":
        for table in tables:
            yield from _sqlite_guards(table)
        return
    yield (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ': {REFUSAL}'; END $$"
    )
    for table in tables:
        for when, unit in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            yield (
                f"CREATE TRIGGER {table}_{unit.lower()}_guard BEFORE {when} ON {table} "
                f"FOR EACH {unit} EXECUTE FUNCTION refuse_change()"
            )


def _sqlite_guards(table: str) -> Iterator[str]:
    for change in ("UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER {table}_{change.lower()}_guard BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: {REFUSAL}'); END"
        )
    # INSERT OR REPLACE removes the row in its way without asking the guard of DELETE.
    for place, key in enumerate(_keys(metadata.tables[table])):
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        yield (  # names of this module, nothing from outside
            f"CREATE TRIGGER {table}_replace_guard_{place} BEFORE INSERT ON {table} "  # noqa: S608
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
            f"BEGIN SELECT RAISE(ABORT, '{table}: {REFUSAL}; this one is there'); END"
        )


def _keys(table: Table) -> Iterator[tuple[str, ...]]:
    yield tuple(column.name for column in table.primary_key)
    uniques = [item for item in table.constraints if isinstance(item, UniqueConstraint)]
    yield from sorted(tuple(column.name for column in item.columns) for item in uniques)
