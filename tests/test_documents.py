import io
import re
import unicodedata
import zipfile
from html.parser import HTMLParser

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from matcher.documents.blocks import (
    Bullets,
    Checklist,
    Document,
    Heading,
    Note,
    Paragraph,
    Quote,
    Table,
    Terms,
    plain,
)
from matcher.documents.writing import to_docx, to_html, to_markdown

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[x](javascript:alert(1))",
    "[x]: http://evil.example",
    "![](http://x)",
    "<javascript:alert(1)>",
    "javascript:alert(1)",
    "https://evil.example/a?b=c",
    "//localhost/x http://localhost",
    "www.",
    "see www.evil.example or evil.com or //evil.com",
    "mailto:a@evil.com, a@evil.com",
    "{{7*7}}{% raw %}",
    "=cmd|'/C calc'!A0",
    "invoice\u202egpj.exe",
    "nul\x00byte",
    "lone \ud800 surrogate",
    "\ufffe\uffff\x85\u2028x",
    "| a | b |",
    "|---|---|",
    "a \\| b \\",
    "```",
    "~~~",
    "`a` *b* _c_ ~~d~~ **e**",
    "# a #",
    "- a",
    "+ a",
    "* * *",
    "---",
    "===",
    "1. a",
    "123456789) a",
    "> a",
    "[ ] a",
    "a\n\n# b\n\n    c\r\n- d\r***",
    "a  \nb\\\nc",
    "&lt;b&gt; &#60; R&D",
    "<!-- a --> <![CDATA[a]]> <?a?>",
    "</title></style></td></body>",
    "]]>",
    "12:30, Rp 1.500.000 (e.g. this)",
]
PIECES = [*"\\*_`|<>[]()!#-+=~&;:/.@1aÉ \n\t\u00a0\u3000", "#60", "lt", "www", "https", "com"]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.text(st.characters(exclude_categories=()), max_size=30),
    st.sampled_from(PAYLOADS),
)
MARKDOWN = [MarkdownIt("commonmark").enable("table"), MarkdownIt("gfm-like")]


def document_of(text, word="usulan"):
    blocks = (
        Heading(text),
        Paragraph(text, origin="proposal"),
        Heading(text, 2),
        Bullets((text, text)),
        Bullets((text,), origin="proposal"),
        Heading(text, 3),
        Checklist((text, text)),
        Quote(text, text),
        Quote(text),
        Terms(((text, text), (text, text))),
        Table((text, text), ((text, text), (text, text), (text, text)), text),
        Table((text,), ((text,),)),
        Note(text),
    )
    return Document(text, "id", blocks, text, text, {"proposal": word})


# --- what each writer's output holds, read again by an independent parser


def markdown_parts(parser, markdown):
    """Give the types of all tokens, and the text of each inline run."""
    shape, texts = [], []
    for token in parser.parse(markdown):
        shape.append((token.type, token.tag))
        if token.type == "inline":
            texts.append("".join(child.content for child in token.children))
            shape += [child.type for child in token.children if child.type != "text"]
    return shape, texts


class Page(HTMLParser):
    """Tags with their attributes, and the texts between them."""

    def __init__(self, page):
        super().__init__()
        self.shape, self.texts, self.labels, self.attributes = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.attributes.append((tag, dict(attrs)))
        self.labels += [value for name, value in attrs if name == "aria-label"]
        self.shape.append((tag, [pair for pair in attrs if pair[0] != "aria-label"]))
        self.texts.append("")

    def handle_endtag(self, tag):
        self.shape.append(f"/{tag}")
        self.texts.append("")

    def handle_data(self, data):
        self.texts[-1:] = [f"{self.texts[-1] if self.texts else ''}{data}"]

    def handle_comment(self, data):
        self.shape.append("comment")

    unknown_decl = handle_pi = handle_comment

    def handle_decl(self, decl):
        self.shape.append(decl)


def page_texts(page):
    style = next(text for text in page.texts if "color-scheme" in text)
    texts = [text.strip() for text in page.texts if text is not style]
    return [text for text in texts if text]


def word_of(content):
    return docx.Document(io.BytesIO(content))


def word_shape(word):
    return [element.tag for element in word.element.body.iter()]


def word_texts(word):
    texts = []
    for block in word.iter_inner_content():
        if hasattr(block, "rows"):
            texts += [cell.text for row in block.rows for cell in row.cells]
        else:
            texts.append(block.text)
    return [text for text in texts if text]


