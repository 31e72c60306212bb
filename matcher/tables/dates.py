"""Cells of dates, as people and forms write them in English and Indonesian."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final, Literal

import numpy as np

from matcher.files import bundled_toml
from matcher.tables.values import Findings, folded, is_missing, written_out

EARLIEST: Final = dt.date(1700, 1, 1)
LATEST: Final = dt.date(2261, 12, 31)  # a column of nanoseconds cannot hold much more

_TEXTS: Final = bundled_toml(__package__, "vocabulary.toml")
_MONTHS: Final = {word: int(number) for number, words in _TEXTS["months"].items() for word in words.split()}
_LEADING: Final = frozenset(_TEXTS["dates"]["leading"].split())
_NAME: Final = rf"({'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_DAY: Final = r"([0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = r"([0-9]{4}|'?[0-9]{2})"
_GAP: Final = r"[\s./-]*"

_FORMS: Final = [
    (re.compile(pattern), order)
    for pattern, order in (
        (r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?", "ymd"),
        (r"([0-9]{4})[/. ]([0-9]{1,2})(?:[/. ]([0-9]{1,2}))?", "ymd"),
        (r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})", "ymd"),
        (r"([0-9]{1,2})\s?[/. -]\s?([0-9]{1,2})\s?[/. -]\s?([0-9]{4})", "??y"),
        (r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]'?([0-9]{2})", "??y"),
        (r"([0-9]{1,2})[/.-]([0-9]{4})", "my"),
        (rf"{_DAY}{_GAP}(?:of )?{_NAME}{_GAP},?{_GAP}{_YEAR}", "dmy"),
        (rf"{_NAME}{_GAP}{_DAY},?{_GAP}(?<![0-9])([0-9]{{4}})", "mdy"),
        (rf"{_NAME},?{_GAP}{_YEAR}", "my"),
        (rf"([0-9]{{4}}){_GAP}{_NAME}(?:{_GAP}{_DAY})?", "ymd"),
    )
]
_TIME: Final = re.compile(
    r"(?:t|,?\s+(?:pukul|jam|at|pkl\.?)?\s*)[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]+)?)?"
    r"\s*(?:[ap]\.?m\.?)?\s*(?:z|(?:gmt|utc)?\s*[+-]?[0-9]{1,2}(?::?[0-9]{2})?|gmt|utc|wib|wita|wit)?$"
)
_EITHER: Final = re.compile(
    r"(?<![0-9./-])([0-9]{1,2})([/.-])([0-9]{1,2})\2(?:20|19)[0-9]{2}(?![0-9])|"
    r"(?<![0-9./-])([0-9]{1,2})/([0-9]{1,2})/[0-9]{2}(?![0-9/])"
)
_ADVICE: Final = "YYYY-MM-DD, YYYY-MM, YYYY or DD/MM/YYYY"
Order = Literal["day", "month", "mixed"]  # which number of 05/06/2024 is first, as the column's others show
_FIRST_SERIAL, _LAST_SERIAL = 25569, 73050  # day numbers of spreadsheets: 1970 to 2099


def date_order(cells: Iterable[object], found: Findings) -> Order:
    """Return the order of day and month in a column, with a note where its dates do not settle it."""
    found_ = [one for cell in cells if isinstance(cell, str) for one in _EITHER.finditer(cell)]
    pairs = [(int(one[1] or one[4]), int(one[3] or one[5]), one[0]) for one in found_]
    days = [text for first, second, text in pairs if 31 >= first > 12 >= second > 0]
    months = [text for first, second, text in pairs if 31 >= second > 12 >= first > 0]
    open_ = [text for first, second, text in pairs if 0 < first != second > 0 and max(first, second) <= 12]
    if days and months:
        return "mixed"
    if months:
        found.note_column(found.column, f"dates are read month first, as {months[0]} shows")
        return "month"
    if open_ and not days:
        found.note_column(found.column, f"days are read before months: {open_[0]} is {parse_date(open_[0])}")
    return "day"


def _matched(text: str) -> tuple[re.Match[str], str] | None:
    """Match a date without its time and without words such as "Senin," and "per"."""
    words = _TIME.sub("", folded(text)).strip(" ,.").split(" ")
    while len(words) > 1 and words[0].strip(",:.") in _LEADING:
        words = words[1:]
    bare = " ".join(words)
    return next(((one, order) for form, order in _FORMS if (one := form.fullmatch(bare))), None)


def looks_like_date(text: str) -> bool:
    """Return whether a text is written as a date, possible or not."""
    return len(text) <= 60 and _matched(text) is not None


def parse_date(text: str, order: Order = "day") -> dt.date:
    """Read a date; a missing month or day is the first one. Raises `ValueError` with the reason."""
    matched = _matched(text) if len(text) <= 80 else None
    if matched is None:
        raise ValueError(f"must be a date as {_ADVICE}; got {text[:40]!r}")
    one, places = matched
    places = _places(one, order) if places == "??y" else places
    parts = {place: part for place, part in zip(places, one.groups(), strict=True) if part}
    month, year = parts.get("m", "1"), int(parts["y"].strip("'"))
    if len(parts["y"]) < 4:
        year += 2000 if year < 70 else 1900
    try:
        date = dt.date(year, _MONTHS.get(month) or int(month), int(parts.get("d", "1")))
    except ValueError as err:
        raise ValueError(f"must be a possible date; got {text[:40]!r}") from err
    if not EARLIEST <= date <= LATEST:
        raise ValueError(f"must be from {EARLIEST} to {LATEST}; got {date}")
    return date


def _places(one: re.Match[str], order: Order) -> str:
    """Return which numbers are day and month; of two digits the year is the last, unless that cannot be."""
    first, second = int(one[1]), int(one[2])
    if len(one[3]) == 2 and first > 31:
        return "ymd"
    if len(one[3]) == 2 and "-" in one[0] and 20 <= first <= 31 and int(one[3]) <= 31:
        raise ValueError(
            f"must be one date; got {one[0]!r}, of which either end could be the year: write YYYY-MM-DD"
        )
    if second > 12 >= first:
        return "mdy"
    if order == "mixed" and first <= 12 and first != second:
        raise ValueError(
            f"must be one date; got {one[0]!r}, and other dates of this column are both day first and month "
            "first: write YYYY-MM-DD"
        )
    return "mdy" if order == "month" and first <= 12 else "dmy"


def read_date(
    value: object, found: Findings, order: Order = "day", today: dt.date | None = None
) -> dt.date | None:
    """Read a cell that holds a date, up to `today` if that is given; None where it is empty or rejected."""
    if is_missing(value):
        return None
    try:
        if isinstance(value, np.datetime64):
            value = value.astype("datetime64[us]").item()
        day = value.date() if isinstance(value, dt.datetime) else value
        text = None if isinstance(day, bool) else written_out(day)
        if text is None:
            raise ValueError(f"must be a date as {_ADVICE}; got {type(value).__name__}")
        if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", text) and _FIRST_SERIAL <= float(text) <= _LAST_SERIAL:
            date = dt.date(1899, 12, 30) + dt.timedelta(int(float(text)))
            found.note(f"day number of a spreadsheet, read as {date}", value)
        elif text.strip():
            date = parse_date(text, order)
        else:
            return None
        if today is not None and date > today:
            raise ValueError(f"must not be in the future; got {date}, today is {today}")
        return date
    except (NotImplementedError, OverflowError):
        found.reject(f"must be from {EARLIEST} to {LATEST}", value)
    except ValueError as err:
        found.reject(str(err), value)
    return None


def day_of(today: object, error: type[Exception]) -> dt.date:
    """Return the day that a caller takes for the present one; the real one for None."""
    if today is None:
        return dt.date.today()
    found = Findings()
    day = None if isinstance(today, (int, float)) else read_date(today, found)
    if day is None:
        reason = found.problems[0].reason if found.problems else f"must be a date; got {today!r}"
        raise error(f"today {reason}. Pass datetime.date or YYYY-MM-DD.")
    return day
