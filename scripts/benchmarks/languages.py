"""How well good partners are found within one language and across: graded pairs, and rewritten profiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import pandas as pd
import typer
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.judging import SEED, Results, cell, describe_machine
from lexicon_training.sources import gather_sources
from matcher import Matcher, read_profiles
from matcher.arrays import Floats
from matcher.columns import Profile
from matcher.config import DEFAULT_WEIGHTS, Config
from matcher.datasets import load_demo
from matcher.encoders import words
from matcher.encoders.languages import guess_language
from matcher.encoders.lexical import LexicalEncoder, LexicalVectors, Piece
from matcher.encoders.lexicon import Lexicon, open_lexicon
from matcher.features.organisations import texts_of
from matcher.profiles.records import all_text, records_of
from train_lexicon import Recipe, learn

TWINS: Final = Path(__file__).with_name("twins.jsonl")
MARKETS: Final = Path(__file__).with_name("markets")
CORPUS: Final = Path(__file__).resolve().parents[2] / "models" / "corpus"
DICTIONARY: Final = Path("/usr/share/dictd/freedict-eng-ind.dict.dz")
GOOD: Final = 2  # least grade of a good pair
FIRST: Final = 5
FIXED_SCALE: Final = 0.8
RESAMPLES: Final = 2000

System = Callable[[pd.DataFrame, Sequence[str]], pd.DataFrame]
"""Pool and ids of seekers -> scores, one row per seeker and one column per candidate; NaN: not listed."""


@dataclass(frozen=True)
class Graded:
    """A pool, and graded pairs of it; `complete` if pairs that are not graded are known to be no match."""

    pool: pd.DataFrame
    pairs: pd.DataFrame
    complete: bool = False

    @property
    def seekers(self) -> list[str]:
        """The seekers that have a good partner."""
        return sorted(self.pairs["seeker"][self.pairs["grade"] >= GOOD].unique())


def judge_languages(judged: Path, data: Path) -> Results:
    """Judge systems, rewritten profiles, scales, weights, and stemming."""
    demo = Graded(read_profiles(load_demo()).kept, pd.read_csv(judged / "demo_grades.csv"))
    market = read_market(judged / "market")
    results: Results = {}
    for name, graded in {"demo": demo, "market": market, **further_markets()}.items():
        results[name] = {system: judge_graded(make, graded) for system, make in SYSTEMS.items()}
        show_systems(f"{name}, graded pairs", results[name])
    twins = read_profiles(TWINS).kept
    compared = {name: SYSTEMS[name] for name in ("engine", "lexical", "TF-IDF", "embedded vectors")}
    results["twins"] = {name: judge_twins(make, demo, twins) for name, make in compared.items()}
    _show_twins("rewritten profiles", results["twins"])
    for part, systems in (("scales", SCALES), ("weights", WEIGHTS)):
        for name, graded in (("demo", demo), ("market", market)):
            key = f"{name}, {part}"
            results[key] = {system: judge_graded(make, graded) for system, make in systems.items()}
            show_systems(key, results[key])
    results["twins, scales"] = {name: judge_twins(make, demo, twins) for name, make in SCALES.items()}
    _show_twins("rewritten profiles, scales", results["twins, scales"])
    if DICTIONARY.exists():
        results |= judge_stemming({"demo": demo, "market": market}, data)
    else:
        typer.echo(f"\nstemming: left out, for {DICTIONARY} is not there.")
    typer.echo("\n" + "; ".join(f"{name} {value}" for name, value in describe_machine().items()))
    return results


def read_market(folder: Path) -> Graded:
    """Read a market with known truth: a pair that is not listed is no match."""
    pool = read_profiles(folder / "organisations.jsonl").kept
    return Graded(pool, pd.read_csv(folder / "truth.csv"), complete=True)


def further_markets() -> dict[str, Graded]:
    """Read the markets of the project, by name."""
    folders = sorted(path.parent for path in MARKETS.glob("*/truth.csv"))
    return {f"market {folder.name}": read_market(folder) for folder in folders}


def judge_graded(system: System, graded: Graded) -> dict[str, Any]:
    """Return P@1, nDCG@5, recall@5, and the share of good pairs in the first five, within and across."""
    languages = languages_of(graded.pool)
    lists = ranked_lists(system(graded.pool, graded.seekers))
    rows = [judge_list(lists[seeker], graded.pairs, seeker, languages) for seeker in graded.seekers]
    table = pd.DataFrame(rows)
    ones = np.ones(len(table))
    return {
        "P@1": ratio_interval(table["first"], ones),
        "nDCG@5": ratio_interval(table["ndcg"], ones),
        "recall@5": ratio_interval(table["found_within"] + table["found_across"], ones, table["good"]),
        "in five, within": ratio_interval(table["found_within"], table["within"]),
        "in five, across": ratio_interval(table["found_across"], table["across"]),
    }


def judge_list(
    listed: Sequence[str], pairs: pd.DataFrame, seeker: str, languages: Mapping[str, str]
) -> dict[str, float]:
    """Return what one seeker's list holds of its good candidates, by the languages of both."""
    gains = gains_of(pairs[pairs["seeker"] == seeker])
    within = {id_ for id_ in gains if languages[id_] == languages[seeker]}
    return {
        "first": float(listed[0] in gains),
        "ndcg": ndcg(listed, gains),
        "good": float(len(gains)),
        "within": float(len(within)),
        "across": float(len(gains) - len(within)),
        "found_within": float(len(within & {*listed[:FIRST]})),
        "found_across": float(len((gains.keys() - within) & {*listed[:FIRST]})),
    }


