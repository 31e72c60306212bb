"""TF-IDF over stems, one space per language of the pool; texts cross between languages by a lexicon."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, product
from typing import Final, Self

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.utils import sparsefuncs

from matcher.arrays import Floats, Lists, Positions, lists_of
from matcher.encoders.lexicon import Lexicon, Translations
from matcher.encoders.words import stem_spans, stems_of, written_phrase

NATIVE: Final = 0.7  # share of the languages that both texts are written in; the rest is that of the others
TYPICAL: Final = 0.99  # quantile of chance pairs that brings similarities across languages to the same scale
LEAST_PAIRS: Final = 400.0  # chance pairs that count as much as the belief that both scales are the same
LEAST_SHARE: Final = 0.05  # of the organisations that write a language from which the pool has its space
EXPONENT: Final = 0.7  # brings cosines of words, mostly below .1, nearer to the scale of cosines of vectors
BLOCK: Final = 256  # rows of similarities computed together, so that they stay in the processor's cache
SAMPLE: Final = 512  # texts of the pool that chance pairs are taken from

Piece = tuple[str, str]
"""A text and its language, "" where unknown."""
Pieces = Sequence[Piece]
Words = Mapping[int, Sequence[tuple[str, float]]]
"""As of `Reading.spaces`."""


@dataclass(frozen=True)
class WordMatch:
    """Words of two texts that match, as the texts have them, in lower case."""

    ours: str
    theirs: str
    share: float
    """Of the similarity that they make, in (0, 1]."""
    spread: float
    """Share of the pool's texts, two left out, in which they occur too, in [0, 1]."""


@dataclass(frozen=True)
class LexicalVectors:
    """Texts in the spaces of all languages of a pool."""

    spaces: Sequence[csr_matrix]
    """Shape (n_texts, n_stems), float32, per language; rows of length 1, or zero without known words.

    They are summed in float64.
    """
    shares: Floats
    """Shape (n_texts, n_languages): share of each text's words that is written in each language."""
    scale: float = 1.0
    """What similarities across languages are multiplied by."""

    def __len__(self) -> int:
        return len(self.shares)

    def __getitem__(self, rows: Positions | slice) -> LexicalVectors:
        return LexicalVectors([space[rows] for space in self.spaces], self.shares[rows], self.scale)

    @cached_property
    def turned(self) -> Sequence[csr_matrix]:
        """The spaces, transposed."""
        return [space.T.tocsr().astype(np.float64) for space in self.spaces]

    def likeness(self, other: LexicalVectors, columns: Positions | None = None) -> Floats:
        """Return similarities to the power `EXPONENT`, (n_self, n_other) or as `columns`."""
        if columns is None:
            found = self.similarity(other)
            shared = np.flatnonzero(found)  # of short texts few share a word, and powers are slow
            found.ravel()[shared] **= EXPONENT
            return found
        return self.listed_likeness(other, lists_of(columns)).reshape(columns.shape)

    def listed_likeness(self, other: LexicalVectors, lists: Lists, exponent: float = EXPONENT) -> Floats:
        """Return the likeness of texts in lists of pairs, as of `matcher.arrays.Lists`."""
        from matcher.encoders import kernels

        found = np.zeros(len(lists[1]))
        weights = zip(side_weights(self.shares).T, side_weights(other.shares).T, strict=True)
        for space, theirs, both in zip(self.spaces, other.spaces, weights, strict=True):
            add_products(found, space, theirs, both, lists)
        kernels.rescale(found, self.shares, other.shares, self.scale, exponent, lists)
        return found

    def similarity(self, other: LexicalVectors) -> Floats:
        """Return weighted means of the cosines in every language, in [0, 1], shape (n_self, n_other).

        `NATIVE` is for the languages that the two are written in, the rest for the others.
        """
        found = np.empty((len(self), len(other)))
        for start in range(0, len(self), BLOCK):
            ours, total = self[start : start + BLOCK], found[start : start + BLOCK]
            weights = space_weights(ours.shares[:, None], other.shares)
            spaces = [space.astype(np.float64) for space in ours.spaces]
            _dense_product(spaces[0], other.turned[0], out=total)
            total *= weights[0]
            for space, theirs, weight in zip(spaces[1:], other.turned[1:], weights[1:], strict=True):
                cosine = _dense_product(space, theirs)
                cosine *= weight
                total += cosine
            if self.scale != 1.0:
                total *= self.scale + (1.0 - self.scale) * same_language(ours.shares[:, None], other.shares)
            np.minimum(total, 1.0, out=total)
        return found

    def similarity_of_pairs(self, other: LexicalVectors, rows: Positions, columns: Positions) -> Floats:
        """Return `similarity` of some pairs, shape (n_pairs,), in time by their number alone; `rows` rise."""
        used, starts = np.unique(rows, return_index=True)
        columns = np.ascontiguousarray(columns)
        return self[used].listed_likeness(other, (np.append(starts, len(rows)), columns), exponent=1.0)


