"""What a report shows: labels, the batch, its organisations, sections of seekers, cards of candidates."""

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
from matcher.columns import BANDS, KINDS, Profile, Recommendation
from matcher.documents.blocks import plain
from matcher.documents.language import N_, Messages
from matcher.explanations import PairRemarks, label_of, render_all
from matcher.features import COMPONENT_NAMES, COMPONENTS, DECIMALS, GATES
from matcher.features.places import local_names
from matcher.matching.scoring import PoolScorer

KIND_LABELS: Final = {
    "business": "Company",
    "education": "Education",
    "social": "Social organisation",
    "public": "Public body",
    "other": "Other",
}
BAND_LABELS: Final = dict(zip(BANDS, (N_("strong"), N_("possible"), N_("weak")), strict=True))
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

    def band(self, band: str) -> str:
        """Return the label of a band."""
        return self.say(BAND_LABELS[band])

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
    r"""Return a JSON-like value, whatever its texts hold, as JSON for a script element.

    It is without `<`, `>`, `&`, U+2028 and U+2029, which are written as ``\u003c`` and so on: nothing can end
    the element or begin another.
    """
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
    """Return the file name of a seeker's page: its number, and the ASCII letters and digits of the id.

    Examples
    --------
    >>> page_name(7, "../Yayasan Héllo", 1200)
    '0007-yayasan-hello.html'
    """
    folded = unicodedata.normalize("NFKD", id_).encode("ascii", "ignore").decode("ascii").lower()
    slug = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:_SLUG_LENGTH].strip("-")
    digits = str(number).zfill(max(4, len(str(n_pages))))
    return f"{digits}-{slug}.html" if slug else f"{digits}.html"


def href(*steps: str) -> str:
    """Return a relative address; colons and the like are encoded, so that it can never name a scheme."""
    return "/".join(quote(step, safe=".") for step in steps)


Row = dict[str, Any]
"""A seeker in the index of a report.

`number`, its position from 1; `seeker`, an `Organisation`; `target`, the address of its section or page;
`n_partners`, `n_strong` and `n_plain`, numbers of recommendations, of those of the highest band, and of those
without a concern; `best`, the highest mutual score, -1 without a recommendation; `best_name`, the name of the
first candidate, "" without one.
"""
Card = dict[str, Any]
"""A row of the recommendations as a template reads it.

Its `candidate` is an `Organisation`. Further keys: anchor; target (address of the candidate's list, "" if
it has none); components (values by name); texts (rendered remarks by column); shares_language.
"""


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

    `place` is its region and country; `codes` are its languages; `facts` are kind, place and languages, as
    far as they are known; `sign` is the kind whose symbol is drawn in charts, `title` what the symbol says;
    `filtered` is what filters compare: a text to be searched, the kind, and the places.
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


class Sections:
    """The seekers of a report and the cards of their recommendations.

    `folder` is the name of the folder beside the index that holds the pages of seekers, `pages` are their
    names; empty where the index holds all sections.

    Attributes
    ----------
    components, axes : tuple of str
        Components that are known of any pair in the pool, and those of them that are no gate.
    organisations : dict of str to Organisation
        The pool, by id.
    rows : list of Row
        The index.
    """

    def __init__(self, data: ReportData, words: ReportLabels, folder: str, pages: Sequence[str]) -> None:
        self._words, self._is_single = words, not pages
        seen = data.recommendations[list(data.usual)].notna().any()
        self.components = tuple(n for n, usual in data.usual.items() if seen[n] or not math.isnan(usual))
        self.axes = tuple(name for name in self.components if name not in GATES)
        pool, seekers = (
            [Organisation(record, words) for record in table.to_dict("records")]
            for table in (data.organisations, data.seekers)
        )
        self.organisations = {one.id: one for one in pool}
        inner = pages or [f"#s{number}" for number in range(1, len(seekers) + 1)]
        self._addresses = {one.id: address for one, address in zip(seekers, inner, strict=True)}
        remarks: list[Any] = list(data.remarks)
        recommendations = data.recommendations.assign(remarks=remarks)
        groups = recommendations.groupby(Recommendation.SEEKER, sort=False, observed=True)
        self._groups: dict[Any, pd.DataFrame] = dict(list(groups))
        self._none = recommendations.iloc[:0]
        targets = [href(folder, page) for page in pages] or inner
        pairs = zip(seekers, targets, strict=True)
        self.rows = [self._row(number, seeker, target) for number, (seeker, target) in enumerate(pairs, 1)]

    def cards(self, row: Row) -> list[Card]:
        """Return the cards of a seeker by rank; their anchors are unique in the page."""
        prefix = f"s{row['number']}-" if self._is_single else ""
        records = enumerate(self._listed(row["seeker"].id).to_dict("records"), start=1)
        return [self._card(record, row["seeker"], f"{prefix}c{number}") for number, record in records]

    def _listed(self, id_: str) -> pd.DataFrame:
        return self._groups.get(id_, self._none)

    def _row(self, number: int, seeker: Organisation, target: str) -> Row:
        listed = self._listed(seeker.id)
        return Row(
            number=number,
            seeker=seeker,
            target=target,
            n_partners=len(listed),
            n_plain=sum(not remarks[Recommendation.CONCERNS] for remarks in listed["remarks"]),
            n_strong=int((listed[Recommendation.BAND] == BANDS[0]).sum()),
            best=max(listed[Recommendation.MUTUAL].tolist(), default=-1.0),
            best_name=listed[Recommendation.NAME].iloc[0] if len(listed) else "",
        )

    def _card(self, record: dict[Any, Any], seeker: Organisation, anchor: str) -> Card:
        candidate = self.organisations[record[Recommendation.CANDIDATE]]
        # Remarks on how high a gain is are left out: the card shows the gain itself.
        texts = {
            column.value: render_all((one for one in listed if not one.is_gain), self._words.messages)
            for column, listed in record["remarks"].items()
        }
        return {
            **record,
            "candidate": candidate,
            "anchor": anchor,
            "target": self._addresses.get(candidate.id, ""),
            "components": {name: record[name] for name in self.components},
            "texts": texts,
            "shares_language": bool(seeker.codes & candidate.codes),
        }