def gains_of(pairs: pd.DataFrame) -> dict[str, float]:
    """Return the gain of each good candidate of one seeker, 2 ** grade - 1."""
    good = pairs[pairs["grade"] >= GOOD]
    return dict(zip(good["candidate"], 2.0 ** good["grade"] - 1.0, strict=True))


def ndcg(listed: Sequence[str], gains: Mapping[str, float]) -> float:
    """Return nDCG of the first five against the best five."""
    discounts = 1.0 / np.log2(np.arange(2, FIRST + 2))
    best = sorted(gains.values(), reverse=True)[:FIRST]
    found = [gains.get(id_, 0.0) for id_ in listed[:FIRST]]
    return float(found @ discounts[: len(found)]) / float(best @ discounts[: len(best)])


def ratio_interval(parts: Any, wholes: Any, divisors: Any = 1.0) -> dict[str, float]:
    """Return sum(parts / divisors) / sum(wholes) and its 95 % bootstrap interval over rows, and the sum."""
    amounts, totals = np.asarray(parts / divisors, dtype=float), np.asarray(wholes, dtype=float)
    rows = np.random.default_rng(SEED).integers(0, len(amounts), (RESAMPLES, len(amounts)))
    sums = totals[rows].sum(axis=1)
    ratios = amounts[rows].sum(axis=1)[sums > 0] / sums[sums > 0]
    low, high = np.quantile(ratios, [0.025, 0.975])
    mean = float(amounts.sum() / totals.sum())
    return {"mean": mean, "low": float(low), "high": float(high), "n": float(totals.sum())}


