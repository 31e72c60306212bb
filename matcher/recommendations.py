"""`Matcher` and `recommend`: from profiles to ranked partners with reasons."""

import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import pandas as pd

from matcher.columns import Profile, Rejection
from matcher.config import Config, RoundSettings
from matcher.documents.language import N_, Messages, check_lang, progress_bar
from matcher.encoders import open_encoder
from matcher.errors import ConfigError, ProfileError
from matcher.evaluation.metrics import check_whole
from matcher.explanations.explainer import Explainer
from matcher.explanations.explanation import Contrast, Explanation
from matcher.explanations.organisation import Organisation
from matcher.explanations.remarks import PairRemarks
from matcher.explanations.search import search_pool
from matcher.explanations.team import Team, find_team
from matcher.matching.fitted import NOTED, FittedPool, Seekers
from matcher.matching.floors import with_floor
from matcher.matching.pool import EncodedPool
from matcher.matching.scoring import Listed, PoolScorer, Ranker, needs_signals
from matcher.outcomes import History, OutcomeTable, read_outcomes
from matcher.output.assignments import Assignment, Round
from matcher.output.brief import Brief, Plan
from matcher.output.lists import Explain, Renderer, is_listed, last_explained, with_bands
from matcher.profiles.records import Profiles, Seeker, latest_date, read_usable, records_of, roster_of

Past = str | Path | pd.DataFrame | OutcomeTable | History

HISTORY_NOTED: Final = "history: "


