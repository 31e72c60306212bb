"""A review from files or a log to three documents: for people, for programs, for both."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from matcher.columns import Shown
from matcher.documents import write_document
from matcher.documents.language import check_lang
from matcher.errors import EvaluationError, OutputError, ProfileError
from matcher.files import check_replaceable, replacing
from matcher.outcomes import is_log, read_outcomes
from matcher.profiles import read_profiles
from matcher.review.data import gather
from matcher.review.engine import Contest
from matcher.review.review import ATTENTION, Review, review
from matcher.review.settings import ReviewSettings
from matcher.tables.reading import open_source

NAMES = ("review.html", "review.md", "review.json")


@dataclass(frozen=True)
class Reviewed:
    """What a review of files gave.

    Attributes
    ----------
    review : Review
    folder : Path
        Where the documents are.
    n_rejected : int
        Rows of outcomes and profiles that could not be read and were left out.
    has_log : bool
        Whether reviews and shown lists came with the outcomes.
    """

    review: Review
    folder: Path
    n_rejected: int
    has_log: bool

    @property
    def needs_attention(self) -> bool:
        """Tell whether there is an alarm or an overdue review."""
        return self.review.verdict == ATTENTION

    def __str__(self) -> str:
        """Return what to tell on the way."""
        lines = [f"as of {self.review.day:%Y-%m-%d}"]
        if self.n_rejected:
            lines.append(f"{self.n_rejected:,} rows of outcomes and profiles were rejected and left out")
        if not self.has_log:
            lines.append("outcomes come from a file: without reviews and shown lists, most is not judged")
        found = f"{len(self.review.alarms)} alarms, {len(self.review.overdue)} overdue reviews"
        return "\n".join([*lines, f"{found}: {self.folder / NAMES[0]}"])


@dataclass(frozen=True)
class ContestFiles:
    """Files of lists of the ranker in use and of a challenger; see `Contest`.

    Parameters
    ----------
    champion, challenger : str or path
        Tables with seeker, candidate and rank.
    fixed : date
        Day on which both were fixed.
    """

    champion: str | Path
    challenger: str | Path
    fixed: dt.date


def review_files(
    outcomes: str | Path,
    profiles: str | Path,
    out: str | Path,
    *,
    lang: str = "en",
    as_of: dt.date | None = None,
    settings: ReviewSettings | None = None,
    contest: ContestFiles | None = None,
    query: str | None = None,
) -> Reviewed:
    """Read files, review, and write review.html, review.md and review.json.

    Parameters
    ----------
    outcomes : str or path
        An outcome log (a .db file or an address), or a file of outcomes, which has no reviews and shown
        lists.
    profiles, query : as for `match_batch`
    out : path
        Folder; it is made if its parent is there.
    lang : str
        en or id.
    as_of : date, optional
        Day of the review; the latest date in the data when left out.
    settings : ReviewSettings, optional
        The defaults when left out.
    contest : ContestFiles, optional
        Lists to compare.

    Returns
    -------
    reviewed : Reviewed

    Raises
    ------
    MatcherError
        If an input cannot be used or a file cannot be written; then none is.
    """
    check_lang(lang)
    folder = _folder(Path(out))
    log = read_outcomes(outcomes)
    table = read_profiles(profiles, query=query)
    if table.kept.empty:
        raise ProfileError(f"profiles must hold at least one usable row; all {table.n_rows} were rejected.")
    reviews, shown = _kept_in_log(outcomes) if is_log(outcomes) else (None, None)
    data = gather(log.kept, table.kept, reviews=reviews, shown=shown, as_of=as_of)
    found = review(data, settings, contest=None if contest is None else _contest(contest))
    _write(found, folder, lang)
    return Reviewed(found, folder, log.n_rejected + table.n_rejected, is_log(outcomes))


def _folder(out: Path) -> Path:
    try:
        out.mkdir(exist_ok=True)
    except OSError as err:
        reason = err.strerror or str(err)
        raise OutputError(f"{out} must be a folder that can be made; got: {reason}. Name another.") from err
    for name in NAMES:
        check_replaceable(out / name)
    return out


def _kept_in_log(place: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return reviews and shown lists of a log; a run without a date stands for the day it was recorded."""
    from matcher.outcomes.log import OutcomeLog

    log = OutcomeLog(place)
    runs, shown = log.runs(), log.shown()
    dates = pd.to_datetime(runs["date"]).astype("datetime64[ns]")
    recorded = pd.to_datetime(runs["recorded_at"], utc=True).dt.tz_localize(None).dt.normalize()
    of_run = dict(zip(runs["id"], dates.fillna(recorded.astype("datetime64[ns]")), strict=True))
    days = pd.to_datetime(
        pd.Series([of_run[run] for run in shown[Shown.RUN]], index=shown.index, dtype=object)
    )
    return log.reviews(), shown.assign(**{str(Shown.DATE): days})


def _contest(files: ContestFiles) -> Contest:
    return Contest(_lists(files.champion), _lists(files.challenger), files.fixed)


def _lists(path: str | Path) -> pd.DataFrame:
    try:
        raw = open_source(path, noun="recommendation")
    except ProfileError as err:
        raise EvaluationError(str(err)) from err
    kept = [place for place in range(len(raw)) if place not in raw.broken]
    cells = {
        name: [column[place] for place in kept] for name, column in zip(raw.headers, raw.columns, strict=True)
    }
    return pd.DataFrame(cells)


def _write(found: Review, folder: Path, lang: str) -> None:
    document = found.document(lang)
    text = json.dumps(found.to_dict(lang), indent=1, ensure_ascii=False, allow_nan=False)
    for name in NAMES[:2]:
        write_document(document, folder / name)
    with replacing(folder / NAMES[2]) as handle:
        handle.write(text.encode("utf-8", errors="backslashreplace") + b"\n")
