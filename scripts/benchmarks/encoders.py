"""The embedded encoder against the transformer it was distilled from."""

from __future__ import annotations

import itertools
import statistics
import time
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import typer
from scipy.stats import spearmanr

from benchmarks.cases import load_grants, load_interreg
from benchmarks.judging import Results, judge, show
from benchmarks.systems import engine, tfidf
from encoder_training.corpora import HELD_OUT, read_pairs
from encoder_training.teacher import TEACHER, cached_teacher
from matcher.encoders import Encoder, open_encoder
from matcher.encoders.static import EMBEDDED, StaticEncoder, bundled_model

CORPUS: Final = Path(__file__).resolve().parents[2] / "models" / "corpus" / "partnership.tsv"


def judge_encoder(encoder: Encoder, data: Path) -> dict[str, float]:
    """Return Spearman correlations on STS dev, a language and across, and retrieval of translations."""
    rows = pd.read_csv(data / "language" / "stsb_dev_en_id.csv")
    vectors = {name: encoder.encode(rows[name].tolist()) for name in ("en_1", "en_2", "id_1", "id_2")}

    def agreement(one: str, other: str) -> float:
        likeness = (vectors[one] * vectors[other]).sum(axis=1)
        return float(spearmanr(likeness, rows["score"]).statistic)

    held_out = read_pairs(CORPUS)[::HELD_OUT]
    english, indonesian = (encoder.encode([pair[side] for pair in held_out]) for side in range(2))
    likeness = english @ indonesian.T
    own = np.arange(len(held_out))
    found = (likeness.argmax(axis=0) == own).mean() + (likeness.argmax(axis=1) == own).mean()
    return {
        "STS dev, en": agreement("en_1", "en_2"),
        "STS dev, id": agreement("id_1", "id_2"),
        "STS dev, across": (agreement("en_1", "id_2") + agreement("id_1", "en_2")) / 2,
        f"retrieval among {len(held_out)}": float(found / 2),
    }


def judge_encoders(data: Path, score: Path) -> Results:
    """Compare the embedded encoder with the transformer: likeness, retrieval, and partners found."""
    results: Results = {}
    encoders = {EMBEDDED: EMBEDDED, TEACHER: str(cached_teacher())}
    for name, source in encoders.items():
        results[name] = judge_encoder(open_encoder(source), data)
        typer.echo(f"{name}: " + ", ".join(f"{what} {value:.3f}" for what, value in results[name].items()))
    for case in (load_interreg(data), load_grants(data)):
        lists = {name: engine(case, encoder=source) for name, source in encoders.items()}
        lists["TF-IDF"] = tfidf(case)
        results[case.name] = judge(case, lists, score, baseline=TEACHER)
        show(case.name, results[case.name], baseline=TEACHER)
    return results


def time_encoder(data: Path, repeats: int) -> Results:
    """Time opening the embedded encoder, and short texts on one core."""
    sentences = pd.read_csv(data / "language" / "stsb_dev_en_id.csv")["en_1"].tolist() * 10
    marks = [time.perf_counter()]
    static = StaticEncoder(bundled_model())
    marks.append(time.perf_counter())
    for _ in range(repeats):
        static.encode(sentences)
        marks.append(time.perf_counter())
    load, *runs = (after - before for before, after in itertools.pairwise(marks))
    rates = sorted(len(sentences) / seconds for seconds in runs)
    size = sum(path.stat().st_size for path in bundled_model().iterdir()) / 1e6
    typer.echo(
        f"load {load:.2f} s; {size:.1f} MB; "
        f"{statistics.median(rates):,.0f} [{rates[0]:,.0f}, {rates[-1]:,.0f}] texts a second"
    )
    return {"load, s": load, "size, MB": size, "texts a second": rates}
