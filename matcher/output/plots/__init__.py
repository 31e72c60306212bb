"""Figures for analysts, in English and Indonesian; they need the extra `plots`.

Every function draws on the Axes that it is given, or on a new figure without a window, and returns the
Axes; `ax.figure` shows it in a notebook, `ax.figure.savefig(path)` writes it.
"""

from matcher.output.plots.components import plot_components
from matcher.output.plots.contributions import plot_contributions
from matcher.output.plots.exposure import plot_exposure, plot_lorenz
from matcher.output.plots.network import plot_network
from matcher.output.plots.reliability import plot_reliability
from matcher.output.plots.stability import plot_stability

__all__ = [
    "plot_components",
    "plot_contributions",
    "plot_exposure",
    "plot_lorenz",
    "plot_network",
    "plot_reliability",
    "plot_stability",
]
