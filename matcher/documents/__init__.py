"""Documents of headings, lists, quotes and tables, written as Markdown, HTML or Word files.

A document says of each block where it comes from: words taken from a profile, a proposal, or the engine's
own finding. Every writer shows that, and every writer takes each text as plain words, whatever it holds.
"""

from matcher.documents.blocks import (
    Block,
    Bullets,
    Checklist,
    Document,
    Heading,
    Note,
    Origin,
    Paragraph,
    Quote,
    Table,
    Terms,
    plain,
)
from matcher.documents.docx import to_docx
from matcher.documents.writing import DOCUMENT_ENDINGS, Rendered, to_html, to_markdown, write_document

__all__ = [
    "DOCUMENT_ENDINGS",
    "Block",
    "Bullets",
    "Checklist",
    "Document",
    "Heading",
    "Note",
    "Origin",
    "Paragraph",
    "Quote",
    "Rendered",
    "Table",
    "Terms",
    "plain",
    "to_docx",
    "to_html",
    "to_markdown",
    "write_document",
]
