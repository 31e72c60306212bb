"""Words of tables: the column, category, kind, flag or language that a word means."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple, TypeAlias

from rapidfuzz import fuzz, process

from matcher.columns import Profile
from matcher.errors import OutcomeError
from matcher.files import bundled_toml
from matcher.tables.values import fold

SHORT: Final = 40  # characters of a header that a message shows
_MOST_WORDS: Final = 40
_LONGEST_PHRASE: Final = 8
Words: TypeAlias = tuple[str, ...]
CATEGORIES: Final = tuple(bundled_toml(__package__, "vocabulary.toml")["categories"])
"""Resource categories of needs and offers; an unknown one is kept and reported."""
EXACT: Final = 1.0  # confidence of a known header
GENERAL: Final = 0.94  # of one that is a general word
_PART: Final = 0.92  # of one that is a part of the header, say without its brackets
KNOWN: Final = 0.9  # least confidence of these
_NOUN, _VERB = 0.6, 0.5
_PER_WORD: Final = 0.01  # a known word inside a header, as in a question; longer phrases before shorter ones
_BRACKETS: Final = re.compile(r"[(\[（{<].*?(?:[)\]）}>]|$)")
_ENUMERATOR: Final = re.compile(r"^\s*(?:[A-Za-z]{0,2}\d+(?:\.\d+)*[a-z]?|[A-Za-z])\s*[.):\-]\s*")
_PARTS: Final = re.compile(r"\s*(?:[/|\n:*?]|\s[-–—]\s|\.\.)\s*")
_OF_A_KIND: Final = re.compile(
    r"(nama|names? of|jenis|tipe|bentuk|kategori|types? of|kinds? of)[\s_]+(?:the\s+)?(.+)", re.IGNORECASE
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_FILLERS: Final = frozenset(["a", "an", "the", "your", "our", "anda", "kami", "kita", "saudara"])
_LANGUAGE_WORDS: Final = frozenset((
    "bahasa", "language", "languages", "bhs", "bhs.", "basa", "b.", "daerah", "only", "saja", "aktif",
    "pasif", "fluent", "native",
))  # fmt: skip
_SHORTEST_NAME: Final = 6
_NEAR: Final = 85.0  # similarity, 0 to 100, from which a misspelt name is read


def index_words(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Map every folded word, and each canonical name itself, to its canonical name."""
    return {fold(word): str(name) for name, others in words.items() for word in (name, *others)}


def column_of(header: str) -> Profile | None:
    """Return the column that a header means; None for an extra column."""
    name = meaning_of(header, "headers")
    return Profile(name) if name else None


class Reading(NamedTuple):
    """A column that a header may mean, and the confidence in [0, 1]: 1 where the header is a known one."""

    column: Profile
    confidence: float


@lru_cache(maxsize=8192)
def read_header(header: str) -> tuple[Reading, ...]:
    """Return the columns that a header, its parts or words may mean, the likeliest first; () for none.

    Examples
    --------
    >>> [read_header(text)[0].column.value for text in ("Anggaran (Rp)", "3. Apa yang Anda butuhkan?")]
    ['budget', 'needs']
    >>> read_header("Nama kontak person")
    ()
    """
    if column := column_of(header):
        return (Reading(column, GENERAL if is_general(header) else EXACT),)
    if header.strip() == "#":
        return (Reading(Profile.ID, GENERAL),)
    bare = _ENUMERATOR.sub("", _BRACKETS.sub(" ", header))
    words = _words(bare)
    if len(words) > _MOST_WORDS:
        return ()
    grams = _grams(words)
    n_contact = max((len(gram) for gram in grams if gram in _phrases("contacts")), default=0)
    found, verbs = (
        [
            Reading(Profile(phrases[gram]), confidence + _PER_WORD * len(gram))
            for gram in grams
            if len(gram) > n_contact and gram in phrases
        ]
        for phrases, confidence in ((_phrases("phrases"), _NOUN), (_phrases("verbs"), _VERB))
    )
    if verbs:  # "which resources do you need" is about needs
        found = [one for one in found if one.column not in (Profile.NEEDS, Profile.OFFERS)] + verbs
    parts = [bare, *_PARTS.split(bare)] if not n_contact else []
    known = [Reading(column, _PART) for part in parts if (column := column_of(part))]
    named = _OF_A_KIND.fullmatch(bare.strip()) if not known else None
    if named and not n_contact and meaning_of(named[2], "kinds"):  # such as "Nama sekolah", "Type of NGO"
        is_name = named[1].casefold().startswith("na")
        known = [Reading(Profile.NAME if is_name else Profile.KIND, _NOUN)]
    readings = [*known, *sorted(found, key=lambda one: -one.confidence)]
    return tuple({one.column: one for one in reversed(readings)}.values())[::-1]


def _words(text: str) -> Words:
    words = (word.casefold().removesuffix("nya") for word in _WORD.findall(text))
    return tuple(word for word in words if word not in _FILLERS)


