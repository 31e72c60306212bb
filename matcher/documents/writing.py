r"""Documents as Markdown, HTML or Word files: the path's ending names the format.

Markdown is CommonMark with pipe tables. Every sign of a text that could format, link, break a table or start
a block is written behind a backslash, which CommonMark shows as the sign alone. Signs that only some readers
act on (``~ $ @ ^ = { }``, the colon of an address, the dot of a host name) are treated likewise, so that
addresses stay words there too.
"""

import io
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from matcher.documents import blocks
from matcher.documents.blocks import Block, Document, plain
from matcher.files import ending_of, replacing, save_fixed

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.text.paragraph import Paragraph as WordParagraph
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
_WORD_LANGS: Final = {"en": "en-US", "id": "id-ID"}
_TAG_COLOUR: Final = (0x7A, 0x3E, 0x00)
MARGIN: Final = 16
TEXT_WIDTH: Final = 210 - 2 * MARGIN  # of a page, in mm
LETTER: Final = 1.9  # width of a letter in bold
PADDING: Final = 4.0  # room beside the text of a cell


def to_markdown(document: Document) -> str:
    """Write a document as CommonMark 0.31 with pipe tables; it ends in a line break.

    Checklists are items that begin with ``[ ]``, which many readers show as boxes. GitHub links e-mail
    addresses in a text, whatever is done to their signs: the link leads to the address shown, by ``mailto:``
    or, where the text says so, ``xmpp:``.
    """
    parts = [_joined("#", _escaped(document.title)), _emphasised(document.subtitle)]
    for block in document.blocks:
        # Neighbouring lists with the same bullet would be one list.
        bullet = "*" if next(filter(None, reversed(parts))).startswith("-") else "-"
        parts.append(_written(block, _emphasised(document.tag_of(block)), bullet))
    if footer := _escaped(document.footer):
        parts += ["---", footer]
    return "\n\n".join(filter(None, parts)) + "\n"


def _written(block: Block, tag: str, bullet: str) -> str:
    match block:
        case blocks.Heading():
            return _joined("#" * (block.level + 1), _escaped(block.text), tag)
        case blocks.Note():
            return _joined(_emphasised(block.text), tag)
        case blocks.Paragraph():
            return _joined(_escaped(block.text), tag)
        case blocks.Bullets():
            box = "[ ]" if isinstance(block, blocks.Checklist) else ""
            return "\n".join(_joined(bullet, box, _escaped(item), tag) for item in block.items)
        case blocks.Terms():
            names = [f"**{name}:**" if (name := _escaped(label)) else "" for label, _ in block.pairs]
            texts = [_escaped(text) for _, text in block.pairs]
            return "\n".join(_joined(bullet, *both, tag) for both in zip(names, texts, strict=True))
        case blocks.Quote():
            source = f"\n>\n> — {name}" if (name := _escaped(block.source)) else ""
            return _joined(">", _escaped(block.text), tag) + source
        case blocks.Table():
            rows = [[*map(_escaped, row)] for row in (block.header, *block.rows)]
            rows.insert(1, ["---"] * len(block.header))
            table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
            caption = _joined(_escaped(block.caption), tag)
            return f"{caption}\n\n{table}" if caption else table


def _joined(*words: str) -> str:
    return " ".join(filter(None, words))


def _emphasised(text: str) -> str:
    return f"*{words}*" if (words := _escaped(text)) else ""


def _escaped(text: str) -> str:
    """Write a text so that it is read as its words, at the start of a line or within one."""
    return _NUMBERED.sub(r"\1\\\2", _SIGNS.sub(r"\\\g<0>", plain(text)))


def to_html(document: Document) -> str:
    """Write a document as one HTML 5 page with its style inside, which may load and run nothing."""
    return open_templates("matcher.documents").get_template("page.html.jinja").render(document=document)


