"""`matcher explain` and `matcher brief`: documents about one pair of organisations."""

from datetime import datetime
from pathlib import Path

from matcher.commands.localisation import show
from matcher.commands.options import Request
from matcher.documents.writing import DOCUMENT_ENDINGS


def explain(
    given: Request, seeker: str, candidate: str, instead_of: str | None = None, out: Path | None = None
) -> None:
    """Explain why a candidate matches a seeker, from both sides, or why it and not another."""
    from matcher.commands.inputs import check_target, fit_matcher

    check_target("out", out, DOCUMENT_ENDINGS)
    matcher = fit_matcher(given)
    found = (
        matcher.explain(seeker, candidate, lang=given.lang)
        if instead_of is None
        else matcher.compare(seeker, candidate, instead_of, lang=given.lang)
    )
    if out is None:
        show(found.document())
    else:
        found.save(out)


def brief(
    given: Request, seeker: str, candidate: str, out: Path, start: datetime | None = None, weeks: int = 2
) -> None:
    """Draft the page that two organisations bring to a first meeting."""
    from matcher.commands.inputs import check_target, fit_matcher
    from matcher.output.brief import Plan

    check_target("out", out, DOCUMENT_ENDINGS)
    plan = Plan(start=start.date() if start else None, rhythm_weeks=weeks)
    fit_matcher(given).brief(seeker, candidate, given.lang, plan=plan).save(out)