def judge_twins(system: System, demo: Graded, twins: pd.DataFrame) -> dict[str, Any]:
    """Return the ranks of good partners before and after one side is replaced by its twin.

    A pair is in one language with the original and in two with the twin, or the other way round.
    """
    good = demo.pairs[demo.pairs["grade"] >= GOOD]
    spoken = languages_of(demo.pool)
    before = ranked_lists(system(demo.pool, demo.seekers))
    rows = []
    for row, id_ in enumerate(twins[Profile.ID]):
        touched = good[(good["seeker"] == id_) | (good["candidate"] == id_)]
        if touched.empty:
            continue
        pool = pd.concat([demo.pool[demo.pool[Profile.ID] != id_], twins.iloc[[row]]], ignore_index=True)
        after = ranked_lists(system(pool, sorted(touched["seeker"].unique())))
        for seeker, candidate in zip(touched["seeker"], touched["candidate"], strict=True):
            change = "within to across" if spoken[seeker] == spoken[candidate] else "across to within"
            rows.append(
                {
                    "twin": id_,
                    "change": change,
                    "rewritten": "en to id" if spoken[id_] == "en" else "id to en",
                    "original": _rank(before[seeker], candidate),
                    "rank": _rank(after[seeker], candidate),
                }
            )
    table = pd.DataFrame(rows)
    groups = {"all": table, **{str(name): part for name, part in table.groupby("change")}}
    groups |= {", ".join(map(str, names)): part for names, part in table.groupby(["change", "rewritten"])}
    return {name: _twin_figures(part) for name, part in groups.items()}


def _rank(listed: Sequence[str], candidate: str) -> int:
    return listed.index(candidate) + 1 if candidate in listed else len(listed) + 1


def _twin_figures(table: pd.DataFrame) -> dict[str, Any]:
    """Return medians and shares of one group; intervals are over rewritten organisations."""
    found = (table[["original", "rank"]] <= FIRST).astype(float)
    sums = found.assign(n=1.0).groupby(table["twin"]).sum()
    return {
        "pairs": len(table),
        "median rank, original": float(table["original"].median()),
        "median rank, twin": float(table["rank"].median()),
        "in five, original": ratio_interval(sums["original"], sums["n"]),
        "in five, twin": ratio_interval(sums["rank"], sums["n"]),
        "difference": ratio_interval(sums["rank"] - sums["original"], sums["n"]),
    }


def judge_stemming(cases: Mapping[str, Graded], data: Path) -> Results:
    """Judge lexical similarity with other stems, each with a lexicon that is trained on them."""
    wordnet = data / "language" / "wordnet_bahasa.tsv.gz"
    sources = gather_sources(CORPUS / "partnership.tsv", CORPUS / "terms.tsv", DICTIONARY, wordnet)
    results: Results = {f"{name}, stemming": {} for name in cases}
    for kind, stem in STEMMING.items():
        for listed in (True, False):
            name = f"{kind}, {'without' if listed else 'with'} stop words"
            with stemming(stem, listed=listed):
                english, indonesian = learn(sources, Recipe())
                lexicon = Lexicon({("en", "id"): english, ("id", "en"): indonesian})
                for case, graded in cases.items():
                    results[f"{case}, stemming"][name] = judge_graded(lexical([lexicon]), graded)
    for case in cases:
        show_systems(f"{case}, stemming", results[f"{case}, stemming"])
    return results


@contextmanager
def stemming(stem: Callable[[str, str], str], *, listed: bool) -> Iterator[None]:
    """Replace the stemmer, and keep stop words unless they are `listed` to be left out."""

    def stem_word(word: str, language: str) -> str:
        stopped = len(word) < 2 or (listed and word in words.stop_words(language))
        return "" if stopped else stem(word, language)

    with patch.object(words, "stem_word", stem_word):
        _forget_stems()
        yield
    _forget_stems()


def _forget_stems() -> None:
    words._token_stems.cache_clear()
    words.stems_of.cache_clear()


LIGHT_SUFFIXES: Final = {
    "en": ("ations", "ation", "ings", "ing", "ies", "ed", "es", "ly", "s", "y"),
    "id": ("kannya", "annya", "nya", "kan", "lah", "kah", "pun", "an", "i"),
}


def light_stem(word: str, language: str) -> str:
    """Strip the longest listed suffix that leaves four letters."""
    endings = (end for end in LIGHT_SUFFIXES.get(language, ()) if word.endswith(end))
    return next((word[: -len(end)] for end in endings if len(word) - len(end) >= 4), word)


