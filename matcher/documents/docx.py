"""Documents as Word files, with Word's own headings, lists, quotes and tables."""

import io
from copy import deepcopy
from typing import TYPE_CHECKING, Final, cast

from matcher.documents import blocks
from matcher.documents.blocks import Block, Document, plain
from matcher.files import repack

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.shared import Mm
    from docx.styles.style import ParagraphStyle
    from docx.text.paragraph import Paragraph as WordParagraph

_WORD_LANGS: Final = {"en": "en-US", "id": "id-ID"}
_DARK: Final = (0x1A, 0x1A, 0x1A)
_TAG_COLOUR: Final = (0x7A, 0x3E, 0x00)
_LONGEST_PROPERTY: Final = 255
_BOX: Final = "\u2610"
MARGIN: Final = 16
TEXT_WIDTH: Final = 210 - 2 * MARGIN
"""Width of the page without its margins, in mm."""
LETTER: Final = 1.9
PADDING: Final = 4.0
"""Width of a letter in bold, and room beside the text of a cell, in mm."""
# Word's named styles, with their sizes in points.
_SIZES: Final = {
    "Normal": 9.5,
    "Title": 15,
    "Subtitle": 10,
    "Heading 1": 12,
    "Heading 2": 11,
    "Heading 3": 10,
    "Caption": 9.5,
}


def to_docx(document: Document) -> bytes:
    """Write a document as a Word file.

    Parameters
    ----------
    document : Document
        Texts may hold anything.

    Returns
    -------
    content : bytes
        A .docx on A4 pages; the same document gives the same bytes.
    """
    import docx

    word = docx.Document()
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
        case blocks.Paragraph() | blocks.Note():
            _add_text(word, block.text, tag, "Note" if isinstance(block, blocks.Note) else "Normal")
        case blocks.Bullets() | blocks.Checklist():
            style = "List Bullet" if isinstance(block, blocks.Bullets) else "Checklist"
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
    from docx.shared import Mm

    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(MARGIN)
    section.top_margin = section.bottom_margin = Mm(13)
    if document.footer:
        section.footer.paragraphs[0].add_run(plain(document.footer))
    _set_styles(word)
    lang = _WORD_LANGS.get(document.lang, document.lang)
    for element in word.styles.element.iter(qn("w:lang")):
        element.set(qn("w:val"), lang)
    properties = word.core_properties
    properties.title = plain(document.title)[:_LONGEST_PROPERTY]
    properties.language = lang
    properties.author = properties.comments = ""


def _set_styles(word: "WordDocument") -> None:
    """Make Word's styles small enough for one page and dark enough to read, and add what Word lacks."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Mm, Pt, RGBColor

    for name, size in _SIZES.items():
        style = _style(word, name)
        style.font.size = Pt(size)
        style.font.color.rgb = RGBColor(*_DARK)
        if name.startswith("Heading"):
            style.paragraph_format.space_before = Pt(6)
    for name, base in (("Note", "Normal"), ("Quote Source", "Normal"), ("Checklist", "List Bullet")):
        word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = word.styles[base]
    for name in ("Note", "Quote Source"):
        _style(word, name).font.size = Pt(8.5)
    for name in ("Quote", "Quote Source"):
        _style(word, name).paragraph_format.left_indent = Mm(8)
    normal = _style(word, "Normal").paragraph_format
    normal.space_after, normal.line_spacing = Pt(3), 1.0
    _set_boxes(word)


def _style(word: "WordDocument", name: str) -> "ParagraphStyle":
    return cast("ParagraphStyle", word.styles[name])


def _set_boxes(word: "WordDocument") -> None:
    """Give the style Checklist its list: Word's bullets, with a box in place of the dot."""
    from docx.oxml.ns import qn

    style = _style(word, "Checklist")
    bullets = _style(word, "List Bullet").element.pPr.numPr.numId.val
    numbering = word.part.numbering_part.element
    old = numbering.num_having_numId(bullets).abstractNumId.val
    kinds = numbering.findall(qn("w:abstractNum"))
    kind = deepcopy(next(kind for kind in kinds if kind.get(qn("w:abstractNumId")) == str(old)))
    kind.set(qn("w:abstractNumId"), str(len(kinds)))
    kind.remove(kind.find(qn("w:nsid")))  # names a kind of list; Word would take twins for one
    level = kind.find(qn("w:lvl"))
    level.find(qn("w:pStyle")).set(qn("w:val"), style.style_id)
    level.find(qn("w:lvlText")).set(qn("w:val"), _BOX)
    for place in ("w:ascii", "w:hAnsi"):
        level.find(qn("w:rPr")).find(qn("w:rFonts")).set(qn(place), "Segoe UI Symbol")
    kinds[-1].addnext(kind)
    style.element.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = numbering.add_num(
        len(kinds)
    ).numId
