"""`matcher team`: partners that together cover what one organisation or opportunity needs."""

from collections.abc import Sequence
from pathlib import Path

from matcher.commands.options import Request
from matcher.documents.writing import DOCUMENT_ENDINGS
from matcher.errors import ConfigError, ProfileError
from matcher.profiles import read_profiles
from matcher.profiles.records import records_of
from matcher.tables.writing import WRITERS, write_table


def team(
    given: Request,
    named: str,
    out: Path,
    seekers: Path | None = None,
    size: int = 5,
    at_least: list[str] | None = None,
    at_most: list[str] | None = None,
) -> None:
    """Find partners that together cover what an organisation or opportunity needs."""
    from matcher.commands.inputs import check_target, fit_matcher

    check_target("out", out, (*WRITERS, *DOCUMENT_ENDINGS))
    least, most = (_read_limits(limits or ()) for limits in (at_least, at_most))
    seeker = named if seekers is None else _find(seekers, named)
    found = fit_matcher(given).team(seeker, size, at_least=least, at_most=most, lang=given.lang)
    if out.suffix.lower() in DOCUMENT_ENDINGS:
        found.save(out)
    else:
        write_table(found.table, out)


def _read_limits(items: Sequence[str]) -> dict[str, int]:
    """Return limits written as "kind: education=1"."""
    parts = [item.rpartition("=") for item in items]
    if wrong := [item for item, part in zip(items, parts, strict=True) if not part[2].strip().isdecimal()]:
        raise ConfigError(
            f"limits must be written as 'kind: education=1' or country=2; got {', '.join(wrong)}."
        )
    return {text.strip(): int(number) for text, _, number in parts}


def _find(path: Path, named: str) -> dict[str, object]:
    """Return the seeker of a file that has an id or name."""
    from matcher.columns import Profile

    found = [
        one for one in records_of(read_profiles(path).kept) if named in (one[Profile.ID], one[Profile.NAME])
    ]
    if len(found) != 1:
        raise ProfileError(f"for must name one seeker of {path}; got {named!r}, which names {len(found):,}.")
    return found[0]
