"""Cards: one recommendation each, with its scores and remarks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matcher.columns import KINDS, Profile, Recommendation
from matcher.explanations import PairRemarks, render_all
from matcher.features import GATES
from matcher.output.report.data import ReportData
from matcher.output.report.radar import point, polygon
from matcher.output.report.wording import ReportLabels, location_of


@dataclass(frozen=True)
class Organisation:
    """What a report shows of an organisation itself."""

    id: str
    name: str
    kind: str
    kind_label: str
    place: str
    country: str
    region: str
    languages: str
    needs: tuple[str, ...]
    offers: tuple[str, ...]
    codes: frozenset[str]

    @property
    def sign(self) -> str:
        """The kind whose symbol stands for it in charts."""
        return self.kind if self.kind in KINDS else "other"

    @property
    def facts(self) -> tuple[str, ...]:
        """What is known of kind, place and languages."""
        return tuple(fact for fact in (self.kind_label, self.place, self.languages) if fact)


@dataclass(frozen=True)
class Score:
    """One component of a pair.

    Attributes
    ----------
    name, label : str
        Column and label.
    value, usual : str
        As numbers are read; "" unknown.
    width, tick : str
        The same in percent of the bar's length; "" unknown.
    """

    name: str
    label: str
    value: str
    usual: str
    width: str
    tick: str


@dataclass(frozen=True)
class Gain:
    """What one side gains: as a number, as a bar, and as a percentile of the pool."""

    value: float
    text: str
    width: str
    percentile: str


@dataclass(frozen=True)
class Card:
    """One recommendation."""

    anchor: str
    rank: int
    candidate: Organisation
    target: str
    mutual: float
    mutual_text: str
    seeker: Gain
    other: Gain
    completeness: str
    scores: tuple[Score, ...]
    polygon: str
    hollow: tuple[tuple[str, str], ...]
    reasons_seeker: tuple[str, ...]
    reasons_candidate: tuple[str, ...]
    concerns: tuple[str, ...]
    unknowns: tuple[str, ...]
    shares_language: bool


class CardMaker:
    """Makes cards from rows of a recommendation table.

    Parameters
    ----------
    data : ReportData
        The batch.
    wording : ReportLabels
        Language.
    targets : mapping of str to str
        Address of the list of each organisation that has one, by id.
    """

    def __init__(self, data: ReportData, wording: ReportLabels, targets: Mapping[str, str]) -> None:
        self._data = data
        self._wording = wording
        self._targets = targets
        self._components = known_components(data)
        self.axes = tuple(name for name in self._components if name not in GATES)
        records = data.organisations.to_dict("records")
        self.organisations = {record[Profile.ID]: describe(record, wording) for record in records}

    def make(self, row: Mapping[str, Any], seeker: Organisation, anchor: str) -> Card:
        """Return the card of one row.

        Parameters
        ----------
        row : mapping
            One row of the recommendation table, with its `remarks`.
        seeker : Organisation
            For whom.
        anchor : str
            Identifier of the card in its page.
        """
        candidate = self.organisations[row[Recommendation.CANDIDATE]]
        mutual = float(row[Recommendation.MUTUAL])
        return Card(
            anchor=anchor,
            rank=int(row[Recommendation.RANK]),
            candidate=candidate,
            target=self._targets.get(candidate.id, ""),
            mutual=mutual,
            mutual_text=self._written(mutual),
            seeker=self._gain(float(row[Recommendation.SEEKER_GAIN])),
            other=self._gain(float(row[Recommendation.CANDIDATE_GAIN])),
            completeness=self._wording.percent(float(row[Recommendation.COMPLETENESS])),
            scores=tuple(self._score(name, float(row[name])) for name in self._components),
            **self._profile([float(row[name]) for name in self.axes]),
            **self._texts(row["remarks"]),
            shares_language=bool(seeker.codes & candidate.codes),
        )

    def _gain(self, gain: float) -> Gain:
        percentile = ""
        share = self._data.percentile(gain)
        if not self._data.is_probability and not math.isnan(share):
            percentile = self._wording.say(
                "higher than {share} of the pool's pairs", share=self._wording.percent(share)
            )
        return Gain(gain, self._written(gain), _percent(gain), percentile)

    def _written(self, gain: float) -> str:
        return self._wording.percent(gain) if self._data.is_probability else self._wording.number(gain)

    def _score(self, name: str, value: float) -> Score:
        usual = self._data.usual[name]
        return Score(
            name=name,
            label=self._wording.component(name),
            value="" if math.isnan(value) else self._wording.number(value),
            usual="" if math.isnan(usual) else self._wording.number(usual),
            width=_percent(value),
            tick=_percent(usual),
        )

    def _profile(self, values: Sequence[float]) -> dict[str, Any]:
        """Return the chart of a pair; where nothing is known the usual stands in, marked hollow."""
        n = len(values)
        unknown = [math.isnan(value) for value in values]
        drawn = [
            self._data.usual[name] if is_unknown else value
            for name, value, is_unknown in zip(self.axes, values, unknown, strict=True)
        ]
        hollow = tuple(point(drawn[place], place, n) for place in range(n) if unknown[place])
        return {"polygon": polygon(drawn), "hollow": hollow}

    def _texts(self, remarks: PairRemarks) -> dict[str, Any]:
        """Return the texts of a pair; how high a gain is stands beside the gain."""
        return {
            column.value: render_all((one for one in listed if one.kind != "gain"), self._wording.voice)
            for column, listed in remarks.items()
        }


def known_components(data: ReportData) -> tuple[str, ...]:
    """Return the components that are known of any pair in the pool."""
    seen = data.recommendations[list(data.usual)].notna().any()
    return tuple(name for name, usual in data.usual.items() if seen[name] or not math.isnan(usual))


def describe(record: Mapping[Any, Any], wording: ReportLabels) -> Organisation:
    """Return what a report shows of a profile or opportunity."""
    return Organisation(
        id=record[Profile.ID],
        name=record[Profile.NAME],
        kind=record[Profile.KIND],
        kind_label=wording.kind(record[Profile.KIND]),
        place=location_of(record),
        country=record[Profile.COUNTRY],
        region=record[Profile.REGION],
        languages=wording.languages(record[Profile.LANGUAGES]),
        needs=tuple(resource.text for resource in record[Profile.NEEDS]),
        offers=tuple(resource.text for resource in record[Profile.OFFERS]),
        codes=frozenset(record[Profile.LANGUAGES]),
    )


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100.0 * min(max(share, 0.0), 1.0):.1f}"
