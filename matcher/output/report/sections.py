"""What a report shows: the batch, its organisations, a section per seeker, a card per recommendation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from matcher.arrays import Floats
from matcher.columns import BANDS, KINDS, Profile, Recommendation
from matcher.explanations import PairRemarks, render_all
from matcher.features import COMPONENT_NAMES, GATES
from matcher.features.places import local_names
from matcher.matching.scoring import PoolScorer
from matcher.output.report.texts import ReportLabels, href

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
    """A batch, as its report needs it.

    Attributes
    ----------
    scorer : PoolScorer
        Fitted; its pool are the organisations.
    seekers : DataFrame
        Canonical profiles or opportunities, in the order of the report.
    recommendations : DataFrame
        Columns of `Recommendation` and one per component, by seeker and rank; each candidate is in the pool.
    remarks : sequence of mapping
        Remarks on each recommendation, by text column, rows as in `recommendations`.
    k : int
        Partners that were asked for.
    n_rows, n_rejected : int
        Organisations read, and rows rejected in any input.
    files : mapping of str to str
        Names of the files read and written, for organisations: "profiles", "out" (the table), "rejected" and
        "notes"; "" where there is none.
    linked : bool
        Whether the files that are written lie in the folder of the report.
    """

    scorer: PoolScorer
    seekers: pd.DataFrame
    recommendations: pd.DataFrame
    remarks: Sequence[PairRemarks]
    k: int
    n_rows: int
    n_rejected: int
    files: Mapping[str, str]
    linked: bool

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
        targets = [href(folder, page) for page in pages] or inner
        pairs = zip(seekers, targets, strict=True)
        self.rows = [self._row(number, seeker, target) for number, (seeker, target) in enumerate(pairs, 1)]

    def cards(self, row: Row) -> list[Card]:
        """Return the cards of a seeker by rank; their anchors are unique in the page."""
        prefix = f"s{row['number']}-" if self._is_single else ""
        records = enumerate(self._records(row["seeker"].id), start=1)
        return [self._card(record, row["seeker"], f"{prefix}c{number}") for number, record in records]

    def _records(self, id_: str) -> list[dict[Any, Any]]:
        group = self._groups.get(id_)
        return [] if group is None else group.to_dict("records")

    def _row(self, number: int, seeker: Organisation, target: str) -> Row:
        records = self._records(seeker.id)
        return Row(
            number=number,
            seeker=seeker,
            target=target,
            n_partners=len(records),
            n_plain=sum(not record["remarks"][Recommendation.CONCERNS] for record in records),
            n_strong=sum(record[Recommendation.BAND] == BANDS[0] for record in records),
            best=max((record[Recommendation.MUTUAL] for record in records), default=-1.0),
            best_name=records[0][Recommendation.NAME] if records else "",
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
