"""Documents as Word files, with Word's own headings, lists, quotes and tables."""

import io
from importlib import resources
from typing import TYPE_CHECKING, Final

from matcher.documents import blocks
from matcher.documents.blocks import Block, Document, plain
from matcher.files import repack

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.shared import Mm
    from docx.text.paragraph import Paragraph as WordParagraph

_WORD_LANGS: Final = {"en": "en-US", "id": "id-ID"}
_TAG_COLOUR: Final = (0x7A, 0x3E, 0x00)
MARGIN: Final = 16
TEXT_WIDTH: Final = 210 - 2 * MARGIN
"""Width of the page without its margins, in mm."""
LETTER: Final = 1.9
PADDING: Final = 4.0
"""Width of a letter in bold, and room beside the text of a cell, in mm."""


def to_docx(document: Document) -> bytes:
    """Return a document as a Word file on A4 pages; the same document gives the same bytes."""
    import docx

    # An empty A4 page with the styles, to be edited with Word; its margins are `MARGIN`.
    template = resources.files(__package__).joinpath("template.docx").read_bytes()
    word = docx.Document(io.BytesIO(template))
    _set_up(word, document)
    word.add_paragraph(plain(document.title), style="Title")
    if document.subtitle:
        word.add_paragraph(plain(document.subtitle), style="Subtitle")
    for block in document.blocks:
        _add(word, block, document.tag_of(block))
    draft, packed = io.BytesIO(), io.BytesIO()
    word.save(draft)
    repack(draft, packed)
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
        run.bold, run.italic = False, False
        run.font.color.rgb = RGBColor(*_TAG_COLOUR)
    return paragraph


def _add_table(word: "WordDocument", table: blocks.Table, tag: str) -> None:
    from docx.oxml import OxmlElement

    if table.caption or tag:
        _add_text(word, table.caption, tag, "Caption").paragraph_format.keep_with_next = True
    grid = word.add_table(rows=0, cols=len(table.header), style="Table Grid")
    grid.autofit = False
    widths = _widths(table)
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    for number, row in enumerate((table.header, *table.rows)):
        for cell, text, width in zip(grid.add_row().cells, row, widths, strict=True):
            cell.paragraphs[0].add_run(plain(text)).bold = number == 0 or None
            cell.width = width
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # repeated on every page
    word.add_paragraph(style="No Spacing")  # two tables that touch would be one


def _widths(table: blocks.Table) -> "list[Mm]":
    """Return the widths of columns: room for the longest word, and the rest by the length of texts."""
    from docx.shared import Mm

    columns = list(zip(table.header, *table.rows, strict=True))
    words = [max(len(word) for text in column for word in (text.split() or [""])) for column in columns]
    more = [max(map(len, column)) - word + 1 for column, word in zip(columns, words, strict=True)]
    least = [PADDING + LETTER * word for word in words]
    rest, narrower = max(0.0, TEXT_WIDTH - sum(least)), min(1.0, TEXT_WIDTH / sum(least))
    return [
        Mm(narrower * width + rest * letters / sum(more)) for width, letters in zip(least, more, strict=True)
    ]


def _set_up(word: "WordDocument", document: Document) -> None:
    from docx.oxml.ns import qn

    if document.footer:
        word.sections[0].footer.paragraphs[0].add_run(plain(document.footer))
    lang = _WORD_LANGS.get(document.lang, document.lang)
    for element in word.styles.element.iter(qn("w:lang")):
        element.set(qn("w:val"), lang)
    properties = word.core_properties
    properties.title = plain(document.title)[:255]  # longer ones are refused
    properties.language = lang
    properties.author = properties.comments = ""