def _grams(words: Words) -> list[Words]:
    """Return all runs of up to `_LONGEST_PHRASE` words, longer ones first, then in their order."""
    lengths = range(min(_LONGEST_PHRASE, len(words)), 0, -1)
    return [words[at : at + length] for length in lengths for at in range(len(words) - length + 1)]


@cache
def _phrases(table: str) -> dict[Words, str]:
    """Return the phrases of a table, each with its column; headers of several words are phrases too."""
    vocabulary = bundled_toml(__package__, "vocabulary.toml")
    listed = {"": vocabulary["ambiguous"]["contacts"]} if table == "contacts" else vocabulary[table]
    if table == "phrases":
        headers = vocabulary["headers"]
        listed = {
            column: [*(word for word in headers[column] if " " in word), *words]
            for column, words in listed.items()
        }
    return {_words(phrase): column for column, words in listed.items() for phrase in words}


def is_general(header: str, among: str = "general") -> bool:
    """Return whether a header gives way to others of its column, or only numbers rows ("numbering")."""
    words = bundled_toml(__package__, "vocabulary.toml")["ambiguous"][among]
    return header.strip() == "#" or fold(header) in {fold(word) for word in words}


@lru_cache(maxsize=4096)
def kind_of(text: str) -> tuple[str | None, bool]:
    """Return the kind of organisation that a text means, and whether none of its words had to be picked."""
    if kind := meaning_of(text, "kinds"):
        return kind, True
    words = tuple(word.casefold() for word in _WORD.findall(text))
    grams = [" ".join(gram) for gram in _grams(words)] if len(words) <= _MOST_WORDS else []
    found = next((kind for gram in grams if (kind := meaning_of(gram, "kinds"))), None)
    return found, found is None


def unique_columns(headers: Sequence[str], column_of: Callable[[str], str | None]) -> list[str]:
    """Return the column of each header, or its position; an `OutcomeError` if two have the same column."""
    first: dict[str, str] = {}
    for position, header in enumerate(headers):
        column = column_of(header) or f"other column {position}"
        if column in first:
            raise OutcomeError(
                f"columns must be unique; got {shortened(first[column])!r} and {shortened(header)!r}, both "
                f"read as {shortened(column)!r}. Rename or remove one of them."
            )
        first[column] = header
    return list(first)


def shortened(header: str) -> str:
    """Return a header, truncated for a message."""
    return header if len(header) <= SHORT else header[: SHORT - 1] + "…"


@cache
def words_of(table: str, package: str = __package__) -> dict[str, str]:
    """Return the folded words of a table of a package's `vocabulary.toml`, each with its canonical name."""
    return index_words(bundled_toml(package, "vocabulary.toml")[table])


def meaning_of(word: str, table: str, package: str = __package__) -> str | None:
    """Return the canonical name that a word of a table means, as funding for Pendanaan; None without one."""
    return words_of(table, package).get(fold(word))


@lru_cache(maxsize=4096)
def language_of(word: str) -> str | None:
    """Return the ISO 639 code of a language given as a code, a locale or a name; None if unknown.

    Examples
    --------
    >>> language_of("Bahasa Inggris"), language_of("id-ID"), language_of("Bisnis"), language_of("Bugis")
    ('en', 'id', None, 'bug')
    """
    names = _language_names()
    code, dash, region = word.strip().replace("_", "-").partition("-")
    if code.lower() in names.values() and not (dash and _is_second_language(code, region)):
        return code.lower()
    bare = " ".join(part for part in word.split() if part.casefold() not in _LANGUAGE_WORDS)
    return names.get(fold(word)) or names.get(fold(bare))


def languages_of(text: str) -> list[str]:
    """Return the codes of all languages that a text names, such as id-en; empty where a word is unknown."""
    bare = text.strip(" .:")
    if code := language_of(bare):
        return [code]
    for pattern in (r"\s*[-–_]\s*", r"\s+"):
        words = [word for word in re.split(pattern, bare) if word.casefold() not in _LANGUAGE_WORDS]
        codes = [language_of(word) for word in words]
        if len(words) > 1 and all(codes):
            return [code for code in codes if code]
    folded, common = fold(bare), words_of("languages")
    if len(folded) < _SHORTEST_NAME:  # of longer ones a misspelt name is read as the nearest
        return []
    best = process.extractOne(folded, list(common), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return [common[best[0]]] if best else []


def _is_second_language(code: str, region: str) -> bool:
    """Whether ``id-en`` means two languages and not, as ``pt-BR``, one and its country."""
    from babel import localedata

    if region.lower() not in _language_names().values() or code.islower() != region.islower():
        return False
    if region.lower() in ("id", "en"):
        return code.lower() != region.lower()
    return not localedata.exists(f"{code.lower()}_{region.upper()}")


@cache
def _language_names() -> dict[str, str]:
    from babel import Locale

    names = {
        fold(name): code
        for locale in ("id", "en")
        for code, name in Locale(locale).languages.items()
        if len(code) in (2, 3) and code.isalpha()
    }
    return names | words_of("languages")
