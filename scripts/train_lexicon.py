#!/usr/bin/env python3
"""Train the bilingual lexicon: word and phrase translations with probabilities, in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from safetensors.numpy import save_file

from encoder_training.saving import write_manifest
from lexicon_training.alignment import align_words
from lexicon_training.sources import Sources, gather_sources
from matcher.encoders.lexicon import LEXICON, TABLES_FILE, Translations, tabulate
from matcher.encoders.words import stems_of

ROOT: Final = Path(__file__).resolve().parents[1]
LANGUAGES: Final = ("en", "id")

Entry = tuple[Sequence[str], Sequence[str], float]


@dataclass(frozen=True)
class Recipe:
    """Settings of the training."""

    phrase_share: float = 1 / 3
    """How often a dictionary entry of several words counts in the alignment, as a share of its weight."""
    least_likelihood: float = 0.05
    """Pairs of words below are dropped."""
    power: float = 0.5
    """Likelihoods are raised to it before they are normalised; below 1 spreads them."""
    least_weight: float = 1.0
    """Entries with less do not become phrases."""
    phrase_mix: float = 0.5
    """Share of a phrase's own translations; the rest is that of its words."""


def main(
    out: Annotated[Path, typer.Option(help="Folder of the lexicon.")] = ROOT / "models" / LEXICON,
    data: Annotated[Path, typer.Option(help="Folder of the public data.")] = Path("../shared/data"),
    dictionary: Annotated[
        Path,
        typer.Option(exists=True, help="FreeDict English-Indonesian, of Debian's dict-freedict-eng-ind."),
    ] = Path("/usr/share/dictd/freedict-eng-ind.dict.dz"),
) -> None:
    """Train from lists of translations to a folder that `Matcher` opens; there is no chance in it."""
    recipe = Recipe()
    corpus = ROOT / "models" / "corpus"
    wordnet = data / "language" / "wordnet_bahasa.tsv.gz"
    sources = gather_sources(corpus / "partnership.tsv", corpus / "terms.tsv", dictionary, wordnet)
    english, indonesian = learn(sources, recipe)
    save(out, english, indonesian)
    manifest = {
        "kind": "bilingual lexicon",
        "languages": LANGUAGES,
        "command": "python scripts/train_lexicon.py",
        "versions": {name: version(name) for name in ("numpy", "safetensors", "snowballstemmer")},
        "recipe": asdict(recipe),
        "sources": sources.counts,
        "units": {"en": len(english.units), "id": len(indonesian.units)},
    }
    write_manifest(out, manifest)
    typer.echo(f"{len(english.units):,} English and {len(indonesian.units):,} Indonesian units: {out}")


def learn(sources: Sources, recipe: Recipe) -> tuple[Translations, Translations]:
    """Return the translations from English and from Indonesian."""
    entries = [(stems_of(en, "en"), stems_of(id_, "id"), weight) for en, id_, weight in sources.entries]
    likelihood = align_words(training_pairs(sources, entries, recipe))
    english = build_direction("en", "id", likelihood, entries, recipe)
    turned = {(other, one): share for (one, other), share in likelihood.items()}
    return english, build_direction("id", "en", turned, [(b, a, weight) for a, b, weight in entries], recipe)


def training_pairs(sources: Sources, entries: Sequence[Entry], recipe: Recipe) -> list[Entry]:
    """Return what words are aligned in: sentences, and entries, those of several words counting less."""
    sentences = [(stems_of(en, "en"), stems_of(id_, "id"), 1.0) for en, id_ in sources.sentences]
    weighed = [
        (a, b, weight if len(a) == len(b) == 1 else weight * recipe.phrase_share)
        for a, b, weight in entries
        if weight > 0.0
    ]
    return [(a, b, weight) for a, b, weight in [*sentences, *weighed] if a and b]


def build_direction(
    source: str,
    target: str,
    likelihood: Mapping[tuple[str, str], float],
    entries: Sequence[Entry],
    recipe: Recipe,
) -> Translations:
    """Return the table of one direction: words by likelihood, phrases by their entries and their words."""
    words = tabulate(
        source,
        target,
        [
            ([one], [other], share**recipe.power)
            for (one, other), share in likelihood.items()
            if share > recipe.least_likelihood
        ],
    )
    phrases = tabulate(
        source, target, [(a, b, w) for a, b, w in entries if len(a) > 1 and w >= recipe.least_weight]
    )
    rows = [([unit], [word], share) for unit in words.units for word, share in words.of(unit).items()]
    for phrase in phrases.units:
        parts = [words.of(stem) for stem in phrase.split()]
        known = [part for part in parts if part]
        mix = recipe.phrase_mix if known else 1.0
        rows += [([*phrase.split()], [word], mix * share) for word, share in phrases.of(phrase).items()]
        rows += [
            ([*phrase.split()], [word], (1.0 - mix) * share / len(known))
            for part in known
            for word, share in part.items()
        ]
    return tabulate(source, target, rows)


def save(out: Path, english: Translations, indonesian: Translations) -> None:
    """Write units as text, and probabilities in 8 bits as safetensors."""
    out.mkdir(parents=True, exist_ok=True)
    both = {"en": {*english.units, *indonesian.words}, "id": {*indonesian.units, *english.words}}
    listed = {code: sorted(units) for code, units in both.items()}
    for code, units in listed.items():
        (out / f"units.{code}.txt").write_text("".join(f"{unit}\n" for unit in units), encoding="utf-8")
    tensors = {}
    for each in (english, indonesian):
        data, indices, indptr = list[int](), list[int](), [0]
        columns = {word: column for column, word in enumerate(listed[each.target])}
        for unit in listed[each.source]:
            row = each.of(unit)
            kept = {columns[word]: round(255 * share) for word, share in row.items()}
            kept = {column: share for column, share in kept.items() if share}
            indices += sorted(kept)
            data += [kept[column] for column in sorted(kept)]
            indptr.append(len(indices))
        name = f"{each.source}-{each.target}"
        tensors[f"{name}.data"] = np.array(data, dtype=np.uint8)
        tensors[f"{name}.indices"] = np.array(indices, dtype=np.int32)
        tensors[f"{name}.indptr"] = np.array(indptr, dtype=np.int32)
    save_file(tensors, out / TABLES_FILE)


if __name__ == "__main__":
    typer.run(main)
