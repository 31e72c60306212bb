"""What all figures share: Axes, colours that colour-blind readers distinguish, texts, numbers."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matcher.documents.language import Messages
from matcher.errors import MissingExtraError
from matcher.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
GREY: Final = "#6E6E6E"
COLOURS: Final = (BLUE, VERMILLION, "#009E73", "#000000", "#E69F00", "#CC79A7", "#56B4E9")
"""Okabe and Ito (2008), "Color universal design", without yellow, which is too faint on white paper."""
LINES: Final = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 3)))
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
"""Line styles and markers distinguish series in print without colour."""
SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALL: Final = 8.0  # font size, in points, of texts other than title and axis labels


def new_figure(size: tuple[float, float]) -> Figure:
    """Return a figure of a width and height in inches, or raise `MissingExtraError` without matplotlib.

    Without pyplot: nothing global is changed, and no window is needed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as err:
        raise MissingExtraError(
            "figures need matplotlib, which is not installed. Install the extra plots: "
            "pip install 'partner-matcher[plots]'."
        ) from err

    class NotebookFigure(Figure):
        """A figure that a notebook shows whatever the backend, also when it runs without a window."""

        def _repr_png_(self) -> bytes:
            picture = io.BytesIO()
            self.savefig(picture, format="png")
            return picture.getvalue()

    return NotebookFigure(figsize=size, layout="constrained")


def save_picture(figure: Figure, path: Path) -> None:
    """Write a figure to an .svg or .png file, without date and version: equal figures give equal bytes."""
    from matplotlib import rc_context

    ending = path.suffix[1:].lower()
    metadata = {"Software" if ending == "png" else "Date": None}
    with replacing(path) as handle, rc_context({"svg.hashsalt": "matcher"}):
        figure.savefig(handle, format=ending, dpi=150, metadata=metadata)


def axes_on(ax: Axes | None, size: tuple[float, float], projection: str | None = None) -> Axes:
    """Return the Axes given, or those of a new figure; raises as `new_figure`."""
    figure = new_figure(size)
    return figure.add_subplot(projection=projection) if ax is None else ax


def series_style(position: int) -> dict[str, Any]:
    """Return colour, line style and marker of a series."""
    return {"color": COLOURS[position], "linestyle": LINES[position], "marker": MARKERS[position]}


def annotate(ax: Axes, text: str, at: Any, offset: tuple[float, float], **style: Any) -> None:
    """Write a small text at an offset, in points, from a position in data coordinates."""
    ax.annotate(
        text, at, offset, **{"textcoords": "offset points", "ha": "center", "fontsize": SMALL, **style}
    )


def plain(text: object, length: int = 40) -> str:
    """Return a text as matplotlib shows it unchanged: on one line, cut at a length, without formulas."""
    printable = "".join(one if one.isprintable() else " " for one in str(text))
    line = " ".join(printable.split())
    return (line if len(line) <= length else f"{line[: length - 1].rstrip()}…").replace("$", r"\$")


def _number_ticks(axis: Any, messages: Messages) -> None:
    """Let an axis write its numbers as the language does, with equal decimals or, if logarithmic, powers."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    def linear(value: float, _: object) -> str:
        ticks = axis.get_majorticklocs()
        equal = (places for places in range(8) if np.allclose(ticks, np.round(ticks, places), 1e-9, 0.0))
        return messages.number(value, next(equal, 8))

    def logarithmic(value: float, _: object) -> str:
        exponent = round(math.log10(value))
        if exponent < -3:
            return f"10{str(exponent).translate(SUPERSCRIPTS)}"
        return messages.number(value, max(-exponent, 0))

    is_log = axis.get_scale() == "log"
    axis.set_major_formatter(FuncFormatter(logarithmic if is_log else linear))
    if is_log:
        axis.set_minor_formatter(NullFormatter())


def finish(ax: Axes, title: str, messages: Messages, loc: Any = "", x: str = "", y: str = "") -> Axes:
    """Set the title, the labels of axes, whose numbers are then the language's, and a legend at `loc`."""
    for axis, label in ((ax.xaxis, x), (ax.yaxis, y)):
        if label:
            axis.set_label_text(label)
            _number_ticks(axis, messages)
    ax.set_title(title, fontsize="medium")
    ax.spines[["top", "right"]].set_visible(False)
    if loc:
        ax.legend(frameon=False, fontsize=SMALL, loc=loc)
    return ax
