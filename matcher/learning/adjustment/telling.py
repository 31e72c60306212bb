"""An adjustment as a document for whoever decides on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matcher.documents import Block, Bullets, Document, Heading, Note, Paragraph, Table
from matcher.documents.language import Voice
from matcher.evaluation import Interval
from matcher.explanations import label_of, sentence
from matcher.learning.adjustment.effects import ListChange
from matcher.learning.adjustment.proposal import Adjustment, Verdict

MOST_SEEKERS: Final = 20
"""Seekers whose changes are told one by one."""
NONE: Final = "–"
VERDICTS: Final = {
    Verdict.BETTER: "New weights are proposed: on later dates they found more partners than the present "
    "ones, by more than chance.",
    Verdict.NOT_BETTER: "The present weights stand: on later dates those learned did not surely find more "
    "partners, or found fewer newcomers.",
    Verdict.TOO_FEW: "The present weights stand: there are too few partnerships on different dates to learn "
    "from.",
}


def adjustment_document(adjustment: Adjustment, lang: str) -> Document:
    """Return an adjustment as a document.

    Parameters
    ----------
    adjustment : Adjustment
    lang : {"en", "id"}

    Returns
    -------
    document : Document
        The verdict, the weights, what they rest on, and what would change in the lists.

    Raises
    ------
    ConfigError
        If the language has no catalogue.
    """
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
    header = ("Component", "Present", "Proposed" if adjustment.is_change else "Learned", "Change", "Bounds")
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
    table = Table(tuple(voice.say(name) for name in header), tuple(rows))
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
    said = [f"{found} {voice.count('in {number} search', 'in {number} searches', adjustment.n_seekers)}"]
    judgement = adjustment.judgement
    if judgement is not None:
        said.append(
            voice.say(
                "learned from the earlier half and judged on the later one: nDCG@10 {old} with the present "
                "weights, {new} with the learned ones",
                old=voice.number(judgement.present, 3),
                new=voice.number(judgement.learned, 3),
            )
        )
        said.append(
            voice.say("paired gain {gain}, 95 % interval {low} to {high}", **_ends(judgement.gain, voice))
        )
        if judgement.newcomers.n:
            message = "of newcomers alone: paired gain {gain}, 95 % interval {low} to {high}"
            said.append(voice.say(message, **_ends(judgement.newcomers, voice)))
    items = tuple(sentence(text) for text in said)
    return [Heading(voice.say("What it rests on")), Bullets(items)]


def _ends(interval: Interval, voice: Voice) -> dict[str, str]:
    figures = {"gain": interval.mean, "low": interval.low, "high": interval.high}
    return {name: _signed(figure, voice) for name, figure in figures.items()}


def _lists(adjustment: Adjustment, voice: Voice) -> list[Block]:
    heading = Heading(voice.say("What would change in the lists"))
    if not adjustment.changes:
        return [heading, Paragraph(voice.say("Nothing."))]
    moved = [change for change in adjustment.changes if change.rbo < 1.0]
    told = voice.say(
        "{moved} of {all} lists change. On average they agree by {rbo} (rank-biased overlap, 1 = the same), "
        "and share {overlap} of the first ten places.",
        moved=voice.number(len(moved), 0),
        all=voice.number(len(adjustment.changes), 0),
        rbo=voice.number(adjustment.rbo, 3),
        overlap=voice.percent(adjustment.overlap),
    )
    blocks: list[Block] = [heading, Paragraph(told)]
    if moved:
        blocks.append(_moves(adjustment, moved[:MOST_SEEKERS], voice))
    if len(moved) > MOST_SEEKERS:
        rest = len(moved) - MOST_SEEKERS
        blocks.append(
            Note(voice.count("{number} more list changes less.", "{number} more lists change less.", rest))
        )
    return blocks


def _moves(adjustment: Adjustment, changes: Sequence[ListChange], voice: Voice) -> Table:
    header = ("Seeker", "Agreement", "Shared of the first ten", "Come in", "Drop out")
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
    return Table(tuple(voice.say(name) for name in header), tuple(rows))


def _named(adjustment: Adjustment, ids: Sequence[str]) -> str:
    return "; ".join(adjustment.names.get(id_, id_) for id_ in ids) or NONE


def _signed(value: float, voice: Voice) -> str:
    """Return a difference with its sign; one that rounds to nothing has none."""
    told = voice.number(abs(value), 3)
    if round(abs(value), 3) == 0.0:
        return told
    return f"+{told}" if value > 0.0 else f"−{told}"
