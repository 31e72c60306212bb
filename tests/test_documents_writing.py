"""Documents that cannot be, and documents on disk."""

import os
import re
import subprocess
import sys

import pytest
from test_documents import BRIEF, MARKDOWN, Page, document_of, markdown_parts, page_texts, word_of, word_texts

from matcher import files
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
)
from matcher.documents.writing import DOCUMENT_ENDINGS, to_docx, to_html, to_markdown, write_document
from matcher.errors import OutputError


@pytest.mark.parametrize("ending", DOCUMENT_ENDINGS)
def test_write_document_writes_what_the_ending_names(tmp_path, ending):
    path = tmp_path / f"Brief.v2{ending.upper()}"
    write_document(BRIEF, path)
    content = {".md": to_markdown, ".html": to_html, ".docx": to_docx}[ending](BRIEF)
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("text", ["lone \ud800 surrogate", "nul\x00", "émoji 👩‍🌾"])
@pytest.mark.parametrize("ending", DOCUMENT_ENDINGS)
def test_write_document_any_text_can_be_written(tmp_path, ending, text):
    write_document(document_of(text), tmp_path / f"a{ending}")
    assert (tmp_path / f"a{ending}").stat().st_size > 0


def test_documents_same_document_gives_same_bytes_in_another_process_at_another_time(tmp_path, monkeypatch):
    code = (
        "import sys\nfrom matcher.documents.blocks import *\nfrom matcher.documents.writing import *\n"
        "blocks = (Heading('a'), Checklist(('b',)), Table(('c',), (('d',),)))\n"
        "for ending in DOCUMENT_ENDINGS: write_document(Document('t', 'en', blocks), sys.argv[1] + ending)\n"
    )
    for name, seed in (("one", "1"), ("two", "2")):
        environment = {"PYTHONHASHSEED": seed, "TZ": f"UTC+{seed}"}
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / name)], check=True, timeout=120, env=environment
        )
    for ending in DOCUMENT_ENDINGS:
        assert (tmp_path / f"one{ending}").read_bytes() == (tmp_path / f"two{ending}").read_bytes()
    before = to_docx(BRIEF)
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert to_docx(BRIEF) == before


@pytest.mark.parametrize("name", ["a.pdf", "a", ".md", "a.md.gz"])
def test_write_document_unknown_ending_is_refused(tmp_path, name):
    message = rf"must end in one of \.md, \.html, \.docx; got .*{re.escape(name)}\. Choose"
    with pytest.raises(OutputError, match=message):
        write_document(BRIEF, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_write_document_name_of_as_many_bytes_as_file_systems_allow_is_written(tmp_path):
    write_document(BRIEF, tmp_path / f"{'水' * 84}.md")
    assert [len(os.fsencode(entry.name)) for entry in tmp_path.iterdir()] == [255]


def test_write_document_missing_folder_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"a\.md must be in a folder that exists; there is none"):
        write_document(BRIEF, tmp_path / "none" / "a.md")


@pytest.mark.parametrize("ending", DOCUMENT_ENDINGS)
def test_write_document_failure_leaves_what_was_there(tmp_path, ending, monkeypatch):
    path = tmp_path / f"a{ending}"
    path.write_text("before")

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(OutputError, match="must be writable; got: No space left on device"):
        write_document(BRIEF, path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_documents_import_loads_no_writer_library():
    heavy = ["jinja2", "docx", "lxml", "numpy"]
    code = f"import sys, matcher.documents\nprint([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize(
    "block",
    [
        Heading("words", origin="proposal"),
        Paragraph("words", origin="proposal"),
        Bullets(("words",), origin="proposal"),
        Checklist(("words",), origin="proposal"),
        Quote("words", origin="proposal"),
        Terms((("label", "words"),), origin="proposal"),
        Table(("words",), (), "", origin="proposal"),
        Table(("words",), (), "what", origin="proposal"),
        Note("words", origin="proposal"),
    ],
)
def test_documents_every_block_shows_where_it_comes_from(block):
    document = Document("t", "id", (block,), tags={"proposal": "usul*an"})
    for parser in MARKDOWN:
        assert any("(usul*an)" in text for text in markdown_parts(parser, to_markdown(document))[1])
    assert "(usul*an)" in page_texts(Page(to_html(document)))
    assert any("(usul*an)" in text for text in word_texts(word_of(to_docx(document))))


def test_documents_without_origin_show_no_tag():
    document = Document("t", "en", (Paragraph("words"),), tags={"proposal": "proposal"})
    assert "proposal" not in to_markdown(document)
    assert "proposal" not in to_html(document)
    assert word_texts(word_of(to_docx(document))) == ["t", "words"]
