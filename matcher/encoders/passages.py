"""Cuts a text into passages: sentences, clauses of a list, or pieces of a long sentence."""

import itertools
import re
from collections.abc import Iterator
from typing import Final

from matcher.encoders.encoder import has_substance

MIN_WORDS: Final = 4  # a shorter piece ("No. 5", "Est. 1998") has no meaning alone: it joins its neighbour
MAX_WORDS: Final = 48  # a longer piece is cut: one vector cannot represent several clauses
MAX_PASSAGES: Final = 48  # of a very long text the first are used; docs/scores.md says what that costs

# A set of signs comes first: a search for one is several times as fast as one for alternatives.
_BREAKS: Final = re.compile(
    r"[\s\u2022\u25cf\u25aa](?:(?<=[\r\n\u2022\u25cf\u25aa])|(?<=[.!?;].)|(?=\(?\d{1,2}\)\s))", re.DOTALL
)


def split_passages(text: str) -> list[str]:
    """Return the passages of a text, in order, at most `MAX_PASSAGES`; none of a text without words.

    Examples
    --------
    >>> split_passages("We teach farmers to dry coffee. We also lend them drying tables for a season.")
    ['We teach farmers to dry coffee.', 'We also lend them drying tables for a season.']
    """
    merged: list[list[str]] = []
    for piece in _pieces(text):
        lengths = len(merged[-1]) if merged else MAX_WORDS, len(piece)
        # One of them is too short alone, and both fit in one.
        if min(lengths) < MIN_WORDS and sum(lengths) <= MAX_WORDS:
            merged[-1] = [*merged[-1], *piece]
        else:
            merged.append(piece)
        if len(merged) > MAX_PASSAGES:
            break
    return [" ".join(words) for words in merged[:MAX_PASSAGES]]


def _pieces(text: str) -> Iterator[list[str]]:
    for sentence in _BREAKS.split(text):
        if has_substance(sentence):
            words = sentence.split()
            n_parts = -(-len(words) // MAX_WORDS)
            bounds = [round(part * len(words) / n_parts) for part in range(n_parts + 1)]
            yield from (words[start:stop] for start, stop in itertools.pairwise(bounds))
