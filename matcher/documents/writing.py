"""Documents on disk: the path's ending names the format, and the file appears whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from matcher.documents.blocks import Document
from matcher.documents.docx import to_docx
from matcher.documents.html import to_html
from matcher.documents.markdown import to_markdown
from matcher.errors import OutputError
from matcher.files import replacing

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
    content = _WRITERS[_ending(path)](document)
    with replacing(path) as handle:
        handle.write(content)


def _ending(path: "str | os.PathLike[str]") -> str:
    ending = Path(path).suffix
    if ending.lower() not in _WRITERS:
        raise OutputError(
            f"{os.fspath(path)} must end in one of {', '.join(_WRITERS)}; got {ending or 'no ending'}. "
            "Choose one of these."
        )
    return ending.lower()
