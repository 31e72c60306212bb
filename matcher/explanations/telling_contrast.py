"""A contrast of two candidates as a document."""

from __future__ import annotations

import pandas as pd

from matcher.columns import Profile
from matcher.documents import Block, Bullets, Document, Heading, Table
from matcher.documents.language import Voice
from matcher.explanations.contrast import Contrast
from matcher.explanations.explanation import SIDES
from matcher.explanations.telling import sentence


def contrast_document(contrast: Contrast) -> Document:
    """Return why one candidate stands above another as a document, told to the seeker.

    Parameters
    ----------
    contrast : Contrast
        Of two candidates of one seeker.
    """
    first, second = contrast.first, contrast.second
    voice = Voice(first.lang)
    names = {
        "first": first.candidate[Profile.NAME],
        "second": second.candidate[Profile.NAME],
        "seeker": first.seeker[Profile.NAME],
    }
    table = contrast.table()
    blocks: list[Block] = [
        Heading(voice.say("In short"), origin="engine"),
        Bullets(tuple(sentence(text) for text in contrast.sentences())),
        Heading(voice.say("How the gains come about"), origin="engine"),
    ]
    for side, caption in zip(SIDES, ("For you", "For them"), strict=True):
        blocks.append(_table(table[table["side"] == side], voice.say(caption), names, voice))
    return Document(
        title=voice.say("{first} or {second}, for {seeker}", **names),
        lang=first.lang,
        blocks=tuple(blocks),
        tags={"engine": voice.say("computed")},
    )


def _table(rows: pd.DataFrame, caption: str, names: dict[str, str], voice: Voice) -> Table:
    header = voice.say("What"), names["first"], names["second"], voice.say("Difference")
    told = [
        (label, *(_signed(value, voice) for value in values))
        for label, *values in rows[["label", "first", "second", "difference"]].itertuples(index=False)
        if any(abs(value) >= 0.0005 for value in values)
    ]
    return Table(header, tuple(told), caption)


def _signed(value: float, voice: Voice) -> str:
    sign = "−" if round(value, 3) < 0.0 else ""
    return f"{sign}{voice.number(abs(value), 3)}"
