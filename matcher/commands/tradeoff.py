"""`matcher tradeoff`: quality of lists against balance, for each way to make prices."""

from __future__ import annotations

from pathlib import Path

from matcher.commands import options
from matcher.commands.explain import fit_files
from matcher.documents.language import check_lang


def tradeoff(
    profiles: str,
    out: Path,
    picture: Path | None = None,
    history: str | None = None,
    config: Path | None = None,
    ranker: Path | None = None,
    query: str | None = None,
    columns: list[str] | None = None,
    mapping: Path | None = None,
    k: int = 10,
    lang: str = "en",
    quiet: bool = False,
) -> None:
    """Show what balance costs: quality of lists against how evenly they show organisations.

    One row per method and strength of prices, the present setting marked: nDCG of lists by mutual score
    against those without prices, Gini and coverage of organisations in lists, and the sum of mutual scores of
    pairs, each by 1 / rank in both lists.
    """
    from matcher.commands.inputs import check_not_inputs, check_target
    from matcher.files import replacing
    from matcher.learning.tuning import measure_tradeoff
    from matcher.output.canvas import new_figure
    from matcher.output.plots import plot_tradeoff
    from matcher.tables.writing import check_writable, write_table

    check_lang(lang)
    check_writable(out)
    check_target("picture", picture, (".svg", ".png"))
    check_not_inputs(out, [out], (profiles, history, config))
    if picture is not None:
        new_figure((1.0, 1.0))  # says before the long work where matplotlib is missing
    tables = {"history": history, "query": query, "mapping": options.read_columns(columns, mapping)}
    found = measure_tradeoff(fit_files(profiles, ranker, options.read_config(config), quiet, tables), k)
    write_table(found, out)
    if picture is not None:
        figure = new_figure((6.2, 4.6))
        plot_tradeoff(found, figure.subplots(), lang=lang)
        with replacing(picture) as handle:
            figure.savefig(handle, format=picture.suffix[1:].lower(), dpi=150, metadata={"Date": None})