@dataclass(frozen=True)
class Reading:
    """One text, encoded: its shares as of `LexicalVectors`, and its words in each space.

    Of each column that it has, in order, the words that its stem comes from, and what each adds to the row.
    """

    shares: Floats
    spaces: Sequence[Words]


class LexicalEncoder:
    """TF-IDF of stems in each language of a pool, with words carried over from the other languages.

    A stem or phrase is carried as its translations, weighted by their probabilities among the words of the
    pool; one without translations as itself, so that names and loanwords match. TF-IDF is that of Salton and
    Buckley (1988), sublinear; carrying that of Darwish and Oard (2003).
    """

    def __init__(self, lexicons: Sequence[Lexicon] = ()) -> None:
        self._lexicons = lexicons

    def fit(self, texts: Sequence[Pieces]) -> Self:
        """Learn the stems and their document frequencies from the pieces of each organisation's texts."""
        documents = [_Document(pieces) for pieces in texts]
        written = Counter(max(each.stems, key=each.size) for each in documents if each.stems)
        least = LEAST_SHARE * len(documents)
        self.languages = tuple(sorted(code for code, n in written.items() if n >= least)) or ("",)
        self._spaces = [Space(code, documents, self._lexicons) for code in self.languages]
        self._scale = 1.0
        if len(self.languages) > 1:
            step = -(-len(documents) // SAMPLE)
            # Sorted by their texts, so that the sample does not depend on the order of rows.
            order = sorted(range(len(documents)), key=lambda row: tuple(texts[row]))
            self._scale = fair_scale(self._encode([documents[row] for row in order[::step]]))
        return self

    def encode(self, texts: Sequence[Pieces]) -> LexicalVectors:
        """Return the texts in the space of each language of the pool; pieces as for `fit`."""
        return self._encode([_Document(self._readable(pieces)) for pieces in texts])

    def language_of(self, text: str) -> str:
        """Return the pool's language in whose texts the words of a text are most usual; "" if in none."""
        usual = {space.language: space.usualness(stems_of(text, space.language)) for space in self._spaces}
        best = max(usual, key=usual.__getitem__)
        return best if usual[best] > 0.0 else ""

    def _readable(self, pieces: Pieces) -> Pieces:
        return pieces if any(self.languages) else [(text, "") for text, _ in pieces]

    def _encode(self, documents: Sequence[_Document]) -> LexicalVectors:
        spaces = [space.encode(documents).astype(np.float32) for space in self._spaces]
        return LexicalVectors(spaces, self._shares(documents), self._scale)

    def _shares(self, documents: Sequence[_Document]) -> Floats:
        counts = [each.size(code) for each in documents for code in self.languages]
        sizes = np.array(counts, dtype=np.float64).reshape(len(documents), len(self.languages))
        totals = sizes.sum(axis=1, keepdims=True)
        even = np.full_like(sizes, 1.0 / len(self.languages))
        return np.asarray(np.divide(sizes, totals, out=even, where=totals > 0.0))

    def read(self, pieces: Pieces) -> Reading:
        """Return one text, and the words that its stems come from; pieces as for `encode`."""
        readable = self._readable(pieces)
        shares = self._shares([_Document(readable)])
        return Reading(shares, [space.read(readable) for space in self._spaces])

    def match(self, ours: Reading, theirs: Reading, least: float = 0.0) -> list[WordMatch]:
        """Return the words of two texts that make them similar, those with the greatest share first.

        Exact: the shares of all sum to 1; those below `least` are left out. A stem's part is given to the
        words that it comes from in proportion to their counts.
        """
        weights = [float(weight[0, 0]) for weight in space_weights(ours.shares[:, None], theirs.shares)]
        found: dict[tuple[str, str], float] = defaultdict(float)
        common: dict[tuple[str, str], float] = defaultdict(float)
        for space, weight, mine, yours in zip(self._spaces, weights, ours.spaces, theirs.spaces, strict=True):
            for column in sorted(mine.keys() & yours.keys()):  # sums are made alike whatever the texts are
                spread = space.spread[column]
                for (one, own), (other, its) in product(mine[column], yours[column]):
                    amount = weight * own * its
                    found[one, other] += amount
                    common[one, other] += amount * spread
        total = sum(found.values())
        kept = (item for item in found.items() if item[1] > 0.0 and item[1] / total >= least)
        ranked = sorted(kept, key=lambda pair: (-pair[1], pair[0]))
        return [WordMatch(*pair, value / total, common[pair] / value) for pair, value in ranked]


def sparse_product(one: csr_matrix, other: csr_matrix, out: Floats | None = None) -> Floats:
    """Return a product of sparse matrices as an array; `out`, where given, is filled with it."""
    return np.asarray((one @ other).toarray(out=out))


# The same sums in the same order without a sparse result in between, which takes most of the time.
_dense_product = getattr(sparsefuncs, "sparse_matmul_to_dense", sparse_product)
"""`sparse_product`, by scikit-learn 1.8 or later where it is installed."""


def add_products(
    found: Floats, ours: csr_matrix, theirs: csr_matrix, weights: tuple[Floats, Floats], lists: Lists
) -> None:
    """Add the products of rows in lists of pairs to `found`, as `kernels.add_sparse_dots`."""
    from matcher.encoders import kernels

    one, other = ((side.indptr, side.indices, side.data) for side in (ours, theirs))
    mine, yours = (np.ascontiguousarray(side) for side in weights)
    kernels.add_sparse_dots(found, one, other, (mine, yours), lists, ours.shape[1])


def side_weights(shares: Floats) -> Floats:
    """Return what one side adds to `space_weights`, shape as `shares`."""
    n_languages = shares.shape[-1]
    native, others = (NATIVE, n_languages - 1) if n_languages > 1 else (1.0, 1)
    base = (1.0 - native) / others
    return np.asarray(base / 2.0 + (native - base) / 2.0 * shares)


def space_weights(ours: Floats, theirs: Floats) -> list[Floats]:
    """Return what the cosine in each language counts for each pair; the last axis of shares are languages."""
    mine, yours = side_weights(ours), side_weights(theirs)
    return [mine[..., number] + yours[..., number] for number in range(ours.shape[-1])]


def same_language(ours: Floats, theirs: Floats) -> Floats:
    """Return how likely a word of each text of a pair is in one language, in [0, 1]."""
    # Summed language by language: a matrix product may round otherwise in blocks of other sizes.
    total = ours[..., 0] * theirs[..., 0]
    for number in range(1, ours.shape[-1]):
        total += ours[..., number] * theirs[..., number]
    return np.minimum(total, 1.0)


def fair_scale(vectors: LexicalVectors) -> float:
    """Return the ratio of the `TYPICAL` quantiles of chance pairs within and across languages."""
    written = same_language(vectors.shares[:, None], vectors.shares)
    rows, columns = np.triu_indices(len(vectors), 1)
    similarity, written = vectors.similarity(vectors)[rows, columns], written[rows, columns]
    within, across = similarity[written > 0.5], similarity[written <= 0.5]
    if not len(within) or not len(across):
        return 1.0
    usual, foreign = np.quantile(within, TYPICAL), np.quantile(across, TYPICAL)
    if foreign <= 0.0 or usual <= 0.0:
        return 1.0
    n = min(len(within), len(across))
    return float(min(1.0, usual / foreign) ** (n / (n + LEAST_PAIRS)))


class _Document:
    """The stems of one organisation's texts, by language; of unknown language as they are written."""

    def __init__(self, pieces: Pieces) -> None:
        self.stems: dict[str, list[str]] = {}
        self.unknown: list[str] = []
        for text, language in pieces:
            if not language:
                self.unknown.append(text)
            elif stems := stems_of(text, language):
                self.stems.setdefault(language, []).extend(stems)

    def size(self, language: str) -> int:
        """Return the number of words that are written in a language."""
        return len(self.stems.get(language, ()))

    def native(self, language: str) -> list[str]:
        """Return the stems of a language, and those of texts whose language is unknown."""
        known = self.stems.get(language, [])
        if not self.unknown:
            return known
        return [*known, *(stem for text in self.unknown for stem in stems_of(text, language))]


class Space:
    """TF-IDF vectors in one language."""

    def __init__(self, language: str, documents: Sequence[_Document], lexicons: Sequence[Lexicon]) -> None:
        self.language = language
        self._lexicons = lexicons
        found, n_written = Counter[str](), 0
        for each in documents:  # one set at a time, which bounds memory
            stems = set(each.native(language))
            found.update(stems)
            n_written += bool(stems)
        self._columns = {stem: column for column, stem in enumerate(sorted(found))}
        counts = np.array([found[stem] for stem in self._columns], dtype=np.float64)
        self._idf = np.log((1.0 + n_written) / (1.0 + counts)) + 1.0
        self.spread = (np.maximum(counts - 2.0, 0.0) / max(n_written - 2, 1)).tolist()

    @cached_property
    def _known(self) -> dict[tuple[str, str], tuple[list[int], list[float]]]:
        return {}

    def usualness(self, stems: Iterable[str]) -> float:
        """Return how usual stems are in texts of the language, as the sum of 1 / IDF of those known."""
        return float(sum(1.0 / self._idf[self._columns[stem]] for stem in stems if stem in self._columns))

    def encode(self, documents: Sequence[_Document]) -> csr_matrix:
        """Return unit rows, shape (n_texts, n_stems)."""
        known, written = self._columns, (each.native(self.language) for each in documents)
        columns = [[known[stem] for stem in stems if stem in known] for stems in written]
        matrix = _count_matrix(columns, max(len(known), 1))
        for code in sorted({code for each in documents for code in each.stems} - {self.language}):
            matrix = matrix + self._carried_counts(documents, code)
        matrix.sort_indices()
        matrix.data = np.where(matrix.data > 1.0, 1.0 + np.log(np.maximum(matrix.data, 1.0)), matrix.data)
        if matrix.nnz:
            matrix.data *= self._idf[matrix.indices]
        lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        matrix.data /= np.repeat(np.where(lengths > 0.0, lengths, 1.0), np.diff(matrix.indptr))
        return matrix

    def _carried_counts(self, documents: Sequence[_Document], code: str) -> csr_matrix:
        translations = self._translations(code)
        cut = translations.cover if translations else list[str]
        units = [cut(each.stems[code]) if code in each.stems else [] for each in documents]
        # Sorted, so that sums are made in the same order whatever texts are encoded together.
        listed = sorted(set(chain.from_iterable(units)))
        numbers = {unit: number for number, unit in enumerate(listed)}
        counts = _count_matrix([[*map(numbers.__getitem__, row)] for row in units], max(len(listed), 1))
        found = [self._carry(code, unit, translations) for unit in listed]
        sizes = np.array([len(columns) for columns, _ in found], dtype=np.int32)
        indptr = np.cumsum([0, *sizes], dtype=np.int32)
        columns = np.fromiter(chain.from_iterable(columns for columns, _ in found), np.int32, indptr[-1])
        shares = np.fromiter(chain.from_iterable(shares for _, shares in found), np.float64, indptr[-1])
        shares *= np.repeat(np.array([unit.count(" ") + 1 for unit in listed], dtype=np.float64), sizes)
        shape = len(listed), max(len(self._columns), 1)
        carried = csr_matrix((shares, columns, indptr), shape)
        return csr_matrix(counts[:, : len(listed)] @ carried)

    def _translations(self, code: str) -> Translations | None:
        """Return the translations from a language, of the last lexicon that has them."""
        found = (each.directions.get((code, self.language)) for each in reversed(self._lexicons))
        return next((each for each in found if each is not None), None)

    def read(self, pieces: Pieces) -> Words:
        """Return the words of a text by column, with what each adds to the unit row that `encode` gives."""
        spoken: dict[str, list[tuple[str, str, int, int]]] = {}
        for text, language in pieces:
            # Like the text that is encoded: pieces of one language follow each other.
            spoken.setdefault(language, []).extend(
                (stem, text, start, end) for stem, start, end in stem_spans(text, language or self.language)
            )
        found: dict[int, dict[str, float]] = {}
        for language, words in spoken.items():
            for word, column, amount in self._parts(words, language):
                amounts = found.setdefault(column, {})
                amounts[word] = amounts.get(word, 0.0) + amount
        counts = {column: sum(amounts.values()) for column, amounts in found.items()}
        values = {
            column: (1.0 + math.log(count) if count > 1.0 else count) * float(self._idf[column])
            for column, count in counts.items()
        }
        length = math.hypot(*values.values())
        return {
            column: tuple(
                (word, values[column] / length * amount / counts[column]) for word, amount in amounts.items()
            )
            for column, amounts in sorted(found.items())
        }

    def _parts(
        self, words: Sequence[tuple[str, str, int, int]], language: str
    ) -> Iterator[tuple[str, int, float]]:
        """Yield each word or phrase, each column that it counts in, and how much."""
        stems, start = [stem for stem, *_ in words], 0
        if language in ("", self.language):
            for stem, text, begin, end in words:
                if stem in self._columns:
                    yield text[begin:end].casefold(), self._columns[stem], 1.0
            return
        translations = self._translations(language)
        for unit in translations.cover(stems) if translations else stems:
            length = unit.count(" ") + 1
            word = written_phrase(words[start : start + length])
            start += length
            for column, share in zip(*self._carry(language, unit, translations), strict=True):
                yield word, column, share * length

    def _carry(
        self, code: str, unit: str, translations: Translations | None
    ) -> tuple[list[int], list[float]]:
        """Return the columns of a unit's translations with shares that sum to 1, or of itself; or nothing."""
        if (code, unit) not in self._known:
            found = translations.of(unit) if translations else {}
            shares = {self._columns[word]: share for word, share in found.items() if word in self._columns}
            if not shares and unit in self._columns:
                shares = {self._columns[unit]: 1.0}
            total = sum(shares.values())
            self._known[code, unit] = [*shares], [share / total for share in shares.values()]
        return self._known[code, unit]


def _count_matrix(rows: Sequence[Sequence[int]], n_columns: int) -> csr_matrix:
    """Return how often each row holds each column number, shape (n_rows, n_columns)."""
    indptr = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    columns = np.fromiter(chain.from_iterable(rows), np.int32, int(indptr[-1]))
    matrix = csr_matrix((np.ones(len(columns)), columns, indptr), (len(rows), n_columns))
    matrix.sum_duplicates()
    return matrix
