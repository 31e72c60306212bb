"""`topic`: likeness of everything that two organisations say, by words and by meaning."""

from typing import Final

import numpy as np

from matcher.arrays import Floats, Positions
from matcher.features.component import Context
from matcher.features.organisations import Organisations
from matcher.features.ragged import cosines

WORDS: Final = 0.9  # share of lexical similarity; the rest is that of the mean vectors
ALIKE: Final = 0.5  # likeness beyond which two say nearly the same, as peers do, who are no better partners
SLOPE: Final = 0.1  # share of the likeness beyond `ALIKE` that counts


def score(seekers: Organisations, candidates: Organisations, context: Context, columns: Positions) -> Floats:
    """Mix of words, carried across languages, and of the cosine of mean vectors; NaN without text.

    Of what is beyond `ALIKE` only `SLOPE` counts. Own definition, measured in docs/benchmarks.md.
    """
    words = seekers.lexical.likeness(candidates.lexical, columns)
    ours, theirs = seekers.meaning, candidates.meaning
    mixed = WORDS * words + (1.0 - WORDS) * cosines(ours, theirs, columns)
    known = ~(ours.is_zero[:, None] | theirs.is_zero[columns])
    return np.where(known, np.minimum(mixed, ALIKE + SLOPE * (mixed - ALIKE)), np.nan)
