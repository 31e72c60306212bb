"""What the embedded encoder learns from: sentences of each language, parallel sentences, a dictionary."""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "id")
HELD_OUT: Final = 5  # every fifth parallel sentence is kept for measuring
MOST_EXAMPLES: Final = 17_000
"""Example sentences of WordNet that are learned from; the teacher takes a second for a hundred."""

_HEADWORD: Final = re.compile(r"^(.+?) /.*/ ?(<[^>]*>)?\s*$")
_SENSE: Final = re.compile(r"^\d+\.\s*")
_ASIDE: Final = re.compile(r"\([^)]*\)")
_QUOTED: Final = re.compile(r'"([^"]+)"')

Pair = tuple[str, str]


@dataclass(frozen=True)
class TrainingTexts:
    """What the encoder learns from: texts of each language, pairs of texts that say the same."""

    sentences: Mapping[str, Sequence[str]]
    pairs: Sequence[Pair]
    entries: Sequence[Pair]  # words and short terms of a dictionary
    held_out: Sequence[Pair]  # parallel sentences that are not learned from


def gather_texts(
    data: Path, corpus: Path, dictionary: Path, wordnet: Path, split: Callable[[str], Iterable[str]]
) -> TrainingTexts:
    """Read everything that the encoder is trained on.

    `data` is the folder of the public data, `corpus` a TSV of parallel sentences, `dictionary` FreeDict
    English-Indonesian, `wordnet` the folder of WordNet 3.0; `split` cuts a text into passages.
    """
    entries, glosses = read_dictionary(dictionary)
    english = {
        passage
        for name in ("charities", "grants")
        for record in _json_rows(data / name / "profiles.jsonl.gz")
        for field in ("vision", "mission")
        for passage in split(record.get(field) or "")
    }
    with gzip.open(data / "language" / "indonli_sentences.txt.gz", "rt", encoding="utf-8") as lines:
        indonesian = {line.strip().strip('"') for line in lines if line.strip()}
    examples = read_examples(wordnet)
    # Drawn the same whatever the run's seed, so that the teacher's vectors in the cache serve all runs.
    chance = random.Random(0)  # noqa: S311 - no secret depends on it
    drawn = chance.sample(examples, min(MOST_EXAMPLES, len(examples)))
    pairs = read_pairs(corpus)
    return TrainingTexts(
        sentences={"en": [*sorted(english), *glosses, *drawn], "id": sorted(indonesian)},
        pairs=[pair for place, pair in enumerate(pairs) if place % HELD_OUT],
        entries=entries,
        held_out=pairs[::HELD_OUT],
    )


def read_pairs(path: Path) -> list[Pair]:
    """Return the parallel sentences of a TSV with the columns en and id."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [(row["en"], row["id"]) for row in rows]


def read_dictionary(path: Path) -> tuple[list[Pair], list[str]]:
    """Return (headword, translation) pairs and the English glosses of a FreeDict dictionary."""
    entries: set[Pair] = set()
    glosses: set[str] = set()
    for headword, lines in _articles(path):
        for place, line in enumerate(lines):
            text = _SENSE.sub("", line)
            if place == 0 or text != line:
                entries |= {(headword, translation) for translation in _translations(text)}
            elif len(text.split()) >= 3:
                glosses.add(text)
    return sorted(entries), sorted(glosses)


def read_examples(folder: Path) -> list[str]:
    """Return the English sentences of 4 to 25 words that WordNet gives as examples."""
    examples: set[str] = set()
    for kind in ("adj", "adv", "noun", "verb"):
        for line in (folder / f"data.{kind}").read_text(encoding="utf-8").splitlines():
            if not line.startswith("  "):  # the licence
                examples |= {text.strip() for text in _QUOTED.findall(line.partition(" | ")[2])}
    return sorted(text for text in examples if 4 <= len(text.split()) <= 25)


def _articles(path: Path) -> Iterator[tuple[str, list[str]]]:
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        headword, lines = "", list[str]()
        for line in handle:
            found = _HEADWORD.match(line)
            if found:
                if headword:
                    yield headword, lines
                headword, lines = found[1].strip(), []
            elif line.strip():
                lines.append(line.strip())
        if headword:
            yield headword, lines


def _translations(text: str) -> set[str]:
    parts = (part.strip() for part in re.split(r"[,;]\s*", _ASIDE.sub("", text)))
    return {part for part in parts if len(part) > 1 and not any(sign.isdigit() for sign in part)}


def _json_rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
