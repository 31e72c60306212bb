"""What a document is made of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

from matcher.documents.language import NUMBER_SIGNS, Messages
from matcher.errors import ConfigError

# Control signs, lone surrogates and two non-characters are forbidden in XML. Embeddings, overrides and
# isolates of direction would, left open, turn round the words that stand beside the text.
_LEFT_OUT: Final = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)


def plain(text: str) -> str:
    r"""Reduce a text to one line of what can be written in any format, with single spaces inside it.

    Examples
    --------
    >>> plain("  Water\r\n\tfor all\x00 ")
    'Water for all'
    """
    return " ".join(_LEFT_OUT.sub("", text).split())


Origin: TypeAlias = Literal["profile", "proposal", "engine", ""]
"""Where words come from: a profile, a proposal to be agreed on, the engine's finding, or not said."""


@dataclass(frozen=True)
class _Sourced:
    """What blocks share: the writers put the document's word for the origin beside the words."""

    origin: Origin = field(default="", kw_only=True)


@dataclass(frozen=True)
class Heading(_Sourced):
    """The heading of a part: one line, of level 1 to 3, at most one deeper than the heading before it.

    The document's title stands above level 1.
    """

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
    """A titled sequence of blocks in one language; `ConfigError` if an origin of a block has no word."""

    title: str
    """Stands at the top."""
    lang: str
    """Language of the document as a BCP 47 tag, such as ``en`` or ``id``."""
    blocks: tuple[Block, ...]
    """In the order in which they are read."""
    subtitle: str = ""
    """Stands below the title."""
    footer: str = ""
    """Stands at the end; in a Word file at the foot of every page."""
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The reader's word for each origin that a block names, such as ``{"proposal": "usulan"}``."""

    def __post_init__(self) -> None:
        # A proposal that no word marks would read as if it stood in a profile.
        unsaid = {block.origin for block in self.blocks if block.origin and not self.tags.get(block.origin)}
        if unsaid:
            raise ConfigError(
                f"tags must hold a word for every origin that a block names; got none for "
                f"{', '.join(sorted(unsaid))}. Add it."
            )

    def tag_of(self, block: Block) -> str:
        """Return the word for a block's origin in brackets, such as ``(proposal)``; "" without an origin."""
        return f"({self.tags[block.origin]})" if block.origin else ""


_FIGURE: Final = re.compile(r"\d[\d,]*\.\d+|\d{1,3}(?:,\d{3})+")


def rendered(document: Document, lang: str) -> Document:
    """Return a document that was composed in English in another language; see `Messages.render`.

    Figures in the rows of tables are written anew as well.
    """
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
