"""Progress bars on stderr."""

import sys
from typing import Any

from tqdm import tqdm

from matcher.documents.language import messages_in_use


def progress_bar(shown: bool, what: str, unit: str, **options: Any) -> "tqdm[Any]":
    """Return a bar with the time left, that goes away when it is done, in the language in use.

    It is shown on a terminal and in a notebook only. `what` and `unit` are messages; `options` as of `tqdm`.
    """
    say = messages_in_use().say
    shell = getattr(sys.modules.get("IPython"), "get_ipython", None)
    is_read = sys.stderr.isatty() or bool(shell and shell())
    return tqdm(desc=say(what), unit=say(unit), disable=not (shown and is_read), leave=False, **options)
