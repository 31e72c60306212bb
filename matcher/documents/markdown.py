r"""Documents as Markdown: CommonMark with pipe tables.

Every sign of a text that could format, link, break a table or start a block is written behind a backslash,
which CommonMark shows as the sign alone. Signs that only some readers act on (``~ $ @ ^ = { }``, the colon
of an address, the dot of a host name) are treated likewise, so that addresses stay words there too.
"""

import re
from collections.abc import Sequence
from typing import Final

from matcher.documents import blocks
from matcher.documents.blocks import Block, Document, plain

_SIGNS: Final = re.compile(
    r"[\\`*_\[\]<>|~#@${}^=&]"
    r"|:(?=[^\s\d])"  # https: mailto: :smile:, but not 12:30
    r"|(?<=/)/"  # //host
    r"|(?<=\w)\.(?=[^\W\d])|(?<=[^\W\d])\.(?=\w)"  # host.org, but not 1.500
    r"|(?<=[Ww]{3})\."  # www. is linked whatever follows
    r"|^[-+:%]"
)
_NUMBERED: Final = re.compile(r"^([0-9]+)([.)])(?![0-9])")  # a list's number, but not 0.5


def to_markdown(document: Document) -> str:
    r"""Write a document as Markdown.

    Parameters
    ----------
    document : Document
        Texts may hold anything.

    Returns
    -------
    markdown : str
        CommonMark 0.31 with pipe tables; ends in a line break. Checklists are items that begin with
        ``[ ]``, which many readers show as boxes.

    Notes
    -----
    GitHub links e-mail addresses that stand in a text, whatever is done to their signs: the link leads to
    the address shown, by ``mailto:`` or, where the text says so, ``xmpp:``.

    Examples
    --------
    >>> print(to_markdown(Document("Plan", "en", (blocks.Bullets(("*all* of it",)),))), end="")
    # Plan
    <BLANKLINE>
    - \*all\* of it
    """
    parts = [_joined("#", _escaped(document.title)), *_emphasised(document.subtitle)]
    for block in document.blocks:
        # Neighbouring lists with the same bullet would be one list.
        bullet = "*" if parts[-1].startswith("-") else "-"
        parts += _written(block, "".join(_emphasised(document.tag_of(block))), bullet)
    if footer := _escaped(document.footer):
        parts += ["---", footer]
    return "\n\n".join(parts) + "\n"


def _written(block: Block, tag: str, bullet: str) -> list[str]:
    """Write a block as parts that blank lines keep apart; none where there is nothing to show."""
    match block:
        case blocks.Heading():
            return [_joined("#" * (block.level + 1), _escaped(block.text), tag)]
        case blocks.Paragraph():
            return _line(_escaped(block.text), tag)
        case blocks.Note():
            return _line(*_emphasised(block.text), tag)
        case blocks.Bullets():
            return _list([_joined(bullet, _escaped(item), tag) for item in block.items])
        case blocks.Checklist():
            return _list([_joined(bullet, "[ ]", _escaped(item), tag) for item in block.items])
        case blocks.Terms():
            return _list([_joined(bullet, *_term(label, text), tag) for label, text in block.pairs])
        case blocks.Quote():
            return [_quote(_joined(">", _escaped(block.text), tag), _escaped(block.source))]
        case blocks.Table():
            return [*_line(_escaped(block.caption), tag), _table(block)]


def _joined(*words: str) -> str:
    return " ".join(filter(None, words))


def _line(*words: str) -> list[str]:
    return [line] if (line := _joined(*words)) else []


def _list(items: Sequence[str]) -> list[str]:
    return ["\n".join(items)] if items else []


def _emphasised(text: str) -> list[str]:
    words = _escaped(text)
    return [f"*{words}*"] if words else []


def _term(label: str, text: str) -> tuple[str, str]:
    name = _escaped(label)
    return (f"**{name}:**" if name else "", _escaped(text))


def _quote(words: str, source: str) -> str:
    return f"{words}\n>\n> — {source}" if source else words


def _table(table: blocks.Table) -> str:
    rule = ["---"] * len(table.header)
    rows = [[_escaped(cell) for cell in row] for row in (table.header, *table.rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (rows[0], rule, *rows[1:]))


def _escaped(text: str) -> str:
    """Write a text so that it is read as its words, at the start of a line or within one."""
    return _NUMBERED.sub(r"\1\\\2", _SIGNS.sub(r"\\\g<0>", plain(text)))
