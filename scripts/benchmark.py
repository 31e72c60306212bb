#!/usr/bin/env python3
"""Measure the engine on public data: how good its lists are, and how fast they come.

The data are not part of the project: `--data` names a folder with interreg/, grants/ and charities/,
`--score` the program that compares a table of recommendations with what really happened.
"""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.feature_extraction.text import TfidfVectorizer

from matcher import Matcher, read_outcomes, read_profiles
from matcher.columns import Profile
from matcher.config import Config
from matcher.datasets import load_demo, load_judged_pairs
from matcher.encoders import Encoder, open_encoder
from matcher.encoders.corpora import HELD_OUT, read_pairs
from matcher.encoders.languages import guess_language
from matcher.encoders.static import StaticEncoder, embedded_model
from matcher.features.sides import all_text, records_of

Floats = NDArray[np.float64]

SEED: Final = 0
ENCODERS: Final = ("encoder-id-en", "multilingual-e5-small")
CORPUS: Final = Path(__file__).resolve().parents[1] / "models" / "corpus" / "partnership.tsv"
SPLIT: Final = "2016-06-01"
"""Date that parts the validation snapshot: projects before are known, later ones are to be found."""
DEPTH: Final = 100
"""Recommendations a seeker that are judged."""
DATA: Final = Path("../shared/data")
SCORE: Final = Path("../shared/score/score_recommendations.py")


@dataclass(frozen=True)
class Case:
    """One snapshot of real organisations and what they did later."""

    name: str
    pool: pd.DataFrame
    seekers: pd.DataFrame
    truth: Path
    history: Path
    depth: int = DEPTH


def load_interreg(data: Path) -> Case:
    """European projects: calls as seekers, organisations with a past as candidates."""
    folder = data / "interreg"
    return Case(
        "interreg",
        read_profiles(folder / "profiles.jsonl.gz").kept,
        read_profiles(folder / "opportunities.jsonl.gz").kept,
        folder / "opportunities.jsonl.gz",
        folder / "history.jsonl.gz",
    )


def load_validation(data: Path, folder: Path) -> Case:
    """Earlier European calls, to choose settings on: those after `SPLIT`, from the projects before.

    Profiles lose the texts of the projects that are to be predicted; who has no text left is left out.

    Parameters
    ----------
    data : Path
        Folder of the public data.
    folder : Path
        Where the snapshot's truth and history are written.
    """
    source = data / "interreg"
    projects = _json_rows(source / "history.jsonl.gz")
    records = {row["id"]: row for row in _json_rows(source / "profiles.jsonl.gz")}
    later = [project for project in projects if project["date"] >= SPLIT]
    homes = {id_: {key: row.get(key) for key in ("country", "region")} for id_, row in records.items()}
    for project in later:
        for member in {project["lead"], *project.get("partners", [])} & records.keys():
            records[member]["mission"] = records[member]["mission"].replace(project["mission"], "").strip()
            records[member]["updated"] = min(records[member]["updated"], SPLIT)
    pool = [row for row in records.values() if len(row["mission"]) >= 20]
    known = {row["id"] for row in pool}
    calls = []
    for project in later:
        partners = [id_ for id_ in project.get("partners", []) if id_ in known and id_ != project["lead"]]
        if partners:
            home = homes.get(project["lead"], {})
            calls.append({**project, **home, "name": project["id"], "partners": partners})
    paths = folder / "calls.jsonl", folder / "history.jsonl"
    for path, rows in zip(paths, (calls, [row for row in projects if row["date"] < SPLIT]), strict=True):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return Case("interreg, validation", read_profiles(pool).kept, read_profiles(calls).kept, *paths)


def load_grants(data: Path) -> Case:
    """Foundations as seekers, the organisations they might fund next as candidates."""
    folder = data / "grants"
    pool = read_profiles(folder / "profiles.jsonl.gz").kept
    funders = pool[Profile.ID].str.startswith("F")
    return Case(
        "grants",
        pool,
        pool[funders],
        folder / "new_partnerships.jsonl.gz",
        folder / "history.jsonl.gz",
        # Only new partners are judged: known ones are taken out of the lists, and there are many.
        depth=len(pool),
    )


def _json_rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


Lists = dict[str, list[str]]


def engine(case: Case, *, history: bool = True, **settings: Any) -> Lists:
    """Lists of the engine with its default weights, or with some settings changed."""
    config = Config.from_dict(settings)
    matcher = Matcher(config, progress=True).fit(case.pool, case.history if history else None)
    table = matcher.recommend(case.seekers, case.depth, explain=False)
    return {str(seeker): group["candidate"].tolist() for seeker, group in table.groupby("seeker", sort=False)}


