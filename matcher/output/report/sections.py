"""What a report shows: labels, the batch, its organisations."""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import quote

import pandas as pd
from markupsafe import Markup

from matcher.arrays import Floats
from matcher.columns import BANDS, KINDS, Profile
from matcher.documents.blocks import plain
from matcher.documents.language import Messages
from matcher.explanations.remarks import PairRemarks, label_of
from matcher.features import COMPONENT_NAMES, COMPONENTS, DECIMALS
from matcher.features.places import local_names
from matcher.matching.scoring import PoolScorer

KIND_LABELS: Final = {
    "business": "Company",
    "education": "Education",
    "social": "Social organisation",
    "public": "Public body",
    "other": "Other",
}
_COMPONENTS: Final = {component.name: component for component in COMPONENTS}
_SLUG_LENGTH: Final = 40
_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


class ReportLabels:
    """Labels and numbers of a report in one language; gains are in percent where they are probabilities."""

    def __init__(self, lang: str, is_probability: bool = False) -> None:
        self.messages = Messages(lang)
        self.lang = lang
        self.say = self.messages.say
        self.count = self.messages.count
        self.language = cache(self.messages.language)
        self._number = cache(self.messages.number)
        self._percent = cache(self.messages.percent)
        self.gain = self.percent if is_probability else self.number

    def number(self, value: float, decimals: int = 2) -> str:
        """Return a number as this language writes it, "–" where it is unknown."""
        return "–" if math.isnan(value) else self._number(round(value, decimals), decimals)

    def whole(self, value: int) -> str:
        """Return a count as this language writes it."""
        return self._number(value, 0)

    def percent(self, share: float) -> str:
        """Return a share in percent, "–" where it is unknown."""
        return "–" if math.isnan(share) else self._percent(round(share, DECIMALS))

    def width(self, share: float) -> str:
        """Return the length of a bar in percent of its line; "" where the share is unknown."""
        return "" if math.isnan(share) else f"{100.0 * min(max(share, 0.0), 1.0):.1f}"

    def kind(self, code: str) -> str:
        """Return the label of a kind of organisation; "" where none is stated."""
        return self.say(KIND_LABELS[code]) if code in KIND_LABELS else code

    def bands(self, cards: Iterable[Mapping[str, Any]]) -> str:
        """Return how many of the cards are strong and how many possible."""
        found = Counter(card["band"] for card in cards)
        strong, possible = (self.whole(found[band]) for band in BANDS[:2])
        return self.say("Strong: {strong}. Possible: {possible}.", strong=strong, possible=possible)

    def component(self, name: str) -> str:
        """Return the full name of a component, to begin a line."""
        label = label_of(name, self.messages)
        return label[:1].upper() + label[1:]

    def short(self, name: str) -> str:
        """Return the name of a component in a word or two."""
        return self.say(_COMPONENTS[name].short_label) if name in _COMPONENTS else name

    def meaning(self, name: str) -> str:
        """Return what a component is, in a sentence."""
        return self.say(_COMPONENTS[name].meaning) if name in _COMPONENTS else ""


def script_json(value: Any) -> Markup:
    """Return a value as JSON for a script element, which none of its texts can end: without `<`, `>`, `&`."""
    text = json.dumps(_cleaned(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPED))  # noqa: S704 - the lines above are what makes it safe


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items()}
    return value


def page_name(number: int, id_: str, n_pages: int) -> str:
    """Return the file name of a seeker's page: its number, and ASCII letters and digits of the id."""
    folded = unicodedata.normalize("NFKD", id_).encode("ascii", "ignore").decode("ascii").lower()
    slug = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:_SLUG_LENGTH].strip("-")
    digits = str(number).zfill(max(4, len(str(n_pages))))
    return f"{digits}-{slug}.html" if slug else f"{digits}.html"


def href(*steps: str) -> str:
    """Return a relative address; colons and the like are encoded, so that it can never name a scheme."""
    return "/".join(quote(step, safe=".") for step in steps)


@dataclass(frozen=True)
class ReportData:
    """A batch, as its report needs it."""

    scorer: PoolScorer
    """Fitted; its pool are the organisations."""
    seekers: pd.DataFrame
    """Canonical profiles or opportunities, in the order of the report."""
    recommendations: pd.DataFrame
    """Columns of `Recommendation` and one per component, by seeker and rank; each candidate is in the pool.
    """
    remarks: Sequence[PairRemarks]
    """Remarks on each recommendation, by text column, rows as in `recommendations`."""
    k: int
    """Partners that were asked for."""
    n_rows: int
    n_rejected: int
    """Organisations read, and rows rejected in any input."""
    files: Mapping[str, str]
    """Names of the files read and written, for organisations: "profiles", "out" (the table), "rejected" and
    "notes"; "" where there is none.
    """
    linked: bool
    """Whether the files that are written lie in the folder of the report."""

    @property
    def organisations(self) -> pd.DataFrame:
        """Canonical profiles of the pool."""
        return self.scorer.pool.frame

    @property
    def vectors(self) -> Floats:
        """What the map is drawn from, one row per organisation; zero rows are left out."""
        return self.scorer.pool.organisations.passages.means()

    @property
    def usual(self) -> dict[str, float]:
        """The pool's mean of each component, in the order of the columns; NaN unknown."""
        ranker = self.scorer.ranker
        means = dict(zip(ranker.features_, ranker.means_.tolist(), strict=True))
        return {name: means.get(name, math.nan) for name in COMPONENT_NAMES}


class Organisation:
    """What a report shows of an organisation or opportunity.

    `sign` is the kind whose symbol charts draw, `title` what it says; `filtered` is what filters compare.
    """

    def __init__(self, record: Mapping[Any, Any], words: ReportLabels) -> None:
        columns = Profile.ID, Profile.NAME, Profile.KIND
        self.id, self.name, self.kind = (str(record[name]) for name in columns)
        self.country, self.region = (
            local_names(record[name], words.lang) for name in (Profile.COUNTRY, Profile.REGION)
        )
        self.kind_label = words.kind(self.kind)
        self.languages = ", ".join(map(words.language, record[Profile.LANGUAGES]))
        self.needs, self.offers = (
            tuple(resource.text for resource in record[name]) for name in (Profile.NEEDS, Profile.OFFERS)
        )
        self.codes = frozenset(record[Profile.LANGUAGES])
        self.place = ", ".join(filter(None, (self.region, self.country)))
        self.sign = self.kind if self.kind in KINDS else "other"
        known = tuple(filter(None, (self.kind_label, self.place)))
        self.facts = (*known, self.languages) if self.languages else known
        self.title = f"{self.name} ({' · '.join(known)})" if known else self.name
        self.filtered = [f"{self.name} {self.place}", self.kind, [self.country, self.region]]
