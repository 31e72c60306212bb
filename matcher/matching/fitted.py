"""What is done with a fitted pool: it is saved, opened and changed."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError

from matcher.columns import Profile, Rejection
from matcher.config import Config
from matcher.encoders import Encoder
from matcher.errors import ProfileError, UnknownSeekerError
from matcher.matching.scoring import PoolScorer, Ranker
from matcher.matching.storage import SavedPool, open_pool, save_pool
from matcher.profiles import ProfileTable
from matcher.profiles.records import Profiles, describe_unknown, read_usable

NOTED: Final = "profiles nearly the same as others, with texts that do not count or with rules to be checked"


class FittedPool:
    """Base of `Matcher`: `save`, `load`, `add` and `remove`.

    Attributes
    ----------
    table, history_note
        As of `Matcher`.
    pool : DataFrame
        Canonical profiles, by id.
    scorer : PoolScorer
    """

    table: ProfileTable
    history_note: str
    pool: pd.DataFrame
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
        levels, and the prices of the other organisations. So the result does not depend on the order of
        updates.

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
        if len({*self.pool[Profile.ID]} - gone) + len(read.kept) < 2:
            raise ProfileError("a pool must keep at least two organisations. Add others before these go.")
        table = self.table.updated(read, gone)
        added = self.scorer.pool.encoded(read.kept, table.set_aside)
        scorer = self.scorer.merged(added, gone, table.set_aside)
        notes = pd.concat([scorer.pool.notes(added.ids), self.scorer.pool.unused(read.kept)])
        if len(notes):
            warnings.warn(
                f"{NOTED}: {notes[Rejection.ID].nunique()}; Matcher.table.notes says which.", stacklevel=3
            )
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