def tfidf(case: Case) -> Lists:
    """Plain TF-IDF cosine on the mission."""
    vectorizer = TfidfVectorizer()
    pool = vectorizer.fit_transform(case.pool[Profile.MISSION])
    return _ranked(case, (vectorizer.transform(case.seekers[Profile.MISSION]) @ pool.T).toarray())


def cosine(case: Case) -> Lists:
    """The embedding alone: cosine of the mean passage vectors."""
    matcher = Matcher(progress=True).fit(case.pool)
    pool = matcher.scorer.side
    _, seekers = matcher.encode_seekers(case.seekers)
    aligned = pool.passages.means() @ seekers.passages.means().T
    order = case.pool[Profile.ID].argsort(kind="stable").argsort(kind="stable")
    return _ranked(case, aligned.T[:, order.to_numpy()])


def popularity(case: Case) -> Lists:
    """How many joint works an organisation had before, the same list for everybody."""
    log = read_outcomes(case.history).kept
    counts = pd.concat([log["seeker"], log["candidate"]]).value_counts()
    known = case.pool[Profile.ID].map(counts).fillna(0.0).to_numpy(dtype=np.float64)
    return _ranked(case, np.tile(known, (len(case.seekers), 1)))


def chance(case: Case) -> Lists:
    """Candidates in random order."""
    draws = np.random.default_rng(SEED).random((len(case.seekers), len(case.pool)))
    return _ranked(case, draws)


SYSTEMS: Final[Mapping[str, Callable[[Case], Lists]]] = {
    "engine": engine,
    "engine, no history": lambda case: engine(case, history=False),
    "engine, no price": lambda case: engine(case, market={"strength": 0.0}),
    "TF-IDF": tfidf,
    "embedding only": cosine,
    "popularity": popularity,
    "random": chance,
}


ONE_PART: Final = {"passages": 0.0, "whole": 0.0, "lexical": 0.0}
ONLY_VALUES: Final[Mapping[str, Any]] = {"weights": {"values": 1.0}}
VARIANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "defaults": {},
    "values only": ONLY_VALUES,
    "values: passages only": {**ONLY_VALUES, "values": {**ONE_PART, "passages": 1.0}},
    "values: whole text only": {**ONLY_VALUES, "values": {**ONE_PART, "whole": 1.0}},
    "values: TF-IDF only": {**ONLY_VALUES, "values": {**ONE_PART, "lexical": 1.0}},
    "values: passages .4, TF-IDF .6": {
        **ONLY_VALUES,
        "values": {**ONE_PART, "passages": 0.4, "lexical": 0.6},
    },
    "without communication": {"weights": {"values": 0.28, "trust": 0.16}},
    "communication doubled": {"weights": {"values": 0.28, "trust": 0.16, "communication": 0.16}},
    "without trust": {"weights": {"values": 0.28, "communication": 0.08}},
    "trust halved": {"weights": {"values": 0.28, "trust": 0.08, "communication": 0.08}},
    "trust doubled": {"weights": {"values": 0.28, "trust": 0.32, "communication": 0.08}},
}
"""Settings compared on the validation snapshot; weights of components that it lacks do not matter."""


def _ranked(case: Case, scores: Floats) -> Lists:
    """Return the best candidates of each row of scores, without the seeker and its lead."""
    ids = case.pool[Profile.ID].to_numpy()
    lists = {}
    for row, (seeker, lead) in enumerate(
        zip(case.seekers[Profile.ID], case.seekers[Profile.LEAD], strict=True)
    ):
        order = ids[np.argsort(-scores[row], kind="stable")[: case.depth + 2]]
        lists[seeker] = [id_ for id_ in order if id_ not in (seeker, lead)][: case.depth]
    return lists