def expected_texts(text, *, box="", dash="— ", tag=" (usulan)", term="{0}: {0}", footer=()):
    listed = [text, text, f"{text}{tag}"]
    boxes = [f"{box}{text}"] * 2
    quotes = [text, f"{dash}{text}", text]
    terms = [term.format(text)] * 2
    tables = [text] * 9 + [text] * 2
    return [
        *[text, text, text, f"{text}{tag}", text],  # title, subtitle, heading, paragraph, heading
        *[*listed, text, *boxes, *quotes, *terms, *tables, text, *footer],
    ]


@given(TEXTS)
@example("a" * 10_000)
@settings(max_examples=300)
def test_markdown_any_text_is_read_as_that_text_alone(text):
    line = plain(text)
    assume(line)
    for parser in MARKDOWN:
        shape, texts = markdown_parts(parser, to_markdown(document_of(text)))
        assert shape == markdown_parts(parser, to_markdown(document_of("word")))[0]
        assert texts == expected_texts(line, box="[ ] ", footer=[line])


@given(TEXTS)
@settings(max_examples=200)
def test_html_any_text_is_read_as_that_text_alone(text):
    line = plain(text)
    assume(line)
    page, neutral = Page(to_html(document_of(text))), Page(to_html(document_of("word")))
    assert page.shape == neutral.shape
    assert page.labels == [line, line]
    assert page_texts(page) == [part.replace("word", line) for part in page_texts(neutral)]
    assert sum("word" in part for part in page_texts(neutral)) == 32


@given(TEXTS)
@settings(max_examples=30)
def test_docx_any_text_is_read_as_that_text_alone(text):
    line = plain(text)
    assume(line)
    word = word_of(to_docx(document_of(text)))
    assert word_shape(word) == word_shape(word_of(to_docx(document_of("word"))))
    assert word_texts(word) == expected_texts(line)
    assert word.sections[0].footer.paragraphs[0].text == line


@pytest.mark.parametrize("text", PAYLOADS)
def test_documents_usual_attack_is_read_as_words(text):
    line = plain(text)
    for parser in MARKDOWN:
        rendered = parser.render(to_markdown(document_of(text)))
        assert not re.search(r"<(a|img|script|code|del|em|h[5-6])\b(?!>)|<(a|img|script|code|del)>", rendered)
    page = Page(to_html(document_of(text)))
    assert {tag for tag, _ in page.attributes}.isdisjoint({"a", "img", "script", "link", "iframe", "b"})
    assert not any(
        name.startswith("on") or name in ("href", "src") for _, at in page.attributes for name in at
    )
    xml = zipfile.ZipFile(io.BytesIO(to_docx(document_of(text)))).read("word/document.xml").decode()
    assert not re.search("w:hyperlink|w:instrText|w:fldSimple", xml)
    assert word_texts(word_of(to_docx(document_of(text)))) == expected_texts(line)


@pytest.mark.parametrize("text", ["", " \n", "\x00\ud800"])
@pytest.mark.parametrize("parser", MARKDOWN)
def test_markdown_blank_texts_keep_lists_and_tables_in_shape(text, parser):
    kinds = [kind for kind, _ in (token for token in markdown_parts(parser, to_markdown(document_of(text)))[0]
                                  if isinstance(token, tuple))]  # fmt: skip
    counts = {kind: kinds.count(kind) for kind in ("heading_open", "table_open", "th_open", "td_open")}
    assert counts == {"heading_open": 4, "table_open": 2, "th_open": 3, "td_open": 7}
    assert [kinds.count(kind) for kind in ("bullet_list_open", "list_item_open", "blockquote_open")] == [
        4,
        7,
        2,
    ]
    assert "code_block" not in kinds


@pytest.mark.parametrize("text", ["", " \n", "\x00\ud800"])
def test_html_and_docx_blank_texts_keep_tables_in_shape(text):
    tags = [tag for tag, _ in Page(to_html(document_of(text))).attributes]
    assert (tags.count("th"), tags.count("td"), tags.count("li")) == (3, 7, 5)
    tables = word_of(to_docx(document_of(text))).tables
    assert [(len(table.rows), len(table.columns)) for table in tables] == [(4, 2), (2, 1)]


def test_documents_hundred_thousand_characters_are_all_written():
    long = "<*|`_" * 20_000
    document = Document("t", "en", (Paragraph(long), Table((long,), ((long,),))))
    assert markdown_parts(MARKDOWN[0], to_markdown(document))[1] == ["t", long, long, long]
    assert page_texts(Page(to_html(document))) == ["t", "t", long, long, long]
    assert word_texts(word_of(to_docx(document))) == ["t", long, long, long]


