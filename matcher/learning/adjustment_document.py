"""An adjustment as a document to decide on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matcher.documents import Block, Bullets, Document, Heading, Note, Paragraph, Table
from matcher.documents.language import N_, Voice
from matcher.evaluation import Interval
from matcher.explanations import label_of, sentence
from matcher.learning.adjustment import Adjustment, ListChange, Verdict

MOST_SEEKERS: Final = 20
"""Seekers whose changes are listed one by one."""
NONE: Final = "–"
VERDICTS: Final = {
    Verdict.BETTER: N_(
        "New weights are proposed: on later dates they found more partners than the present ones, by more "
        "than chance."
    ),
    Verdict.NOT_BETTER: N_(
        "The present weights stand: on later dates those learned did not surely find more partners, or found "
        "fewer newcomers."
    ),
    Verdict.TOO_FEW: N_(
        "The present weights stand: there are too few partnerships on different dates to learn from."
    ),
}


def adjustment_document(adjustment: Adjustment, lang: str) -> Document:
    """Return an adjustment as a document: the verdict, weights, grounds, and what would change in lists."""
    voice = Voice(lang)
    return Document(
        title=voice.say("Adjusting the weights"),
        lang=lang,
        blocks=(
            Paragraph(voice.say(VERDICTS[adjustment.verdict])),
            *_weights(adjustment, voice),
            *_grounds(adjustment, voice),
            *_lists(adjustment, voice),
        ),
        footer=voice.say(
            "Nothing is in force until somebody accepts it; what is accepted can be rolled back."
        ),
    )


def _weights(adjustment: Adjustment, voice: Voice) -> list[Block]:
    shown = adjustment.new if adjustment.is_change else adjustment.learned
    header = (
        voice.say("Component"),
        voice.say("Present"),
        voice.say("Proposed") if adjustment.is_change else voice.say("Learned"),
        voice.say("Change"),
        voice.say("Bounds"),
    )
    rows = [
        (
            sentence(label_of(name, voice)),
            voice.number(old, 3),
            voice.number(shown[name], 3),
            _signed(shown[name] - old, voice),
            " – ".join(voice.number(end, 3) for end in adjustment.bounds[name]),
        )
        for name, old in adjustment.old.items()
    ]
    table = Table(header, tuple(rows))
    note = Note(
        voice.say(
            "Weights sum to 1. Each stays within its bounds; ways of working count only if theirs allow it."
        )
    )
    return [Heading(voice.say("Weights")), table, note]


def _grounds(adjustment: Adjustment, voice: Voice) -> list[Block]:
    found = voice.count(
        "{number} partnership was found", "{number} partnerships were found", adjustment.n_labels
    )
    grounds = [f"{found} {voice.count('in {number} search', 'in {number} searches', adjustment.n_seekers)}"]
    judgement = adjustment.judgement
    if judgement is not None:
        grounds.append(
            voice.say(
                "learned from the earlier half and judged on the later one: nDCG@10 {old} with the present "
                "weights, {new} with the learned ones",
                old=voice.number(judgement.present, 3),
                new=voice.number(judgement.learned, 3),
            )
        )
        grounds.append(
            voice.say(
                "paired gain {gain}, 95 % interval {low} to {high}", **_ends(judgement.gain.interval, voice)
            )
        )
        if judgement.newcomers.n:
            message = "of newcomers alone: paired gain {gain}, 95 % interval {low} to {high}"
            grounds.append(voice.say(message, **_ends(judgement.newcomers.interval, voice)))
    items = tuple(sentence(text) for text in grounds)
    return [Heading(voice.say("What it rests on")), Bullets(items)]


def _ends(interval: Interval, voice: Voice) -> dict[str, str]:
    figures = {"gain": interval.mean, "low": interval.low, "high": interval.high}
    return {name: _signed(figure, voice) for name, figure in figures.items()}


def _lists(adjustment: Adjustment, voice: Voice) -> list[Block]:
    heading = Heading(voice.say("What would change in the lists"))
    if not adjustment.changes:
        return [heading, Paragraph(voice.say("Nothing."))]
    moved = [change for change in adjustment.changes if change.rbo < 1.0]
    summary = voice.say(
        "{moved} of {all} lists change. On average they agree by {rbo} (rank-biased overlap, 1 = the same), "
        "and share {overlap} of the first ten places.",
        moved=voice.number(len(moved), 0),
        all=voice.number(len(adjustment.changes), 0),
        rbo=voice.number(adjustment.rbo, 3),
        overlap=voice.percent(adjustment.overlap),
    )
    blocks: list[Block] = [heading, Paragraph(summary)]
    if moved:
        blocks.append(_moves(adjustment, moved[:MOST_SEEKERS], voice))
    if len(moved) > MOST_SEEKERS:
        rest = len(moved) - MOST_SEEKERS
        blocks.append(
            Note(voice.count("{number} more list changes less.", "{number} more lists change less.", rest))
        )
    return blocks


def _moves(adjustment: Adjustment, changes: Sequence[ListChange], voice: Voice) -> Table:
    header = (
        voice.say("Seeker"),
        voice.say("Agreement"),
        voice.say("Shared of the first ten"),
        voice.say("Come in"),
        voice.say("Drop out"),
    )
    rows = [
        (
            adjustment.names.get(change.seeker, change.seeker),
            voice.number(change.rbo, 3),
            voice.percent(change.overlap),
            _named(adjustment, change.entered),
            _named(adjustment, change.left),
        )
        for change in changes
    ]
    return Table(header, tuple(rows))


def _named(adjustment: Adjustment, ids: Sequence[str]) -> str:
    return "; ".join(adjustment.names.get(id_, id_) for id_ in ids) or NONE


def _signed(value: float, voice: Voice) -> str:
    """Return a difference with its sign; one that rounds to nothing has none."""
    size = voice.number(abs(value), 3)
    if round(abs(value), 3) == 0.0:
        return size
    return f"+{size}" if value > 0.0 else f"−{size}"
