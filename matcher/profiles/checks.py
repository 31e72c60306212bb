"""Checks of the whole table, once its cells are understood: required, unique, in range, allowed."""

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from matcher.columns import FLAGS, SUBSTANCE, Profile

if TYPE_CHECKING:
    import pandera.pandas as pa

FIRST_YEAR = 1000
"""Earliest year in which an organisation may have been founded."""

NOT_UNIQUE = "must be unique"
"""Reason of a repeated id."""

NOT_ORDERED = "must be capacity_min or more"
"""Reason of a largest capacity below the smallest."""

FILLED = "_filled"
"""Helper column: whether the record has anything to match on."""

_UNIQUE = "field_uniqueness"


class Failure(NamedTuple):
    """One check that one record failed."""

    row: int
    column: str
    reason: str


def check_table(frame: pd.DataFrame, today: dt.date, required: bool) -> list[Failure]:
    """Check all records, all rules together.

    Parameters
    ----------
    frame : DataFrame
        Canonical columns, RangeIndex.
    today : datetime.date
        Later dates are in the future.
    required : bool
        Whether id and name must be filled and ids unique.

    Returns
    -------
    list of Failure
        In no promised order. A repeated id fails at all but its first record.
    """
    import pandera.pandas as pa

    narrow = frame[[column.value for column in _checked()]].copy()
    narrow[FILLED] = False
    for column in SUBSTANCE:
        narrow[FILLED] |= frame[column].astype(bool)
    try:
        _schema(today, required).validate(narrow, lazy=True)
    except pa.errors.SchemaErrors as err:
        return _failures(err.failure_cases)
    return []


def _checked() -> list[Profile]:
    numbers = [Profile.STAFF, Profile.BUDGET, Profile.FOUNDED, Profile.CAPACITY_MIN, Profile.CAPACITY_MAX]
    return [Profile.ID, Profile.NAME, Profile.KIND, Profile.FLAG, *numbers, Profile.UPDATED]


def _schema(today: dt.date, required: bool) -> "pa.DataFrameSchema":
    import pandera.pandas as pa

    given = [pa.Check(lambda s: s != "", error="must be filled")] if required else []
    unique: dict[str, Any] = {"unique": required, "report_duplicates": "exclude_first"}
    flags = pa.Check.isin(FLAGS, error=f"must be one of {', '.join(FLAGS)}")
    past = pa.Check.le(pd.Timestamp(today), error=f"must not be in the future (today is {today})")
    columns = {
        Profile.ID.value: pa.Column(object, given, **unique),
        Profile.NAME.value: pa.Column(object, given),
        Profile.KIND.value: pa.Column(object),
        Profile.FLAG.value: pa.Column(object, flags),
        **{column.value: _number_column(column, today) for column in _checked()[4:9]},
        Profile.UPDATED.value: pa.Column("datetime64[ns]", past, nullable=True),
        FILLED: pa.Column(bool, pa.Check(lambda s: s, error=f"must fill one of {', '.join(SUBSTANCE)}")),
    }
    low, high = Profile.CAPACITY_MIN.value, Profile.CAPACITY_MAX.value
    order = pa.Check(lambda frame: ~(frame[low] > frame[high]), error=NOT_ORDERED, ignore_na=False)
    return pa.DataFrameSchema(columns, checks=order)


def _number_column(column: Profile, today: dt.date) -> "pa.Column":
    import pandera.pandas as pa

    check = pa.Check.ge(0, error="must be 0 or more")
    if column == Profile.FOUNDED:
        reason = f"must be a year from {FIRST_YEAR} to {today.year}"
        check = pa.Check(lambda s: s.between(FIRST_YEAR, today.year) & (s % 1 == 0), error=reason)
    return pa.Column("float64", check, nullable=True)


def _failures(cases: pd.DataFrame) -> list[Failure]:
    failures: set[Failure] = set()
    for column, check, index in zip(cases["column"], cases["check"], cases["index"], strict=True):
        row, reason = int(index), str(check)
        if reason == NOT_ORDERED:  # reported once for each column of the table
            failures.add(Failure(row, Profile.CAPACITY_MAX.value, reason))
        elif column == FILLED:
            failures.add(Failure(row, ", ".join(SUBSTANCE), reason))
        else:
            failures.add(Failure(row, str(column), NOT_UNIQUE if reason == _UNIQUE else reason))
    return sorted(failures)
