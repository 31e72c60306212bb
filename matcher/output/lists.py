"""Lists of recommendations of a block of seekers as tables, before and after their bands are known."""

import sys
import warnings
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from matcher.arrays import Flags, Objects
from matcher.columns import BANDS, REMARKS, Profile, Recommendation
from matcher.documents.language import Messages
from matcher.errors import ConfigError
from matcher.explanations.explainer import Explainer
from matcher.explanations.remarks import PairRemarks, render_all
from matcher.features import COMPONENT_NAMES, DECIMALS, Organisations
from matcher.matching.scoring import Listed

Explain = Literal["none", "top", "all"] | bool
TOP: Final = 5  # last rank of a list that has texts where only the first have
MOST_EXPLAINED: Final = 20_000  # seekers up to which all have texts unless something else is asked for
TOP_NOTED: Final = "reasons of the first"
UNEXPLAINED: Final[PairRemarks] = dict.fromkeys(REMARKS, ())


def is_listed(bands: Objects, stays: Flags, least: str) -> Flags:
    """Return which recommendations are of a band that is listed, `least` or a higher one, or are pinned."""
    return np.isin(bands, BANDS[: BANDS.index(least) + 1]) | stays


def with_bands(table: pd.DataFrame, bands: Objects) -> pd.DataFrame:
    """Return recommendations with their bands, which depend on the lists of the candidates."""
    banded = table.copy()
    banded.insert([*table].index(Recommendation.RANK) + 1, Recommendation.BAND, bands)
    return banded.astype({Recommendation.BAND: "str"})


def last_explained(explain: Explain, n_seekers: int) -> int:
    """Return the last rank of a list that has texts; 0 where none has. See `Matcher.recommend`."""
    if explain is True:
        explain = "all" if n_seekers <= MOST_EXPLAINED else "top"
        if explain == "top":
            warnings.warn(
                f"reasons of the first {TOP:,} of each list only; explain='all' gives all.", stacklevel=4
            )
    ranks = {False: 0, "none": 0, "top": TOP, "all": sys.maxsize}
    if explain not in ranks:
        raise ConfigError(f"explain must be none, top or all; got {explain!r}.")
    return ranks[explain]


@dataclass(frozen=True)
class Renderer:
    """Makes tables of recommendations; `seekers` and `encoded` are as for `Explainer.remarks`."""

    explainer: Explainer
    seekers: pd.DataFrame
    encoded: Organisations
    messages: Messages
    last: int  # last rank of a list that has texts

    def render(self, listed: Listed) -> tuple[pd.DataFrame, list[PairRemarks]]:
        """Return recommendations as a table without bands, and what its texts say as remarks."""
        scores, pool, prices = listed.scores, self.explainer.scorer.pool.frame, self.explainer.scorer.prices
        rows, positions = scores.pairs.rows, listed.selected.positions
        columns: dict[str, Any] = {
            Recommendation.SEEKER: self.seekers[Profile.ID].to_numpy()[rows],
            Recommendation.SEEKER_NAME: self.seekers[Profile.NAME].to_numpy()[rows],
            Recommendation.CANDIDATE: pool[Profile.ID].to_numpy()[positions],
            Recommendation.NAME: pool[Profile.NAME].to_numpy()[positions],
            Recommendation.RANK: listed.selected.ranks,
        }
        texts = dict.fromkeys(columns.keys() - {Recommendation.RANK}, "str")
        for name in ("score", "mutual", "seeker_gain", "candidate_gain"):
            columns[name] = getattr(scores, name)
        columns |= zip(COMPONENT_NAMES, scores.components[0].T, strict=True)
        columns[Recommendation.PRICE] = prices[positions]
        columns[Recommendation.COMPLETENESS] = scores.completeness
        table = pd.DataFrame(columns).round(DECIMALS).astype(texts)
        if not self.last:
            return table, []
        has_texts = listed.selected.ranks <= self.last
        made = iter(self.explainer.remarks(self.seekers, self.encoded, listed.keep(has_texts)))
        remarks = [next(made) if is_explained else UNEXPLAINED for is_explained in has_texts]
        for column in REMARKS:
            said = [" | ".join(render_all(one[column], self.messages)) for one in remarks]
            table[column] = pd.Series(said, dtype="str")
        return table, remarks
