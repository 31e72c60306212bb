"""Tuning weights by hand: sliders that rank again, stability, and a file that batches read."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.columns import Recommendation
from matcher.config import Config
from matcher.documents.language import N_, Messages, check_lang
from matcher.errors import ConfigError, EvaluationError, OutputError
from matcher.evaluation.lists import DEPTH, DRAWS, ListTables, change_weights, measure_stability
from matcher.evaluation.metrics import Balance, check_whole, measure_balance
from matcher.explanations.remarks import label_of
from matcher.matching.prices import priced_score
from matcher.matching.scoring import PoolScorer, learn_prices
from matcher.matching.selection import Selected, select_best
from matcher.profiles.records import records_of
from matcher.recommendations import Matcher

METHODS: Final = ("csls", "sinkhorn", "tu")
SPREADS: Final = (0.1, 0.2, 0.3, 0.4, 0.5)
WIDE: Final[dict[str, Any]] = {"style": {"description_width": "16em"}, "layout": {"width": "36em"}}
SHOWN: Final = (
    *(Recommendation.RANK, Recommendation.NAME, Recommendation.SCORE),
    *(Recommendation.SEEKER_GAIN, Recommendation.CANDIDATE_GAIN),
    *(Recommendation.REASONS_SEEKER, Recommendation.REASONS_CANDIDATE, Recommendation.CONCERNS),
)
STRENGTHS: Final = {
    "conflict_strength": N_("Conflict: how much collisions of products and markets lower a gain"),
    "market_strength": N_("Market: how strongly sought-after candidates are priced"),
}


class Tuner:
    """Weights of a fitted matcher, changed one by one, and the lists, of length `k`, of some seekers.

    The matcher given has the analyst's weights, else `ConfigError` is raised, and is not changed; seekers are
    ids of its pool. `lang` is the language of the sliders.

    Attributes
    ----------
    weights, strengths : dict of str to float
        As they are now; weights are not brought to sum 1. Strengths, in [0, 1], are `conflict_strength` and
        `market_strength` (`market.strength` of the configuration).
    matcher : Matcher
        With these weights.
    ranking : DataFrame
        Recommendations with reasons as they are now, with a column `moved`: ranks gained since the start, NaN
        for a candidate that was not in the list.

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
        market = matcher.config.market.strength
        self.strengths = {"conflict_strength": matcher.config.conflict_strength, "market_strength": market}
        self._initial = {**self.weights, **self.strengths}
        self.matcher = matcher.reweighted(self.weights)
        self._start = self.matcher.recommend(self.seekers, k, lang=lang)
        self._rank()

    def set(self, **weights: float) -> pd.DataFrame:
        """Change some weights, >= 0, or strengths, in [0, 1], and return the new ranking."""
        strengths = {name: weights.pop(name, value) for name, value in self.strengths.items()}
        changed = {**self.weights, **weights}
        market = {**self.matcher.config.market.model_dump(), "strength": strengths["market_strength"]}
        self.matcher = self.matcher.reweighted(
            changed, conflict_strength=strengths["conflict_strength"], market=market
        )
        self.weights, self.strengths = changed, strengths
        self._rank()
        return self.ranking

    def reset(self) -> pd.DataFrame:
        """Go back to the weights and strengths of the start and return their ranking."""
        return self.set(**self._initial)

    def stability(self, spreads: Sequence[float] = SPREADS, draws: int = DRAWS) -> pd.DataFrame:
        """Return `measure_stability` of lists under `change_weights`, for spreads in (0, 1)."""
        if not len(spreads) or not all(0.0 < spread < 1.0 for spread in spreads):
            given = ", ".join(str(spread) for spread in spreads) or "none"
            raise ConfigError(f"spreads must be above 0 and below 1; got {given}. Change them.")
        check_whole(draws, "draws")
        present, pool = self.matcher.scorer, self.matcher.scorer.pool
        analyst: Any = present.ranker
        rankers = change_weights(analyst, spreads, draws=draws, seed=self.matcher.config.seed)
        changed = {name: PoolScorer(pool, ranker) for name, ranker in rankers.items()}
        learn_prices(pool, list(changed.values()))
        frame, encoded = self.matcher.encode_seekers(self.seekers)
        lists = ListTables(encoded.ids, pool.ids, DEPTH)
        for pairs in pool.blocks(frame, encoded):
            for name, scorer in {"": present, **changed}.items():
                lists.add(name, pairs.rows, scorer.score_block(pairs).score)
        if lists.table("").empty:
            raise EvaluationError(
                "seekers must have eligible candidates; got none for any of them. Name others."
            )
        return measure_stability(lists, "", spreads, draws=draws)

    def save(self, path: str | Path) -> Path:
        """Write the configuration, a .toml file for `matcher match --config`; else `OutputError`."""
        path = Path(path)
        if path.suffix.lower() != ".toml":
            raise OutputError(f"a configuration must end in .toml; got {path}. Choose another name.")
        self.matcher.config.save(path)
        return path

    def widget(self) -> Any:
        """Return a slider per weight and strength, buttons to reset and save them, and the ranking below."""
        try:
            import ipywidgets as widgets
        except ImportError as err:
            raise ImportError("sliders need ipywidgets: pip install 'partner-matcher[notebooks]'") from err
        messages = Messages(self.lang)
        labels = {name: label_of(name, messages) for name in self.weights}
        labels |= {name: messages.say(text) for name, text in STRENGTHS.items()}
        sliders = {
            name: widgets.FloatSlider(value=value, max=1.0, step=0.02, description=labels[name], **WIDE)
            for name, value in {**self.weights, **self.strengths}.items()
        }
        table, said = widgets.HTML(self._shown()), widgets.HTML()
        name = widgets.Text(value="tuned.toml")
        back = widgets.Button(description=messages.say(N_("Reset")))
        save = widgets.Button(description=messages.say(N_("Save")))

        def follow(_: object) -> None:
            try:
                self.set(**{name: slider.value for name, slider in sliders.items()})
                table.value = self._shown()
            except ConfigError as err:  # all weights at 0
                table.value = f"<p role='alert'>{html.escape(messages.render(str(err)))}</p>"

        def restore(click: object) -> None:
            for key, slider in sliders.items():
                slider.unobserve(follow, names="value")  # ranked once, not for each slider
                slider.value = self._initial[key]
                slider.observe(follow, names="value")
            follow(click)

        def write(_: object) -> None:
            try:
                said.value = html.escape(str(self.save(name.value).resolve()))
            except OutputError as err:
                said.value = f"<p role='alert'>{html.escape(messages.render(str(err)))}</p>"

        for slider in sliders.values():
            slider.observe(follow, names="value")
        back.on_click(restore)
        save.on_click(write)
        return widgets.VBox([*sliders.values(), widgets.HBox([back, save, name, said]), table])

    def _rank(self) -> None:
        keys = [Recommendation.SEEKER, Recommendation.CANDIDATE]
        ranking = self.matcher.recommend(self.seekers, self.k, lang=self.lang)
        before = self._start[[*keys, Recommendation.RANK]].rename(columns={Recommendation.RANK: "before"})
        both = ranking.merge(before, on=keys, how="left", sort=False)
        self.ranking = both.assign(moved=both.pop("before") - both[Recommendation.RANK])

    def _shown(self) -> str:
        """Return the ranking as an HTML table; pandas escapes what profiles say."""
        seeker = [Recommendation.SEEKER_NAME] if len(self.seekers) > 1 else []
        messages = Messages(self.lang)
        table = self.ranking[[*seeker, *SHOWN]].round(3)
        table = table.set_axis([messages.say_header(str(name), "column") for name in table], axis="columns")
        table.insert(0, messages.say(N_("ranks gained")), self.ranking["moved"])
        with pd.option_context("display.max_colwidth", None):  # reasons are not cut
            return str(table.to_html(index=False, na_rep=messages.say(N_("new"))))


