"""What the lexicon is learned from: parallel sentences, dictionaries, terms of the field."""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from encoder_training.corpora import read_dictionary, read_pairs

SENTENCE: Final = 1.0
TERM: Final = 1.5  # how often an entry of the field's own list counts
HEADWORD: Final = 1.5  # how often an entry of FreeDict counts


@dataclass(frozen=True)
class Sources:
    """Parallel sentences, and entries of dictionaries with how often each counts."""

    sentences: list[tuple[str, str]]
    entries: list[tuple[str, str, float]]
    counts: dict[str, int]


def gather_sources(corpus: Path, terms: Path, dictionary: Path, wordnet: Path) -> Sources:
    """Read everything that the lexicon is learned from.

    Parallel sentences and terms of the field are TSV with the columns en and id; `dictionary` is FreeDict
    English-Indonesian, `wordnet` the pairs of Wordnet Bahasa, gzipped TSV.
    """
    lists = {
        "terms of the field": [(en, id_, TERM) for en, id_ in read_pairs(terms)],
        "FreeDict": [(en, id_, HEADWORD) for en, id_ in read_dictionary(dictionary)[0]],
        "Wordnet Bahasa": list(read_wordnet(wordnet)),
    }
    sentences = read_pairs(corpus)
    entries = [entry for listed in lists.values() for entry in listed]
    counts = {"parallel sentences": len(sentences), **{name: len(listed) for name, listed in lists.items()}}
    return Sources(sentences, entries, counts)


def read_wordnet(path: Path) -> Iterator[tuple[str, str, float]]:
    """Yield the pairs of Wordnet Bahasa; a pair counts more if more and commoner senses share it."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for en, id_, senses, uses in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield en, id_, 0.5 * math.log2(1 + int(senses) + int(uses))