def test_docx_long_title_is_written_whole_and_cut_only_in_the_properties():
    word = word_of(to_docx(Document("x" * 1000, "en", ())))
    assert word.paragraphs[0].text == "x" * 1000
    assert word.core_properties.title == "x" * 255


# --- plain


@given(TEXTS)
def test_plain_leaves_out_control_signs_and_joins_white_space(text):
    line = plain(text)
    assert plain(line) == line
    assert line == line.strip()
    assert "  " not in line
    assert not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in line)
    assert not set(line) & set(
        "\n\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff"
    )
    kept = [sign for sign in text if not sign.isspace() and unicodedata.category(sign) not in ("Cc", "Cs")]
    left = "".join(sign for sign in kept if sign not in "\u202a\u202b\u202c\u202d\u202e\ufffe\uffff")
    assert line.replace(" ", "") == re.sub("[\u2066-\u2069]", "", left)


@pytest.mark.parametrize("text", ["Air bersih untuk semua", "café 水 👩‍🌾 ‏שלום", "a\u200fb", "R&D <b>"])
def test_plain_keeps_ordinary_text(text):
    assert plain(text) == text


# --- structure


BRIEF = Document(
    "Partnership",
    "en",
    (
        Heading("Why"),
        Paragraph("Both work on water.", origin="engine"),
        Quote("Water for all.", "Ocean Trust", origin="profile"),
        Heading("Resources", 2),
        Table(("need", "offer"), (("pumps", "grants"), ("people", "staff")), "Needs met"),
        Heading("Agreement"),
        Bullets(("ten villages by 2027", "a review twice a year"), origin="proposal"),
        Terms((("Contact", "monthly call"),)),
        Checklist(("name a lead", "sign")),
        Note("Proposals are yours to change."),
    ),
    "First page",
    "From the profiles of 2026",
    {"profile": "profile", "proposal": "proposal", "engine": "finding"},
)


def test_markdown_whole_document_reads_as_written():
    assert (
        to_markdown(BRIEF)
        == """\
# Partnership

*First page*

## Why

Both work on water. *(finding)*

> Water for all. *(profile)*
>
> — Ocean Trust

### Resources

Needs met

| need | offer |
| --- | --- |
| pumps | grants |
| people | staff |

## Agreement

- ten villages by 2027 *(proposal)*
- a review twice a year *(proposal)*

* **Contact:** monthly call

- [ ] name a lead
- [ ] sign

*Proposals are yours to change.*

---

From the profiles of 2026
"""
    )


def test_markdown_ordinary_words_and_numbers_need_no_backslash():
    text = 'At 12:30: Rp 1.500.000 (50%), the board\'s view; so "yes" - 24/7, and more.'
    assert to_markdown(Document("t", "en", (Paragraph(text),))) == f"# t\n\n{text}\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("https://evil.example", r"https\:/\/evil\.example"),
        ("WWW.? mailto:a@b.com", r"WWW\.? mailto\:a\@b\.com"),
        (":smile: $x$ ^y^ {{z}}", r"\:smile: \$x\$ \^y\^ \{\{z\}\}"),
    ],
)
def test_markdown_signs_that_some_readers_act_on_are_hidden(text, written):
    assert to_markdown(Document("t", "en", (Paragraph(text),))) == f"# t\n\n{written}\n"


@pytest.mark.parametrize("parser", MARKDOWN)
@pytest.mark.parametrize("between", [(), (Paragraph(""),), (Bullets(()),), (Paragraph(""), Note(" "))])
def test_markdown_neighbouring_lists_stay_apart(parser, between):
    blocks = (Bullets(("a",)), *between, Bullets(("b",)), *between, Checklist(("c",)))
    shape, _ = markdown_parts(parser, to_markdown(Document("t", "en", blocks)))
    assert shape.count(("bullet_list_open", "ul")) == 3


def test_html_page_is_complete_and_asks_for_nothing():
    text = to_html(BRIEF)
    page = Page(text)
    attributes = dict(page.attributes)
    assert text.startswith("<!DOCTYPE html>\n")
    assert attributes["html"] == {"lang": "en"}
    policy = {
        "http-equiv": "Content-Security-Policy",
        "content": "default-src 'none'; style-src 'unsafe-inline'",
    }
    assert ("meta", policy) in page.attributes
    assert not re.search(r"url\(|@import|https?:|src=|href=", text)
    assert "@media print" in text
    assert "size: A4" in text


