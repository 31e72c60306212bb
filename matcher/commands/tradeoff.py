"""`matcher tradeoff`: quality of lists against balance, for each way to make prices."""

from pathlib import Path

from matcher.commands.options import Request
from matcher.files import replacing
from matcher.tables.writing import check_writable, write_table


def tradeoff(given: Request, out: Path, picture: Path | None = None, k: int = 10) -> None:
    """Show what balance costs: quality of lists against how evenly they show organisations.

    One row per method and strength of prices, the present setting marked: nDCG of lists by mutual score
    against those without prices, Gini and coverage of organisations in lists, and the sum of mutual scores of
    pairs, each by 1 / rank in both lists.
    """
    from matcher.commands.inputs import check_not_inputs, check_target, fit_matcher
    from matcher.learning.tuning import measure_tradeoff
    from matcher.output.canvas import new_figure
    from matcher.output.plots import plot_tradeoff

    check_writable(out)
    check_target("picture", picture, (".svg", ".png"))
    check_not_inputs(out, [out], (given.profiles, given.history, given.config))
    if picture is not None:
        new_figure((1.0, 1.0))  # says before the long work where matplotlib is missing
    found = measure_tradeoff(fit_matcher(given), k)
    write_table(found, out)
    if picture is not None:
        figure = new_figure((6.2, 4.6))
        plot_tradeoff(found, figure.subplots(), lang=given.lang)
        with replacing(picture) as handle:
            figure.savefig(handle, format=picture.suffix[1:].lower(), dpi=150, metadata={"Date": None})
