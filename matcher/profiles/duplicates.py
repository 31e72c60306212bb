"""Records that may be one organisation entered twice: nearly the same name, no other country."""

import re
from collections import defaultdict
from typing import Final

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from matcher.columns import Profile

THRESHOLD: Final = 90
"""Similarity of names, 0 to 100, from which two records are reported."""

MOST: Final = 5
"""At most so many earlier twins are reported for one record, the most similar ones."""

LARGEST_BLOCK: Final = 10_000
"""Up to so many different names all pairs are compared; above it, only neighbours in two sorted orders."""

_NEIGHBOURS: Final = 20
_CHUNK: Final = 1000
_WORD: Final = re.compile(r"\w+")


Twin = tuple[int, int, float]
"""Two positions of a table, the earlier one first, and how similar their names are."""


def find_duplicates(frame: pd.DataFrame) -> pd.DataFrame:
    """Find near-duplicate organisations.

    Names are compared without case and signs, once as written and once with sorted words, by the Indel
    similarity of rapidfuzz; the higher one counts. Numbers in them must be equal (school 1 is not school
    2). Countries must be equal where both are given.

    Parameters
    ----------
    frame : DataFrame
        Canonical profiles.

    Returns
    -------
    DataFrame
        id, other_id, name, other_name, similarity (0 to 100, at least `THRESHOLD`). Of names that are
        equal after folding, each is paired with the first only.

    Notes
    -----
    Quadratic in the names of a block up to `LARGEST_BLOCK`; above it nearly
    linear, and twins that sort far apart in both orders are missed.
    """
    spelt = [" ".join(_WORD.findall(name.casefold())) for name in frame[Profile.NAME]]
    keys = [" ".join(sorted(name.split())) for name in spelt]  # word order does not matter
    countries = [country.casefold() for country in frame[Profile.COUNTRY]]
    twins = _equal_twins(keys, countries)
    for block in _blocks(keys):
        twins += _similar_twins(block, keys, spelt, countries)
    return _best(twins, frame)


def _same_country(one: str, other: str) -> bool:
    return not one or not other or one == other


def _equal_twins(keys: list[str], countries: list[str]) -> list[Twin]:
    """Pair every record with the first of the same name whose country agrees."""
    firsts: dict[str, list[int]] = defaultdict(list)
    twins = []
    for row, key in enumerate(keys):
        match = next(
            (first for first in firsts[key] if _same_country(countries[first], countries[row])), None
        )
        if match is None:
            firsts[key].append(row)
        elif key:
            twins.append((match, row, 100.0))
    return twins


def _blocks(keys: list[str]) -> list[list[int]]:
    """First record of every different name, grouped by the numbers in the names."""
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    seen: set[str] = set()
    for row, key in enumerate(keys):
        if key and key not in seen:
            seen.add(key)
            blocks[tuple(word for word in key.split() if word.isdigit())].append(row)
    return [block for block in blocks.values() if len(block) > 1]


def _similar_twins(block: list[int], keys: list[str], spelt: list[str], countries: list[str]) -> list[Twin]:
    find = _all_pairs if len(block) <= LARGEST_BLOCK else _neighbour_pairs
    pairs = [pair for names in (keys, spelt) for pair in find([names[row] for row in block])]
    twins = ((block[one], block[other], similarity) for one, other, similarity in pairs)
    return [twin for twin in twins if _same_country(countries[twin[0]], countries[twin[1]])]


def _all_pairs(names: list[str]) -> list[Twin]:
    found: list[Twin] = []
    for start in range(0, len(names), _CHUNK):
        rows = names[start : start + _CHUNK]
        table = process.cdist(
            rows, names[start:], scorer=fuzz.ratio, score_cutoff=THRESHOLD, dtype=np.float32
        )
        ones, others = np.nonzero(np.triu(table, k=1))
        similar = np.round(table[ones, others].astype(float), 1)
        found += zip((ones + start).tolist(), (others + start).tolist(), similar.tolist(), strict=True)
    return found


def _neighbour_pairs(names: list[str]) -> list[Twin]:
    """Compare each name with the next ones in alphabetical order, read forwards and backwards."""
    found: dict[tuple[int, int], float] = {}
    for spellings in (names, [name[::-1] for name in names]):
        order = sorted(range(len(names)), key=spellings.__getitem__)
        for step in range(1, _NEIGHBOURS + 1):
            ones, others = order[:-step], order[step:]
            left, right = [names[one] for one in ones], [names[other] for other in others]
            scores = process.cpdist(left, right, scorer=fuzz.ratio, score_cutoff=THRESHOLD, dtype=np.float32)
            for at in np.flatnonzero(scores).tolist():
                pair = min(ones[at], others[at]), max(ones[at], others[at])
                found[pair] = round(float(scores[at]), 1)
    return [(one, other, similarity) for (one, other), similarity in found.items()]


def _best(twins: list[Twin], frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the `MOST` most similar twins of each record, and give their ids and names."""
    best = pd.DataFrame(twins, columns=["first", "second", "similarity"])
    best = best.astype({"first": int, "second": int, "similarity": float})
    best = best.sort_values(["similarity", "first"], ascending=[False, True])
    best = best.drop_duplicates(["first", "second"]).groupby("second").head(MOST)
    best = best.sort_values(["first", "second"], ignore_index=True)
    one, other = (frame.iloc[best[side]].reset_index(drop=True) for side in ("first", "second"))
    ids = {"id": one[Profile.ID], "other_id": other[Profile.ID]}
    names = {"name": one[Profile.NAME], "other_name": other[Profile.NAME]}
    return pd.DataFrame({**ids, **names, "similarity": best["similarity"]})
