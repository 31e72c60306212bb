"""Progress bars on stderr."""

from collections.abc import Iterable
from typing import Any

from tqdm import tqdm

from matcher.documents.language import messages_in_use


def progress_bar(
    shown: bool, what: str, unit: str, *, total: int | None = None, over: Iterable[Any] | None = None
) -> "tqdm[Any]":
    """Return a bar that goes away when it is done, in the language in use; `what` and `unit` are messages."""
    say = messages_in_use().say
    return tqdm(over, total=total, desc=say(what), unit=say(unit), disable=not shown, leave=False)
