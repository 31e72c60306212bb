"""What a document is made of."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

from pandas import Timestamp

from matcher.documents.language import NUMBER_SIGNS, Messages

DASH: Final = "\N{EN DASH}"  # what is not known, in a cell of a table
# Control signs, lone surrogates and two non-characters are forbidden in XML. Embeddings, overrides and
# isolates of direction would, left open, turn round the words that stand beside the text.
_LEFT_OUT: Final = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)


def plain(text: str) -> str:
    """Reduce a text to one line of what can be written in any format, with single spaces inside it."""
    return " ".join(_LEFT_OUT.sub("", text).split())


Origin: TypeAlias = Literal["profile", "proposal", "engine", ""]
"""Where words come from: a profile, a proposal to be agreed on, the engine's finding, or not said."""


@dataclass(frozen=True)
class _Sourced:
    """What blocks share: the writers put the document's word for the origin beside the words."""

    origin: Origin = field(default="", kw_only=True)


@dataclass(frozen=True)
class Heading(_Sourced):
    """The heading of a part, of level 1 to 3; the document's title stands above level 1."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph(_Sourced):
    """A paragraph of text."""

    text: str


@dataclass(frozen=True)
class Bullets(_Sourced):
    """A list without order."""

    items: tuple[str, ...]


class Checklist(Bullets):
    """A list of things to tick off."""


@dataclass(frozen=True)
class Quote(_Sourced):
    """Words taken from a profile, and whose words they are."""

    text: str
    source: str = ""


@dataclass(frozen=True)
class Terms(_Sourced):
    """Labels, each with a text, in the order in which they are shown."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table(_Sourced):
    """A table of texts: the names of its columns, at least one, rows of that length, and what it shows."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


class Note(Paragraph):
    """A small remark."""


Block: TypeAlias = Heading | Paragraph | Bullets | Quote | Terms | Table


@dataclass(frozen=True)
class Document:
    """A titled sequence of blocks in one language, a BCP 47 tag such as ``en`` or ``id``."""

    title: str
    lang: str
    blocks: tuple[Block, ...]
    subtitle: str = ""
    footer: str = ""  # in a Word file at the foot of every page
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)  # the reader's word for each origin

    def tag_of(self, block: Block) -> str:
        """Return the word for a block's origin in brackets, such as ``(proposal)``; "" without an origin."""
        return f"({self.tags[block.origin]})" if block.origin else ""


class Texts:
    """Texts of a document in one language, by key, with their parts as people read them.

    `texts` are English texts that the catalogue translates, or tables of them; "columns" has the headers of
    tables. `ConfigError` for a language without a catalogue.
    """

    def __init__(self, texts: Mapping[str, Any], lang: str) -> None:
        self._texts = texts
        self.lang = lang
        self.messages = Messages(lang)

    def text(self, key: str, table: str = "", /, **parts: object) -> str:
        """Return a text, of a table if one is named, its parts written by `cell`."""
        texts = self._texts[table] if table else self._texts
        return self.messages.say(texts[key], **{name: self.cell(part) for name, part in parts.items()})

    def counted(self, key: str, number: int) -> str:
        """Return a text of two forms, for one and for many, with its number."""
        one, many = self._texts[key]
        return self.messages.count(one, many, number)

    def table(self, key: str, rows: Iterable[Iterable[object]], *further: str, caption: str = "") -> Table:
        """Return a table, its cells written by `cell`; further headers are taken as they are."""
        header = (*map(self.messages.say, self._texts["columns"][key]), *further)
        return Table(header, tuple(tuple(map(self.cell, row)) for row in rows), caption)

    def cell(self, value: object, decimals: int | None = None) -> str:
        """Return a text, day or number (3 decimals below 1, else 1, unless given); a dash for None or NaN."""
        match value:
            case str():
                return value
            case Timestamp():
                return self.messages.date(value)
            case int() if not isinstance(value, bool):
                return self.messages.number(value, 0)
            case float() if not math.isnan(value):
                usual = 3 if abs(value) < 1.0 else 1
                return self.messages.number(value, usual if decimals is None else decimals)
        return DASH


_FIGURE: Final = re.compile(r"\d[\d,]*\.\d+|\d{1,3}(?:,\d{3})+")


def rendered(document: Document, lang: str) -> Document:
    """Return a document of English texts in another language, figures in tables too; see `Messages`."""
    if lang == document.lang:
        return document
    messages = Messages(lang)

    def render(value: Any, is_cell: bool = False) -> Any:
        if isinstance(value, tuple):
            return tuple(render(part, is_cell) for part in value)
        if not isinstance(value, str):
            return value
        if is_cell:
            value = _FIGURE.sub(lambda found: found[0].translate(NUMBER_SIGNS), value)
        return messages.render(value)

    blocks = tuple(
        replace(block, **{name: render(value, name == "rows") for name, value in vars(block).items()})
        for block in document.blocks
    )
    texts = {name: render(getattr(document, name)) for name in ("title", "subtitle", "footer")}
    return replace(document, lang=lang, blocks=blocks, **texts)
