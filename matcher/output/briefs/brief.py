"""A page for a first meeting."""

from __future__ import annotations

import os
from dataclasses import dataclass

from matcher.documents import Document, to_docx, to_html, to_markdown, write_document


@dataclass(frozen=True)
class Brief:
    """What two organisations need on one page before they first meet; returned by `Matcher.brief`.

    Attributes
    ----------
    seeker, candidate : str
        Ids.
    page : Document
    """

    seeker: str
    candidate: str
    page: Document

    def document(self) -> Document:
        """Return the page as blocks, each with where its words come from."""
        return self.page

    def to_markdown(self) -> str:
        """Return the page as Markdown."""
        return to_markdown(self.page)

    def to_html(self) -> str:
        """Return the page as HTML that loads and runs nothing."""
        return to_html(self.page)

    def to_docx(self) -> bytes:
        """Return the page as a Word file."""
        return to_docx(self.page)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page; the path's ending, .md .html or .docx, decides the format.

        Raises
        ------
        OutputError
            If the ending is another, or the file cannot be written.
        """
        write_document(self.page, path)

    def __str__(self) -> str:
        """Return the page as Markdown."""
        return self.to_markdown()

    def _repr_markdown_(self) -> str:
        """Show the page in a notebook; as HTML its style would spill over into the notebook."""
        return self.to_markdown()
