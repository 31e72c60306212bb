"""The pages of a report, filled from templates; those of seekers are written first, the index last."""

import itertools
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.columns import BANDS, FLAGS, KINDS, Profile, Recommendation
from matcher.documents.writing import open_templates
from matcher.errors import OutputError
from matcher.explanations.remarks import GAINS, render_all
from matcher.features import COMPONENTS, DECIMALS, GATES
from matcher.files import check_replaceable, check_target, replacing, replacing_folder
from matcher.output.report import sections
from matcher.output.report.sections import Organisation, ReportData, href, page_name
from matcher.profiles.records import latest_date
from matcher.ranking import WeightedRanker

ONE_FILE: Final = 60  # seekers up to which a report is one file: a page of more opens slowly on a phone
BEST_PAIRS: Final = 10
LIST: Final = "pages.json"  # names the files that a report wrote; a folder without it is not replaced
_OURS: Final = re.compile(r"[0-9]{4,}(-[a-z0-9-]+)?\.html")


def write_report(data: ReportData, path: str | os.PathLike[str], *, lang: str = "en") -> None:
    """Write the report of a batch; the same batch gives the same bytes.

    Where there are more than `ONE_FILE` seekers, each has a page in the folder `<stem>_files` beside it, in
    which files of other names are kept. `OutputError` if the path does not end in .html or cannot be written,
    or the folder beside it holds files that no report wrote; what stood there before is untouched then.
    """
    check_report(path)
    target = Path(os.path.realpath(path))
    folder = target.with_name(f"{target.stem}_files")
    pages = Pages(data, lang, target.name, folder.name)
    with replacing(target) as handle:
        handle.write(pages.index().encode("utf-8"))
        handle.flush()
        _write_seekers(pages, folder)


def write_pages(data: ReportData, folder: str | os.PathLike[str], *, lang: str = "en") -> None:
    """Write one self-contained page per seeker, such as may be sent to it by e-mail, to a folder.

    Each page holds the recommendations of one seeker and how to read them, and no link to another file.
    `OutputError` if the folder cannot be written, or holds files that no report wrote.
    """
    check_pages(folder)
    _write_seekers(Pages(data, lang), Path(os.path.realpath(folder)))


def _write_seekers(pages: "Pages", folder: Path) -> None:
    with replacing_folder(folder, {*_listed(folder), LIST}) as draft:
        for name, page in pages.seekers():
            (draft / name).write_bytes(page.encode("utf-8"))
        if pages.names:
            (draft / LIST).write_text(json.dumps(pages.names, indent=0), encoding="utf-8")


def check_report(path: str | os.PathLike[str]) -> None:
    """Check that a report can be written, before the long work; errors are those of `write_report`."""
    check_target("report", path, (".html",))
    target = Path(os.path.realpath(path))
    check_pages(target.with_name(f"{target.stem}_files"))


def check_pages(folder: str | os.PathLike[str]) -> None:
    """Check that pages of seekers can be written to a folder; errors are those of `write_pages`."""
    folder = Path(folder) if Path(folder).is_symlink() else Path(os.path.realpath(folder))
    check_replaceable(folder.with_name(f"{folder.name}.{LIST}"))
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise OutputError(f"{folder} must be a folder or not exist; got another file. Move it.")
    names = {each.name for each in folder.iterdir()} if folder.is_dir() else set()
    unlisted = {name for name in names if _OURS.fullmatch(name)} - set(_listed(folder))
    if unlisted or (names and LIST not in names):
        raise OutputError(
            f"{folder} must hold pages of a report or nothing; got other files. Move them, or choose another "
            "name."
        )


