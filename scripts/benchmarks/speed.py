"""How fast fitting, matching and encoding are."""

from __future__ import annotations

import itertools
import statistics
import time
from pathlib import Path

import numpy as np
import pandas as pd
import typer
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.judging import SEED, Results
from benchmarks.languages import pieces_of
from matcher import Matcher, read_profiles
from matcher.datasets import load_demo
from matcher.encoders.lexical import LexicalEncoder, Piece
from matcher.encoders.lexicon import open_lexicon

LEXICAL_SIZE = 4000


def time_matching(data: Path, repeats: int) -> Results:
    """Time fitting and matching at several sizes, with the texts' vectors at hand."""
    pool = read_profiles(data / "charities" / "profiles.jsonl.gz").kept
    results: Results = {}
    typer.echo("| organisations | fit, s | 20 partners each, s | with reasons, s | seekers a second |")
    typer.echo("|---" * 5 + "|")
    for size in (250, 1000, len(pool)):
        sample = pool.sample(size, random_state=SEED)
        Matcher(progress=True).fit(sample)
        runs = [_time_once(sample) for _ in range(repeats)]
        medians = [statistics.median(run[step] for run in runs) for step in range(3)]
        results[str(size)] = {"runs": runs, "medians": medians}
        cells = [f"{value:.2f}" for value in medians]
        typer.echo(f"| {size:,} | " + " | ".join(cells) + f" | {size / medians[2]:.0f} |")
    return results


def _time_once(sample: pd.DataFrame) -> tuple[float, float, float]:
    """Return seconds of fit, of matching without reasons, and of matching with reasons."""
    marks = [time.perf_counter()]
    matcher = Matcher().fit(sample)
    marks.append(time.perf_counter())
    matcher.recommend_all(20, explain=False)
    marks.append(time.perf_counter())
    matcher.recommend_all(20)
    marks.append(time.perf_counter())
    first, second, third = (after - before for before, after in itertools.pairwise(marks))
    return first, second, third


def time_lexical(data: Path, repeats: int) -> Results:
    """Time lexical similarity of all pairs against scikit-learn's TF-IDF of words, in processor seconds.

    `charities` write one language; `mixed` is the demo, its words shuffled, in two languages.
    """
    charities = read_profiles(data / "charities" / "profiles.jsonl.gz").kept
    demo = pieces_of(read_profiles(load_demo()).kept)
    rng = np.random.default_rng(SEED)
    pools = {
        "charities": pieces_of(charities.sample(min(LEXICAL_SIZE, len(charities)), random_state=SEED)),
        "mixed": [_shuffled(demo[row % len(demo)], rng) for row in range(LEXICAL_SIZE)],
    }
    results: Results = {}
    heads = ("pool", "TF-IDF, s", "fit, s", "encode, s", "similarity, s", "ratio of the sums")
    typer.echo("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    for name, pieces in pools.items():
        _time_lexical_once(pieces)
        runs = [_time_lexical_once(pieces) for _ in range(repeats)]
        ratios = [sum(ours) / plain for plain, *ours in runs]
        ratio = statistics.median(ratios)
        medians = [statistics.median(step) for step in zip(*runs, strict=True)]
        results[name] = {"runs": runs, "medians": medians, "ratio": ratio}
        typer.echo(
            f"| {name} | "
            + " | ".join(f"{value:.2f}" for value in [*medians, ratio])
            + f" ({min(ratios):.2f} to {max(ratios):.2f}) |"
        )
    return results


def _shuffled(pieces: list[Piece], rng: np.random.Generator) -> list[Piece]:
    return [(" ".join(rng.permutation(text.split())), language) for text, language in pieces]


def _time_lexical_once(pieces: list[list[Piece]]) -> tuple[float, ...]:
    """Return seconds of plain TF-IDF with all cosines, and of fit, encode and all similarities."""
    texts = [" ".join(text for text, _ in listed) for listed in pieces]
    marks = [time.process_time()]
    matrix = TfidfVectorizer().fit_transform(texts)
    (matrix @ matrix.T).toarray()
    marks.append(time.process_time())
    encoder = LexicalEncoder([open_lexicon()]).fit(pieces)
    marks.append(time.process_time())
    vectors = encoder.encode(pieces)
    marks.append(time.process_time())
    vectors.similarity(vectors)
    marks.append(time.process_time())
    return tuple(after - before for before, after in itertools.pairwise(marks))