def judge(case: Case, systems: Mapping[str, Lists], score: Path, baseline: str = "TF-IDF") -> dict[str, Any]:
    """Score every system, and its paired difference from one of them."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{place}.parquet" for place, name in enumerate(systems)}
        for name, lists in systems.items():
            rows = [(s, c, rank) for s, listed in lists.items() for rank, c in enumerate(listed, 1)]
            pd.DataFrame(rows, columns=["seeker", "candidate", "rank"]).to_parquet(paths[name])
        for name in systems:
            target = Path(folder) / "result.json"
            command = [sys.executable, score, paths[name], case.truth, "--json", target]
            command += ["--history", case.history] if case.name == "grants" else []
            command += ["--against", paths[baseline]] if name != baseline else []
            subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
            results[name] = json.loads(target.read_text(encoding="utf-8"))
    return results


def judge_topics(data: Path) -> dict[str, Any]:
    """Charities: mean share of the first 10 that carry one of the seeker's topic labels."""
    pool = read_profiles(data / "charities" / "profiles.jsonl.gz").kept
    tags = [set(listed) for listed in pool["tags"]]
    seekers = pool.sample(500, random_state=SEED)
    case = Case("charities", pool, seekers, Path(), Path())
    place = {id_: row for row, id_ in enumerate(pool[Profile.ID])}
    results: dict[str, Any] = {}
    systems = {
        "engine": lambda case: engine(case, history=False),
        "TF-IDF": tfidf_of_all_text,
        "embedding only": cosine,
        "random": chance,
    }
    shares = {}
    for name, system in systems.items():
        lists = system(case)
        shares[name] = np.array(
            [
                np.mean([bool(tags[place[seeker]] & tags[place[other]]) for other in listed[:10]])
                for seeker, listed in lists.items()
            ]
        )
    for name, values in shares.items():
        results[name] = {"share@10": _interval(values)}
        if name != "TF-IDF":
            results[name]["difference"] = {"share@10": _interval(values - shares["TF-IDF"])}
    return results


def tfidf_of_all_text(case: Case) -> Lists:
    """Plain TF-IDF cosine on vision and mission together."""
    texts = case.pool[Profile.VISION] + "\n" + case.pool[Profile.MISSION]
    vectorizer = TfidfVectorizer()
    pool = vectorizer.fit_transform(texts)
    seekers = vectorizer.transform(texts.loc[case.seekers.index])
    return _ranked(case, (seekers @ pool.T).toarray())


def _interval(values: Floats) -> dict[str, float]:
    """Mean and 95 % bootstrap interval over seekers."""
    rows = np.random.default_rng(SEED).integers(0, len(values), (2000, len(values)))
    means = values[rows].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {"mean": float(values.mean()), "low": float(low), "high": float(high)}


def describe_machine() -> dict[str, str]:
    """Say where and with what the figures were made."""
    names = ["numpy", "pandas", "scikit-learn", "sentence-transformers", "torch"]
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line for line in info.read_text(encoding="utf-8").splitlines() if "model name" in line]
        cpu = models[0].split(":")[1].strip() if models else cpu
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "cpu": f"{cpu}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "seed": str(SEED),
        **{name: version(name) for name in names},
    }


def show(case: str, results: Mapping[str, Any], baseline: str = "TF-IDF") -> None:
    """Print one Markdown table of a case."""
    metrics = [name for name in next(iter(results.values())) if name != "difference"]
    typer.echo(f"\n### {case}\n")
    typer.echo("| system | " + " | ".join(metrics) + f" | against {baseline} |")
    typer.echo("|---" * (len(metrics) + 2) + "|")
    for name, result in results.items():
        cells = [_cell(result[metric]) for metric in metrics]
        first = "share@10" if "share@10" in metrics else "nDCG@20" if case == "grants" else "nDCG@10"
        against = (
            _cell(result["difference"][first], signed=True) + f" {first}" if "difference" in result else ""
        )
        typer.echo(f"| {name} | " + " | ".join(cells) + f" | {against} |")


def _cell(value: Mapping[str, float], *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return f"{value['mean']:{sign}.3f} [{value['low']:{sign}.3f}, {value['high']:{sign}.3f}]"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)

Data = Annotated[Path, typer.Option(help="Folder of the public data.")]
Json = Annotated[Path | None, typer.Option("--json", help="Where to write the figures as JSON.")]


@app.command()
def quality(
    data: Data = DATA,
    score: Annotated[Path, typer.Option(help="Program that judges a table of recommendations.")] = SCORE,
    json_path: Json = None,
) -> None:
    """Compare the engine with TF-IDF, the embedding alone, popularity and chance on real partnerships."""
    results: dict[str, Any] = {"machine": describe_machine()}
    for case in (load_interreg(data), load_grants(data)):
        lists = {name: system(case) for name, system in SYSTEMS.items()}
        results[case.name] = judge(case, lists, score)
        show(case.name, results[case.name])
    results["charities"] = judge_topics(data)
    show("charities", results["charities"])
    _write(results, json_path)


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


