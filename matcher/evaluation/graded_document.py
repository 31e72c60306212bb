"""An evaluation by grades as a document, in words that need no statistics."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from matcher.documents.blocks import Block, Bullets, Document, Heading, Note, Paragraph, Table, rendered
from matcher.documents.language import Messages
from matcher.evaluation.document import exposure_blocks
from matcher.evaluation.graded import Agreement, GradedEvaluation, Share
from matcher.evaluation.intervals import ClusteredMean
from matcher.files import bundled_toml

NONE: Final = "\N{EN DASH}"
LEAST: Final = 10
"""First candidates from which a share is more than a hint."""
MOST_DIFFERING: Final = 20
STEPS: Final = (0.2, 0.4, 0.6, 0.8)
"""Upper ends of the words for kappa (after Landis and Koch 1977)."""
TEXTS: Final[dict[str, Any]] = bundled_toml(__package__, "graded.toml")


def graded_document(found: GradedEvaluation, lang: str) -> Document:
    """Return an evaluation by grades as a document: first candidates, languages, bands, readers."""
    messages = Messages(lang)
    blocks = [*_first(found, messages), *_shares("languages", found.languages, messages)]
    blocks += [*_shares("bands", found.bands, messages), *_limits(found, messages)]
    if found.groups is not None:
        blocks += _groups(found.groups, messages)
    for one in found.agreements:
        blocks += _agreement(one, messages)
    return Document(messages.say(TEXTS["title"]), lang, tuple(blocks), footer=messages.say(TEXTS["footer"]))


def _first(found: GradedEvaluation, messages: Messages) -> Iterator[Block]:
    counts = {"pairs": found.n_pairs, "seekers": found.n_seekers, "good": found.n_good}
    yield Paragraph(
        messages.say(TEXTS["read"], **{name: messages.number(n, 0) for name, n in counts.items()})
    )
    if found.n_barred:
        yield Note(messages.say(TEXTS["barred"], number=messages.number(found.n_barred, 0)))
    interval = found.first["engine"].interval
    if interval.n < LEAST:
        yield Note(messages.say(TEXTS["small"], least=messages.number(LEAST, 0)))
    yield Heading(messages.say(TEXTS["first"]))
    if interval.n:
        ends = {"share": interval.mean, "low": interval.low, "high": interval.high}
        tens = {name: messages.number(10 * share, 0) for name, share in ends.items()}
        yield Paragraph(messages.say(TEXTS["first_text"], n=messages.number(interval.n, 0), **tens))
    rows = [
        (*_cells(name, share, messages), messages.number(share.interval.n, 0))
        for name, share in found.first.items()
    ]
    yield _table("first", rows, messages)
    if found.difference.n > 1:
        yield Paragraph(messages.say(TEXTS[_verdict(found.difference)]))
        yield Note(_difference(found.difference, messages))


def _groups(groups: pd.DataFrame, messages: Messages) -> Iterator[Block]:
    cells = [" ".join(_cells("engine", one, messages)[1:]) for one in groups["good"]]
    blocks = (
        Heading("Groups of candidates: who is shown"),
        *exposure_blocks(groups.assign(quality=cells), "good among the first five"),
    )
    yield from rendered(Document("", "en", blocks), messages.lang).blocks


def _verdict(difference: ClusteredMean) -> str:
    if difference.is_above:
        return "better"
    return "worse" if difference.interval.high < 0.0 else "equal"


def _difference(difference: ClusteredMean, messages: Messages) -> str:
    ends = difference.interval
    figures = {"mean": ends.mean, "low": max(ends.low, -1.0), "high": min(ends.high, 1.0)}
    shown = {
        name: f"{'−' if value < 0 else '+'}{messages.number(abs(value), 2)}"
        for name, value in figures.items()
    }
    return messages.say(TEXTS["difference"], n=messages.number(difference.n, 0), **shown)


def _shares(what: str, shares: Mapping[str, Share], messages: Messages) -> Iterator[Block]:
    rows = [
        (*_cells(name, share, messages), messages.number(share.n_pairs, 0)) for name, share in shares.items()
    ]
    yield Heading(messages.say(TEXTS[what]))
    yield _table(what, rows, messages)


def _cells(name: str, share: Share, messages: Messages) -> tuple[str, str, str]:
    interval, named = share.interval, messages.say(TEXTS["names"][name])
    if not interval.n:
        return named, NONE, NONE
    ends = " – ".join(messages.percent(end) for end in (interval.low, interval.high))
    return named, messages.percent(interval.mean), ends


def _limits(found: GradedEvaluation, messages: Messages) -> Iterator[Block]:
    is_new = found.fitted != found.limits
    yield Heading(messages.say(TEXTS["limits"]))
    yield Paragraph(messages.say(TEXTS["new_limits" if is_new else "same_limits"]))
    limits = found.fitted
    strong = {"places": str(limits.strong_places), "met": messages.number(limits.strong_met)}
    yield Bullets(
        (
            messages.say(TEXTS["strong"], **strong),
            messages.say(TEXTS["possible"], places=str(limits.possible_places)),
        )
    )
    tens = {band: messages.number(10 * share, 0) for band, share in found.meaning.items()}
    yield Paragraph(messages.say(TEXTS["meaning"], **tens))


def _agreement(found: Agreement, messages: Messages) -> Iterator[Block]:
    one, other = found.readers
    yield Heading(messages.say(TEXTS["readers"]))
    is_defined = math.isfinite(found.kappa)
    words = TEXTS["kappa_words"][sum(found.kappa > step for step in STEPS)]
    yield Paragraph(
        messages.say(
            TEXTS["kappa"],
            one=one,
            other=other,
            n=messages.number(found.n_pairs, 0),
            kappa=messages.number(found.kappa) if is_defined else NONE,
            words=messages.say(words if is_defined else TEXTS["undefined"]),
        )
    )
    if len(found.differing):
        yield Paragraph(messages.say(TEXTS["differ"], number=messages.number(len(found.differing), 0)))
        shown = found.differing.head(MOST_DIFFERING).itertuples(index=False, name=None)
        rows = [(*pair, f"{mine:.0f}", f"{theirs:.0f}") for *pair, mine, theirs in shown]
        header = (*(messages.say(cell) for cell in TEXTS["columns"]["differ"]), one, other)
        yield Table(header, tuple(rows))


def _table(what: str, rows: Sequence[tuple[str, ...]], messages: Messages) -> Table:
    return Table(tuple(messages.say(cell) for cell in TEXTS["columns"][what]), tuple(rows))
