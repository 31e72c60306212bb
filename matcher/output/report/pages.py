"""The pages of a report, filled from templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from markupsafe import Markup

from matcher.columns import FLAGS, KINDS, Profile, Recommendation
from matcher.documents import plain
from matcher.features import GATES
from matcher.output.report.cards import Card, Organisation, known_components
from matcher.output.report.charts import draw_exposure, draw_map, draw_network
from matcher.output.report.data import ReportData
from matcher.output.report.radar import RadarFrame, draw_frame
from matcher.output.report.safety import href, page_name, script_json
from matcher.output.report.sections import Row, Section, SectionMaker, known_places
from matcher.output.report.wording import ReportLabels

if TYPE_CHECKING:
    from jinja2 import Environment

ONE_FILE: Final = 60
"""Seekers up to which a report is one file; a page of more would be slow to open on a phone."""
BEST_PAIRS: Final = 10


@dataclass(frozen=True)
class BestPair:
    """One of the pairs with the highest mutual score."""

    first: Organisation
    second: Organisation
    target: str
    text: str


class Pages:
    """The pages of one report.

    Parameters
    ----------
    data : ReportData
        The batch.
    lang : str
        Language of the report, one of `matcher.explanations.LANGUAGES`.
    name, folder : str
        Name of the report's file, and of the folder beside it that holds the pages of seekers.

    Attributes
    ----------
    is_single : bool
        Whether all seekers stand in one file.
    names : list of str
        Names of the seekers' pages in the folder; empty where all stand in one file.
    """

    def __init__(self, data: ReportData, lang: str, name: str, folder: str) -> None:
        self._data = data
        self._home = name
        self._wording = ReportLabels(lang)
        n = len(data.seekers)
        self.is_single = n <= ONE_FILE
        numbers = range(1, n + 1)
        pages = [
            page_name(number, id_, n) for number, id_ in zip(numbers, data.seekers[Profile.ID], strict=True)
        ]
        self.names = [] if self.is_single else pages
        anchors = [f"#s{number}" for number in numbers]
        targets = anchors if self.is_single else [href(folder, page) for page in pages]
        self._maker = SectionMaker(data, self._wording, targets, anchors if self.is_single else pages)
        self._organisations = {
            **{row.seeker.id: row.seeker for row in self._maker.rows},
            **self._maker.cards.organisations,
        }
        self._radar = self._make_radar()
        spoken = known_components(data)
        silent = [self._wording.component(name) for name in data.usual if name not in spoken]
        self._silent = self._wording.voice.listing(silent) if silent else ""

    def index(self) -> str:
        """Return the report's own page."""
        sections = list(self._maker.sections(single=True)) if self.is_single else []
        return self._render(
            "index.html.jinja",
            data=self._data,
            rows=self._maker.rows,
            alone=[row for row in self._maker.rows if not row.n_partners],
            sections=sections,
            is_single=self.is_single,
            best=self._best_pairs(),
            map=draw_map(self._data, self._maker.cards.organisations),
            network=draw_network(self._data, self._organisations),
            exposure=draw_exposure(self._data, self._maker.cards.organisations),
            weights=self._weights(),
            n_eligible=int((self._data.organisations[Profile.FLAG] != FLAGS[-1]).sum()),
            has_unknown=any(np.isnan(value) for value in self._data.usual.values()),
            version=version("partner-matcher"),
            stamp=None
            if self._data.as_of is None
            else self._wording.voice.date(pd.Timestamp(self._data.as_of)),
            href=href,
            **self._filters(sections),
        )

    def seekers(self) -> Iterator[tuple[str, str]]:
        """Yield name and content of each seeker's page, where they have pages of their own."""
        if self.is_single:
            return
        rows = self._maker.rows
        for section, name in zip(self._maker.sections(single=False), self.names, strict=True):
            place = section.row.number - 1
            yield (
                name,
                self._render(
                    "seeker.html.jinja",
                    section=section,
                    home=href("..", self._home),
                    before=(self.names[place - 1], rows[place - 1].seeker.name) if place else None,
                    after=(self.names[place + 1], rows[place + 1].seeker.name)
                    if place + 1 < len(rows)
                    else None,
                    **self._filters([section]),
                ),
            )

    def _render(self, template: str, **content: Any) -> str:
        return (
            _environment()
            .get_template(template)
            .render(
                words=self._wording,
                say=self._wording.say,
                count=self._wording.count,
                radar=self._radar,
                gates=GATES,
                silent=self._silent,
                is_probability=self._data.is_probability,
                css=_asset("report.css"),
                js=_asset("report.js"),
                **content,
            )
        )

    def _make_radar(self) -> RadarFrame:
        axes = self._maker.cards.axes
        labels = [self._wording.short(name) for name in axes]
        return draw_frame(labels, [self._data.usual[name] for name in axes])

    def _filters(self, sections: Sequence[Section]) -> dict[str, Any]:
        """Return what the filters offer, and what the script needs to apply them."""
        cards = [card for section in sections for card in section.cards]
        organisations = [card.candidate for card in cards]
        seekers = [row.seeker for row in self._maker.rows]
        places, index_places = known_places(organisations), known_places(seekers)
        facts = {
            "lang": self._wording.lang,
            "chance": self._data.is_probability,
            "shown": self._wording.say("{shown} of {all} shown", shown="{shown}", all="{all}"),
            "open": self._wording.say("Open all"),
            "close": self._wording.say("Close all"),
            "cards": [_card_facts(card) for card in cards],
            "seekers": [],
        }
        if not self.is_single and len(sections) == 1:
            return {"facts": script_json(facts), "places": places, "kinds": _kinds(organisations)}
        facts["seekers"] = [_row_facts(row) for row in self._maker.rows]
        return {
            "facts": script_json(facts),
            "places": places,
            "kinds": _kinds(organisations),
            "index_places": index_places,
            "index_kinds": _kinds(seekers),
        }

    def _weights(self) -> list[tuple[str, str, str, str, str]]:
        """Return label, meaning, weight and usual value of each component."""
        rows = []
        for name, usual in self._data.usual.items():
            weight = "" if name in GATES else self._wording.percent(self._data.weights.get(name, 0.0))
            rows.append(
                (
                    name,
                    self._wording.component(name),
                    self._wording.meaning(name),
                    weight,
                    self._wording.number(usual),
                )
            )
        return rows

    def _best_pairs(self) -> list[BestPair]:
        """Return the pairs with the highest mutual score, each once, with the list they stand in."""
        table = self._data.recommendations
        ordered = table.sort_values(
            [Recommendation.MUTUAL, Recommendation.SEEKER, Recommendation.CANDIDATE],
            ascending=[False, True, True],
            kind="stable",
        )
        targets = {row.seeker.id: row.target for row in self._maker.rows}
        best: dict[frozenset[str], BestPair] = {}
        for row in ordered.head(2 * BEST_PAIRS).to_dict("records"):
            first, second = str(row[Recommendation.SEEKER]), str(row[Recommendation.CANDIDATE])
            mutual = float(row[Recommendation.MUTUAL])
            written = self._wording.percent if self._data.is_probability else self._wording.number
            pair = BestPair(
                self._organisations[first], self._organisations[second], targets[first], written(mutual)
            )
            best.setdefault(frozenset((first, second)), pair)
        return list(best.values())[:BEST_PAIRS]


