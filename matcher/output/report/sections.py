"""Sections: one per seeker, with its cards in the order of their rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from matcher.columns import Recommendation
from matcher.output.report.cards import Card, CardMaker, Organisation, describe
from matcher.output.report.data import ReportData
from matcher.output.report.wording import ReportLabels


@dataclass(frozen=True)
class Row:
    """A seeker in the index of a report.

    Attributes
    ----------
    number : int
        Place in the report, from 1.
    seeker : Organisation
        Who seeks.
    target : str
        Address of its section or page.
    n_partners, n_plain : int
        Recommendations, and those of them without a concern.
    best : float
        Highest mutual score; -1 without a recommendation.
    best_text, best_name : str
        The same as it is read, and the name of the first candidate.
    """

    number: int
    seeker: Organisation
    target: str
    n_partners: int
    n_plain: int
    best: float
    best_text: str
    best_name: str


@dataclass(frozen=True)
class Section:
    """A seeker with its cards."""

    row: Row
    cards: tuple[Card, ...]


class SectionMaker:
    """Makes index rows and sections.

    Parameters
    ----------
    data : ReportData
        The batch.
    wording : ReportLabels
        Language.
    targets : sequence of str
        Address of each seeker's section as its index names it.
    inner : sequence of str
        The same as sections name it to each other.
    """

    def __init__(
        self, data: ReportData, wording: ReportLabels, targets: Sequence[str], inner: Sequence[str]
    ) -> None:
        self._wording = wording
        self._is_probability = data.is_probability
        self._seekers = [describe(record, wording) for record in data.seekers.to_dict("records")]
        addresses = {seeker.id: address for seeker, address in zip(self._seekers, inner, strict=True)}
        self.cards = CardMaker(data, wording, addresses)
        remarks: list[Any] = list(data.remarks)
        recommendations = data.recommendations.assign(remarks=remarks)
        self._groups: dict[Any, pd.DataFrame] = dict(
            list(recommendations.groupby(Recommendation.SEEKER, sort=False, observed=True))
        )
        self.rows = [
            self._row(place + 1, seeker, target)
            for place, (seeker, target) in enumerate(zip(self._seekers, targets, strict=True))
        ]

    def sections(self, *, single: bool) -> Iterator[Section]:
        """Yield the sections one by one; a card's anchor names its seeker where all share a page."""
        for row in self.rows:
            prefix = f"s{row.number}-" if single else ""
            yield Section(
                row,
                tuple(
                    self.cards.make(record, row.seeker, f"{prefix}c{place}")
                    for place, record in enumerate(self._records(row.seeker.id), start=1)
                ),
            )

    def _records(self, id_: str) -> list[dict[Any, Any]]:
        group = self._groups.get(id_)
        return [] if group is None else group.to_dict("records")

    def _row(self, number: int, seeker: Organisation, target: str) -> Row:
        records = self._records(seeker.id)
        best = max((float(record[Recommendation.MUTUAL]) for record in records), default=-1.0)
        written = self._wording.percent if self._is_probability else self._wording.number
        return Row(
            number=number,
            seeker=seeker,
            target=target,
            n_partners=len(records),
            n_plain=sum(not record["remarks"][Recommendation.CONCERNS] for record in records),
            best=best,
            best_text=written(best) if records else "–",
            best_name=records[0][Recommendation.NAME] if records else "",
        )


def known_places(organisations: Sequence[Organisation]) -> tuple[str, ...]:
    """Return what a reader may filter by: countries, or regions where there is but one country."""
    countries = {one.country for one in organisations if one.country}
    places = countries if len(countries) > 1 else {one.region for one in organisations if one.region}
    return tuple(sorted(places, key=lambda place: (place.casefold(), place)))
