"""Sections of a report: one per seeker, with a card per recommendation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from matcher.columns import KINDS, Profile, Recommendation
from matcher.explanations import PairRemarks, render_all
from matcher.features import GATES
from matcher.output.report.data import ReportData
from matcher.output.report.radar import draw_pair
from matcher.output.report.safety import href
from matcher.output.report.wording import ReportLabels


class Organisation(NamedTuple):
    """What a report shows of an organisation or opportunity itself."""

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
        """The kind whose symbol stands for it in charts."""
        return self.kind if self.kind in KINDS else "other"

    @property
    def facts(self) -> tuple[str, ...]:
        """What is known of kind, place and languages."""
        return tuple(filter(None, (self.kind_label, self.place, self.languages)))

    @property
    def filtered(self) -> list[Any]:
        """What filters compare: a text to be searched, the kind, and the places."""
        return [f"{self.name} {self.place}", self.kind, [self.country, self.region]]


class Card(NamedTuple):
    """One recommendation; `components` are values by name, `texts` the rendered remarks by column."""

    anchor: str
    rank: int
    candidate: Organisation
    target: str
    mutual: float
    seeker: float
    other: float
    completeness: float
    components: Mapping[str, float]
    polygon: str
    hollow: tuple[tuple[str, str], ...]
    texts: Mapping[str, Sequence[str]]
    shares_language: bool


class Row(NamedTuple):
    """A seeker in the index of a report.

    Attributes
    ----------
    number : int
        Position in the report, from 1.
    seeker : Organisation
        Who seeks.
    target : str
        Address of its section or page.
    n_partners, n_plain : int
        Recommendations, and those of them without a concern.
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
    best: float
    best_name: str


class Section(NamedTuple):
    """A seeker with its cards, in the order of their rank."""

    row: Row
    cards: tuple[Card, ...]


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
        Names of these pages; empty where all sections stand in the index.

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
        self._data, self._words, self._is_single = data, words, not pages
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

    def __iter__(self) -> Iterator[Section]:
        """Yield the sections one by one; anchors of cards are unique in their page."""
        for row in self.rows:
            prefix = f"s{row.number}-" if self._is_single else ""
            cards = (
                self._card(record, row.seeker, f"{prefix}c{position}")
                for position, record in enumerate(self._records(row.seeker.id), start=1)
            )
            yield Section(row, tuple(cards))

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
            best=max((float(record[Recommendation.MUTUAL]) for record in records), default=-1.0),
            best_name=records[0][Recommendation.NAME] if records else "",
        )

    def _card(self, record: Mapping[str, Any], seeker: Organisation, anchor: str) -> Card:
        candidate = self.organisations[record[Recommendation.CANDIDATE]]
        components = {name: float(record[name]) for name in self.components}
        values = [(components[name], self._data.usual[name]) for name in self.axes]
        polygon, hollow = draw_pair(values)
        return Card(
            anchor=anchor,
            rank=int(record[Recommendation.RANK]),
            candidate=candidate,
            target=self._addresses.get(candidate.id, ""),
            mutual=float(record[Recommendation.MUTUAL]),
            seeker=float(record[Recommendation.SEEKER_GAIN]),
            other=float(record[Recommendation.CANDIDATE_GAIN]),
            completeness=float(record[Recommendation.COMPLETENESS]),
            components=components,
            polygon=polygon,
            hollow=hollow,
            texts=self._texts(record["remarks"]),
            shares_language=bool(seeker.codes & candidate.codes),
        )

    def _texts(self, remarks: PairRemarks) -> dict[str, Sequence[str]]:
        """Return the remarks as texts; how high a gain is stands beside the gain."""
        return {
            column.value: render_all((one for one in listed if not one.is_gain), self._words.messages)
            for column, listed in remarks.items()
        }


def _describe(record: Mapping[Any, Any], words: ReportLabels) -> Organisation:
    return Organisation(
        id=record[Profile.ID],
        name=record[Profile.NAME],
        kind=record[Profile.KIND],
        kind_label=words.kind(record[Profile.KIND]),
        country=record[Profile.COUNTRY],
        region=record[Profile.REGION],
        languages=words.languages(record[Profile.LANGUAGES]),
        needs=tuple(resource.text for resource in record[Profile.NEEDS]),
        offers=tuple(resource.text for resource in record[Profile.OFFERS]),
        codes=frozenset(record[Profile.LANGUAGES]),
    )
