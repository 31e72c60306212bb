"""Search: organisations of a pool that offer, need or do what a few words say."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.arrays import Flags, Floats
from matcher.columns import Profile
from matcher.documents.language import Messages
from matcher.encoders.encoder import has_substance
from matcher.encoders.lexical import LexicalVectors, side_weights
from matcher.encoders.words import stems_of
from matcher.errors import ConfigError
from matcher.explanations.matches import ALIKE
from matcher.explanations.organisation import Organisation, WordMatcher
from matcher.explanations.reasons import FLAGGED
from matcher.explanations.remarks import Remark, render, render_all
from matcher.features import DECIMALS, topic
from matcher.features.complementarity import CONTRADICTED, WORDS, likeness
from matcher.features.facts import contradictions
from matcher.features.organisations import Resources
from matcher.matching.conditions import check_conditions
from matcher.matching.pool import EncodedPool
from matcher.matching.selection import select_best
from matcher.profiles import Resource, check_profile
from matcher.profiles.records import records_of

TOPIC: Final = 0.3  # share of `topic` in the score; the rest is the likeness of the closest text
UNSAID: Final = 0.3  # what a score counts where no word of the query is said; in full where all are
ENOUGH: Final = 0.2  # score from which an organisation is listed; chosen on the demo, see docs/benchmarks.md
PASSAGE: Final = 0.5  # what the likeness of passages counts beside that of offers or needs
COLUMNS: Final = ("candidate", "name", "rank", "score", "matched", "reason", "notes")
LEFT_OUT: Final = "left_out"  # key of `DataFrame.attrs`: how many organisations each rule leaves out
KINDS: Final = {
    "offer": (Profile.NEEDS, ("offers",), ("products", "passages")),
    "need": (Profile.OFFERS, ("needs",), ("goals_short", "goals_long", "passages")),
    "topic": (
        Profile.NEEDS,
        ("needs", "offers", "products", "passages", "goals_short", "goals_long"),
        ("indicators", "styles"),
    ),
}
"""Of each kind: the column that the query fills, the fields that it is compared with, and others quoted."""


class Query:
    """A few words, encoded as an organisation that needs or offers them; see `Matcher.search`."""

    def __init__(self, pool: EncodedPool, text: str, kind: str, must: Sequence[str]) -> None:
        if not isinstance(text, str) or not has_substance(text.strip()):
            raise ConfigError(f"text must say what is searched for, in a few words; got {text!r}.")
        if kind not in KINDS:
            raise ConfigError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}.")
        check_conditions(must)
        (column, self._items, self._passages), self._pool = KINDS[kind], pool
        # The text is no cell of a table: it is not read as one.
        wanted = (Resource("", " ".join(text.split()), 5),)
        said = {Profile.MISSION: "", column: wanted, Profile.MUST: (*must,)}
        record = check_profile({Profile.MISSION: "query"}) | {str(name): cell for name, cell in said.items()}
        self.record = {str(name): record[name] for name in Profile}
        self.language = pool.encoder.language_of_query(text)
        self.encoded = pool.encoder.encode(pd.DataFrame([self.record]), spoken=[self.language])
        self.items = self.encoded.needs if column == Profile.NEEDS else self.encoded.offers

    def scores(self) -> Floats:
        """Return how well each organisation fits, shape (n_organisations,), in [0, 1]."""
        closest = np.zeros(len(self._pool))
        for name in self._items:
            others = getattr(self._pool.organisations, name)
            alike = self.items.vectors.cosines(others.vectors)
            if isinstance(others, Resources):
                alike = likeness(self.items, others)
                alike[contradictions(self.items.facts, others.facts)] *= CONTRADICTED
            closest = np.fmax(closest, others.max_rows(alike[0]))
        every = np.arange(len(self._pool))[None]
        about = topic.score(self.encoded, self._pool.organisations, self._pool.context, every)[0]
        close = (1.0 - TOPIC) * closest + TOPIC * np.nan_to_num(about)
        return np.asarray(close * self.shares(self._pool.organisations.lexical))

    def shares(self, texts: LexicalVectors) -> Floats:
        """Return what texts count by how much of the query they say, from `UNSAID` to 1; rare words more."""
        ours, n_words = self.items.lexical, len({*stems_of(str(self.items.texts[0]), self.language)})
        said = np.zeros(len(texts))
        for row, space, weight in zip(ours.spaces, texts.spaces, side_weights(ours.shares)[0], strict=True):
            squares = row.power(2)
            # Words that no organisation says weigh as much as the rarest other.
            unknown = max(n_words - row.nnz, 0) * squares.data.max(initial=0.0)
            said += 2.0 * weight / (1.0 + unknown) * (space.sign() @ squares.T).toarray()[:, 0]
        return UNSAID + (1.0 - UNSAID) * said

    def eligible(self) -> tuple[Flags, dict[str, int]]:
        """Return which organisations may be listed, and how many each rule leaves out."""
        eligible, counts = np.ones(len(self._pool), dtype=bool), Counter[str]()
        for rule, _, positions in self._pool.rules.barred(self.record):
            if rule != "their_must":  # nobody is known yet who would meet these
                barred = np.unique(np.array(positions, dtype=np.int64))
                counts[rule] += int(eligible[barred].sum())
                eligible[barred] = False
        return eligible, {rule: number for rule, number in counts.items() if number}

    def closest(self, organisation: Organisation) -> tuple[str, str, float]:
        """Return an organisation's text that is closest to the query, its field and cosine."""
        fields = {name: organisation.passages(name) for name in (*self._items, *self._passages)}
        texts = [str(text) for found in fields.values() for text in found.texts]
        if not texts:
            return "", "", 0.0
        names = [name for name, found in fields.items() for _ in found.texts]
        encoded = self._pool.encoder.encode_texts(texts, organisation.language)
        words = self.items.lexical.likeness(encoded)[0]
        cosines = np.concatenate([found.vectors for found in fields.values()]) @ self.items.vectors.floats[0]
        alike = WORDS * words + (1.0 - WORDS) * np.maximum(cosines, 0.0)
        worth = np.where(np.isin(names, self._items), 1.0, PASSAGE) * alike * self.shares(encoded)
        at = int(worth.argmax())
        return texts[at], names[at], float(cosines[at])