def snowball_stem(word: str, language: str) -> str:
    """Strip affixes by Snowball's algorithm of the language."""
    algorithm = words.STEMMERS.get(language)
    return str(words._stemmer(algorithm).stemWord(word)) if algorithm else word


STEMMING: Final = {"no stemming": lambda word, _: word, "light": light_stem, "Snowball": snowball_stem}


def languages_of(pool: pd.DataFrame) -> dict[str, str]:
    """Return the language that each profile is written in, by id."""
    return {row[Profile.ID]: guess_language(all_text(row)) for row in records_of(pool)}


def pieces_of(pool: pd.DataFrame) -> list[list[Piece]]:
    """Return everything that each profile says, with languages, as the engine encodes it."""
    records = records_of(pool)
    spoken = [guess_language(all_text(row)) for row in records]
    return [
        [(text, guess_language(text) or language) for text in texts_of(row) if text]
        for row, language in zip(records, spoken, strict=True)
    ]


def ranked_lists(scores: pd.DataFrame) -> dict[str, list[str]]:
    """Return each seeker's candidates, the best first."""
    return {
        str(seeker): row.dropna().sort_values(ascending=False, kind="stable").index.tolist()
        for seeker, row in scores.iterrows()
    }


def kept(system: System) -> System:
    """Keep the scores of a system, for variants that start from them."""
    results: dict[tuple[object, ...], pd.DataFrame] = {}

    def score(pool: pd.DataFrame, seekers: Sequence[str]) -> pd.DataFrame:
        key = (int(pd.util.hash_pandas_object(pool.astype(str), index=False).sum()), *seekers)
        if key not in results:
            results[key] = system(pool, seekers)
        return results[key]

    return score


def engine(scale: float | None = None, weights: Mapping[str, float] | None = None) -> System:
    """Return the engine; a `scale` replaces the one that it estimates, `weights` the default ones."""
    config = Config.from_dict({"weights": weights} if weights else {})

    def score(pool: pd.DataFrame, seekers: Sequence[str]) -> pd.DataFrame:
        matcher = Matcher(config).fit(pool)
        table = matcher.recommend(list(seekers), len(pool), explain=False)
        return table.pivot_table(index="seeker", columns="candidate", values="score")

    def scaled(pool: pd.DataFrame, seekers: Sequence[str]) -> pd.DataFrame:
        with patch("matcher.encoders.lexical.fair_scale", lambda _: scale):
            return score(pool, seekers)

    return score if scale is None else scaled


def lexical(lexicons: Sequence[Lexicon], scale: float | None = None) -> System:
    """Return lexical similarity of all texts; a `scale` replaces the one that it estimates."""

    def score(pool: pd.DataFrame, seekers: Sequence[str]) -> pd.DataFrame:
        pieces = pieces_of(pool)
        vectors = LexicalEncoder(lexicons).fit(pieces).encode(pieces)
        return frame_of(_scaled(vectors, scale).similarity(vectors), pool, seekers)

    return score


def _scaled(vectors: LexicalVectors, scale: float | None) -> LexicalVectors:
    return vectors if scale is None else replace(vectors, scale=scale)


def tfidf(pool: pd.DataFrame, seekers: Sequence[str]) -> pd.DataFrame:
    """Plain TF-IDF of everything that profiles say."""
    matrix = TfidfVectorizer().fit_transform(["\n".join(texts_of(row)) for row in records_of(pool)])
    return frame_of((matrix @ matrix.T).toarray(), pool, seekers)


def embedded(pool: pd.DataFrame, seekers: Sequence[str]) -> pd.DataFrame:
    """Cosine of mean embedded vectors."""
    organisations = Matcher().fit(pool).scorer.pool.organisations
    cosine = pd.DataFrame(
        organisations.meaning.cosines(organisations.meaning), organisations.ids, organisations.ids
    )
    ids = pool[Profile.ID].tolist()
    return frame_of(cosine.loc[ids, ids].to_numpy(), pool, seekers)


