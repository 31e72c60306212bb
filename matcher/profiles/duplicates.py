"""Records that may be one organisation entered twice: nearly the same name, no other country."""

import re
from collections import Counter, defaultdict
from itertools import chain
from operator import itemgetter
from typing import Any, Final

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from matcher.arrays import Floats, Positions
from matcher.columns import Profile

THRESHOLD: Final = 90  # similarity of names, 0 to 100, from which two records are reported
MOST: Final = 5  # at most so many earlier twins are reported for one record, the most similar ones
LARGEST_BLOCK: Final = 1_500  # different names up to which all pairs are compared, and not only neighbours
_NEIGHBOURS: Final = 20
_MOVED: Final = 3  # so many of the rarest words of a name are moved to its end
_WORD: Final = re.compile(r"\w+")
Twins = tuple[Positions, Positions, Floats]
"""Two positions of a table, the earlier one first, and how similar their names are."""


def find_duplicates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return pairs of near-duplicates of canonical profiles: id, other_id, name, other_name, similarity.

    Names are compared without case and signs, once as written and once with sorted words, by the Indel
    similarity of rapidfuzz (0 to 100, at least `THRESHOLD`). Numbers in them must be equal (school 1 is not
    school 2), and countries where both are given. Of equal names, each is paired with the first only.
    """
    spelt = [" ".join(_WORD.findall(name.casefold())) for name in frame[Profile.NAME]]
    keys = [" ".join(sorted(name.split())) for name in spelt]  # word order does not matter
    countries = np.array([country.casefold() for country in frame[Profile.COUNTRY]], dtype=object)
    twins = [_equal_twins(keys, countries.tolist())]
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)  # first rows of names of the same numbers
    for key, row in {key: row for row, key in reversed([*enumerate(keys)]) if key}.items():
        blocks[tuple(word for word in key.split() if word.isdigit())].append(row)
    for block in (sorted(rows) for rows in blocks.values() if len(rows) > 1):
        find = _all_pairs if len(block) <= LARGEST_BLOCK else _neighbour_pairs
        for names in keys, spelt:
            ones, others, similarity = find([names[row] for row in block])
            ones, others = np.array(block)[ones], np.array(block)[others]
            near = _agree(countries[ones], countries[others])
            twins.append((ones[near], others[near], similarity[near]))
    return _best(twins, frame)


def _agree(one: Any, other: Any) -> Any:
    """Return whether countries may be the same, of two records or of each pair of two arrays."""
    return (one == other) | (one == "") | (other == "")


def _equal_twins(keys: list[str], countries: list[str]) -> Twins:
    """Pair every record with the first of the same name whose country agrees."""
    firsts: dict[str, list[int]] = defaultdict(list)
    twins = []
    for row, key in enumerate(keys):
        match = next((first for first in firsts[key] if _agree(countries[first], countries[row])), None)
        if match is None:
            firsts[key].append(row)
        elif key:
            twins.append((match, row))
    ones, others = np.array(twins, dtype=int).reshape(-1, 2).T
    return ones, others, np.full(len(ones), 100.0)


def _all_pairs(names: list[str]) -> Twins:
    table = process.cdist(names, names, scorer=fuzz.ratio, score_cutoff=THRESHOLD, dtype=np.float32)
    ones, others = np.nonzero(np.triu(table, k=1))
    return ones, others, table[ones, others].astype(float)


def _neighbour_pairs(names: list[str]) -> Twins:
    """Compare each name with the next ones in orders where names that differ in one word are neighbours."""
    words = [name.split() for name in names]
    counts = Counter(chain.from_iterable(words))
    orders = (
        enumerate(names),
        ((row, name[::-1]) for row, name in enumerate(names)),
        (
            (row, " ".join([*one[:at], *one[at + 1 :], one[at]]))  # with one of its rarest words at its end
            for row, one in enumerate(words)
            for at in sorted(range(len(one)), key=[counts[word] for word in one].__getitem__)[:_MOVED]
        ),
    )
    found: list[Twins] = []
    for order in orders:
        rows = np.array([row for row, _ in sorted(order, key=itemgetter(1))])
        listed = [names[row] for row in rows]
        for step in range(1, _NEIGHBOURS + 1):
            left, right = rows[:-step], rows[step:]
            scores = process.cpdist(
                listed[:-step], listed[step:], scorer=fuzz.ratio, score_cutoff=THRESHOLD, dtype=np.float32
            )
            near = np.flatnonzero((scores > 0) & (left != right))
            pairs = np.sort(np.stack([left[near], right[near]]), axis=0)
            found.append((pairs[0], pairs[1], scores[near].astype(float)))
    ones, others, similarity = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return ones, others, similarity


def _best(twins: list[Twins], frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the `MOST` most similar twins of each record, and give their ids and names."""
    first, second, similarity = (np.concatenate(part) for part in zip(*twins, strict=True))
    best = pd.DataFrame({"first": first, "second": second, "similarity": similarity.round(1)})
    best = best.sort_values(["similarity", "first"], ascending=[False, True])
    best = best.drop_duplicates(["first", "second"]).groupby("second").head(MOST)
    best = best.sort_values(["first", "second"], ignore_index=True)
    cells = {
        f"{prefix}{column}": frame[column].take(best[side].to_numpy()).reset_index(drop=True)
        for column in ("id", "name")
        for prefix, side in (("", "first"), ("other_", "second"))
    }
    return pd.DataFrame({**cells, "similarity": best["similarity"]})