class Matcher(FittedPool):
    """Ranks the organisations of a pool for any seeker, for the benefit of both sides.

    Parameters
    ----------
    config : Config, optional
    ranker : ranker, optional
        Turns features into a gain: one of `matcher.ranking`, trained or not; by default the analyst's
        weights of `config`. It is copied, never changed.
    encoder : Encoder, optional
        Turns texts into vectors; by default the one that `config.encoder` names.
    progress : bool, default False
        Whether to show progress bars on stderr.

    Attributes
    ----------
    table : ProfileTable
        What was read: kept and rejected profiles, notes, also on what does not count in this pool,
        near-duplicates. After `fit`.
    history_note : str
        How many rows of the history were used, and why others were not; "" where all were.
    """

    _explains: Explainer

    def fit(self, profiles: Profiles, history: Past | None = None) -> Self:
        """Learn the pool: its vectors, the means of its features, and the price of each member.

        `profiles`, a path, DataFrame or ProfileTable, are the organisations that may be recommended, and that
        may seek; `history` earlier outcomes: joint work before the profiles' date feeds `trust`.
        `ProfileError` if fewer than two profiles can be used.
        """
        self.table = read_usable(profiles, "profiles")
        if len(self.table.kept) < 2:
            raise ProfileError(
                f"profiles must hold at least two usable organisations; got {len(self.table.kept)} of "
                f"{self.table.n_rows} rows. Repair the rejected rows or add organisations."
            )
        date = self.config.as_of or latest_date(self.table.kept)
        if history is None and self.config.rules.no_repeats:
            raise ConfigError("no_repeats must go with a history; got none. Give the outcomes so far.")
        self.history_note, known = "", history
        if known is not None and not isinstance(known, History):
            read = read_outcomes(known).named_by(roster_of(self.table))
            self.history_note = read.unused(set(self.table.kept[Profile.ID]), date)
            known = History.of(read)
            if self.history_note:
                warnings.warn(f"{HISTORY_NOTED}{self.history_note}.", stacklevel=2)
        pool = EncodedPool(
            self.table.kept,
            self.config,
            self.encoder or open_encoder(self.config.encoder),
            None if known is None else known.until(date),
            signals=needs_signals(self.ranker),
            progress=self.progress,
            set_aside=self.table.set_aside,
            repeats=known.repeats() if known is not None and self.config.rules.no_repeats else (),
        )
        notes = pool.notes()
        if n_noted := notes[Rejection.ID].nunique():
            warnings.warn(f"{NOTED}: {n_noted}; Matcher.table.notes says which.", stacklevel=2)
        self.table = self.table.with_notes(notes)
        self.pool = pool.frame
        self.scorer = PoolScorer(pool, self._make_ranker(pool))
        total = len(self.pool) if pool.is_large else min(self.config.market.reference, len(self.pool))
        with progress_bar(self.progress, N_("learning the pool"), N_("seeker"), total=total) as bar:
            self.scorer.fit(bar.update)
        return self

    def recommend(
        self, seeker: Seekers, k: int = 10, *, explain: Explain = True, lang: str = "en"
    ) -> pd.DataFrame:
        """Rank partners for one seeker or several.

        The table has a row per recommendation, by seeker in the order given and by rank; its columns are
        those of `Recommendation`, with one per component before `price`.

        Parameters
        ----------
        seeker : str, mapping, or a sequence or table of them
            An id or name of the pool, a profile or opportunity as a mapping of columns, or several.
        k : int, default 10
            Partners for each seeker; all eligible ones where there are fewer. Those of a lower band than
            `config.min_band` are left out.
        explain : bool or {"none", "top", "all"}, default True
            Which recommendations have reasons, concerns and unknowns: none, the first `lists.TOP` of each
            list, or all; True: all of up to `lists.MOST_EXPLAINED` seekers, the first of more.
        lang : {"en", "id"}, default "en"
            Language of the explanations.

        Raises
        ------
        UnknownSeekerError, ProfileError, ConfigError, NotFittedError
            If no profile has the id, a mapping is no usable profile, `k` is below 1, the language is unknown,
            or before `fit`.
        """
        blocks = self.recommend_in_blocks(seeker, k, explain=explain, lang=lang)
        return pd.concat([table for table, _ in blocks], ignore_index=True)

    def recommend_all(self, k: int = 20, *, explain: Explain = True, lang: str = "en") -> pd.DataFrame:
        """Rank partners for every organisation of the pool, in the order of their ids.

        Parameters, columns and errors are those of `recommend`.
        """
        return self.recommend(self.pool[Profile.ID].tolist(), k, explain=explain, lang=lang)

    def explain(self, seeker: Seeker, candidate: str, *, lang: str = "en") -> Explanation:
        """Explain one pair from both sides, recommended or not.

        `seeker` is one as for `recommend`, and `candidate` an id or name of the pool. Errors are those of
        `recommend`; `ProfileError` also if both are the same organisation.
        """
        return self._explain(seeker, (candidate,), lang)[0]

    def search(
        self, text: str, kind: str = "offer", k: int = 10, *, lang: str = "en", must: Sequence[str] = ()
    ) -> pd.DataFrame:
        """Find the organisations that offer, need or do what a few words say, in either language.

        The table has the columns candidate, name, rank, score in [0, 1], matched (the closest text of the
        organisation), reason (how it fits, or that nothing specific was found) and notes (what to know before
        asking: a yellow flag, conditions, near-duplicates that are left out). Nobody with a red flag or
        without capacity is listed; `attrs["left_out"]` says how many organisations each rule leaves out.
        `ConfigError` if the text says nothing, or the kind, `k`, the language or a condition is wrong.

        Parameters
        ----------
        text : str
            What is searched for, such as "someone to measure soil carbon".
        kind : {"offer", "need", "topic"}, default "offer"
            Who offers it, who needs it, or who writes of it anywhere.
        k : int, default 10
            Organisations at most; the list ends where no other says enough of it.
        must : sequence of str, optional
            Conditions that every organisation meets, such as "kind: education".
        """
        check_whole(k, "k")
        messages = Messages(lang)
        self._check_fitted()
        return search_pool(self.scorer.pool, text, kind, k, must, messages)

    def compare(self, seeker: Seeker, first: str, second: str, *, lang: str = "en") -> Contrast:
        """Explain why one candidate ranks above another in a seeker's list.

        Parameters and errors are as for `explain`; `ProfileError` also if one of the two candidates is never
        recommended to the seeker.
        """
        both = self._explain(seeker, (first, second), lang)
        for one in both:
            if not one.is_eligible:
                raise ProfileError(
                    f"candidates must be ones that may be recommended; got {one.candidate[Profile.ID]!r}: "
                    f"{'; '.join(one.rules)}. Use explain for it."
                )
        return Contrast(*both)

    def brief(self, seeker: Seeker, candidate: str, lang: str = "en", *, plan: Plan | None = None) -> Brief:
        """Draft the page that both sides bring to a first meeting; words of profiles are not translated.

        Parameters and errors are as for `explain`; `plan` has dates and rhythm to propose.
        """
        return Brief(self.explain(seeker, candidate, lang=lang), plan)

    def team(
        self,
        opportunity: Seeker,
        size: int = 5,
        *,
        at_least: Mapping[str, int] | None = None,
        at_most: Mapping[str, int] | None = None,
        lang: str = "en",
    ) -> Team:
        """Find partners that together cover what an opportunity, or any seeker, needs.

        `opportunity` is a seeker as for `explain`. Rules hold between it and each member and among these. Two
        further teams follow, none with a member of another, as far as there are any. Errors are those of
        `explain`; `ConfigError` also if a limit cannot be read, or no team keeps to all of them.

        Parameters
        ----------
        at_least, at_most : mapping of str to int, optional
            Limits, such as ``at_least={"kind: education": 1, "country": 2}``: one member at least is of this
            kind, and two countries are there; ``at_most={"sector": 2, "cost": 50000}``: two members at most
            of each sector, and this sum at most of a column of numbers.
        """
        check_whole(size, "size")
        check_lang(lang)
        self._check_fitted()
        seeker = self.encode_seekers([opportunity])
        return find_team(self._explainer, seeker, size, (at_least or {}, at_most or {}), lang)

    def recommend_in_blocks(
        self, seeker: Seekers, k: int = 10, *, explain: Explain = True, lang: str = "en"
    ) -> Iterator[tuple[pd.DataFrame, list[PairRemarks]]]:
        """Yield recommendations and the remarks in their texts, a block of seekers after the other.

        Numbers of all seekers are computed first, for bands need the lists of all.
        """
        renderer, found = self._score_lists(seeker, k, explain, lang)
        every = deque(found)
        own = self._own(seeker) if self.config.market.floor else None
        if own is not None and np.array_equal(np.sort(own), np.arange(len(self.pool))):
            every = deque(with_floor(self.scorer, [*every], k))
        total = sum(len(listed.stays) for listed in every)
        what = N_("giving reasons"), N_("recommendation")
        with progress_bar(self.progress and explain not in (False, "none"), *what, total=total) as bar:
            while every:  # lists of all seekers are scored by now
                listed = every.popleft()
                bands = self.scorer.bands(listed.selected, listed.scores)
                wanted = is_listed(bands, listed.stays, self.config.min_band)
                table, remarks = renderer.render(listed.keep(wanted))
                yield with_bands(table, bands[wanted]), remarks
                bar.update(len(listed.stays))

    def make_lists(
        self, seeker: Seekers, k: int, lang: str, explain: Explain
    ) -> Iterator[tuple[Listed, pd.DataFrame]]:
        """Yield the lists of each block of seekers, as numbers and as a table without bands."""
        renderer, found = self._score_lists(seeker, k, explain, lang)
        for listed in found:
            yield listed, renderer.render(listed)[0]

    def _score_lists(
        self, seeker: Seekers, k: int, explain: Explain, lang: str
    ) -> tuple[Renderer, Iterator[Listed]]:
        """Return what makes tables of lists, and the lists of blocks of seekers as numbers."""
        check_whole(k, "k")
        messages = Messages(lang)
        self._check_fitted()
        pool, own = self.scorer.pool, self._own(seeker)
        frame, side = (pool.frame, pool.organisations) if own is not None else self.encode_seekers(seeker)
        blocks = self.scorer.score(frame, side) if own is None else self.scorer.score_own(own)
        n_seekers = len(frame if own is None else own)

        def found() -> Iterator[Listed]:
            with progress_bar(self.progress, N_("matching"), N_("seeker"), total=n_seekers) as bar:
                for rows, block in blocks:
                    yield self.scorer.list_best(frame.iloc[rows], block, k)
                    bar.update(len(rows))

        last = last_explained(explain, n_seekers)
        return Renderer(self._explainer, frame, side, messages, last), found()

    @property
    def _explainer(self) -> Explainer:
        """Made once for each `fit`, `load` and update."""
        if not hasattr(self, "_explains") or self._explains.scorer is not self.scorer:
            self._explains = Explainer(self.scorer)
        return self._explains

    def _explain(self, seeker: Seeker, candidates: Sequence[str], lang: str) -> list[Explanation]:
        check_lang(lang)
        self._check_fitted()
        positions = [self._position(candidate, "candidate") for candidate in candidates]
        frame, side = self.encode_seekers([seeker])
        for candidate in self.scorer.pool.ids[positions]:
            if candidate in (side.tie_ids[0], side.ids[0]):
                raise ProfileError(
                    f"candidate must be another organisation than the seeker; got {candidate!r} for both."
                )
        ((_, block),) = self.scorer.score(frame, side, positions)
        organisation = Organisation(records_of(frame)[0], side)
        return [self._explainer.explain(organisation, block, position, lang) for position in positions]

    def assign(
        self,
        seekers: Seekers | None = None,
        *,
        settings: RoundSettings | None = None,
        fixed: Iterable[tuple[str, str] | tuple[str, str, int]] = (),
        vetoed: Iterable[tuple[str, str] | tuple[str, str, int]] = (),
        explain: Explain = True,
        lang: str = "en",
    ) -> Assignment:
        """Choose who meets whom in a round, so that the sum of mutual scores is highest within all limits.

        Seekers, as for `recommend`, meet organisations of the pool; all of the pool each other if left out.
        Settings are those of the configuration when left out. Errors are those of `recommend`; `ConfigError`
        also if no round meets the limits.

        Parameters
        ----------
        fixed, vetoed : iterable of tuple of str
            Ids or names of pairs that must meet, or must not; one of the two is a seeker. A third part of a
            fixed pair is the time slot that it keeps, from 1.
        """
        self._check_fitted()
        messages, pool = Messages(lang), self.scorer.pool
        own = np.arange(len(pool)) if seekers is None else self._own(seekers)
        if own is not None:
            frame, encoded, rows = pool.frame, pool.organisations, np.unique(own)
        else:
            frame, encoded = self.encode_seekers(seekers if seekers is not None else [])
            order = frame.drop_duplicates(Profile.ID).sort_values(Profile.ID).index.to_numpy()
            frame, encoded = frame.iloc[order].reset_index(drop=True), encoded.take(order)
            rows = np.arange(len(frame))
        kept = {self._pair(frame, rows, one[:2]): one[2] if len(one) > 2 else 0 for one in fixed}
        never = [self._pair(frame, rows, one[:2]) for one in vetoed]
        renderer = Renderer(self._explainer, frame, encoded, messages, last_explained(explain, len(rows)))
        return Round(renderer, rows, settings or self.config.round).assign(kept, never)


def recommend(
    profiles: Profiles,
    seeker: Seeker | Sequence[Seeker],
    k: int = 10,
    *,
    weights: Mapping[str, float] | None = None,
    ranker: Ranker | None = None,
    history: Past | None = None,
    must: Sequence[str] = (),
    explain: Explain = True,
    lang: str = "en",
) -> pd.DataFrame:
    """Rank partners for one seeker in one call.

    Other parameters, columns and errors are those of `Matcher.fit` and `Matcher.recommend`.

    Parameters
    ----------
    weights : mapping of str to float, optional
        Weight of each component; those not named weigh 0. The defaults when left out.
    ranker : ranker, optional
        In place of `weights`; see `Matcher`.
    must : sequence of str, optional
        Conditions that every partner meets, such as "kind: education" (docs/profiles.md).
    """
    check_whole(k, "k")
    if weights is not None and ranker is not None:
        raise ConfigError("weights and ranker must not both be given; leave one out.")
    settings: dict[str, Any] = {"rules": {"must": tuple(must)}}
    config = Config.from_dict(settings if weights is None else {**settings, "weights": dict(weights)})
    matcher = Matcher(config, ranker).fit(profiles, history)
    return matcher.recommend(seeker, k, explain=explain, lang=lang)
