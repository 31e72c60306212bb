"""Tuning weights by hand: sliders that rank again, stability, and a file that batches read."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from matcher.columns import Recommendation
from matcher.documents.language import Messages, check_lang
from matcher.errors import ConfigError, EvaluationError, OutputError
from matcher.evaluation.lists import ListTables
from matcher.evaluation.pairs import check_whole
from matcher.evaluation.sensitivity import DEPTH, DRAWS, Stability, change_scorers, measure_stability
from matcher.explanations import label_of
from matcher.files import replacing
from matcher.matching.scoring import learn_prices
from matcher.profiles import ProfileTable
from matcher.profiles.records import Seeker
from matcher.ranking import AdditiveRanker
from matcher.recommendations import Matcher

SPREADS: Final = (0.1, 0.2, 0.3, 0.4, 0.5)
WIDE: Final[dict[str, Any]] = {"style": {"description_width": "16em"}, "layout": {"width": "36em"}}
SHOWN: Final = (
    Recommendation.RANK,
    Recommendation.NAME,
    Recommendation.SCORE,
    Recommendation.SEEKER_GAIN,
    Recommendation.CANDIDATE_GAIN,
)


class Tuner:
    """Weights of a fitted matcher, changed one by one, and the lists of some seekers under them.

    Parameters
    ----------
    matcher : Matcher
        Fitted, with the analyst's weights; it is not changed.
    seekers : str or sequence of str
        Ids of the pool whose lists are shown.
    k : int, default 10
        Length of the lists.
    lang : {"en", "id"}, default "en"
        Language of the sliders.

    Attributes
    ----------
    weights : dict of str to float
        As they are now; not brought to sum 1.
    matcher : Matcher
        With these weights.
    ranking : DataFrame
        Recommendations as they are now, with a column `moved`: ranks gained since the start, NaN for a
        candidate that was not in the list.

    Raises
    ------
    MatcherError
        As `Matcher.recommend`; `ConfigError` if the matcher has a ranker of its own.

    Examples
    --------
    >>> from matcher.datasets import load_demo
    >>> tuner = Tuner(Matcher().fit(load_demo()), "omah-sareh", k=3)
    >>> tuner.set(trust=0.0).iloc[0]["name"]
    'NPO Nagamori Elder Care Exchange'
    """

    def __init__(
        self, matcher: Matcher, seekers: str | Sequence[str], k: int = 10, *, lang: str = "en"
    ) -> None:
        check_lang(lang)
        self.seekers = [seekers] if isinstance(seekers, str) else list(seekers)
        self.k = k
        self.lang = lang
        self.weights = matcher.config.weights.as_dict()
        self.matcher = matcher.reweighted(self.weights)
        self._start = self.matcher.recommend(self.seekers, k, explain=False)
        self._rank()

    def set(self, **weights: float) -> pd.DataFrame:
        """Change some weights and return the new ranking.

        Parameters
        ----------
        **weights : float
            By component, >= 0.
        """
        changed = {**self.weights, **weights}
        self.matcher = self.matcher.reweighted(changed)
        self.weights = changed
        self._rank()
        return self.ranking

    def stability(self, spreads: Sequence[float] = SPREADS, draws: int = DRAWS) -> list[Stability]:
        """Return how far the first ten ranks move where weights are changed; see `measure_reweighing`."""
        return measure_reweighing(
            self.matcher, self.seekers, spreads, draws=draws, seed=self.matcher.config.seed
        )

    def save(self, path: str | Path) -> Path:
        """Write the configuration, weights included, as TOML for `matcher match --config`.

        Raises
        ------
        OutputError
            If the file cannot be written or does not end in .toml.
        """
        path = Path(path)
        if path.suffix.lower() != ".toml":
            raise OutputError(f"a configuration must end in .toml; got {path}. Choose another name.")
        with replacing(path) as handle:
            handle.write(self.matcher.config.to_toml().encode())
        return path

    def widget(self) -> Any:
        """Return a slider per component and the ranking below, which follows them.

        Raises
        ------
        ImportError
            If the extra `notebooks` is not installed.
        """
        widgets = _import_widgets()
        messages = Messages(self.lang)
        sliders = {
            name: widgets.FloatSlider(
                value=weight, max=1.0, step=0.02, description=label_of(name, messages), **WIDE
            )
            for name, weight in self.weights.items()
        }
        table = widgets.HTML(self._shown())

        def follow(_: object) -> None:
            try:
                self.set(**{name: slider.value for name, slider in sliders.items()})
                table.value = self._shown()
            except ConfigError as err:  # all weights at 0
                table.value = f"<p role='alert'>{html.escape(str(err))}</p>"

        for slider in sliders.values():
            slider.observe(follow, names="value")
        return widgets.VBox([*sliders.values(), table])

    def _rank(self) -> None:
        keys = [Recommendation.SEEKER, Recommendation.CANDIDATE]
        ranking = self.matcher.recommend(self.seekers, self.k, explain=False)
        before = self._start[[*keys, Recommendation.RANK]].rename(columns={Recommendation.RANK: "before"})
        both = ranking.merge(before, on=keys, how="left", sort=False)
        self.ranking = both.assign(moved=both.pop("before") - both[Recommendation.RANK])

    def _shown(self) -> str:
        """Return the ranking as an HTML table; pandas escapes what profiles say."""
        columns = [*([Recommendation.SEEKER] if len(self.seekers) > 1 else []), *SHOWN, "moved"]
        return str(self.ranking[columns].round(3).to_html(index=False))


def measure_reweighing(
    matcher: Matcher,
    seekers: Seeker | Sequence[Seeker] | pd.DataFrame | ProfileTable,
    spreads: Sequence[float] = SPREADS,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[Stability]:
    """Return how far a fitted matcher's first ten ranks move where its weights are changed.

    Parameters
    ----------
    matcher : Matcher
        Fitted, with a ranker that has weights.
    seekers : as for `Matcher.recommend`
    spreads : sequence of float
        Each weight is multiplied by a factor drawn evenly from [1 - spread, 1 + spread]; in (0, 1).
    draws : int, default 10
        Sets of weights drawn for each spread; at least 1.
    seed : int, default 0
        Of the draws.

    Returns
    -------
    stability : list of Stability
        One per spread, for `matcher.output.plots.plot_stability`.

    Raises
    ------
    EvaluationError
        If the ranker has no weights, or nobody may be recommended to any seeker.
    ConfigError
        If a spread or draws is out of range.
    MatcherError
        As `Matcher.recommend`.

    Notes
    -----
    Features of pairs are computed once for all sets of weights; prices are learned for each.
    """
    if not len(spreads) or not all(0.0 < spread < 1.0 for spread in spreads):
        given = ", ".join(str(spread) for spread in spreads) or "none"
        raise ConfigError(f"spreads must be above 0 and below 1; got {given}. Change them.")
    check_whole(draws, "draws")
    ranker: Any = matcher.scorer.ranker
    if not isinstance(ranker, AdditiveRanker):
        raise EvaluationError(
            f"the matcher's ranker must have weights; got {type(ranker).__name__}. "
            "Use the analyst's weights or a PairwiseRanker without calibration."
        )
    pool = matcher.scorer.pool
    changed = change_scorers(pool, ranker, spreads, draws=draws, seed=seed)
    learn_prices(pool, list(changed.values()))
    frame, encoded = matcher.encode_seekers(seekers)
    lists = ListTables(encoded.ids, pool.ids, DEPTH)
    for pairs in pool.blocks(frame, encoded):
        for name, scorer in {"": matcher.scorer, **changed}.items():
            lists.add(name, pairs.rows, scorer.score_block(pairs).score)
    if lists.table("").empty:
        raise EvaluationError("seekers must have eligible candidates; got none for any of them. Name others.")
    return measure_stability(lists, "", spreads, draws=draws)


def _import_widgets() -> Any:
    try:
        import ipywidgets
    except ImportError as err:
        raise ImportError("sliders need ipywidgets: pip install 'partner-matcher[notebooks]'") from err
    return ipywidgets
