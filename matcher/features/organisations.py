"""Encodes profiles as the arrays that components compare."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial, reduce
from itertools import chain
from typing import Any, Final, Self

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Objects, Positions, in_processes
from matcher.columns import RESOURCES, Profile
from matcher.config import Config, TrustSettings
from matcher.encoders import Encoder
from matcher.encoders.encoder import UnitRows
from matcher.encoders.languages import FUNCTION_WORDS, Centring, Guess
from matcher.encoders.lexical import LexicalEncoder, LexicalVectors, Piece, Reading
from matcher.encoders.lexicon import open_lexicon
from matcher.encoders.passages import split_passages
from matcher.encoders.words import TEXTS_KEPT
from matcher.features.counted_texts import TextFilter, favourable, with_implied
from matcher.features.facts import FactColumns, Facts, holder_facts, stated_facts
from matcher.features.merging import merge_rows
from matcher.features.overlaps import Terms, encode_terms, vocabulary
from matcher.features.ragged import Ragged, mean_vectors
from matcher.features.statements import cues_of
from matcher.profiles import Claim, Resource
from matcher.profiles.records import all_text, latest_date, normalise, records_of, said_by, stated_values
from matcher.profiles.vocabulary import language_of

DAYS_A_YEAR: Final = 365.25
UNDATED_CLAIM: Final = 0.5  # what an undated claim counts of a fresh one: it may be recent or old
UNSOURCED_CLAIM: Final = 0.5  # what a claim without a source counts: only its author vouches for it
GOOD_CLAIMS: Final = 3  # claims that count; further ones add nothing
SAID: Final = ("passages", "goals_short", "goals_long", "needs", "offers", "products")
"""Texts whose vectors make the mean vector of an organisation."""
TEXTS: Final = 16_384  # texts whose vectors are made at a time, which bounds memory
PART: Final = 4096  # organisations whose words are encoded together; parts by as many processes
TOGETHER: Final = 32_768  # organisations that are encoded at a time, which bounds memory
Worded = tuple[list[Piece], list[Piece], list[list[Piece]], list[list[Piece]], dict[str, Any]]
"""Purpose, all texts, needs and offers of an organisation as pieces, and its record."""
LEARNED: Final = ("as_of", "left_out", "filter", "lexical", "_languages", "_channels")
FLAG_FACTORS: Final = {"none": 1.0, "observation": 0.85, "yellow": 0.5, "red": 0.0}
"""By what a flag lowers trust."""


@dataclass(frozen=True)
class Resources(Ragged):
    """Needs or offers of a set of organisations, one row per need or offer; more of each than of `Ragged`."""

    categories: Objects
    """Shape (n_rows,): the category word of each row; "" where none was given."""
    weights: Floats
    """Shape (n_rows,): importance or level over 5, in [0.2, 1]."""
    lexical: LexicalVectors
    """The same texts by their words."""
    facts: FactColumns
    """What each text and its organisation state."""

    @cached_property
    def codes(self) -> Positions:
        """The category of each row as a number that is alike in one process; -1 where none is given."""
        return np.array([hash(category) if category else -1 for category in self.categories], dtype=np.int64)


@dataclass(frozen=True)
class Organisations:
    """What components compare of n organisations, seekers and candidates alike."""

    ids: Objects
    tie_ids: Objects
    passages: Ragged
    purpose: LexicalVectors
    lexical: LexicalVectors
    goals_short: Ragged
    goals_long: Ragged
    indicators: Ragged
    styles: Ragged
    products: Ragged
    markets: Ragged
    needs: Resources
    offers: Resources
    languages: Terms
    channels: Terms
    text_languages: Objects
    countries: Objects
    regions: Objects
    evidence: Floats
    freshness: Floats
    flag_factor: Floats

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def purpose_meaning(self) -> UnitRows:
        """Mean vectors of the passages, one row each."""
        return mean_vectors([self.passages])

    @cached_property
    def meaning(self) -> UnitRows:
        """Mean vectors of the texts of `SAID`, one row each."""
        return mean_vectors([getattr(self, name) for name in SAID])

    def take(self, positions: Positions) -> Organisations:
        """Return the organisations at some positions, in the order of `positions`."""
        taken = copy.copy(self)  # with what was made from its fields
        for name, value in vars(self).items():
            vars(taken)[name] = value.take(positions) if isinstance(value, Ragged) else value[positions]
        return taken


class OrganisationEncoder:
    """Learns the pool's vocabulary and encodes tables of profiles.

    `language_of` gives the language of a text, "" where unknown, also of further lexicons. After `fit`,
    `as_of` is the date from which ages are counted, None without one; `left_out` holds how many texts of a
    profile of the pool do not count, by id and reason, where some do not.
    """

    def __init__(self, encoder: Encoder, config: Config) -> None:
        self.fingerprint = encoder.fingerprint
        self._centring = Centring(encoder)
        self._config = config
        self._lexicons = [open_lexicon(), *(open_lexicon(path) for path in config.lexicons)]
        function_words = dict(FUNCTION_WORDS)
        for lexicon in self._lexicons:
            function_words |= lexicon.function_words
        self.language_of = Guess(function_words).language_of
        self._language_of_piece = lru_cache(TEXTS_KEPT)(self.language_of)

    def fit(self, pool: pd.DataFrame) -> Self:
        """Learn document frequencies, vocabularies, dates and `left_out` of canonical profiles."""
        self.as_of = self._config.as_of or latest_date(pool)
        records = records_of(pool)
        self.filter = TextFilter().fit(records)
        counted = self.filter.apply_all(records)
        kept = [row for row, _ in counted]
        self._counted = pool, kept
        self.left_out = {row[Profile.ID]: numbers for row, numbers in counted if numbers}
        pieces = [self._pieces(texts_of(row), self.language_of(all_text(row))) for row in kept]
        self.lexical = LexicalEncoder(self._lexicons).fit(pieces)
        self._languages = vocabulary(pool[Profile.LANGUAGES])
        self._channels = vocabulary(pool[Profile.CHANNELS])
        return self

    @property
    def known(self) -> dict[str, Any]:
        """What is made from the encoder and the settings, and therefore need not be saved, by name."""
        return {"encoder": self, "lexicons": self._lexicons}

    @property
    def learned(self) -> dict[str, Any]:
        """What `fit` learned; it may be set, in place of `fit`."""
        return {name: getattr(self, name) for name in LEARNED}

    @learned.setter
    def learned(self, values: Mapping[str, Any]) -> None:
        self._counted = pd.DataFrame(), []
        for name in LEARNED:
            setattr(self, name, values[name])

    def encode(
        self, frame: pd.DataFrame, *, progress: bool = False, spoken: Sequence[str] = ()
    ) -> Organisations:
        """Return profiles or opportunities encoded; `spoken` are their languages, guessed where left out."""
        fitted, records = self._counted
        if frame is not fitted:
            records = [row for row, _ in self.filter.apply_all(records_of(frame))]
        self._counted = pd.DataFrame(), []
        languages = [*spoken] or [self.language_of(all_text(row)) for row in records]
        starts = range(0, max(len(records), 1), TOGETHER)
        rows = [slice(start, start + TOGETHER) for start in starts]
        parts = [self._encode(frame[at], records[at], languages[at], progress) for at in rows]
        return parts[0] if len(parts) == 1 else Organisations(**_joined([*map(vars, parts)]))

    def _encode(
        self, frame: pd.DataFrame, records: list[dict[str, Any]], spoken: list[str], progress: bool
    ) -> Organisations:
        expanded = [with_implied(row) for row in records]
        texts = {
            "passages": [_passages_of(row) for row in records],
            "goals_short": [split_passages(row[Profile.GOALS_SHORT]) for row in records],
            "goals_long": [split_passages(row[Profile.GOALS_LONG]) for row in records],
            "indicators": [split_passages(row[Profile.INDICATORS]) for row in records],
            "styles": [[row[Profile.WORKING_STYLE]] if row[Profile.WORKING_STYLE] else [] for row in records],
            "products": [list(row[Profile.PRODUCTS]) for row in records],
            "markets": [list(row[Profile.MARKETS]) for row in records],
            "needs": [[need.text for need in row[Profile.NEEDS]] for row in expanded],
            "offers": [[offer.text for offer in row[Profile.OFFERS]] for row in expanded],
        }
        begun = self._encode_words(records, expanded, spoken)
        ragged = self._encode_groups(texts, spoken, progress)
        words = _joined([*begun])
        languages = encode_terms(list(frame[Profile.LANGUAGES]), self._languages)
        languages.sizes[[not all(map(language_of, row)) for row in frame[Profile.LANGUAGES]]] = 0
        ids = frame[Profile.ID].to_numpy(dtype=object)
        leads = frame[Profile.LEAD].to_numpy(dtype=object)
        return Organisations(
            ids=ids,
            tie_ids=np.where(leads == "", ids, leads),
            purpose=words["purpose"],
            lexical=words["lexical"],
            needs=_resources(ragged.pop("needs"), Profile.NEEDS, expanded, words),
            offers=_resources(ragged.pop("offers"), Profile.OFFERS, expanded, words),
            languages=languages,
            channels=encode_terms(list(frame[Profile.CHANNELS]), self._channels),
            text_languages=np.array(spoken, dtype=object),
            countries=frame[Profile.COUNTRY].map(normalise).to_numpy(dtype=object),
            regions=frame[Profile.REGION].map(normalise).to_numpy(dtype=object),
            evidence=evidence_strength(frame[Profile.EVIDENCE], self.as_of, self._config.trust),
            freshness=freshness(frame[Profile.UPDATED], self.as_of, self._config.trust),
            flag_factor=np.array([FLAG_FACTORS[flag] for flag in frame[Profile.FLAG]], dtype=np.float64),
            **ragged,
        )

    def encode_texts(self, texts: Sequence[str], spoken: str = "") -> LexicalVectors:
        """Return texts of the kind of a mission by their words, each as of `piece`."""
        return self.lexical.encode([[self.piece(text, spoken)] for text in texts])

    def encode_passages(self, texts: Sequence[str], language: str) -> Floats:
        """Return unit vectors of passages in one language, shape (n_texts, n_dims)."""
        return self._centring.encode(texts, [language] * len(texts))

    def language_of_query(self, text: str) -> str:
        """Return the language of a few words: where it cannot be guessed, the one by the pool's words."""
        return self.language_of(text) or self.lexical.language_of(text)

    def read(self, texts: Iterable[str], spoken: str) -> Reading:
        """Return texts of an organisation as one text by its words; pieces as of `piece`."""
        return self.lexical.read([self.piece(text, spoken) for text in texts])

    def piece(self, text: str, spoken: str) -> Piece:
        """Return a text with its language: its own, where it cannot be guessed that of its organisation."""
        return text, self._language_of_piece(text) or spoken

    def _pieces(self, texts: Iterable[str], spoken: str) -> list[Piece]:
        return [self.piece(text, spoken) for text in texts if text]

    def _encode_words(
        self, records: list[dict[str, Any]], expanded: list[dict[str, Any]], spoken: list[str]
    ) -> Iterator[dict[str, Any]]:
        """Encode texts by their words and their facts, those of large tables in several processes."""
        starts = range(0, max(len(records), 1), PART)
        rows = [slice(start, start + PART) for start in starts]
        parts = ([*map(self._worded, records[at], expanded[at], spoken[at])] for at in rows)
        return in_processes(partial(_words_of, self.lexical, self.as_of), parts, len(rows))

    def _worded(self, record: dict[str, Any], expanded: dict[str, Any], spoken: str) -> Worded:
        needs, offers = ([[self.piece(one.text, spoken)] for one in expanded[name]] for name in RESOURCES)
        purpose = record[Profile.VISION], record[Profile.MISSION], stated_values(record)
        pieces = self._pieces(purpose, spoken), self._pieces(texts_of(record), spoken)
        return *pieces, needs, offers, expanded

    def _encode_groups(
        self, texts: dict[str, list[list[str]]], spoken: list[str], progress: bool
    ) -> dict[str, Ragged]:
        """Encode each distinct text once, in parts that depend on no order: what is rounded stays small."""
        pieces = {
            name: [(text, language) for group, language in zip(groups, spoken, strict=True) for text in group]
            for name, groups in texts.items()
        }
        distinct = sorted({*chain.from_iterable(pieces.values())}, key=lambda piece: (len(piece[0]), piece))
        parts = [distinct[start : start + TEXTS] for start in range(0, max(len(distinct), 1), TEXTS)]
        vectors = UnitRows.joined(self._rounded(part, progress) for part in parts)
        rows = {piece: row for row, piece in enumerate(distinct)}
        ragged = {}
        for name, groups in texts.items():
            offsets = np.concatenate([[0], np.cumsum([len(group) for group in groups])]).astype(np.int64)
            at = np.array([rows[piece] for piece in pieces[name]], dtype=np.int64)
            said = np.array([text for text, _ in pieces[name]], dtype=object)
            ragged[name] = Ragged(vectors[at], offsets, said)
        return ragged

    def _rounded(self, pieces: Sequence[Piece], progress: bool) -> UnitRows:
        texts, languages = zip(*pieces, strict=True) if pieces else ((), ())
        return UnitRows.of(self._centring.encode(texts, languages, progress=progress))


