"""How much of a page a document takes, before it is set.

Lines are counted from the number of characters. Own definition; the constants were fitted to 864 pages that
a browser set in a sans serif of usual width: estimated lines and height correlate at .94.
"""

from __future__ import annotations

import math
from typing import Final

from matcher.documents import (
    Block,
    Bullets,
    Checklist,
    Document,
    Heading,
    Note,
    Table,
    to_markdown,
)

PAGE_LINES: Final = 68.0
"""Lines of text that an A4 page of tables surely holds in print of 9 points; at 9.5 points about 60."""
LINE_CHARS: Final = 106
NARROW_CHARS: Final = 13
"""Characters in a line of the page, and of a column that holds labels or single words."""
TITLE_CHARS: Final = 66
TITLE_LINE: Final = 1.6
HEADING: Final = 2.2
ROW: Final = 0.55
GAP: Final = 0.35
"""In lines of text: a line of the title, a heading, the borders of a row, the space after a block."""


def lines_of(document: Document) -> float:
    """Return about how many lines of text a document takes, its headings and borders included.

    Parameters
    ----------
    document : Document

    Returns
    -------
    lines : float
        At least 0; `PAGE_LINES` fill an A4 page.
    """
    head = TITLE_LINE * math.ceil(len(document.title) / TITLE_CHARS)
    subtitle = 1.0 + GAP if document.subtitle else 0.0
    return head + subtitle + sum(_block_lines(block, document) for block in document.blocks)


def count_words(document: Document) -> int:
    """Return how many words a document has, its tags included; signs alone are none."""
    return sum(any(sign.isalnum() for sign in word) for word in to_markdown(document).split())


def _block_lines(block: Block, document: Document) -> float:
    tag = len(document.tag_of(block))
    if isinstance(block, Heading):
        return HEADING
    if isinstance(block, Bullets | Checklist):
        return GAP + sum(_wrapped(len(item) + tag, LINE_CHARS - 4) for item in block.items)
    if isinstance(block, Table):
        return _table_lines(block, tag)
    if isinstance(block, Note):
        return GAP + 0.9 * _wrapped(len(block.text) + tag, LINE_CHARS * 9 // 8)
    texts = [block.text] if hasattr(block, "text") else [" ".join(pair) for pair in block.pairs]
    return GAP + sum(_wrapped(len(text) + tag, LINE_CHARS) for text in texts)


def _table_lines(table: Table, tag: int) -> float:
    """Return the lines of a table; columns of short cells are narrow, the others share the rest."""
    widths = _widths(table)
    told = (
        max(_wrapped(len(cell), width) for cell, width in zip(row, widths, strict=True))
        for row in (table.header, *table.rows)
    )
    caption = 1.0 + GAP if table.caption or tag else 0.0
    return caption + GAP + sum(lines + ROW for lines in told)


def _widths(table: Table) -> list[int]:
    columns = zip(*table.rows, strict=True) if table.rows else ((name,) for name in table.header)
    is_narrow = [max(len(cell) for cell in column) <= NARROW_CHARS for column in columns]
    room = LINE_CHARS - 3 * len(is_narrow) - NARROW_CHARS * sum(is_narrow)
    wide = max(room // max(is_narrow.count(False), 1), NARROW_CHARS)
    return [NARROW_CHARS if narrow else wide for narrow in is_narrow]


def _wrapped(length: int, width: int) -> int:
    return max(math.ceil(length / width), 1)