@app.command()
def encoder(
    data: Data = DATA,
    score: Annotated[Path, typer.Option(help="Program that judges a table of recommendations.")] = SCORE,
    json_path: Json = None,
) -> None:
    """Compare the embedded encoder with the transformer it was distilled from; minutes."""
    results: dict[str, Any] = {"machine": describe_machine()}
    sentences = pd.read_csv(data / "language" / "stsb_dev_en_id.csv")["en_1"].tolist() * 10
    for name in ENCODERS:
        opened = open_encoder(name)
        results[name] = judge_encoder(opened, data)
        typer.echo(f"{name}: " + ", ".join(f"{what} {value:.3f}" for what, value in results[name].items()))
    starts = [time.perf_counter()]
    static = StaticEncoder(embedded_model())
    starts.append(time.perf_counter())
    for _ in range(5):
        static.encode(sentences)
        starts.append(time.perf_counter())
    load, *runs = (after - before for before, after in itertools.pairwise(starts))
    rates = sorted(len(sentences) / seconds for seconds in runs)
    results["speed"] = {"load, s": load, "texts a second": rates}
    typer.echo(f"load {load:.2f} s; {rates[2]:,.0f} [{rates[0]:,.0f}, {rates[-1]:,.0f}] texts a second")
    for case in (load_interreg(data), load_grants(data)):
        lists = {name: engine(case, encoder=name) for name in ENCODERS}
        results[case.name] = judge(case, lists, score, baseline=ENCODERS[1])
        show(case.name, results[case.name], baseline=ENCODERS[1])
    _write(results, json_path)


@app.command()
def validate(
    data: Data = DATA,
    score: Annotated[Path, typer.Option(help="Program that judges a table of recommendations.")] = SCORE,
    encoder_name: Annotated[str, typer.Option("--encoder", help="Encoder to compare with.")] = ENCODERS[0],
    json_path: Json = None,
) -> None:
    """Compare settings on an earlier snapshot, where choosing is allowed."""
    with tempfile.TemporaryDirectory() as folder:
        case = load_validation(data, Path(folder))
        lists = {
            name: engine(case, **{**settings, "encoder": encoder_name}) for name, settings in VARIANTS.items()
        }
        lists["defaults, no history"] = engine(case, history=False, encoder=encoder_name)
        lists["TF-IDF"] = tfidf(case)
        results = judge(case, lists, score)
    show(case.name, results)
    _write({"machine": describe_machine(), case.name: results}, json_path)


@app.command()
def demo(json_path: Json = None) -> None:
    """Compare the engine with the demo's judged pairs: are good ones above poor ones, and how far up?"""
    profiles = load_demo()
    matcher = Matcher(progress=True).fit(profiles)
    ranked = matcher.recommend_all(len(matcher.pool), explain=False)
    pairs = load_judged_pairs().merge(ranked, on=["seeker", "candidate"], how="left")
    pairs = pairs.fillna({"mutual": 0.0, "rank": float(len(matcher.pool))})
    languages = {row["id"]: guess_language(all_text(row)) for row in records_of(matcher.pool)}
    across = pairs["seeker"].map(languages) != pairs["candidate"].map(languages)
    good = pairs["judgement"] == "good"
    values = pairs["mutual"].to_numpy()
    results = {
        "good above poor": float((values[good][:, None] > values[~good][None, :]).mean()),
        "good pairs": int(good.sum()),
        "good among the first ten": float((pairs["rank"][good] <= 10).mean()),
        "median place of good": float(pairs["rank"][good].median()),
        "good across languages": int((good & across).sum()),
        "across languages among the first ten": float((pairs["rank"][good & across] <= 10).mean()),
        "median place across languages": float(pairs["rank"][good & across].median()),
        "median place of poor": float(pairs["rank"][~good].median()),
    }
    for name, value in results.items():
        typer.echo(f"{name}: {value:.3g}")
    _write({"machine": describe_machine(), "demo": results}, json_path)


@app.command()
def speed(
    data: Data = DATA,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each size; the median is shown.")] = 5,
    json_path: Json = None,
) -> None:
    """Time fitting and matching at several sizes, with the texts' vectors at hand."""
    pool = read_profiles(data / "charities" / "profiles.jsonl.gz").kept
    results: dict[str, Any] = {"machine": describe_machine()}
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
    _write(results, json_path)


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


def _write(results: Mapping[str, Any], path: Path | None) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    app()