def _words_of(lexical: LexicalEncoder, as_of: dt.date | None, rows: Sequence[Worded]) -> dict[str, Any]:
    """Encode organisations by their words and the facts that their needs and offers state, by attribute."""
    purposes, texts, needs, offers, records = zip(*rows, strict=True) if rows else ((),) * 5
    holders = holder_facts(records, as_of)
    return {
        "purpose": lexical.encode(purposes),
        "lexical": lexical.encode(texts),
        Profile.NEEDS: lexical.encode([*chain.from_iterable(needs)]),
        Profile.OFFERS: lexical.encode([*chain.from_iterable(offers)]),
        "facts": {column: facts_of(records, holders, column) for column in RESOURCES},
    }


def _joined(parts: Sequence[Any]) -> Any:
    """Return what the parts of a table hold, as of `_words_of`, as that of one; the parts are emptied."""
    if isinstance(parts[0], dict):
        return {name: _joined([part.pop(name) for part in parts]) for name in [*parts[0]]}
    return reduce(lambda one, other: merge_rows(one, other, np.arange(len(one) + len(other))), parts)


def _resources(
    items: Ragged, column: Profile, records: Iterable[Mapping[str, Any]], words: Mapping[str, Any]
) -> Resources:
    flat: list[Resource] = [resource for record in records for resource in record[column]]
    return Resources(
        **vars(items),
        categories=np.array([resource.category for resource in flat], dtype=object),
        weights=np.array([resource.weight / 5 for resource in flat], dtype=np.float64),
        lexical=words[column],
        facts=words["facts"][column],
    )


