"""Cuts texts into the stems of their content words, by language."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib import resources
from itertools import chain
from typing import Final, TypeVar

import snowballstemmer

Made = TypeVar("Made")

WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
STEMMERS: Final = {"en": "english", "id": "indonesian", "ms": "indonesian"}
"""Snowball algorithm of each language; Malay has none of its own and shares most affixes."""
LONGEST_TEXT: Final = 65_536  # characters of a text that are read
MOST_TOKENS: Final = 200_000
LONGEST_TOKEN: Final = 64
"""Runs of signs between blanks whose stems are kept, for each language, and their characters at most."""
TEXTS_KEPT: Final = 65_536  # of which stems are kept: those of a pool are read to fit, and again to encode it
SPANS_KEPT: Final = 8192  # texts of which the words that matched are looked for and whose spans are kept
_BETWEEN: Final = re.compile(r"[^\w\s'’-]|\d")
"""What ends a phrase as it is written."""


@lru_cache(TEXTS_KEPT)
def stems_of(text: str, language: str) -> tuple[str, ...]:
    """Return the stems of the content words of a text, in order.

    `language` is an ISO 639-1 code, "" where it is unknown; one without a stemmer keeps its word forms.

    Examples
    --------
    >>> stems_of("We train 20 farmers", "en"), stems_of("Kami melatih 20 petani", "id")
    (('train', 'farmer'), ('latih', 'tani'))
    """
    return tuple(chain.from_iterable(map(_token_stems(language).__getitem__, text[:LONGEST_TEXT].split())))


class ByToken(dict[str, Made]):
    """What is made of each run of signs between blanks, as it is written; filled as they are asked for."""

    def __init__(self, make: Callable[[str], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, token: str) -> Made:
        made = self._make(token)
        if len(token) <= LONGEST_TOKEN:
            if len(self) >= MOST_TOKENS:
                self.clear()
            self[token] = made
        return made


@cache
def _token_stems(language: str) -> ByToken[tuple[str, ...]]:
    def stems(token: str) -> tuple[str, ...]:
        return tuple(filter(None, (stem_word(_fold(word), language) for word in WORD.findall(token))))

    return ByToken(stems)


@lru_cache(SPANS_KEPT)
def stem_spans(text: str, language: str) -> tuple[tuple[str, int, int], ...]:
    """Return the stems of a text's content words, each with the place of its word in the text."""
    words = WORD.finditer(text[:LONGEST_TEXT])
    found = ((stem_word(_fold(word[0]), language), *word.span()) for word in words)
    return tuple(each for each in found if each[0])


@lru_cache(maxsize=200_000)
def stem_word(word: str, language: str) -> str:
    """Return the stem of a folded word; "" for a stop word or a single letter."""
    if len(word) < 2 or word in stop_words(language):
        return ""
    algorithm = STEMMERS.get(language)
    return str(_stemmer(algorithm).stemWord(word)) if algorithm else word


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the function words of a language; of every known one where it is unknown."""
    files = resources.files("matcher.encoders").joinpath("stopwords").iterdir()
    texts = {file.name: file.read_text(encoding="utf-8") for file in files if file.name.endswith(".txt")}
    return frozenset((texts.get(f"{language}.txt", "") if language else " ".join(texts.values())).split())


_stemmer = cache(snowballstemmer.stemmer)


@lru_cache(maxsize=200_000)
def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).removesuffix("'s")


def written_phrase(words: Sequence[tuple[str, str, int, int]]) -> str:
    """Return the words of a phrase in lower case, as they are written where nothing stands between them."""
    (_, text, start, _), (_, last, _, end) = words[0], words[-1]
    if len(words) == 1:
        return text[start:end].casefold()
    whole = " ".join(text[start:end].casefold().split()) if last is text else ""
    if whole and not _BETWEEN.search(whole):
        return whole
    return " ".join(text[start:end].casefold() for _, text, start, end in words)