def random_order(seed: int) -> System:
    """Return scores drawn by chance."""

    def score(pool: pd.DataFrame, seekers: Sequence[str]) -> pd.DataFrame:
        return frame_of(np.random.default_rng(seed).random((len(pool), len(pool))), pool, seekers)

    return score


def standardised(system: System) -> System:
    """Bring a seeker's scores within its language and those of each other language to mean 0, deviation 1."""

    def score(pool: pd.DataFrame, seekers: Sequence[str]) -> pd.DataFrame:
        scores, languages = system(pool, seekers), languages_of(pool)
        groups = scores.T.groupby(lambda id_: languages[id_])
        return groups.transform(lambda column: (column - column.mean()) / column.std()).T

    return score


def frame_of(scores: Floats, pool: pd.DataFrame, seekers: Sequence[str]) -> pd.DataFrame:
    """Return the rows of some seekers of scores between all organisations, NaN for the seeker itself."""
    ids = pool[Profile.ID].to_numpy()
    own = scores.astype(float).copy()
    np.fill_diagonal(own, np.nan)
    return pd.DataFrame(own, index=ids, columns=ids).loc[list(seekers)]


ENGINE: Final = kept(engine())
LEXICAL: Final = kept(lexical([open_lexicon()]))
SYSTEMS: Final[Mapping[str, System]] = {
    "engine": ENGINE,
    "TF-IDF": tfidf,
    "TF-IDF of stems, no lexicon": lexical([]),
    "lexical": LEXICAL,
    "embedded vectors": embedded,
    "random": random_order(SEED),
}
SCALES: Final[Mapping[str, System]] = {
    "lexical, no scale": lexical([open_lexicon()], 1.0),
    "lexical, quantiles": LEXICAL,
    f"lexical, {FIXED_SCALE}": lexical([open_lexicon()], FIXED_SCALE),
    "lexical, z-scores": standardised(LEXICAL),
    "engine, no scale": engine(1.0),
    "engine, quantiles": ENGINE,
    f"engine, {FIXED_SCALE}": engine(FIXED_SCALE),
    "engine, z-scores": standardised(ENGINE),
}


def _changed(**weights: float) -> System:
    return engine(weights={**DEFAULT_WEIGHTS.as_dict(), **weights})


WEIGHTS: Final[Mapping[str, System]] = {
    "defaults": ENGINE,
    "topic only": engine(weights={"topic": 1.0}),
    "complementarity only": engine(weights={"complementarity": 1.0}),
    "values only": engine(weights={"values": 1.0}),
    "topic .3, complementarity .5": _changed(topic=0.3, complementarity=0.5),
    "topic .5, complementarity .3": _changed(topic=0.5, complementarity=0.3),
    "without topic": _changed(topic=0.0),
    "without values": _changed(values=0.0),
    "values .24": _changed(values=0.24),
    "trust .16": _changed(trust=0.16),
    "without trust": _changed(trust=0.0),
    "communication .08": _changed(communication=0.08),
    "without communication": _changed(communication=0.0),
}


def show_systems(title: str, results: Mapping[str, Any]) -> None:
    """Print the figures of each system as a Markdown table."""
    metrics = list(next(iter(results.values())))
    rows = [[name, *(cell(result[metric]) for metric in metrics)] for name, result in results.items()]
    show_table(title, ["system", *metrics], rows)


def _show_twins(title: str, results: Mapping[str, Any]) -> None:
    heads = ["system", "pairs that change", "pairs", "median rank, original", "twin"]
    heads += ["in five, original", "in five, twin", "difference"]
    rows = [
        [
            name,
            group,
            str(row["pairs"]),
            f"{row['median rank, original']:g}",
            f"{row['median rank, twin']:g}",
            cell(row["in five, original"]),
            cell(row["in five, twin"]),
            cell(row["difference"], signed=True),
        ]
        for name, groups in results.items()
        for group, row in groups.items()
    ]
    show_table(title, heads, rows)


def show_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    lines = [f"\n### {title}\n", "| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    typer.echo("\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]))
