"""One pool and its seekers, encoded once, on which every system ranks."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Flags, Positions
from matcher.columns import Profile, Recommendation
from matcher.config import Config
from matcher.encoders import Encoder
from matcher.errors import ModelError, ProfileError
from matcher.matching.candidates import EligibilityRules
from matcher.matching.pool import EncodedPool, PairBlock
from matcher.matching.scoring import Ranker, observe_pool
from matcher.outcomes.truth import Truth
from matcher.profiles.seekers import lend_from_lead


class Arena:
    """A pool and the seekers of a truth, as the engine looks at them.

    Parameters
    ----------
    pool : DataFrame
        Canonical profiles, in any order.
    truth : Truth
        Whose seekers ask, and what was known.
    config : Config
        Settings.
    encoder : Encoder
        Text -> unit vectors.
    signals : bool, default False
        Whether rankers will look at more than components.
    progress : bool, default False
        Whether to show a progress bar on stderr while texts are encoded.

    Attributes
    ----------
    pool : DataFrame
        By id.
    seekers : DataFrame
        The truth's; a call borrows what it leaves empty from the profile of its lead.
    config : Config
        With the snapshot's date.
    side, seeker_side : Side
        The pool and the seekers, encoded.
    is_profile : ndarray of shape (n_seekers,)
        False for calls of a known lead: those pay no price.

    Raises
    ------
    ProfileError
        If there are fewer than two profiles.
    """

    def __init__(
        self,
        pool: pd.DataFrame,
        truth: Truth,
        config: Config,
        encoder: Encoder,
        *,
        signals: bool = False,
        progress: bool = False,
    ) -> None:
        if len(pool) < 2:
            raise ProfileError(
                f"profiles must hold at least two usable organisations; got {len(pool)}. Add some."
            )
        self.config = config.model_copy(update={"as_of": truth.date.date()})
        self.truth = truth
        self.encoded = EncodedPool(
            pool, self.config, encoder, truth.history, signals=signals, progress=progress
        )
        self.pool, self.side = self.encoded.frame, self.encoded.organisations
        self.seekers = lend_from_lead(truth.seekers, self.pool)
        self.seeker_side = self.encoded.encoder.encode(self.seekers, progress=progress)
        self.is_profile: Flags = (self.seekers[Profile.LEAD] == "").to_numpy()
        self._is_member = self.seekers[Profile.ID].isin(self.pool[Profile.ID]).to_numpy()
        self._rules = EligibilityRules(self.pool)

    @cached_property
    def partners(self) -> list[Positions]:
        """Positions in the pool of the partners that each seeker was to find."""
        position = {id_: place for place, id_ in enumerate(self.side.ids)}
        pairs = self.truth.pairs
        found: dict[str, list[int]] = {id_: [] for id_ in self.seeker_side.ids}
        for seeker, candidate in zip(
            pairs[Recommendation.SEEKER], pairs[Recommendation.CANDIDATE], strict=True
        ):
            found[seeker].append(position[candidate])
        return [np.array(places, dtype=np.int64) for places in found.values()]

    def look_from_seekers(self) -> Iterator[PairBlock]:
        """Yield (positions, features, pairs that may be recommended) of each block of seekers.

        Nobody who seeks for itself is shown those with whom it worked before: nobody judges them.
        """
        for pairs in self.encoded.blocks(self.seekers, self.seeker_side):
            yield replace(pairs, eligible=pairs.eligible & ~self._acquainted(pairs.rows))

    def may_recommend(self, rows: Positions) -> Flags:
        """Return which candidates may be recommended to some seekers, as in `look_from_seekers`."""
        return self._rules.eligible(self.seekers.iloc[rows]) & ~self._acquainted(rows)

    def reachable(self) -> list[str]:
        """Return the ids of the candidates that may be recommended to any seeker."""
        blocks = np.array_split(np.arange(len(self.seekers)), -(-len(self.seekers) // 256))
        reached = np.any([self.may_recommend(rows).any(axis=0) for rows in blocks], axis=0)
        return list(self.side.ids[reached])

    def newcomers(self) -> pd.Series:
        """Return whether each seeker had no joint work before the snapshot; None for calls of nobody.

        A call goes by its lead. Indexed by seeker.
        """
        leads = self.seeker_side.tie_ids
        fresh = self.truth.history.n_works(leads) == 0
        anonymous = ~self._is_member & (leads == self.seeker_side.ids)
        told = [None if nobody else bool(one) for one, nobody in zip(fresh, anonymous, strict=True)]
        return pd.Series(told, index=self.seekers[Profile.ID].to_numpy(), dtype=object)

    def _acquainted(self, rows: Positions) -> Flags:
        ties = self.truth.history.ties(self.seeker_side.ids[rows], self.side.ids)
        return np.asarray((ties > 0) & self._is_member[rows, None])

    def prepare(self, rankers: Mapping[str, Ranker]) -> dict[str, Ranker]:
        """Return copies of rankers that were shown what is usual in the pool, as a `Matcher` shows them.

        Raises
        ------
        ModelError
            If a ranker was saved by an earlier version and lacks what this one needs.
        """
        sample = self.encoded.sample()
        prepared: dict[str, Ranker] = {}
        for name, ranker in rankers.items():
            own: Any = copy.deepcopy(ranker)
            try:
                prepared[name] = observe_pool(own, sample)
            except AttributeError as err:
                raise ModelError(
                    f"the {type(own).__name__} lacks what this version reads from it ({err.name}): it was "
                    "saved by an earlier one. Train it again."
                ) from err
        return prepared