def facts_of(records: Iterable[Mapping[str, Any]], holders: Iterable[Facts], column: Profile) -> FactColumns:
    """Return the `Facts` of all needs or offers of records, in their order."""
    stated = [
        (holder, one) for record, holder in zip(records, holders, strict=True) for one in record[column]
    ]
    cues = cues_of([one.text for _, one in stated])
    return FactColumns(
        [
            stated_facts(one.text, one.category, holder, is_need=column == Profile.NEEDS, cues=each)
            for (holder, one), each in zip(stated, cues, strict=True)
        ]
    )


def _passages_of(record: dict[str, Any]) -> list[str]:
    pieces = [*split_passages(record[Profile.VISION]), *split_passages(record[Profile.MISSION])]
    return [*filter(None, dict.fromkeys([*pieces, stated_values(record)]))]


def texts_of(record: Mapping[str, Any]) -> list[str]:
    """Return all texts of one record, empty ones included; lists as one text each."""
    lists = ["; ".join(sorted(record.get(column, ()))) for column in (Profile.SECTOR, Profile.PRODUCTS)]
    return [*said_by(record), *lists]


def evidence_strength(
    column: Iterable[Sequence[Claim]], as_of: dt.date | None, settings: TrustSettings
) -> Floats:
    """Return how well evidenced each organisation is by its claims, in [0, 1), shape (n_organisations,).

    1 - exp(-w), w the sum of the weights of its `GOOD_CLAIMS` best favourable claims: one fresh sourced claim
    gives .63, two .86, three .95. A claim is given once, and of one source, or of all claims without one, the
    best counts. Ages are counted from `as_of`; without it every claim is fresh. Own definition.
    """
    totals = [_total_weight(claims, as_of, settings) for claims in column]
    return 1.0 - np.exp(-np.array(totals, dtype=np.float64))


