"""What a report shows: the batch, its organisations, a section per seeker, a card per recommendation."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from matcher.arrays import Floats
from matcher.columns import BANDS, KINDS, Profile, Recommendation
from matcher.explanations import PairRemarks, render_all
from matcher.features import GATES
from matcher.output.report.texts import ReportLabels, href

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
    organisations : DataFrame
        Canonical profiles of the pool.
    seekers : DataFrame
        Canonical profiles or opportunities, in the order of the report.
    recommendations : DataFrame
        Columns of `Recommendation` and one per component, by seeker and rank; each candidate is in
        `organisations`.
    remarks : sequence of mapping
        Remarks on each recommendation, by text column, rows as in `recommendations`.
    vectors : ndarray of shape (n_organisations, n_dims)
        What the map of organisations is drawn from, rows as in `organisations`; zero rows are left out.
    usual : mapping of str to float
        The pool's mean of each component of `recommendations`, in the order of its columns; NaN unknown.
    weights : mapping of str to float
        How much each feature of the ranker counts, in [0, 1]; they sum to 1, or are all 0.
    percentile : callable
        Gain -> share of the pool's pairs whose gain is lower, in [0, 1]; NaN unknown.
    k : int
        Partners that were asked for.
    n_rows, n_rejected : int
        Organisations read, and rows rejected in any input.
    n_twins, n_cut : int
        Organisations that are nearly the same as others, and those of which some texts do not count.
    as_of : date or None
        Day of the profiles.
    is_learned : bool
        Whether the ranker learned from outcomes.
    is_probability : bool
        Whether gains are probabilities.
    profiles, table, rejected, notes : str
        Names of the files read and written, for organisations; "" where there is none.
    linked : bool
        Whether `table`, `rejected` and `notes` lie in the folder of the report.
    encoder : str
        Name of the encoder; "" for the default one.
    """

    organisations: pd.DataFrame
    seekers: pd.DataFrame
    recommendations: pd.DataFrame
    remarks: Sequence[PairRemarks]
    vectors: Floats
    usual: Mapping[str, float]
    weights: Mapping[str, float]
    percentile: Callable[[float], float]
    k: int
    n_rows: int
    n_rejected: int
    n_twins: int = 0
    n_cut: int = 0
    as_of: dt.date | None = None
    is_learned: bool = False
    is_probability: bool = False
    profiles: str = ""
    table: str = ""
    rejected: str = ""
    notes: str = ""
    linked: bool = False
    encoder: str = ""


class Organisation(NamedTuple):
    """What a report shows of an organisation or opportunity."""

    id: str
    name: str
    kind: str
    kind_label: str
    country: str
    region: str
    languages: str
    needs: tuple[str, ...]
    offers: tuple[str, ...]
    codes: frozenset[str]

    @property
    def place(self) -> str:
        """Region and country, as far as they are known."""
        return ", ".join(filter(None, (self.region, self.country)))

    @property
    def sign(self) -> str:
        """The kind whose symbol is drawn in charts."""
        return self.kind if self.kind in KINDS else "other"

    @property
    def facts(self) -> tuple[str, ...]:
        """What is known of kind, place and languages."""
        return tuple(filter(None, (self.kind_label, self.place, self.languages)))

    @property
    def title(self) -> str:
        """Name, kind and place, for a symbol in a chart."""
        facts = " · ".join(filter(None, (self.kind_label, self.place)))
        return f"{self.name} ({facts})" if facts else self.name

    @property
    def filtered(self) -> list[Any]:
        """What filters compare: a text to be searched, the kind, and the places."""
        return [f"{self.name} {self.place}", self.kind, [self.country, self.region]]


class Row(NamedTuple):
    """A seeker in the index of a report.

    Attributes
    ----------
    number : int
        Position in the report, from 1.
    seeker : Organisation
    target : str
        Address of its section or page.
    n_partners, n_plain : int
        Recommendations, and those of them without a concern.
    n_strong : int
        Recommendations of the highest band.
    best : float
        Highest mutual score; -1 without a recommendation.
    best_name : str
        Name of the first candidate; "" without a recommendation.
    """

    number: int
    seeker: Organisation
    target: str
    n_partners: int
    n_plain: int
    n_strong: int
    best: float
    best_name: str


class Sections:
    """The seekers of a report and the cards of their recommendations.

    Parameters
    ----------
    data : ReportData
        The batch.
    words : ReportLabels
        Language.
    folder : str
        Name of the folder beside the index that holds the pages of seekers.
    pages : sequence of str
        Names of these pages; empty where the index holds all sections.

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
            [_describe(record, words) for record in table.to_dict("records")]
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
        prefix = f"s{row.number}-" if self._is_single else ""
        records = enumerate(self._records(row.seeker.id), start=1)
        return [self._card(record, row.seeker, f"{prefix}c{number}") for number, record in records]

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


def _describe(record: Mapping[Any, Any], words: ReportLabels) -> Organisation:
    return Organisation(
        id=record[Profile.ID],
        name=record[Profile.NAME],
        kind=record[Profile.KIND],
        kind_label=words.kind(record[Profile.KIND]),
        country=record[Profile.COUNTRY],
        region=record[Profile.REGION],
        languages=", ".join(map(words.language, record[Profile.LANGUAGES])),
        needs=tuple(resource.text for resource in record[Profile.NEEDS]),
        offers=tuple(resource.text for resource in record[Profile.OFFERS]),
        codes=frozenset(record[Profile.LANGUAGES]),
    )
