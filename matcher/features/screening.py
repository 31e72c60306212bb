"""Which of many texts patterns may match, found fast, so that only these are searched by `re`."""

import re
from collections.abc import Sequence
from typing import Final

import pyarrow as pa

LEAST: Final = 16  # texts: reading the patterns takes longer than searching fewer by `re`
_BLANKS: Final = r"\s\x0b\x1c-\x1f"
"""What `re` takes for white space in ASCII; RE2 takes less."""
_TOKEN: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\(\?<?[=!]|\(\?P<\w+>|[()$]|[^\\\[()$]+", re.DOTALL)


class Screen:
    """Says which texts may match one of some patterns; others do not.

    RE2, with which Arrow searches, takes a fiftieth of the time of `re`. It knows no conditions on what
    stands around and no letters but ASCII: conditions are left out, and texts that are not all ASCII always
    may match.
    """

    def __init__(self, *patterns: re.Pattern[str]) -> None:
        self._pattern = "(?i)" + "|".join(f"(?:{_unconditional(each.pattern)})" for each in patterns)

    def may_match(self, texts: Sequence[str]) -> list[bool]:
        """Return whether each text may match, in their order."""
        if len(texts) < LEAST:
            return [True] * len(texts)
        from pyarrow.compute import match_substring_regex

        plain = pa.array([text if text.isascii() else "" for text in texts], pa.large_string())
        found = match_substring_regex(plain, self._pattern).to_pylist()
        return [may or not text.isascii() for may, text in zip(found, texts, strict=True)]


def _unconditional(pattern: str) -> str:
    """Return a pattern for RE2 that matches in every ASCII text in which a pattern of `re` does."""
    parts, depth = list[str](), 0
    for sign in _TOKEN.findall(pattern):
        if depth:  # in what is left out
            depth += sign.startswith("(") - (sign == ")")
        elif sign.startswith("(?") and sign.endswith(("=", "!")):
            depth = 1
        elif sign == r"\s":
            parts.append(f"[{_BLANKS}]")
        elif sign.startswith("["):
            parts.append(sign.replace(r"\s", _BLANKS))
        elif sign != "$":
            parts.append("(?:" if sign.startswith("(?P<") else sign)
    return "".join(parts)
