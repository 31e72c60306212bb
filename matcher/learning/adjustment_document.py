"""An adjustment as a document to decide on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from matcher.documents import Block, Bullets, Document, Heading, Note, Paragraph, Table
from matcher.documents.language import N_, Voice
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
    voice = Voice(lang)
    return Document(
        title=voice.say("Adjusting the weights"),
        lang=lang,
        blocks=(
            Paragraph(voice.say(VERDICTS[adjustment.verdict])),
            Heading(voice.say("Weights")),
            *_weights(adjustment, voice),
            Heading(voice.say("What it rests on")),
            Bullets(tuple(sentence(text) for text in _grounds(adjustment, voice))),
            Heading(voice.say("What would change in the lists")),
            *_lists(adjustment, voice),
        ),
        footer=voice.say(
            "Nothing is in force until somebody accepts it; what is accepted can be rolled back."
        ),
    )


def _weights(adjustment: Adjustment, voice: Voice) -> list[Block]:
    shown = adjustment.new if adjustment.is_change else adjustment.learned
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
    message = "Weights sum to 1. Each stays within its bounds; ways of working count only if theirs allow it."
    return [_table(PROPOSED if adjustment.is_change else LEARNED, rows, voice), Note(voice.say(message))]


def _grounds(adjustment: Adjustment, voice: Voice) -> list[str]:
    found = voice.count(
        "{number} partnership was found", "{number} partnerships were found", adjustment.n_labels
    )
    grounds = [f"{found} {voice.count('in {number} search', 'in {number} searches', adjustment.n_seekers)}"]
    if adjustment.judgement is not None:
        grounds += _figures(adjustment.judgement, voice)
    return grounds


def _figures(judgement: Judgement, voice: Voice) -> list[str]:
    means = {"old": voice.number(judgement.present, 3), "new": voice.number(judgement.learned, 3)}
    figures = [
        voice.say(
            "learned from the earlier half and judged on the later one: nDCG@10 {old} with the present "
            "weights, {new} with the learned ones",
            **means,
        ),
        voice.say("paired gain {gain}, 95 % interval {low} to {high}", **_ends(judgement.gain, voice)),
    ]
    if judgement.newcomers.n:
        message = "of newcomers alone: paired gain {gain}, 95 % interval {low} to {high}"
        figures.append(voice.say(message, **_ends(judgement.newcomers, voice)))
    return figures


def _ends(mean: ClusteredMean, voice: Voice) -> dict[str, str]:
    interval = mean.interval
    figures = {"gain": interval.mean, "low": interval.low, "high": interval.high}
    return {name: _signed(figure, voice) for name, figure in figures.items()}


def _lists(adjustment: Adjustment, voice: Voice) -> list[Block]:
    changes = adjustment.changes
    if changes.empty:
        return [Paragraph(voice.say("Nothing."))]
    moved = changes[changes["RBO"] < 1.0]
    summary = voice.say(
        "{moved} of {all} lists change. On average they agree by {rbo} (rank-biased overlap, 1 = the same), "
        "and share {overlap} of the first ten places.",
        moved=voice.number(len(moved), 0),
        all=voice.number(len(changes), 0),
        rbo=voice.number(changes["RBO"].mean(), 3),
        overlap=voice.percent(changes["overlap@10"].mean()),
    )
    rows = [
        (
            _named([str(seeker)], adjustment),
            voice.number(row["RBO"], 3),
            voice.percent(row["overlap@10"]),
            _named(row["entered"], adjustment),
            _named(row["left"], adjustment),
        )
        for seeker, row in moved.head(MOST_SEEKERS).iterrows()
    ]
    blocks: list[Block] = [Paragraph(summary)]
    if rows:
        blocks.append(_table(MOVED, rows, voice))
    if (rest := len(moved) - MOST_SEEKERS) > 0:
        message = voice.count("{number} more list changes less.", "{number} more lists change less.", rest)
        blocks.append(Note(message))
    return blocks


def _table(header: Iterable[str], rows: Iterable[tuple[str, ...]], voice: Voice) -> Table:
    return Table(tuple(voice.say(cell) for cell in header), tuple(rows))


def _named(ids: Iterable[str], adjustment: Adjustment) -> str:
    return "; ".join(adjustment.names.get(id_, id_) for id_ in ids) or NONE


def _signed(value: float, voice: Voice) -> str:
    """Return a difference with its sign; one that rounds to nothing has none."""
    size = voice.number(abs(value), 3)
    if round(abs(value), 3) == 0.0:
        return size
    return f"+{size}" if value > 0.0 else f"−{size}"