def _listed(folder: Path) -> Iterable[str]:
    """Return the pages that the list of a folder names, less names that no report gives."""
    try:
        names = json.loads((folder / LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    listed = names if isinstance(names, list) else []
    return [name for name in listed if isinstance(name, str) and _OURS.fullmatch(name)]


Row = dict[str, Any]  # a seeker in the index of a report; its `facts` are read by the script, by position
Card = dict[str, Any]  # a recommendation, as templates read it; its `facts` too


class Pages:
    """The pages of one report: an index of seekers, and a list of cards for each.

    `name` and `folder` are those of its file and of the pages beside it, "" for pages without an index;
    `names` are of the pages in the folder, empty where one file holds all.
    """

    def __init__(self, data: ReportData, lang: str, name: str = "", folder: str = "") -> None:
        self._data = data
        self._home = name
        ranker, pool = data.scorer.ranker, data.scorer.pool
        highest = data.recommendations[Recommendation.MUTUAL].max()
        config = pool.context.config
        as_of = config.as_of or latest_date(pool.frame)
        self._words = words = sections.ReportLabels(lang, data.scorer.calibrated)
        titles = data.seekers[Profile.ID if name else Profile.NAME].tolist()
        pages = [page_name(number, title, len(titles)) for number, title in enumerate(titles, start=1)]
        self.names = pages if len(titles) > ONE_FILE or not name else []
        seen = data.recommendations[list(data.usual)].notna().any()
        # Components that are known of any pair in the pool.
        self._components = [one for one, usual in data.usual.items() if seen[one] or not np.isnan(usual)]
        organisations, seekers = (
            [Organisation(record, words) for record in table.to_dict("records")]
            for table in (data.organisations, data.seekers)
        )
        self._organisations = {one.id: one for one in organisations}
        inner = self.names or [f"#s{number}" for number in range(1, len(seekers) + 1)]
        self._addresses = {one.id: address for one, address in zip(seekers, inner, strict=True)}
        listed = data.recommendations.assign(remarks=list[Any](data.remarks))
        self._none = listed.iloc[:0]
        self._listed = dict(list(listed.groupby(Recommendation.SEEKER, sort=False, observed=True)))
        targets = [href(folder, page) for page in self.names] or inner
        self._rows = [self._row(*one) for one in zip(itertools.count(1), seekers, targets)]
        unknown = [words.component(name) for name in data.usual if name not in self._components]
        known = [one for one in COMPONENTS if one.name in self._components]
        axes = {one.name: words.say(one.short_label) for one in known if not one.is_gate}
        self._shared = {
            "data": data,
            "words": words,
            "say": words.say,
            "count": words.count,
            "radar": sections.Radar(axes, data.usual),
            "gates": GATES,
            "meanings": {one.name: one.meaning for one in COMPONENTS},
            "silent": words.messages.listing(unknown) if unknown else "",
            "has_unknown": any(np.isnan(value) for value in data.usual.values()),
            "stamp": words.messages.date(pd.Timestamp(as_of)) if as_of else None,
            "is_probability": data.scorer.calibrated,
            "is_learned": not isinstance(ranker, WeightedRanker),
            "weights": dict(zip(ranker.features_, ranker.shares_.tolist(), strict=True)),
            "encoder": Path(config.encoder or "").name,
            "n_twins": len(pool.twins),
            "n_cut": len(pool.left_out),
            # The end of the scale by which recommendations are filtered: chances may all be small.
            "highest": float(highest) if data.scorer.calibrated and highest > 0.0 else 1.0,
        }

    def _row(self, number: int, seeker: Organisation, target: str) -> Row:
        """Return what the index shows of a seeker; `n_plain` recommendations are without a concern."""
        listed = self._listed.get(seeker.id, self._none)
        n_plain = sum(not remarks[Recommendation.CONCERNS] for remarks in listed["remarks"])
        n_strong = int((listed[Recommendation.BAND] == BANDS[0]).sum())
        best = round(max(listed[Recommendation.MUTUAL].tolist(), default=-1.0), DECIMALS)
        return Row(
            number=number,
            seeker=seeker,
            target=target,
            n_partners=len(listed),
            n_plain=n_plain,
            n_strong=n_strong,
            best_name=listed[Recommendation.NAME].iloc[0] if len(listed) else "",
            facts=[f"r{number}", *seeker.filtered, best, len(listed), n_plain, seeker.name, n_strong],
        )

    def _cards(self, row: Row) -> list[Card]:
        """Return the recommendations of a seeker by rank; anchors are unique in the page."""
        prefix, seeker = "" if self.names else f"s{row['number']}-", row["seeker"]
        cards: list[Any] = self._listed.get(seeker.id, self._none).to_dict("records")
        for number, card in enumerate(cards, start=1):
            candidate = self._organisations[card[Recommendation.CANDIDATE]]
            # Remarks on how high a gain is are left out: the card shows the gain itself.
            texts = {
                column.value: render_all(
                    (one for one in listed if one.code not in GAINS), self._words.messages
                )
                for column, listed in card["remarks"].items()
            }
            columns = (Recommendation.MUTUAL, Recommendation.SEEKER_GAIN, Recommendation.CANDIDATE_GAIN)
            scores = [round(card[column], DECIMALS) for column in columns]
            compared = *scores, len(texts["concerns"]), int(bool(seeker.codes & candidate.codes))
            card |= {
                "candidate": candidate,
                "anchor": f"{prefix}c{number}",
                "target": self._addresses.get(candidate.id, "") if self._home else "",
                "components": {name: card[name] for name in self._components},
                "texts": texts,
                "facts": [f"{prefix}c{number}", *candidate.filtered, *compared],
            }
        return cards

    def index(self) -> str:
        """Return the page of the index."""
        data, rows, pool = self._data, self._rows, self._organisations
        shown = [] if self.names else [(row, self._cards(row)) for row in rows]
        everyone = {**{row["seeker"].id: row["seeker"] for row in rows}, **pool}
        return self._render(
            "index.html.jinja",
            rows=rows,
            alone=[row for row in rows if not row["n_partners"]],
            sections=shown,
            is_single=not self.names,
            best=self._best_pairs(everyone),
            map=sections.draw_map(data, pool),
            network=sections.draw_network(data, everyone),
            exposure=sections.draw_exposure(data, pool),
            n_eligible=int((data.organisations[Profile.FLAG] != FLAGS[-1]).sum()),
            version=version("partner-matcher"),
            href=href,
            **self._filters([card for _, cards in shown for card in cards], rows),
        )

    def seekers(self) -> Iterator[tuple[str, str]]:
        """Yield name and content of each seeker's page, unless the index holds all of them."""
        if not self.names:
            return
        names = (row["seeker"].name for row in self._rows)
        links = [None, *zip(self.names, names, strict=True), None]
        for position, row in enumerate(self._rows):
            cards = self._cards(row)
            page = self._render(
                "seeker.html.jinja",
                one=row["seeker"],
                cards=cards,
                home=href("..", self._home) if self._home else "",
                before=links[position],
                after=links[position + 2],
                **self._filters(cards),
            )
            yield self.names[position], page

    def _render(self, template: str, **content: Any) -> str:
        templates = open_templates("matcher.output.report", "templates")
        return templates.get_template(template).render(**self._shared, **content)

    def _filters(self, cards: Sequence[Card], rows: Sequence[Row] = ()) -> dict[str, Any]:
        candidates, seekers = [card["candidate"] for card in cards], [row["seeker"] for row in rows]
        facts = {
            "lang": self._words.lang,
            "chance": self._data.scorer.calibrated,
            "shown": self._words.say("{shown} of {all} shown", shown="{shown}", all="{all}"),
            "open": self._words.say("Open all"),
            "close": self._words.say("Close all"),
            "cards": [card["facts"] for card in cards],
            "seekers": [row["facts"] for row in rows],
        }
        return {
            "facts": sections.script_json(facts),
            "places": _places(candidates),
            "kinds": _kinds(candidates),
            "index_places": _places(seekers),
            "index_kinds": _kinds(seekers),
        }

    def _best_pairs(self, organisations: Mapping[str, Organisation]) -> list[tuple[Any, ...]]:
        """Return the pairs with the highest mutual score, each once, with the address of a list."""
        columns = [Recommendation.MUTUAL, Recommendation.SEEKER, Recommendation.CANDIDATE]
        ordered = self._data.recommendations[[*columns, Recommendation.BAND]].sort_values(
            columns, ascending=[False, True, True], kind="stable"
        )
        targets = {row["seeker"].id: row["target"] for row in self._rows}
        best: dict[frozenset[str], tuple[Any, ...]] = {}
        for mutual, first, second, band in ordered.head(2 * BEST_PAIRS).itertuples(index=False, name=None):
            pair = organisations[first], organisations[second], targets[first], mutual, band
            best.setdefault(frozenset((first, second)), pair)
        return list(best.values())[:BEST_PAIRS]


def _places(organisations: Sequence[Organisation]) -> list[str]:
    """Return what a reader may filter by: countries, or regions where there is but one country."""
    countries = {one.country for one in organisations if one.country}
    places = countries if len(countries) > 1 else {one.region for one in organisations if one.region}
    return sorted(places, key=lambda place: (place.casefold(), place))


def _kinds(organisations: Sequence[Organisation]) -> list[tuple[str, str]]:
    labels = {one.kind: one.kind_label for one in organisations if one.kind}
    order = [*KINDS, *sorted({*labels} - {*KINDS})]
    return [(kind, labels[kind]) for kind in order if kind in labels]
