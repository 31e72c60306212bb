"""What all figures share: Axes, colours that colour-blind readers tell apart, texts, numbers."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any, Final

from matcher.documents.language import Voice

if TYPE_CHECKING:
    from matplotlib.axes import Axes


BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
GREEN: Final = "#009E73"
PURPLE: Final = "#CC79A7"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
BLACK: Final = "#000000"
GREY: Final = "#6E6E6E"
PALE: Final = "#BDBDBD"
COLOURS: Final = (BLUE, VERMILLION, GREEN, BLACK, ORANGE, PURPLE, SKY)
"""Okabe and Ito (2008), "Color universal design", less the yellow, which is lost on white paper."""
LINES: Final = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 3)))
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
"""Lines and markers tell apart in print without colour what colours tell apart on a screen."""
SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALL: Final = 8.0
"""Points; of texts beside the axis labels."""
NAME_LENGTH: Final = 32
"""Characters after which a name is cut."""


def voice_of(lang: str) -> Voice:
    """Return what says the words of figures in a language.

    Raises
    ------
    ConfigError
        If the language has no catalogue.
    """
    return Voice(lang)


def axes_on(ax: Axes | None, size: tuple[float, float], *, polar: bool = False) -> Axes:
    """Return the Axes given, or those of a new figure.

    Parameters
    ----------
    ax : Axes, optional
    size : tuple of float
        Width and height of a new figure, in inches.
    polar : bool, default False
        Whether new Axes are polar.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as err:
        raise ImportError(
            "figures need matplotlib, which is not installed. Install the extra plots: "
            "pip install 'partner-matcher[plots]'."
        ) from err
    if ax is not None:
        return ax
    # A figure of its own, without pyplot: nothing global is changed, and no window is needed.
    figure = Figure(figsize=size, layout="constrained")
    return figure.add_subplot(projection="polar" if polar else None)


def plain(text: object, length: int = NAME_LENGTH) -> str:
    r"""Return a text as matplotlib shows it unchanged: on one line, cut, without formulas.

    Parameters
    ----------
    text : object
        Such as a name out of a profile.
    length : int
        Characters after which it is cut.

    Examples
    --------
    >>> print(plain("two\n lines for $5"), plain("abcdefgh", 5))
    two lines for \$5 abcd…
    """
    printable = "".join(one if one.isprintable() else " " for one in str(text))
    line = " ".join(printable.split())
    cut = line if len(line) <= length else f"{line[: length - 1].rstrip()}…"
    return cut.replace("$", r"\$")


def wrapped(text: str, width: int) -> str:
    """Return a text on lines of at most `width` characters, unless a word is longer."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=False))


def signed(value: float, voice: Voice, decimals: int = 3) -> str:
    """Return a number with its sign, as the language writes it; 0 has none."""
    told = voice.number(abs(value), decimals)
    if told == voice.number(0.0, decimals):
        return told
    return f"{'+' if value > 0 else '−'}{told}"


def number_ticks(axis: Any, voice: Voice) -> None:
    """Let an axis write its numbers as the language does, all with as many decimals."""
    from matplotlib.ticker import FuncFormatter

    def tell(value: float, _: object) -> str:
        return voice.number(value, max(map(_decimals, axis.get_majorticklocs()), default=0))

    axis.set_major_formatter(FuncFormatter(tell))


def power_ticks(axis: Any, voice: Voice) -> None:
    """Let a logarithmic axis write 0.01 as the language does, and less than 0.001 as a power of ten."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    def tell(value: float, _: object) -> str:
        exponent = round(math.log10(value))
        if exponent < -3:
            return f"10{str(exponent).translate(SUPERSCRIPTS)}"
        return voice.number(value, max(-exponent, 0))

    axis.set_major_formatter(FuncFormatter(tell))
    axis.set_minor_formatter(NullFormatter())


def tidy(ax: Axes) -> Axes:
    """Take the frame's upper and right line away."""
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _decimals(value: float) -> int:
    """Return how many decimals show a tick's number in full, at most 8."""
    return next((places for places in range(8) if math.isclose(value, round(value, places))), 8)
