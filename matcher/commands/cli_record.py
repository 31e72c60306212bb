"""The command `matcher record`: a door to `matcher.commands.record`, which `matcher.commands` registers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

RECORD_EXAMPLE: Final = (
    "Example: matcher record log.db --seeker omah-sareh --candidate lkp-bina-rawat-serayu --stage met "
    "--date 2026-11-02 --seeker-rating 4, then matcher match organisations.csv --out matches.xlsx "
    "--history log.db --log log.db"
)


def record(
    log: Annotated[
        str, typer.Argument(help="Outcome log: a .db or .sqlite file, or postgresql://user@host/database.")
    ],
    seeker: Annotated[str | None, typer.Option(help="Id of the organisation that sought.")] = None,
    candidate: Annotated[str | None, typer.Option(help="Id of the other organisation.")] = None,
    stage: Annotated[
        str | None,
        typer.Option(
            help="invited, declined, replied, met, agreed, active, renewed or ended, or in Indonesian: "
            "diundang, ditolak, membalas, bertemu, sepakat, aktif, diperpanjang, berakhir."
        ),
    ] = None,
    date: Annotated[str | None, typer.Option(help="Day: YYYY-MM-DD or DD/MM/YYYY.")] = None,
    seeker_rating: Annotated[float | None, typer.Option(help="The seeker's rating, 1 to 5.")] = None,
    candidate_rating: Annotated[float | None, typer.Option(help="The candidate's rating, 1 to 5.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, in a few words.")] = None,
    profiles: Annotated[
        list[str] | None, typer.Option(help="File whose ids may appear; again for more. Any if left out.")
    ] = None,
    import_file: Annotated[
        Path | None, typer.Option("--import", help="Record what a file of outcomes holds.")
    ] = None,
    import_reviews: Annotated[
        Path | None, typer.Option(help="Record a review form that came back; see `matcher review-form`.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option(help="Write what holds: .csv .tsv .xlsx .parquet .jsonl[.gz].")
    ] = None,
    correct: Annotated[
        int | None, typer.Option(help="Id of an entry to correct by the cells that are given.")
    ] = None,
    withdraw: Annotated[int | None, typer.Option(help="Id of an entry to withdraw; give --reason.")] = None,
    show: Annotated[bool, typer.Option("--list", help="Print what holds.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if any row was rejected.")] = False,
) -> None:
    """Record what became of a match in a log that keeps it for good.

    Nothing is ever changed or removed: a correction replaces an entry, and both are kept.
    """
    from matcher.commands.record import TASKS, do_task

    asked = dict(
        zip(TASKS, (import_file, import_reviews, export, correct, withdraw, show or None), strict=True)
    )
    cells = {
        "seeker": seeker,
        "candidate": candidate,
        "stage": stage,
        "date": date,
        "seeker_rating": seeker_rating,
        "candidate_rating": candidate_rating,
        "reason": reason,
    }
    done = do_task(
        log,
        {name: value for name, value in asked.items() if value is not None},
        {name: value for name, value in cells.items() if value is not None},
        profiles or (),
    )
    if done.table:
        typer.echo(done.table, nl=False)
    if done.told:
        typer.echo(done.told, err=True)
    if strict and done.n_rejected:
        raise typer.Exit(1)
