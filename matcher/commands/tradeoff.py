"""`matcher tradeoff`: quality of lists against balance, for each way to make prices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matcher.commands import options
from matcher.commands.localisation import echo, show
from matcher.documents.blocks import Document, Paragraph, Table
from matcher.documents.language import N_, Messages

if TYPE_CHECKING:
    import pandas as pd

HEADER = (N_("method"), N_("strength"), N_("quality"), "Gini", N_("coverage"), N_("matches"), "")
MEANING = N_(
    "Quality: nDCG of lists by mutual score, 1 without prices. Gini: how unevenly organisations are shown, 0 "
    "where all are in as many lists. Coverage: share of the organisations in any list. "
    "Matches: sum of mutual scores of pairs, each by 1 / rank in both lists."
)


def tradeoff(
    profiles: str,
    out: Path,
    picture: Path | None = None,
    history: str | None = None,
    config: Path | None = None,
    encoder: str | None = None,
    query: str | None = None,
    columns: list[str] | None = None,
    mapping: Path | None = None,
    k: int = 10,
    lang: str = "en",
    quiet: bool = False,
) -> None:
    """Show what balance costs: quality of lists against how evenly they show organisations.

    One row per method and strength of prices, the present setting marked; it goes to stdout as Markdown too.
    """
    from matcher.commands.inputs import check_not_inputs, check_target, read_inputs
    from matcher.learning.tuning import measure_tradeoff
    from matcher.output.canvas import new_figure
    from matcher.recommendations import Matcher
    from matcher.tables.writing import check_writable, write_table

    messages = Messages(lang)
    check_writable(out)
    check_target("picture", picture, (".svg", ".png"))
    check_not_inputs(out, [out], (profiles, history, config))
    if picture is not None:
        new_figure((1.0, 1.0))  # says before the long work where matplotlib is missing
    settings, mapped = options.read_config(config, encoder=encoder), options.read_columns(columns, mapping)
    inputs = read_inputs(profiles, query=query, mapping=mapped, history=history)
    matcher = Matcher(settings, progress=not quiet).fit(inputs.profiles, inputs.history)
    found = measure_tradeoff(matcher, k)
    write_table(found, out)
    if picture is not None:
        _draw(found, picture, lang)
    rows = [
        (
            row["method"] if row["strength"] else messages.say(N_("without prices")),
            *(messages.number(row[name], 2) for name in ("strength", "ndcg", "gini", "coverage")),
            messages.number(row["matches"], 1),
            messages.say(N_("now")) if row["present"] else "",
        )
        for row in found.to_dict("records")
    ]
    header = tuple(messages.say(cell) if cell else "" for cell in HEADER)
    title, meaning = messages.say(N_("What balance costs")), messages.say(MEANING)
    show(Document(title, lang, (Paragraph(meaning), Table(header, tuple(rows)))))
    if inputs.n_rejected:
        echo(f"{inputs.n_rejected:,} rows of the inputs were rejected")


def _draw(found: pd.DataFrame, picture: Path, lang: str) -> None:
    from matcher.files import replacing
    from matcher.output.canvas import new_figure
    from matcher.output.plots import plot_tradeoff

    figure = new_figure((6.2, 4.6))
    plot_tradeoff(found, figure.subplots(), lang=lang)
    with replacing(picture) as handle:
        figure.savefig(handle, format=picture.suffix[1:].lower(), dpi=150, metadata={"Date": None})
