"""How good the lists are: each part returns its figures and prints its table."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import typer

from benchmarks.cases import Case, load_grants, load_interreg, load_validation
from benchmarks.judging import SEED, Results, interval, judge, show
from benchmarks.systems import SYSTEMS, VARIANTS, chance, cosine, engine, tfidf, tfidf_of_all_text
from matcher import Matcher, read_profiles
from matcher.columns import Profile
from matcher.datasets import load_demo, load_judged_pairs
from matcher.encoders.languages import guess_language
from matcher.profiles.records import all_text, records_of


def judge_partners(data: Path, score: Path) -> Results:
    """Compare the engine with simple systems on real partnerships, and on shared topics."""
    results: Results = {}
    for case in (load_interreg(data), load_grants(data)):
        lists = {name: system(case) for name, system in SYSTEMS.items()}
        results[case.name] = judge(case, lists, score)
        show(case.name, results[case.name])
    results["charities"] = judge_topics(data)
    show("charities", results["charities"])
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
        results[name] = {"share@10": interval(values)}
        if name != "TF-IDF":
            results[name]["difference"] = {"share@10": interval(values - shares["TF-IDF"])}
    return results


def judge_settings(data: Path, score: Path, encoder: str) -> Results:
    """Compare settings on an earlier snapshot, where choosing is allowed."""
    with tempfile.TemporaryDirectory() as folder:
        case = load_validation(data, Path(folder))
        lists = {
            name: engine(case, **{**settings, "encoder": encoder}) for name, settings in VARIANTS.items()
        }
        lists["defaults, no history"] = engine(case, history=False, encoder=encoder)
        lists["TF-IDF"] = tfidf(case)
        results = judge(case, lists, score)
    show(case.name, results)
    return {case.name: results}


def judge_demo() -> Results:
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
    return results