@cache
def open_templates(package: str, folder: str = "") -> "Environment":
    """Return the HTML templates of a package's folder, which take every text as plain words."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package, folder),
        autoescape=True,
        undefined=StrictUndefined,
        # Every text is reduced on its way into the page; what macros made is no str but Markup.
        finalize=lambda value: plain(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def to_docx(document: Document) -> bytes:
    """Return a document as a Word file on A4 pages; the same document gives the same bytes."""
    import docx
    from docx.oxml.ns import qn

    # An empty A4 page with the styles, to be edited with Word; its margins are `MARGIN`.
    template = resources.files(__package__).joinpath("template.docx").read_bytes()
    word = docx.Document(io.BytesIO(template))
    if document.footer:
        word.sections[0].footer.paragraphs[0].add_run(plain(document.footer))
    lang, properties = _WORD_LANGS.get(document.lang, document.lang), word.core_properties
    for element in word.styles.element.iter(qn("w:lang")):
        element.set(qn("w:val"), lang)
    properties.title, properties.language = plain(document.title)[:255], lang  # longer ones are refused
    properties.author = properties.comments = ""
    word.add_paragraph(plain(document.title), style="Title")
    if document.subtitle:
        word.add_paragraph(plain(document.subtitle), style="Subtitle")
    for block in document.blocks:
        _add(word, block, document.tag_of(block))
    packed = io.BytesIO()
    save_fixed(word, packed)
    return packed.getvalue()


def _add(word: "WordDocument", block: Block, tag: str) -> None:
    match block:
        case blocks.Heading():
            _add_text(word, block.text, tag, f"Heading {block.level}")
        case blocks.Paragraph():
            _add_text(word, block.text, tag, "Note" if isinstance(block, blocks.Note) else "Normal")
        case blocks.Bullets():
            style = "Checklist" if isinstance(block, blocks.Checklist) else "List Bullet"
            for item in block.items:
                _add_text(word, item, tag, style)
        case blocks.Quote():
            paragraph = _add_text(word, block.text, tag, "Quote")
            if block.source:
                paragraph.paragraph_format.keep_with_next = True
                word.add_paragraph(f"— {plain(block.source)}", style="Quote Source")
        case blocks.Terms():
            for label, text in block.pairs:
                _add_text(word, text, tag, "Normal", label)
        case blocks.Table():
            _add_table(word, block, tag)


def _add_text(word: "WordDocument", text: str, tag: str, style: str, label: str = "") -> "WordParagraph":
    from docx.shared import RGBColor

    paragraph = word.add_paragraph(style=style)
    if name := plain(label):
        paragraph.add_run(f"{name}: ").bold = True
    paragraph.add_run(plain(text))
    if tag:
        run = paragraph.add_run(f" {plain(tag)}" if paragraph.text else plain(tag))
        run.bold = run.italic = False
        run.font.color.rgb = RGBColor(*_TAG_COLOUR)
    return paragraph


def _add_table(word: "WordDocument", table: blocks.Table, tag: str) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    if table.caption or tag:
        _add_text(word, table.caption, tag, "Caption").paragraph_format.keep_with_next = True
    grid = word.add_table(rows=0, cols=len(table.header), style="Table Grid")
    grid.autofit = False
    # Columns have room for their longest word, and the rest by the length of texts.
    columns = list(zip(table.header, *table.rows, strict=True))
    words = [max(len(word) for text in column for word in (text.split() or [""])) for column in columns]
    more = [max(map(len, column)) - word + 1 for column, word in zip(columns, words, strict=True)]
    least = [PADDING + LETTER * word for word in words]
    rest, narrower = max(0.0, TEXT_WIDTH - sum(least)), min(1.0, TEXT_WIDTH / sum(least))
    widths = [
        Mm(narrower * width + rest * letters / sum(more)) for width, letters in zip(least, more, strict=True)
    ]
    for part, width in zip(grid.columns, widths, strict=True):
        part.width = width
    for number, row in enumerate((table.header, *table.rows)):
        for cell, text, width in zip(grid.add_row().cells, row, widths, strict=True):
            cell.paragraphs[0].add_run(plain(text)).bold = number == 0 or None
            cell.width = width
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # repeated on every page
    word.add_paragraph(style="No Spacing")  # two tables that touch would be one


_WRITERS: Final[dict[str, Callable[[Document], bytes]]] = {
    ".md": lambda document: to_markdown(document).encode("utf-8"),
    ".html": lambda document: to_html(document).encode("utf-8"),
    ".docx": to_docx,
}
DOCUMENT_ENDINGS: Final = tuple(_WRITERS)  # endings of the paths to which a document can be written


def write_document(document: Document, path: "str | os.PathLike[str]") -> None:
    """Write a document as the path's ending says, in any case; `OutputError` as of `replacing`."""
    content = _WRITERS[ending_of(path, _WRITERS)](document)
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
