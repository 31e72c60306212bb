"""`matcher search`: who offers, needs or does what a few words say."""

from pathlib import Path
from typing import Final

import pandas as pd

from matcher.commands.localisation import show
from matcher.commands.options import Request
from matcher.documents.blocks import Block, Document, Note, Paragraph, Terms
from matcher.documents.language import N_, Messages
from matcher.tables.writing import check_writable, write_table

NOTE: Final = N_("Left out by rules (a red flag, no capacity, conditions): {number}.")


def search(
    given: Request,
    text: str,
    kind: str = "offer",
    k: int = 10,
    must: list[str] | None = None,
    out: Path | None = None,
) -> None:
    """Find the organisations that offer, need or do what a few words say, with what they write of it."""
    from matcher.commands.inputs import fit_matcher

    if out is not None:
        check_writable(out)
    found = fit_matcher(given).search(text, kind, k, lang=given.lang, must=must or ())
    if out is None:
        show(_document(text, found, given.lang))
    else:
        write_table(found, out)


def _document(text: str, found: pd.DataFrame, lang: str) -> Document:
    """Return the organisations found, each with its reason and notes."""
    from matcher.explanations.search import LEFT_OUT

    messages = Messages(lang)
    rows = zip(found["rank"], found["name"], found["candidate"], found["reason"], found["notes"], strict=True)
    pairs = [(f"{at}. {name} ({id_})", " | ".join(filter(None, said))) for at, name, id_, *said in rows]
    blocks: list[Block] = [Terms(tuple(pairs))]
    if not pairs:
        blocks = [Paragraph(messages.say("No organisation says anything specific of this."))]
    if number := sum(found.attrs[LEFT_OUT].values()):
        blocks.append(Note(messages.say(NOTE, number=number)))
    return Document(messages.say("Search: {text}", text=text), lang, tuple(blocks))
