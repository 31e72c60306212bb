"""Figures for analysts, in English and Indonesian; they need the extra `plots`.

Every function draws on the Axes `ax`, or on a new figure without a window where that is left out, and
returns the Axes; `ax.figure` shows it in a notebook, `ax.figure.savefig(path)` writes it. An unknown `lang`
raises `ConfigError`, a missing matplotlib `MissingExtraError`.
"""

from matcher.output.plots.figures import (
    plot_comparison,
    plot_components,
    plot_contributions,
    plot_lorenz,
    plot_reliability,
    plot_stability,
    plot_systems,
)

__all__ = [
    "plot_comparison",
    "plot_components",
    "plot_contributions",
    "plot_lorenz",
    "plot_reliability",
    "plot_stability",
    "plot_systems",
]
