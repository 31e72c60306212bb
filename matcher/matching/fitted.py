"""What is done with a fitted pool: it is saved, opened, changed, weighted anew, and given seekers."""

import copy
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError

from matcher.arrays import Positions
from matcher.columns import Profile, Rejection
from matcher.config import DEFAULT_WEIGHTS, Config
from matcher.encoders import Encoder
from matcher.errors import ConfigError, ProfileError, UnknownSeekerError
from matcher.features import Organisations
from matcher.matching.pool import EncodedPool
from matcher.matching.scoring import PoolScorer, Ranker
from matcher.matching.storage import SavedPool, open_pool, save_pool
from matcher.profiles import ProfileTable, check_profile
from matcher.profiles.records import (
    SEEKER_FORMS,
    Profiles,
    Seeker,
    describe_unknown,
    list_seekers,
    read_usable,
)
from matcher.ranking import WeightedRanker

Seekers = Seeker | Sequence[Seeker] | pd.DataFrame | ProfileTable

JOINT_WORK: Final = {"complementarity": 0.13, "trust": 0.24, "communication": 0.1}
JOINT_WORK_LIMIT: Final = 0.12  # conduct limit of a pool that gives a history instead of needs and offers
SEEKERS_NOTED: Final = "rules of seekers that hold for nobody (excludes, lead, must, pin)"
NOTED: Final = "profiles nearly the same as others, with texts that do not count or with rules to be checked"


