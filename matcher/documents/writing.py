r"""Documents as Markdown, as HTML, and on disk: the path's ending names the format.

Markdown is CommonMark with pipe tables. Every sign of a text that could format, link, break a table or start
a block is written behind a backslash, which CommonMark shows as the sign alone. Signs that only some readers
act on (``~ $ @ ^ = { }``, the colon of an address, the dot of a host name) are treated likewise, so that
addresses stay words there too.
"""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matcher.documents import blocks
from matcher.documents.blocks import Block, Document, plain
from matcher.documents.docx import to_docx
from matcher.errors import OutputError
from matcher.files import replacing

if TYPE_CHECKING:
    from jinja2 import Environment


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
    r"""Write a document as CommonMark 0.31 with pipe tables; it ends in a line break.

    Checklists are items that begin with ``[ ]``, which many readers show as boxes.

    Notes
    -----
    GitHub links e-mail addresses in a text, whatever is done to their signs: the link leads to
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
        case blocks.Note():
            return _line(*_emphasised(block.text), tag)
        case blocks.Paragraph():
            return _line(_escaped(block.text), tag)
        case blocks.Bullets():
            box = "[ ]" if isinstance(block, blocks.Checklist) else ""
            return _list([_joined(bullet, box, _escaped(item), tag) for item in block.items])
        case blocks.Terms():
            names = (f"**{name}:**" if (name := _escaped(label)) else "" for label, _ in block.pairs)
            pairs = zip(names, block.pairs, strict=True)
            return _list([_joined(bullet, name, _escaped(text), tag) for name, (_, text) in pairs])
        case blocks.Quote():
            source = f"\n>\n> — {name}" if (name := _escaped(block.source)) else ""
            return [_joined(">", _escaped(block.text), tag) + source]
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


def _table(table: blocks.Table) -> str:
    rule = ["---"] * len(table.header)
    rows = [[_escaped(cell) for cell in row] for row in (table.header, *table.rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (rows[0], rule, *rows[1:]))


def _escaped(text: str) -> str:
    """Write a text so that it is read as its words, at the start of a line or within one."""
    return _NUMBERED.sub(r"\1\\\2", _SIGNS.sub(r"\\\g<0>", plain(text)))


def to_html(document: Document) -> str:
    """Write a document as one HTML 5 page with its style inside, which may load and run nothing.

    It is readable from the width of a phone up, and printed on A4.
    """
    return open_templates("matcher.documents").get_template("page.html.jinja").render(document=document)


@cache
def open_templates(package: str, folder: str = "") -> "Environment":
    """Return the HTML templates of a package's folder, which take every text as plain words."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package, folder),
        autoescape=True,
        undefined=StrictUndefined,
        # Every text is reduced on its way into the page; what macros made is no str but Markup.
        finalize=lambda value: plain(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["kind"] = lambda block: type(block).__name__
    return environment


_WRITERS: Final[dict[str, Callable[[Document], bytes]]] = {
    ".md": lambda document: to_markdown(document).encode("utf-8"),
    ".html": lambda document: to_html(document).encode("utf-8"),
    ".docx": to_docx,
}
DOCUMENT_ENDINGS: Final = tuple(_WRITERS)  # endings of the paths to which a document can be written


def write_document(document: Document, path: "str | os.PathLike[str]") -> None:
    """Write a document in the format that the path's ending names: .md, .html or .docx, in any case.

    The same document gives the same bytes. `OutputError` if the ending is another, or as of `replacing`.
    """
    ending = Path(path).suffix
    if ending.lower() not in _WRITERS:
        raise OutputError(
            f"{os.fspath(path)} must end in one of {', '.join(_WRITERS)}; got {ending or 'no ending'}. "
            "Choose one of these."
        )
    content = _WRITERS[ending.lower()](document)
    with replacing(path) as handle:
        handle.write(content)


class Rendered(ABC):
    """Base of results that people read as a document; a subclass gives `document`."""

    @abstractmethod
    def document(self) -> Document:
        """Return the result as blocks, each with the origin of its words."""

    def to_markdown(self) -> str:
        """Return the document as Markdown."""
        return to_markdown(self.document())

    def to_html(self) -> str:
        """Return the document as one HTML page that loads and runs nothing."""
        return to_html(self.document())

    def to_docx(self) -> bytes:
        """Return the document as a Word file."""
        return to_docx(self.document())

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Write the document; parameters and errors are those of `write_document`."""
        write_document(self.document(), path)

    __str__ = to_markdown
    # In a notebook HTML would not do: the style of the page would apply to the notebook too.
    _repr_markdown_ = to_markdown
