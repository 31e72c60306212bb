"""Texts of profiles made safe for pages, scripts and file names."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup

from matcher.documents import plain

_SLUG: Final = re.compile(r"[^a-z0-9]+")
_SLUG_LENGTH: Final = 40
_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def script_json(value: Any) -> Markup:
    r"""Return a value as JSON that may stand in a script element.

    Parameters
    ----------
    value : JSON-like
        Texts may hold anything.

    Returns
    -------
    json : Markup
        Without `<`, `>`, `&`, U+2028 and U+2029, which are written as ``\u003c`` and so on: nothing can
        end the element or begin another.
    """
    text = json.dumps(_cleaned(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPED))  # noqa: S704 - the lines above are what makes it safe


def page_name(number: int, id_: str, n_pages: int) -> str:
    """Return the file name of a seeker's page: its number, and what of the id any file system can bear.

    Examples
    --------
    >>> page_name(7, "../Yayasan Héllo", 1200)
    '0007-yayasan-hello.html'
    """
    folded = unicodedata.normalize("NFKD", id_).encode("ascii", "ignore").decode("ascii").lower()
    slug = _SLUG.sub("-", folded).strip("-")[:_SLUG_LENGTH].strip("-")
    digits = str(number).zfill(max(4, len(str(n_pages))))
    return f"{digits}-{slug}.html" if slug else f"{digits}.html"


def href(*steps: str) -> str:
    """Return a relative address; colons and the like are encoded, so that it can never name a scheme."""
    return "/".join(quote(step, safe=".") for step in steps)


def shorten(text: str, length: int) -> str:
    """Return a text on one line, cut to a length with an ellipsis."""
    line = plain(text)
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items()}
    return value
