"""`matcher search`: who offers, needs or does what a few words say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from matcher.commands import options
from matcher.commands.explain import fit_files
from matcher.commands.localisation import show
from matcher.documents.language import N_

NOTE: Final = N_("Left out by rules (a red flag, no capacity, conditions): {number}.")

if TYPE_CHECKING:
    import pandas as pd

    from matcher.documents.blocks import Document


def search(
    text: str,
    profiles: str,
    kind: str = "offer",
    k: int = 10,
    must: list[str] | None = None,
    out: Path | None = None,
    lang: str = "en",
    query: str | None = None,
    columns: list[str] | None = None,
    mapping: Path | None = None,
    config: Path | None = None,
    quiet: bool = False,
) -> None:
    """Find the organisations that offer, need or do what a few words say, with what they write of it."""
    from matcher.documents.language import check_lang
    from matcher.tables.writing import check_writable, write_table

    check_lang(lang)
    if out is not None:
        check_writable(out)
    tables = {"query": query, "mapping": options.read_columns(columns, mapping)}
    matcher = fit_files(profiles, None, options.read_config(config), quiet, tables)
    found = matcher.search(text, kind, k, lang=lang, must=must or ())
    if out is None:
        show(_document(text, found, lang))
    else:
        write_table(found, out)


def _document(text: str, found: pd.DataFrame, lang: str) -> Document:
    """Return the organisations found, each with its reason and notes."""
    from matcher.documents.blocks import Block, Document, Note, Paragraph, Terms
    from matcher.documents.language import Messages
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
