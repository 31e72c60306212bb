"""What a database refuses, told in one line: ids and counts only, never a password or a reason's text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from matcher.errors import MatcherError, OutcomeError, OutputError

_KNOWN = (
    (("locked", "busy", "lock timeout"), OutputError, "must be free; another program holds it. Try again"),
    (("not a database",), OutcomeError, "must be a database; the file holds something else. Name another"),
    (("malformed", "disk image"), OutcomeError, "must be whole; the file is damaged. Restore a copy"),
    (
        ("readonly", "read-only", "unable to open", "permission", "full"),
        OutputError,
        "must be a file that can be opened and written. Check its folder, the permissions and the disk",
    ),
)


@contextmanager
def told_plainly(url: URL) -> Iterator[None]:
    """Turn what SQLAlchemy raises into an error of this package."""
    try:
        yield
    except IntegrityError as err:
        raise OutputError(
            f"{name_of(url)} must keep its rules; a row broke one ({_first_line(err, url)}). Another program "
            "may have written at the same moment: try again."
        ) from None
    except (SQLAlchemyError, ImportError, OSError) as err:
        if isinstance(err, MatcherError):
            raise
        raise _translated(err, url) from None  # the chained text could hold a password or a reason


def name_of(url: URL) -> str:
    """Name a log: its path, or its address without password and options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


def _translated(err: Exception, url: URL) -> MatcherError:
    reason = _first_line(err, url)
    for signs, kind, told in _KNOWN:
        if any(sign in reason.lower() for sign in signs):
            return kind(f"{name_of(url)} {told}.")
    return OutputError(
        f"{name_of(url)} must answer; got {type(err).__name__}: {reason}. Check the address, that its driver "
        "is installed (pip install 'partner-matcher[postgres]'), and the rights of the user."
    )


def _first_line(err: Exception, url: URL) -> str:
    """Return what the driver said first; further lines may hold cells."""
    lines = str(getattr(err, "orig", None) or err).strip().splitlines() or [type(err).__name__]
    values = [url.password, *url.query.values()]
    flat = [part for value in values if value for part in ([value] if isinstance(value, str) else value)]
    text = lines[0]
    for secret in sorted(map(str, flat), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text[:200]