def _total_weight(claims: Sequence[Claim], as_of: dt.date | None, settings: TrustSettings) -> float:
    """Return the weight of the best claims of different texts, and of different sources: the smaller one."""
    texts: dict[str, float] = {}
    sources: dict[str, float] = {}
    for claim in favourable(claims):
        weight = _claim_weight(claim, as_of, settings)
        for found, key in ((texts, normalise(claim.text)), (sources, normalise(claim.source))):
            found[key] = max(found.get(key, 0.0), weight)
    return min(sum(sorted(found.values())[-GOOD_CLAIMS:]) for found in (texts, sources))


def _claim_weight(claim: Claim, as_of: dt.date | None, settings: TrustSettings) -> float:
    sourced = 1.0 if claim.source else UNSOURCED_CLAIM
    if claim.date is None or as_of is None:
        return sourced * (UNDATED_CLAIM if claim.date is None else 1.0)
    years = (as_of - claim.date).days / DAYS_A_YEAR
    return float(sourced * 0.5 ** (years / settings.evidence_half_life)) if years >= 0 else 0.0


def freshness(updated: pd.Series[pd.Timestamp], as_of: dt.date | None, settings: TrustSettings) -> Floats:
    """Return 0.5 ** (age / half-life) of each profile, in (0, 1]; NaN where no age is known."""
    if as_of is None:
        return np.full(len(updated), np.nan)
    days = (pd.Timestamp(as_of) - updated).dt.days.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(0.5 ** (np.maximum(days, 0.0) / DAYS_A_YEAR / settings.profile_half_life))