def _card_facts(card: Card) -> list[Any]:
    """Return what filters and sorting use: the script reads these by position."""
    one = card.candidate
    return [
        card.anchor,
        f"{one.name} {one.place}",
        one.kind,
        [one.country, one.region],
        round(card.mutual, 4),
        round(card.seeker.value, 4),
        round(card.other.value, 4),
        len(card.concerns),
        int(card.shares_language),
    ]


def _row_facts(row: Row) -> list[Any]:
    one = row.seeker
    return [
        f"r{row.number}",
        f"{one.name} {one.place}",
        one.kind,
        [one.country, one.region],
        round(row.best, 4),
        row.n_partners,
        row.n_plain,
        one.name,
    ]


def _kinds(organisations: Sequence[Organisation]) -> list[tuple[str, str]]:
    """Return the kinds that there are, as (code, label)."""
    labels = {one.kind: one.kind_label for one in organisations if one.kind}
    order = {kind: position for position, kind in enumerate(KINDS)}
    return sorted(labels.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))


@cache
def _asset(name: str) -> Markup:
    """Return a style sheet or script of this package; nothing of a profile is in it."""
    text = resources.files("matcher.output.report").joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - the package's own file


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("matcher.output.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _finalized(value: object) -> object:
    """Reduce every text on its way into a page; what macros made is no str but Markup."""
    return plain(value) if type(value) is str else value
