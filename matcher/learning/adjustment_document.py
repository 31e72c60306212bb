"""An adjustment as a document to decide on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from matcher.documents import Block, Bullets, Document, Heading, Note, Paragraph, Table
from matcher.documents.language import N_, Messages
from matcher.evaluation.intervals import ClusteredMean
from matcher.explanations import label_of, sentence
from matcher.learning.adjustment import Adjustment, Judgement, Verdict

MOST_SEEKERS: Final = 20
"""Seekers whose changes are listed one by one."""
NONE: Final = "–"
VERDICTS: Final[dict[Verdict, str]] = {
    "better": N_(
        "New weights are proposed: on later dates they found more partners than the present ones, by more "
        "than chance."
    ),
    "not better": N_(
        "The present weights stand: on later dates those learned did not surely find more partners, or found "
        "fewer newcomers."
    ),
    "too few": N_(
        "The present weights stand: there are too few partnerships on different dates to learn from."
    ),
}
PROPOSED: Final = (N_("Component"), N_("Present"), N_("Proposed"), N_("Change"), N_("Bounds"))
LEARNED: Final = (N_("Component"), N_("Present"), N_("Learned"), N_("Change"), N_("Bounds"))
MOVED: Final = (
    N_("Seeker"),
    N_("Agreement"),
    N_("Shared of the first ten"),
    N_("Come in"),
    N_("Drop out"),
)


def adjustment_document(adjustment: Adjustment, lang: str) -> Document:
    """Return an adjustment as a document: the verdict, weights, grounds, and what would change in lists."""
    messages = Messages(lang)
    return Document(
        title=messages.say("Adjusting the weights"),
        lang=lang,
        blocks=(
            Paragraph(messages.say(VERDICTS[adjustment.verdict])),
            Heading(messages.say("Weights")),
            *_weights(adjustment, messages),
            Heading(messages.say("What it rests on")),
            Bullets(tuple(sentence(text) for text in _grounds(adjustment, messages))),
            Heading(messages.say("What would change in the lists")),
            *_lists(adjustment, messages),
        ),
        footer=messages.say(
            "Nothing is in force until somebody accepts it; what is accepted can be rolled back."
        ),
    )


def _weights(adjustment: Adjustment, messages: Messages) -> list[Block]:
    shown = adjustment.new if adjustment.is_change else adjustment.learned
    rows = [
        (
            sentence(label_of(name, messages)),
            messages.number(old, 3),
            messages.number(shown[name], 3),
            _signed(shown[name] - old, messages),
            " – ".join(messages.number(end, 3) for end in adjustment.bounds[name]),
        )
        for name, old in adjustment.old.items()
    ]
    message = "Weights sum to 1. Each stays within its bounds; ways of working count only if theirs allow it."
    return [
        _table(PROPOSED if adjustment.is_change else LEARNED, rows, messages),
        Note(messages.say(message)),
    ]


def _grounds(adjustment: Adjustment, messages: Messages) -> list[str]:
    found = messages.count(
        "{number} partnership was found", "{number} partnerships were found", adjustment.n_labels
    )
    grounds = [
        f"{found} {messages.count('in {number} search', 'in {number} searches', adjustment.n_seekers)}"
    ]
    if adjustment.judgement is not None:
        grounds += _figures(adjustment.judgement, messages)
    return grounds


def _figures(judgement: Judgement, messages: Messages) -> list[str]:
    means = {"old": messages.number(judgement.present, 3), "new": messages.number(judgement.learned, 3)}
    figures = [
        messages.say(
            "learned from the earlier half and judged on the later one: nDCG@10 {old} with the present "
            "weights, {new} with the learned ones",
            **means,
        ),
        messages.say("paired gain {gain}, 95 % interval {low} to {high}", **_ends(judgement.gain, messages)),
    ]
    if judgement.newcomers.n:
        message = "of newcomers alone: paired gain {gain}, 95 % interval {low} to {high}"
        figures.append(messages.say(message, **_ends(judgement.newcomers, messages)))
    return figures


def _ends(mean: ClusteredMean, messages: Messages) -> dict[str, str]:
    interval = mean.interval
    figures = {"gain": interval.mean, "low": interval.low, "high": interval.high}
    return {name: _signed(figure, messages) for name, figure in figures.items()}


def _lists(adjustment: Adjustment, messages: Messages) -> list[Block]:
    changes = adjustment.changes
    if changes.empty:
        return [Paragraph(messages.say("Nothing."))]
    moved = changes[changes["RBO"] < 1.0]
    summary = messages.say(
        "{moved} of {all} lists change. On average they agree by {rbo} (rank-biased overlap, 1 = the same), "
        "and share {overlap} of the first ten places.",
        moved=messages.number(len(moved), 0),
        all=messages.number(len(changes), 0),
        rbo=messages.number(changes["RBO"].mean(), 3),
        overlap=messages.percent(changes["overlap@10"].mean()),
    )
    rows = [
        (
            _named([str(seeker)], adjustment),
            messages.number(row["RBO"], 3),
            messages.percent(row["overlap@10"]),
            _named(row["entered"], adjustment),
            _named(row["left"], adjustment),
        )
        for seeker, row in moved.head(MOST_SEEKERS).iterrows()
    ]
    blocks: list[Block] = [Paragraph(summary)]
    if rows:
        blocks.append(_table(MOVED, rows, messages))
    if (rest := len(moved) - MOST_SEEKERS) > 0:
        message = messages.count("{number} more list changes less.", "{number} more lists change less.", rest)
        blocks.append(Note(message))
    return blocks


def _table(header: Iterable[str], rows: Iterable[tuple[str, ...]], messages: Messages) -> Table:
    return Table(tuple(messages.say(cell) for cell in header), tuple(rows))


def _named(ids: Iterable[str], adjustment: Adjustment) -> str:
    return "; ".join(adjustment.names.get(id_, id_) for id_ in ids) or NONE


def _signed(value: float, messages: Messages) -> str:
    """Return a difference with its sign; one that rounds to nothing has none."""
    size = messages.number(abs(value), 3)
    if round(abs(value), 3) == 0.0:
        return size
    return f"+{size}" if value > 0.0 else f"−{size}"
