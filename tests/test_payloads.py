"""Whatever profiles hold, no output runs it: the usual payloads through every door that people open."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import docx
import openpyxl
import pytest
from batches import match_batch
from markdown_it import MarkdownIt

from matcher import Matcher
from matcher.documents.writing import to_docx, to_html
from matcher.learning.tuning import Tuner

PAYLOADS = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "handler": "' onmouseover='alert(1)' x='",
    "link": "[press me](javascript:alert(1)) <javascript:alert(1)> https://example.org/steal",
    "picture": "![x](http://example.org/x.png)",
    "template": "{{ 7*7 }} {% for x in y %} ${7*7} #{7*7}",
    "formula": "=cmd|'/C calc'!A0",
    "plus": "+1+cmd|' /C calc'!A0",
    "table": "a | b | c\n---|---|---\n# heading",
    "code": "```\nrm -rf\n```",
    "frame": "</title></style></textarea><iframe src=//example.org></iframe><svg onload=alert(1)>",
    "signs": "\u202egnp.exe\u2066 \u2028 \ufeff",
}
FORMATTING = {"html_block", "html_inline", "link_open", "image", "fence", "code_block", "code_inline"}
ACTIVE = {"script", "img", "iframe", "svg", "object", "embed", "link", "form", "a", "base", "meta", "style"}


def pool(payload):
    """Two organisations that say nothing else than the payload, wherever they can say it, and a third."""
    texts = dict.fromkeys(
        ["name", "vision", "mission", "goals_short", "goals_long", "indicators", "working_style", "region"],
        f"water {payload}",
    )
    columns = ("sector", "products", "markets", "channels", "values")
    lists = {column: [f"water {payload}"] for column in columns}
    resources = [{"category": "funding", "text": f"water {payload}", "weight": 5}]
    said = {
        **texts,
        **lists,
        "country": payload,
        "needs": resources,
        "offers": resources,
        "languages": ["en"],
    }
    said |= {"evidence": [f"water {payload}"], "updated": "2024-01-01", "extra": payload}
    return [{**said, "id": id_} for id_ in ("a", "b")] + [{"id": "c", "name": "c", "mission": "music"}]


@pytest.fixture(params=PAYLOADS.values(), ids=PAYLOADS)
def matcher(request, encoder):
    return Matcher(encoder=encoder).fit(pool(request.param))


class Elements(HTMLParser):
    """What elements and attributes a page has."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def assert_harmless(page, allowed):
    """Hold that a page has no active elements but `allowed`, no handlers and no addresses."""
    for tag, attributes in Elements(page).found:
        assert tag not in ACTIVE - allowed, tag
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in ("href", "src", "action", "srcdoc"):
            address = attributes.get(name) or "#"
            assert not re.match(r"(?i)\s*(javascript|data|https?|//)", address), address


@pytest.mark.parametrize("lang", ["en", "id"])
def test_payloads_in_pages_about_a_pair_are_text(matcher, lang):
    explanation = matcher.explain("a", "b", lang=lang)
    brief = matcher.brief("a", "b", lang=lang)
    for page in (to_html(explanation.document()), to_html(brief.document())):
        assert_harmless(page, {"meta", "style"})
        assert "default-src 'none'" in page


def test_payloads_in_markdown_are_text(matcher):
    reader = MarkdownIt("gfm-like")
    for text in (str(matcher.explain("a", "b")), matcher.brief("a", "b").to_markdown()):
        for token in reader.parse(text):
            kinds = {token.type, *(child.type for child in token.children or ())}
            assert not kinds & {"html_block", "html_inline", "link_open", "image", "fence", "code_inline"}, (
                kinds
            )


def test_payloads_in_word_files_are_text(matcher):
    document = docx.Document(io.BytesIO(to_docx(matcher.brief("a", "b").document())))
    addresses = [part.target_ref for part in document.part.rels.values() if part.is_external]
    assert addresses == []
    assert "w:instrText" not in document.element.xml  # fields, which Word computes


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_payloads_in_tables_and_reports_are_text(payload, tmp_path, encoder):
    source = tmp_path / "profiles.jsonl"
    source.write_text("\n".join(json.dumps(row) for row in pool(payload)), encoding="utf-8")
    for ending in ("csv", "xlsx"):
        match_batch(source, tmp_path / f"out.{ending}", encoder=encoder, report=tmp_path / "report.html")
    for path in tmp_path.glob("*.csv"):
        for row in csv.reader(path.open(encoding="utf-8-sig")):
            assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    for sheet in openpyxl.load_workbook(tmp_path / "out.xlsx"):
        for cells in sheet.iter_rows():
            assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert_harmless(page, {"meta", "style", "script", "svg", "a", "form"})
    scripts = re.findall(r"<script[^>]*>", page)
    assert len(scripts) <= 2
    assert "alert(1)" not in "".join(re.findall(r"<script>(.*?)</script>", page, flags=re.S))


def test_payloads_in_sliders_are_text(matcher):
    pytest.importorskip("ipywidgets")
    assert_harmless(Tuner(matcher, "a", k=2).widget().children[-1].value, set())
