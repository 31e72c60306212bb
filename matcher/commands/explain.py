"""Papers about one pair, from files to a file: why the two match, and the brief for their first meeting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from matcher.config import Config
from matcher.documents import DOCUMENT_ENDINGS, Document, write_document
from matcher.documents.language import check_lang
from matcher.errors import OutputError
from matcher.explanations import contrast_document, explanation_document
from matcher.files import check_replaceable
from matcher.outcomes import read_outcomes
from matcher.output.briefs import Plan
from matcher.profiles import read_profiles
from matcher.ranking.storage import open_ranker
from matcher.recommendations import Matcher


@dataclass(frozen=True)
class PairFiles:
    """Where a paper about one pair gets what it says from.

    Attributes
    ----------
    profiles : path or SQLAlchemy URL
        The organisations, both of the pair among them.
    history : path, optional
        Earlier outcomes.
    ranker : path, optional
        Folder of a trained ranker; the analyst's weights where left out.
    query : str, optional
        SQL query, where `profiles` is a database URL.
    config : Config, optional
        Settings.
    """

    profiles: str | Path
    history: str | Path | None = None
    ranker: str | Path | None = None
    query: str | None = None
    config: Config | None = None

    def fit(self, *, progress: bool = False) -> Matcher:
        """Return a matcher that has read all of it; its `table` says what was rejected."""
        ranker = open_ranker(self.ranker) if self.ranker else None
        table = read_profiles(self.profiles, query=self.query)
        history = read_outcomes(self.history) if self.history else None
        return Matcher(self.config, ranker, progress=progress).fit(table, history)


@dataclass(frozen=True)
class Paper:
    """A document about a pair, and what was left out of the pool.

    Attributes
    ----------
    document : Document
    n_profiles, n_rejected : int
        Rows read, and those of them that could not be used.
    """

    document: Document
    n_profiles: int
    n_rejected: int


def brief_pair(
    files: PairFiles,
    seeker: str,
    candidate: str,
    out: str | Path,
    *,
    lang: str = "en",
    plan: Plan | None = None,
    progress: bool = False,
) -> Paper:
    """Write the brief of a pair.

    Parameters
    ----------
    files : PairFiles
    seeker, candidate : str
        Ids of profiles.
    out : path
        Ends in .md, .html or .docx.
    lang : {"en", "id"}, default "en"
    plan : Plan, optional
        Dates and rhythm to propose.
    progress : bool, default False
        Whether to show progress bars on stderr.

    Returns
    -------
    paper : Paper

    Raises
    ------
    MatcherError
        If an input cannot be used, an id is unknown, or the file cannot be written.
    """
    check_lang(lang)
    _check_out(out)
    matcher = files.fit(progress=progress)
    brief = matcher.brief(seeker, candidate, lang, plan=plan)
    brief.save(out)
    return _paper(brief.document(), matcher)


def explain_pair(
    files: PairFiles,
    seeker: str,
    candidate: str,
    *,
    instead_of: str | None = None,
    out: str | Path | None = None,
    lang: str = "en",
    progress: bool = False,
) -> Paper:
    """Tell why a candidate matches a seeker, or why it stands above or below another one.

    Parameters
    ----------
    files, seeker, candidate, lang, progress : as for `brief_pair`
    instead_of : str, optional
        Id of another candidate, to be compared with.
    out : path, optional
        File to write, ending in .md, .html or .docx; nothing is written where left out.

    Returns
    -------
    paper : Paper

    Raises
    ------
    MatcherError
        As `brief_pair`.
    """
    check_lang(lang)
    if out is not None:
        _check_out(out)
    matcher = files.fit(progress=progress)
    if instead_of is None:
        document = explanation_document(matcher.explain(seeker, candidate, lang=lang))
    else:
        document = contrast_document(matcher.compare(seeker, candidate, instead_of, lang=lang))
    if out is not None:
        write_document(document, out)
    return _paper(document, matcher)


def _paper(document: Document, matcher: Matcher) -> Paper:
    return Paper(document, matcher.table.n_rows, matcher.table.n_rejected)


def _check_out(out: str | Path) -> None:
    """Refuse, before any work, a file that could not be written."""
    ending = Path(out).suffix
    if ending.lower() not in DOCUMENT_ENDINGS:
        raise OutputError(
            f"{out} must end in one of {', '.join(DOCUMENT_ENDINGS)}; got {ending or 'no ending'}. "
            "Choose one of these."
        )
    check_replaceable(out)