def search_pool(
    pool: EncodedPool, text: str, kind: str, k: int, must: Sequence[str], messages: Messages
) -> pd.DataFrame:
    """Return the organisations that fit a few words best; see `Matcher.search`."""
    query = Query(pool, text, kind, must)
    eligible, left_out = query.eligible()
    scores = query.scores().round(DECIMALS)
    best = select_best(np.where(eligible & (scores >= ENOUGH), scores, -np.inf)[None], k, pool.twins)
    records = records_of(pool.frame.iloc[best.positions])
    words, rows = WordMatcher(pool.encoder), []
    for position, rank, record in zip(best.positions.tolist(), best.ranks.tolist(), records, strict=True):
        organisation = Organisation(record, pool.organisations, position)
        matched, field, cosine = query.closest(organisation)
        sides, wanted = (Organisation(query.record, query.encoded), organisation), str(query.items.texts[0])
        reason = Remark("search_nothing")
        if matched and (cosine >= ALIKE or words.specific(sides, wanted, matched)):
            quotes = words.quotes(sides, wanted, matched)
            code = {"offers": "search_offers", "needs": "search_needs"}.get(field, "search_says")
            reason = Remark(code, {"text": quotes.theirs, "words": quotes.words})
        notes = " | ".join(render_all(_notes(query, pool, position, record), messages))
        texts = matched, render(reason, messages), notes
        rows.append((record[Profile.ID], record[Profile.NAME], rank, scores[position], *texts))
    table = pd.DataFrame(rows, columns=[*COLUMNS])
    table.attrs[LEFT_OUT] = left_out
    return table


def _notes(query: Query, pool: EncodedPool, position: int, record: dict[str, Any]) -> list[Remark]:
    """Return what to know before somebody calls: a flag, conditions, a near-duplicate that is left out."""
    notes = [Remark(FLAGGED[record[Profile.FLAG]])] if record[Profile.FLAG] in FLAGGED else []
    notes += [Remark("search_must", barred.parts) for barred in pool.rules.reasons(query.record, position)]
    others = pool.frame[Profile.NAME].iloc[pool.twins.get(position, [])]
    return [*notes, *(Remark("twin", {"other": name}) for name in others)]