def test_html_headings_are_in_order():
    tags = [tag for tag, _ in Page(to_html(BRIEF)).attributes if re.fullmatch("h[1-6]", tag)]
    assert tags == ["h1", "h2", "h3", "h2"]


def test_html_every_tag_is_closed():
    page, void = Page(to_html(BRIEF)), {"meta"}
    opened = []
    for part in page.shape[1:]:
        if isinstance(part, tuple):
            opened += [part[0]] if part[0] not in void else []
        else:
            assert f"/{opened.pop()}" == part
    assert opened == []


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_html_every_colour_of_text_stands_out_from_every_background():
    style = to_html(BRIEF)
    colours = re.findall(r"[ {]color: #([0-9a-f]{6})", style)
    backgrounds = re.findall(r"background: #([0-9a-f]{6})", style)
    assert len(colours) >= 3
    assert len(backgrounds) == len(re.findall(r"background: (?!none|\n)", style))
    for colour in colours:
        for background in backgrounds:
            assert (luminance(background) + 0.05) / (luminance(colour) + 0.05) >= 4.5


def test_html_template_marks_in_a_text_are_not_worked_out():
    assert "<p>{{ 7*7 }}{% if %}</p>" in to_html(Document("t", "en", (Paragraph("{{ 7*7 }}{% if %}"),)))


def test_docx_has_headings_lists_quotes_and_tables_of_its_own():
    word = word_of(to_docx(BRIEF))
    assert [(part.style.name, part.text) for part in word.paragraphs if part.text] == [
        ("Title", "Partnership"),
        ("Subtitle", "First page"),
        ("Heading 1", "Why"),
        ("Normal", "Both work on water. (finding)"),
        ("Quote", "Water for all. (profile)"),
        ("Quote Source", "— Ocean Trust"),
        ("Heading 2", "Resources"),
        ("Caption", "Needs met"),
        ("Heading 1", "Agreement"),
        ("List Bullet", "ten villages by 2027 (proposal)"),
        ("List Bullet", "a review twice a year (proposal)"),
        ("Normal", "Contact: monthly call"),
        ("Checklist", "name a lead"),
        ("Checklist", "sign"),
        ("Note", "Proposals are yours to change."),
    ]
    rows = [[cell.text for cell in row.cells] for row in word.tables[0].rows]
    assert rows == [["need", "offer"], ["pumps", "grants"], ["people", "staff"]]


def test_docx_columns_have_room_for_their_words_then_by_their_texts():
    rows = (("5 of 5", "a long text " * 9, ""), ("4 of 5", "short", "48%"))
    word = word_of(to_docx(Document("t", "en", (Table(("Wichtigkeiten", "Text", "Met"), rows),))))
    widths = [cell.width.mm for cell in word.tables[0].rows[1].cells]
    assert sum(widths) == pytest.approx(178, abs=1)
    assert widths[0] > 13 * 2
    assert widths[1] > 100
    assert widths[2] > 8


def test_docx_checklist_is_a_list_of_boxes_of_its_own():
    word = word_of(to_docx(BRIEF))
    numbering = word.part.numbering_part.element
    number = word.styles["Checklist"].element.pPr.numPr.numId.val
    kind = str(numbering.num_having_numId(number).abstractNumId.val)
    kinds = {one.get(qn("w:abstractNumId")): one for one in numbering.findall(qn("w:abstractNum"))}
    assert kinds[kind].find(qn("w:lvl")).find(qn("w:lvlText")).get(qn("w:val")) == "☐"
    assert word.styles["List Bullet"].element.pPr.numPr.numId.val != number


@pytest.mark.parametrize(("lang", "expected"), [("en", "en-US"), ("id", "id-ID"), ("fr", "fr")])
def test_docx_page_language_and_properties_are_set(lang, expected):
    word = word_of(to_docx(Document("Title", lang, (), footer="the end")))
    section = word.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert {element.get(qn("w:val")) for element in word.styles.element.iter(qn("w:lang"))} == {expected}
    properties = word.core_properties
    assert (properties.title, properties.language, properties.author) == ("Title", expected, "")
    assert properties.created == properties.modified
    assert properties.created.year == 1980
    assert section.footer.paragraphs[0].text == "the end"


# --- what cannot be a document


# --- files
