#!/usr/bin/env python3
"""Measure the engine on public data: how good its lists are, and how fast they come.

The data are not part of the project: `--data` names a folder with interreg/, grants/, charities/ and
language/, `--judged` a folder of graded pairs, `--score` the program that compares a table of recommendations
with what really happened.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.alarms import count_alarms
from benchmarks.attacks import ATTACKERS, measure_attacks
from benchmarks.encoders import judge_encoders, time_encoder
from benchmarks.grading import judge_grading
from benchmarks.judged import data_sets, judge_judged
from benchmarks.judging import Results, write
from benchmarks.languages import judge_languages
from benchmarks.learning import judge_learning
from benchmarks.market import measure_market
from benchmarks.outcomes import judge_outcomes
from benchmarks.quality import judge_demo, judge_partners, judge_settings
from benchmarks.rounds import SIZES as ROUND_SIZES
from benchmarks.rounds import time_rounds
from benchmarks.searching import judge_search
from benchmarks.shards import SIZES as SHARD_SIZES
from benchmarks.shards import time_shards
from benchmarks.sizes import SIZES, time_sizes
from benchmarks.speed import time_lexical, time_matching
from benchmarks.teams import judge_teams
from benchmarks.twins import judge_places
from benchmarks.variants import judge_variants
from matcher.encoders.static import EMBEDDED

DATA: Final = Path("../shared/data")
JUDGED: Final = Path("../shared/judged")
SCORE: Final = Path("../shared/score/score_recommendations.py")


class Quality(StrEnum):
    """Parts of `quality`."""

    PARTNERS = "partners"
    SETTINGS = "settings"
    DEMO = "demo"
    JUDGED = "judged"
    LANGUAGES = "languages"
    ENCODER = "encoder"
    LEARNING = "learning"
    GRADES = "grades"
    OUTCOMES = "outcomes"
    TEAMS = "teams"
    SEARCH = "search"


class Speed(StrEnum):
    """Parts of `speed`."""

    MATCHING = "matching"
    LEXICAL = "lexical"
    ENCODER = "encoder"
    SIZES = "sizes"
    SHARDS = "shards"
    ROUNDS = "rounds"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)

Data = Annotated[Path, typer.Option(help="Folder of the public data.")]
Json = Annotated[Path | None, typer.Option("--json", help="Where to write the figures as JSON.")]


@app.command()
def quality(
    part: Annotated[
        list[Quality] | None, typer.Option(help="What to measure; may be given often. All when left out.")
    ] = None,
    data: Data = DATA,
    score: Annotated[Path, typer.Option(help="Program that judges a table of recommendations.")] = SCORE,
    judged: Annotated[
        Path,
        typer.Option(help="Folder of graded pairs (demo_grades.csv, market/) of `judged` and `languages`."),
    ] = JUDGED,
    unread: Annotated[
        Path | None,
        typer.Option(help="Where `judged` lists pairs of the demo's first five that nobody graded (CSV)."),
    ] = None,
    encoder: Annotated[str, typer.Option(help="Encoder of the part `settings`.")] = EMBEDDED,
    variants: Annotated[
        bool, typer.Option("--variants", help="Let `judged` judge profiles that state the same less clearly.")
    ] = False,
    json_path: Json = None,
) -> None:
    """Say how good lists are.

    partners: the engine against TF-IDF, the embedding, popularity and chance, on real partnerships.
    settings: settings against each other on an earlier snapshot, where choosing is allowed.
    demo: the engine against the demo's judged pairs.
    judged: the engine against simple systems on graded pairs of the demo and of markets with known truth.
    languages: good pairs found within one language and across, and the places of profiles written anew.
    encoder: the embedded encoder against the transformer.
    learning: rankers learned from the past, against peers, on later partnerships (extra `benchmark`).
    grades: weights and bands from some grades of one half of the demo's seekers, judged on the other half.
    outcomes: rankers learned from 10 to 800 past partnerships, judged on later calls.
    teams: teams of five against the first five of a list, by the partners of later calls.
    search: organisations found by a few words, against TF-IDF and the embedding.
    """
    parts: dict[Quality, Callable[[], Results]] = {
        Quality.PARTNERS: lambda: judge_partners(data, score),
        Quality.SETTINGS: lambda: judge_settings(data, score, encoder),
        Quality.DEMO: judge_demo,
        Quality.JUDGED: lambda: (
            judge_variants(data_sets(judged)) if variants else judge_judged(judged, unread)
        ),
        Quality.LANGUAGES: lambda: judge_languages(judged, data) | judge_places(),
        Quality.ENCODER: lambda: judge_encoders(data, score),
        Quality.LEARNING: lambda: judge_learning(data, score),
        Quality.GRADES: lambda: judge_grading(judged),
        Quality.OUTCOMES: lambda: judge_outcomes(data),
        Quality.TEAMS: lambda: judge_teams(data),
        Quality.SEARCH: judge_search,
    }
    wanted = part or list(Quality)
    if {Quality.LANGUAGES, Quality.GRADES} & {*wanted}:
        _require(judged)
    if {*wanted} - {Quality.DEMO, Quality.JUDGED, Quality.LANGUAGES, Quality.GRADES, Quality.SEARCH}:
        _require(data, score)
    write({name: parts[name]() for name in wanted}, json_path)


@app.command()
def market(
    seeds: Annotated[int, typer.Option(min=1, help="Synthetic markets to draw.")] = 10,
    json_path: Json = None,
) -> None:
    """Say what prices cost and give in a synthetic market of 300 whose preferences are known."""
    write({"market": measure_market(seeds)}, json_path)


@app.command()
def speed(
    part: Annotated[
        list[Speed] | None, typer.Option(help="What to time; may be given often. All when left out.")
    ] = None,
    data: Data = DATA,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each size; the median is shown.")] = 5,
    size: Annotated[
        list[int] | None,
        typer.Option(help="Organisations of `sizes`, `shards` or `rounds`; may be given often."),
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="Where `sizes` draws its figures (SVG, PNG).")] = None,
    device: Annotated[
        str, typer.Option(help="Where `sizes` computes estimates of candidates: auto, cpu or cuda.")
    ] = "cpu",
    seekers: Annotated[
        int, typer.Option(min=1, help="Of more organisations, `sizes` makes the lists of so many.")
    ] = sys.maxsize,
    json_path: Json = None,
) -> None:
    """Say how fast matching is, lexical similarity against TF-IDF, and encoding.

    sizes: every stage from file to table on generated organisations, against exact search for vectors.
    shards: what a shard, a saved pool and merging cost, and a model of it, in seconds of the processor.
    rounds: what a round of introductions costs, and how near it is to the bound.
    """
    if {*(part or Speed)} - {Speed.SIZES, Speed.SHARDS, Speed.ROUNDS}:
        _require(data)
    parts: dict[Speed, Callable[[], Results]] = {
        Speed.MATCHING: lambda: time_matching(data, repeats),
        Speed.LEXICAL: lambda: time_lexical(data, repeats),
        Speed.ENCODER: lambda: time_encoder(data, repeats),
        Speed.SIZES: lambda: time_sizes(size or SIZES, repeats, picture, device, seekers),
        Speed.SHARDS: lambda: time_shards(size or SHARD_SIZES),
        Speed.ROUNDS: lambda: time_rounds(size or ROUND_SIZES),
    }
    write({name: parts[name]() for name in part or list(Speed)}, json_path)


@app.command()
def alarms(
    runs: Annotated[int, typer.Option(min=1, help="Quiet programmes.")] = 200,
    planted: Annotated[int, typer.Option(min=1, help="Programmes with each planted fault.")] = 20,
    json_path: Json = None,
) -> None:
    """Say how often reviews of simulated programmes are alarmed: quiet ones, and ones with planted faults."""
    write({"alarms": count_alarms(runs, planted)}, json_path)


@app.command()
def attacks(
    judged: Annotated[Path, typer.Option(help="Folder of graded pairs, if any.")] = JUDGED,
    attackers: Annotated[int, typer.Option(min=1, help="Organisations of the demo that attack.")] = ATTACKERS,
    json_path: Json = None,
) -> None:
    """Say what dishonest profiles gain, and who is in many lists."""
    write({"attacks": measure_attacks(judged, attackers)}, json_path)


def _require(*paths: Path) -> None:
    for path in paths:
        if not path.exists():
            raise typer.BadParameter(f"{path} is not there. Name it with --data, --judged or --score.")


if __name__ == "__main__":
    app()