class FittedPool:
    """Base of `Matcher`: what it does beside recommending."""

    table: ProfileTable
    history_note: str
    pool: pd.DataFrame  # canonical profiles, by id
    scorer: PoolScorer

    def __init__(
        self,
        config: Config | None = None,
        ranker: Ranker | None = None,
        *,
        encoder: Encoder | None = None,
        progress: bool = False,
    ) -> None:
        self.config = config or Config()
        self.ranker = ranker
        self.encoder = encoder
        self.progress = progress

    def add(self, profiles: Profiles) -> Self:
        """Add organisations to the pool, or change those that have one of their ids already.

        `recommend` works at once. Until the next `fit`, what the pool taught stays as it was learned: words
        and their frequencies, texts in common with others, the date from which ages are counted, means, gain
        levels, the prices of the other organisations, and, in a large pool, what chooses candidates. So the
        result does not depend on the order of updates.

        Parameters
        ----------
        profiles : path, DataFrame or ProfileTable
            As for `fit`. Rejected rows are set aside in `table`, with their reasons, and further columns
            that the pool does not have are left out, with a note.

        Raises
        ------
        ProfileError
            If the profiles cannot be read; nothing is changed then.
        NotFittedError
            Before `fit`.
        """
        self._check_fitted()
        return self._update(read_usable(profiles, "profiles"), [])

    def update(self, profiles: Profiles) -> Self:
        """Change organisations of the pool; what it taught stays, as with `add`.

        Parameters
        ----------
        profiles : path, DataFrame or ProfileTable
            As for `add`; the new profiles replace those of the same ids.

        Raises
        ------
        UnknownSeekerError
            If the pool has no organisation of one of the ids; nothing is changed then.
        ProfileError, NotFittedError
            As for `add`.
        """
        self._check_fitted()
        read = read_usable(profiles, "profiles")
        for id_ in read.kept[Profile.ID]:
            self._position(id_, "organisation")
        return self._update(read, [])

    def remove(self, ids: str | Iterable[str]) -> Self:
        """Take organisations out of the pool; what it taught stays, as with `add`.

        Parameters
        ----------
        ids : str or iterable of str
            Ids or names of the pool.

        Raises
        ------
        UnknownSeekerError
            If the pool has no such organisation; nothing is changed then.
        ProfileError
            If fewer than two organisations would be left.
        NotFittedError
            Before `fit`.
        """
        self._check_fitted()
        named = [ids] if isinstance(ids, str) else [*ids]
        positions = [self._position(one, "organisation") for one in named]
        return self._update(self.table.emptied(), self.pool[Profile.ID].iloc[positions].tolist())

    def _update(self, read: ProfileTable, removed: Sequence[str]) -> Self:
        """Change the pool, whole or not at all."""
        gone = {*removed, *read.kept[Profile.ID]}
        if len(self.pool) - self.pool[Profile.ID].isin(gone).sum() + len(read.kept) < 2:
            raise ProfileError("a pool must keep at least two organisations. Add others before these go.")
        table = self.table.updated(read, gone)
        added = self.scorer.pool.encoded(read.kept, table.set_aside)
        scorer = self.scorer.merged(added, gone, table.set_aside)
        notes = pd.concat([scorer.pool.notes(added.ids), self.scorer.pool.unused(read.kept)])
        if n_noted := notes[Rejection.ID].nunique():
            warnings.warn(f"{NOTED}: {n_noted}; Matcher.table.notes says which.", stacklevel=3)
        n_rows = len(scorer.pool) + table.n_rejected
        self.table = replace(table, kept=scorer.pool.frame, n_rows=n_rows).with_notes(notes)
        self.pool, self.scorer = scorer.pool.frame, scorer
        return self

    def save(self, folder: str | Path) -> Path:
        """Write the fitted matcher as data: everything that `load` needs to recommend the same.

        Parameters
        ----------
        folder : path
            Created, or replaced if it holds nothing but a saved pool; it appears whole or not at all. It
            holds all texts of the profiles.

        Raises
        ------
        ModelError
            If the folder holds anything else or cannot be written.
        NotFittedError
            Before `fit`.
        """
        self._check_fitted()
        saved = SavedPool(self.table, self.scorer, self.ranker is not None, self.history_note)
        return save_pool(folder, saved)

    @classmethod
    def load(
        cls,
        folder: str | Path,
        *,
        encoder: Encoder | None = None,
        progress: bool = False,
        check: bool = True,
    ) -> Self:
        """Open a matcher that `save` wrote; it recommends the same bytes.

        Arrays are mapped read-only into memory: processes of one machine that load the same folder share
        them, and what is not used is not read. Nothing is unpickled.

        Parameters
        ----------
        folder : path
        encoder : Encoder, optional
            The one that the matcher was fitted with; by default the one that its settings name.
        progress : bool, default False
            As of `Matcher`.
        check : bool, default True
            Whether to compare the digest of each file, which reads all of them once.

        Raises
        ------
        ModelError
            If the folder holds no saved pool, or one of another format, encoder or lexicon; or a file is
            missing, was changed or cannot be read.
        """
        saved = open_pool(folder, encoder, check=check)
        ranker = saved.scorer.ranker if saved.has_ranker else None
        matcher = cls(saved.scorer.pool.context.config, ranker, encoder=encoder, progress=progress)
        matcher.table, matcher.history_note = saved.table, saved.history_note
        matcher.pool, matcher.scorer = saved.scorer.pool.frame, saved.scorer
        return matcher

    @property
    def is_fitted(self) -> bool:
        """Whether there is a pool, by `fit` or `load`."""
        return hasattr(self, "scorer")

    def _check_fitted(self) -> None:
        if not self.is_fitted:
            raise NotFittedError("Matcher must be fitted to a pool first; call fit(profiles).")

    def _position(self, named: str, what: str = "seeker") -> int:
        """Return the position in the pool of an id, or of a name that no other organisation has."""
        ids = self.pool[Profile.ID]
        position = int(ids.searchsorted(named))
        if position < len(ids) and ids.iloc[position] == named:
            return position
        found = np.flatnonzero(ids.isin(self.scorer.pool.rules.roster.find(named)))
        if len(found) == 1:
            return int(found[0])
        raise UnknownSeekerError(describe_unknown(named, ids.iloc[found].tolist(), self.table, what))

    def influence(self) -> pd.DataFrame:
        """Return how much each component counts in the order of lists, beside its weight.

        Returns
        -------
        influence : DataFrame of shape (n_components, 3 or 4)
            Columns component, weight and influence, by falling weight; both sum to 1. Influence is measured:
            the mean over up to 64 reference seekers of the standard deviation within their lists of what the
            component adds to the gain, over the sum. Of a learned ranker, its features, and a column analyst
            with the weights of the settings; where it is no sum (boosted trees), influence is the weight.
            Conflict, which has no weight, has influence where any pair collides.

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        self._check_fitted()
        ranker = self.scorer.ranker
        columns: dict[str, Any] = {"weight": ranker.shares_, "influence": self.scorer.influence()}
        if self.ranker is not None:
            analyst = self.config.weights.normalised()
            columns["analyst"] = [analyst.get(name, 0.0) for name in ranker.features_]
        table = pd.DataFrame({"component": ranker.features_, **columns}).round(3)
        table = table[(table["weight"] > 0) | (table["influence"] > 0)]
        return table.sort_values("weight", ascending=False, kind="stable", ignore_index=True)

    def reweighted(self, weights: Mapping[str, float], **settings: Any) -> Self:
        """Return a matcher of the same pool with other weights; nothing is read or encoded again.

        Parameters
        ----------
        weights : mapping of str to float
            Weight of each component, >= 0; those not named weigh 0.
        **settings
            Further settings of `Config` that change no component, such as `conflict_strength` and `market`.

        Raises
        ------
        ConfigError
            If a weight names no component, is negative, or all are 0; or if this matcher has a ranker of
            its own, whose weights are learned.
        NotFittedError
            Before `fit`.
        """
        self._check_fitted()
        if self.ranker is not None:
            raise ConfigError("weights must be those of the analyst; got a matcher with a ranker of its own.")
        other = copy.copy(self)
        other.config = Config.from_dict({**self.config.model_dump(), "weights": dict(weights), **settings})
        pool = self.scorer.pool.with_config(other.config)
        other.scorer = PoolScorer(pool, other._make_ranker(pool)).fit()
        return other

    def _make_ranker(self, pool: EncodedPool) -> Ranker:
        return analyst_ranker(pool) if self.ranker is None else copy.deepcopy(self.ranker)

    def encode_seekers(self, seeker: Seekers) -> tuple[pd.DataFrame, Organisations]:
        """Return seekers as a canonical table and encoded, in their order; errors as of `recommend`."""
        if (own := self._own(seeker)) is not None:
            return self.pool.iloc[own].reset_index(drop=True), self.scorer.pool.organisations.take(own)
        if isinstance(seeker, ProfileTable | pd.DataFrame):
            given = read_usable(seeker, "seekers").kept
            if given.empty:
                raise ProfileError("seekers must hold at least one usable row; every row was rejected.")
        else:
            given = pd.DataFrame([*map(self._record, list_seekers(seeker))], columns=list(Profile))
            if given.empty:
                raise ProfileError("seeker must name at least one organisation; got an empty list.")
        rules = self.scorer.pool.rules
        n_open = sum(note.is_open for note in rules.notes(given))
        if n_open:
            warnings.warn(f"{SEEKERS_NOTED}: {n_open}; see Matcher.scorer.pool.rules.notes.", stacklevel=3)
        frame = rules.lend(given)
        return frame, self.scorer.pool.encoder.encode(frame, progress=self.progress)

    def _own(self, seeker: Seekers) -> Positions | None:
        """Return the positions of seekers that are given as ids or names of the pool; None of others."""
        wanted = [] if isinstance(seeker, ProfileTable | pd.DataFrame) else list_seekers(seeker)
        if not wanted or not all(isinstance(one, str) for one in wanted):
            return None
        return np.array([self._position(str(one)) for one in wanted])

    def _record(self, seeker: Seeker) -> dict[str, Any]:
        if isinstance(seeker, str):
            return dict(self.pool.iloc[self._position(seeker)])
        if not isinstance(seeker, Mapping):
            raise ProfileError(f"{SEEKER_FORMS}; got {type(seeker).__name__} in the list.")
        return check_profile(seeker)

    def _pair(self, frame: pd.DataFrame, rows: Positions, pair: tuple[str, str]) -> tuple[int, int]:
        """Return the row of the seeker and the position of the candidate of a pair in either order."""
        for seeker, candidate in (pair, pair[::-1]):
            seekers = frame.iloc[rows]
            named = ((seekers[Profile.ID] == seeker) | (seekers[Profile.NAME] == seeker)).to_numpy()
            if named.sum() == 1:
                return int(rows[named][0]), self._position(candidate, "partner")
        raise UnknownSeekerError(
            f"pairs must name a seeker of the round and an organisation of the profiles; got {pair[0]!r} and "
            f"{pair[1]!r}."
        )


def analyst_ranker(pool: EncodedPool) -> WeightedRanker:
    """Return the ranker of the settings of a pool, not fitted yet.

    Where no organisation gives needs or offers, complementarity is hardly known. If there is a history, the
    default settings then raise trust, of which joint work is a part, communication and the conduct limit;
    others stay as they are. Own definition, measured in docs/benchmarks.md.
    """
    config = pool.context.config
    are_defaults = (config.weights, config.conduct_limit) == (DEFAULT_WEIGHTS, Config().conduct_limit)
    are_stated = any(map(len, pd.concat([pool.frame[Profile.NEEDS], pool.frame[Profile.OFFERS]])))
    if pool.context.history is None or are_stated or not are_defaults:
        return WeightedRanker.from_config(config)
    weights = DEFAULT_WEIGHTS.as_dict() | JOINT_WORK
    return WeightedRanker(weights, config.conflict_strength, conduct_limit=JOINT_WORK_LIMIT)
