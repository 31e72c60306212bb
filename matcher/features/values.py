"""`values`: likeness of vision, mission and values."""

from typing import Final

import numpy as np

from matcher.arrays import Floats
from matcher.documents.language import N_
from matcher.features.component import Component, Context, blend
from matcher.features.organisations import Organisations
from matcher.features.ragged import best_match


def score(seekers: Organisations, candidates: Organisations, context: Context) -> Floats:
    """Mix of best-matching passages, whole-text cosine and words, in the shares of `config.values`.

    NaN where either side has no vision, mission or values. Own definition, measured in
    docs/benchmarks.md.
    """
    shares = context.config.values
    passages = best_match(seekers.passages, candidates.passages)
    whole = np.maximum(seekers.passages.means() @ candidates.passages.means().T, 0.0)
    lexical = seekers.purpose.likeness(candidates.purpose)
    mixed = blend((shares.passages, passages), (shares.whole, whole), (shares.lexical, lexical))
    return np.where(np.isnan(passages), np.nan, mixed)


COMPONENT: Final = Component(
    name="values",
    score=score,
    label=N_("shared values"),
    short_label=N_("Values"),
    meaning=N_("How close vision, mission and values are."),
    content=N_("how alike vision, mission and values are"),
    usual=(0.11, 0.06),
)
