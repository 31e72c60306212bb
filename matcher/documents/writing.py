"""Documents on disk, and as HTML: the path's ending names the format."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matcher.documents.blocks import Document, plain
from matcher.documents.docx import to_docx
from matcher.documents.markdown import to_markdown
from matcher.errors import OutputError
from matcher.files import replacing

if TYPE_CHECKING:
    from jinja2 import Environment


def to_html(document: Document) -> str:
    """Write a document as one HTML page.

    Parameters
    ----------
    document : Document
        Texts may hold anything.

    Returns
    -------
    page : str
        HTML 5 with its style inside; readable from the width of a phone up, printed on A4. A content
        security policy forbids it to load or run anything.
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
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["kind"] = lambda block: type(block).__name__
    return environment


def _finalized(value: object) -> object:
    """Reduce every text on its way into the page; what the template's macros made is no str but Markup."""
    return plain(value) if type(value) is str else value


_WRITERS: Final[dict[str, Callable[[Document], bytes]]] = {
    ".md": lambda document: to_markdown(document).encode("utf-8"),
    ".html": lambda document: to_html(document).encode("utf-8"),
    ".docx": to_docx,
}
DOCUMENT_ENDINGS: Final = tuple(_WRITERS)
"""Endings of the paths to which a document can be written."""


def write_document(document: Document, path: "str | os.PathLike[str]") -> None:
    """Write a document in the format that the path's ending names.

    Parameters
    ----------
    document : Document
        Texts may hold anything.
    path : str or path
        Ends in .md, .html or .docx (in any case).

    Raises
    ------
    OutputError
        If the ending is another, the folder is missing or cannot be written to, or the path is a folder.
        What stood there before is untouched then.

    Notes
    -----
    The same document gives the same bytes.
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