def measure_tradeoff(
    matcher: Matcher, k: int = 10, strengths: Sequence[float] = (0.2, 0.4, 0.6, 0.8, 1.0)
) -> pd.DataFrame:
    """Return quality against balance of a fitted matcher's lists under all methods and strengths of prices.

    Strengths are in [0, 1]; 0 and the present one are added. One row per setting: method, strength, the
    fields of `Balance`, and whether it is present. Lists, of length `k`, are of the reference seekers.
    """
    check_whole(k, "k")
    if not all(0.0 <= strength <= 1.0 for strength in strengths):
        raise ConfigError(
            f"strengths must be from 0 to 1; got {', '.join(map(str, strengths))}. Change them."
        )
    matcher._check_fitted()
    pool, present = matcher.scorer.pool, matcher.config.market
    rows, scorers = np.sort(pool.reference), {}
    for method in METHODS:
        market = {**present.model_dump(), "method": method}
        changed = pool.with_config(Config.from_dict({**matcher.config.model_dump(), "market": market}))
        scorers[method] = PoolScorer(changed, matcher.scorer.ranker)
        learn_prices(changed, [scorers[method]])
    blocks = ((pairs.eligible, matcher.scorer.score_block(pairs).mutual) for pairs in pool.own_blocks(rows))
    eligible, mutual = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    pins = [*map(pool.rules.pins, records_of(pool.frame.iloc[rows]))]

    def lists(method: str, strength: float) -> Selected:
        score = priced_score(mutual, scorers[method].prices, strength)
        return select_best(np.where(eligible, score, -np.inf), k, pool.twins, pins, pool.variety)

    known, ideal = np.where(eligible, mutual, np.nan), lists(present.method, 0.0)
    wanted = sorted({(method, strength) for method in METHODS for strength in strengths if strength})
    now = (present.method, present.strength)
    found = []
    for method, strength in sorted({(present.method, 0.0), *wanted, now}):
        balance = measure_balance(lists(method, strength), ideal, known, rows, k)
        found.append((method, strength, *balance, (method, strength) == now))
    columns = ["method", "strength", *Balance._fields, "present"]
    return pd.DataFrame(found, columns=columns)
