"""Texts as every writer takes them: one line of words, without signs that no file or reader can bear."""

import re
from typing import Final

# Control signs, lone surrogates and two non-characters are forbidden in XML. Embeddings, overrides and
# isolates of direction would, left open, turn round the words that stand beside the text.
_LEFT_OUT: Final = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)


def plain(text: str) -> str:
    r"""Reduce a text to one line of what can be written in any format.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    line : str
        The text without control signs, lone surrogates, U+FFFE, U+FFFF and signs that set the direction of
        writing; white space of any kind and number is one space, and none stands at either end. A line that
        was made so comes back as it is.

    Examples
    --------
    >>> plain("  Water\r\n\tfor all\x00 ")
    'Water for all'
    """
    return " ".join(_LEFT_OUT.sub("", text).split())
