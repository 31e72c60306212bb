"""`matcher review` and `review-form`: a review of partnerships, and the form for what both sides say."""

import datetime as dt
from contextlib import suppress
from pathlib import Path
from typing import Final

import pandas as pd
import typer

from matcher.columns import Outcome, Profile, Shown
from matcher.commands.terminal import Request, echo, read_columns
from matcher.documents.writing import write_document
from matcher.errors import EvaluationError, OutcomeError, ProfileError
from matcher.files import check_replaceable, write_json
from matcher.profiles import read_profiles

NAMES: Final = ("review.html", "review.md", "review.json")


def review(
    given: Request,
    outcomes: str,
    out: Path,
    as_of: dt.datetime | None = None,
    champion: Path | None = None,
    challenger: Path | None = None,
    fixed: dt.datetime | None = None,
) -> None:
    """Review partnerships and the engine, and state what needs attention.

    Exit codes: 0 nothing to do; 1 something needs attention (an alarm or an overdue review); 2 the input
    cannot be used. The documents are written in the first two cases.
    """
    # Heavy imports come after the arguments are checked, so that --help and typing errors are quick.
    from matcher.commands.inputs import read_inputs
    from matcher.outcomes import is_log
    from matcher.review import Contest, ReviewSettings, gather
    from matcher.review import review as make_review
    from matcher.review.document import review_document, review_record

    settings = ReviewSettings.from_toml(given.config) if isinstance(given.config, str | Path) else None
    contest = None
    if champion and challenger and fixed:
        contest = Contest(_read_lists(champion), _read_lists(challenger), fixed.date())
    elif champion or challenger or fixed:
        raise EvaluationError("--champion, --challenger and --fixed must be given together. Add the others.")
    with suppress(OSError):  # what is wrong with the folder is said of its files
        out.mkdir(exist_ok=True)
    for name in NAMES:
        check_replaceable(out / name)
    inputs = read_inputs(given, outcomes)
    log, table = inputs.logs["outcomes"], inputs.profiles
    if table.kept.empty:
        raise ProfileError(f"profiles must hold at least one usable row; all {table.n_rows} were rejected.")
    reviews, shown = _read_log(outcomes) if is_log(outcomes) else (None, None)
    day = as_of.date() if as_of else dt.date.today()
    data = gather(log.kept, table.kept, reviews=reviews, shown=shown, as_of=day)
    found = make_review(data, settings, contest=contest)
    write_json(review_record(found, given.lang), out / NAMES[2])
    document = review_document(found, given.lang)
    for name in NAMES[:2]:
        write_document(document, out / name)
    where = out / NAMES[0] if as_of else f"{out / NAMES[0]} (as of today)"
    lines = [f"as of {found.day:%Y-%m-%d}", *inputs.remarks()]
    if reviews is None:
        lines.append("outcomes come from a file: without reviews and shown lists, most is not judged")
    lines.append(f"{len(found.alarms)} alarms, {len(found.overdue)} overdue reviews: {where}")
    echo("\n".join(lines))
    if found.verdict == "attention":
        raise typer.Exit(1)


def review_form(
    out: Path,
    outcomes: str,
    profiles: Path | None = None,
    columns: list[str] | None = None,
    mapping: Path | None = None,
    lang: str = "en",
) -> None:
    """Write a form in which both sides review every active partnership."""
    from matcher.documents.sheets import check_new_workbook
    from matcher.outcomes import read_outcomes
    from matcher.output.forms import ReviewPair, write_review_form
    from matcher.review import gather

    check_new_workbook(out)
    log = read_outcomes(outcomes)
    table = None if profiles is None else read_profiles(profiles, mapping=read_columns(columns, mapping))
    names = {} if table is None else dict(zip(table.kept[Profile.ID], table.kept[Profile.NAME], strict=True))
    found = gather(log.kept, pd.DataFrame({Profile.ID: [*names]}), as_of=dt.date.today()).partnerships
    ids = found.loc[found["is_live"], [Outcome.SEEKER, Outcome.CANDIDATE]].to_numpy()
    pairs = [ReviewPair(*pair, *(names.get(id_, "") for id_ in pair)) for pair in ids]
    if not pairs:
        named = "the log" if "://" in str(outcomes) else outcomes  # an address may hold a password
        raise OutcomeError(
            f"{named} must hold a partnership that is agreed on or under way; got {len(log.kept)} rows "
            "and none of them. There is nothing to review yet."
        )
    write_review_form(pairs, out, lang)
    n_unnamed = len({id_ for pair in pairs for id_ in pair[:2] if not names.get(id_)})
    n_rejected = log.n_rejected + (0 if table is None else table.n_rejected)
    lines = [f"{n_rejected:,} rows of the inputs were rejected"] if n_rejected else []
    if n_unnamed:
        lines.append(f"{n_unnamed:,} organisations are shown by their ids: no name is known")
    lines.append(f"{len(pairs):,} partnerships to be reviewed by both sides: {out}")
    echo("\n".join(lines))


def _read_lists(path: Path) -> pd.DataFrame:
    from matcher.outcomes.reading import column_of
    from matcher.outcomes.records import open_records

    raw = open_records(path)
    columns = dict(zip(map(column_of, raw.headers), raw.columns, strict=True))
    return pd.DataFrame(columns, dtype=object).drop(index=list(raw.broken))


def _read_log(address: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return reviews and shown lists of a log; a run without a date counts for the day it was recorded."""
    from matcher.outcomes.log import OutcomeLog

    log = OutcomeLog(address)
    runs, shown = log.runs().set_index("id"), log.shown()
    recorded = pd.to_datetime(runs["recorded_at"], utc=True).dt.tz_localize(None).dt.normalize()
    dates = pd.to_datetime(runs["date"]).fillna(recorded).astype("datetime64[ns]")
    days = dates.reindex(shown[Shown.RUN]).to_numpy()
    return log.reviews(), shown.assign(**{str(Shown.DATE): days})
