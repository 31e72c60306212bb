"""Documents as HTML: one file that holds all it shows, runs nothing and asks the network for nothing."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matcher.documents.blocks import Document, plain

if TYPE_CHECKING:
    from jinja2 import Template

_PAGE: Final = Path(__file__).with_name("page.html.jinja")


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
    return _template().render(document=document)


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["kind"] = lambda block: type(block).__name__
    return environment.from_string(_PAGE.read_text(encoding="utf-8"))


def _finalized(value: object) -> object:
    """Reduce every text on its way into the page; what the template's macros made is no str but Markup."""
    return plain(value) if type(value) is str else value
