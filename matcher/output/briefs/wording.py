"""How a brief speaks: names, and words of profiles cut so that all fits on one page."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matcher.columns import Profile
from matcher.documents.language import Voice
from matcher.explanations import Explanation

NAME_WORDS: Final = 7
MENTION_WORDS: Final = 5
LONGEST_WORD: Final = 14
"""Characters that a word may take on average before a text is cut for its length."""
_SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+")


@dataclass(frozen=True)
class Cuts:
    """How much of the profiles a brief shows.

    Attributes
    ----------
    quote, item : int
        Words of a quoted passage, and of a need, an offer or a list.
    pairs, points : int
        Needs with offers in one direction; passages, risks and questions.
    """

    quote: int
    item: int
    pairs: int
    points: int


@dataclass(frozen=True)
class Setting:
    """What every part of a brief is made from.

    Attributes
    ----------
    told : Explanation
    voice : Voice
    cuts : Cuts
    """

    told: Explanation
    voice: Voice
    cuts: Cuts

    @property
    def records(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The two profiles, the seeker's first."""
        return self.told.seeker, self.told.candidate

    @property
    def names(self) -> dict[str, str]:
        """What the two are called, short enough to be said often."""
        seeker, candidate = (cut(record[Profile.NAME], NAME_WORDS) for record in self.records)
        return {"seeker": seeker, "candidate": candidate}

    def quoted(self, text: str) -> str:
        """Return a passage of a profile in quotation marks, or that nothing is stated."""
        return f"“{cut(text, self.cuts.quote)}”" if _says(text) else self.voice.say("not stated")

    def item(self, text: str) -> str:
        """Return a need, an offer or an indicator in quotation marks."""
        return f"“{cut(text, self.cuts.item)}”"

    def mention(self, text: str) -> str:
        """Return the beginning of a need or offer that stands elsewhere on the page."""
        return f"“{cut(text, max(self.cuts.item // 2, MENTION_WORDS))}”"


def _says(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


def cut(text: str, words: int) -> str:
    """Return a text on one line, cut to a number of words: after a sentence where one fits.

    Examples
    --------
    >>> cut("We teach. We also lend tools to all who ask for them.", 6)
    'We teach. …'
    >>> cut("We lend tools to all who ask for them.", 6)
    'We lend tools to all who …'
    """
    line = " ".join(text.split()).rstrip(";,")
    room = words * LONGEST_WORD
    if len(line.split()) <= words and len(line) <= room:
        return line
    head = _whole_sentences(line, words) or " ".join(line.split()[:words])
    if len(head) > room:
        head = head[:room].rsplit(" ", 1)[0]
    return f"{head.rstrip(';,:')} …"


def _whole_sentences(line: str, words: int) -> str:
    """Return the sentences that fit; none where they would leave most of the room empty."""
    kept: list[str] = []
    for sentence in _SENTENCE_END.split(line):
        if sum(len(one.split()) for one in (*kept, sentence)) > words:
            break
        kept.append(sentence)
    told = " ".join(kept)
    return told if 3 * len(told.split()) >= words else ""


def listed(items: Sequence[str], most: int) -> str:
    """Return the first items of a list with commas."""
    return ", ".join(items[:most]) + (" …" if len(items) > most else "")


def is_number(value: object) -> bool:
    """Tell whether a cell holds a number."""
    return isinstance(value, int | float) and not math.isnan(value)
