"""What is asked of a fitted matcher: `matcher explain`, `brief`, `search`, `team` and `tradeoff`."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matcher.columns import Profile
from matcher.commands.terminal import Request, echo, show
from matcher.documents.blocks import Block, Document, Note, Paragraph, Terms
from matcher.documents.language import N_, Messages
from matcher.documents.writing import DOCUMENT_ENDINGS
from matcher.errors import ConfigError, ProfileError
from matcher.files import check_target
from matcher.profiles import read_profiles
from matcher.profiles.records import records_of
from matcher.tables.writing import WRITERS, write_table

if TYPE_CHECKING:
    from matcher.recommendations import Matcher

NOTE: Final = N_("Left out by rules (a red flag, no capacity, conditions): {number}.")


def explain(
    given: Request, seeker: str, candidate: str, instead_of: str | None = None, out: Path | None = None
) -> None:
    """Explain why a candidate matches a seeker, from both sides, or why it and not another."""
    check_target("out", out, DOCUMENT_ENDINGS)
    matcher, pair, lang = _fitted(given), (seeker, candidate), given.lang
    compared = None if instead_of is None else matcher.compare(*pair, instead_of, lang=lang)
    found = compared or matcher.explain(*pair, lang=lang)
    if out is None:
        show(found.document())
    else:
        found.save(out)


def brief(
    given: Request, seeker: str, candidate: str, out: Path, start: dt.datetime | None = None, weeks: int = 2
) -> None:
    """Draft the page that two organisations bring to a first meeting."""
    from matcher.output.brief import Plan

    check_target("out", out, DOCUMENT_ENDINGS)
    plan = Plan(start=start.date() if start else None, rhythm_weeks=weeks)
    _fitted(given).brief(seeker, candidate, given.lang, plan=plan).save(out)


def search(
    given: Request,
    text: str,
    kind: str = "offer",
    k: int = 10,
    must: list[str] | None = None,
    out: Path | None = None,
) -> None:
    """Find the organisations that offer, need or do what a few words say, with what they write of it."""
    check_target("path", out, WRITERS)
    found = _fitted(given).search(text, kind, k, lang=given.lang, must=must or ())
    if out is not None:
        write_table(found, out)
        return
    from matcher.explanations.search import LEFT_OUT

    messages, columns = Messages(given.lang), ["rank", "name", "candidate", "reason", "notes"]
    rows = found[columns].itertuples(index=False, name=None)
    pairs = [(f"{at}. {name} ({id_})", " | ".join(filter(None, said))) for at, name, id_, *said in rows]
    nothing = Paragraph(messages.say("No organisation says anything specific of this."))
    blocks: list[Block] = [Terms(tuple(pairs)) if pairs else nothing]
    if number := sum(found.attrs[LEFT_OUT].values()):
        blocks.append(Note(messages.say(NOTE, number=number)))
    show(Document(messages.say("Search: {text}", text=text), given.lang, tuple(blocks)))


def team(
    given: Request,
    named: str,
    out: Path,
    seekers: Path | None = None,
    size: int = 5,
    at_least: list[str] | None = None,
    at_most: list[str] | None = None,
) -> None:
    """Find partners that together cover what an organisation or opportunity needs."""
    check_target("out", out, (*WRITERS, *DOCUMENT_ENDINGS))
    least, most = (_read_limits(limits or ()) for limits in (at_least, at_most))
    seeker: str | dict[str, object] = named
    if seekers is not None:
        records = records_of(read_profiles(seekers).kept)
        asking = [one for one in records if named in (one[Profile.ID], one[Profile.NAME])]
        if len(asking) != 1:
            n = len(asking)
            raise ProfileError(f"for must name one seeker of {seekers}; got {named!r}, which names {n:,}.")
        seeker = asking[0]
    found = _fitted(given).team(seeker, size, at_least=least, at_most=most, lang=given.lang)
    if out.suffix.lower() in DOCUMENT_ENDINGS:
        found.save(out)
    else:
        write_table(found.table, out)


def _read_limits(items: Sequence[str]) -> dict[str, int]:
    parts = {item: item.rpartition("=") for item in items}
    if wrong := [item for item, (*_, number) in parts.items() if not number.strip().isdecimal()]:
        raise ConfigError(
            f"limits must be written as 'kind: education=1' or country=2; got {', '.join(wrong)}."
        )
    return {text.strip(): int(number) for text, _, number in parts.values()}


def tradeoff(given: Request, out: Path, picture: Path | None = None, k: int = 10) -> None:
    """Show what balance costs: quality of lists against how evenly they show organisations.

    One row per method and strength of prices, the present setting marked: nDCG of lists by mutual score
    against those without prices, Gini and coverage of organisations in lists, and the sum of mutual scores of
    pairs, each by 1 / rank in both lists.
    """
    from matcher.commands.inputs import check_outputs
    from matcher.learning.tuning import measure_tradeoff
    from matcher.output.plots import new_figure, plot_tradeoff, save_picture

    check_outputs(out, (given.profiles, given.history, given.config))
    check_target("picture", picture, (".svg", ".png"))
    figure = picture and new_figure((6.2, 4.6))  # before the long work: matplotlib may be missing
    found = measure_tradeoff(_fitted(given), k)
    write_table(found, out)
    if picture and figure:
        plot_tradeoff(found, figure.subplots(), lang=given.lang)
        save_picture(figure, picture)


def _fitted(given: Request) -> "Matcher":
    """Return a matcher that is fitted to all inputs; rejected rows are counted on stderr."""
    from matcher.commands.inputs import fit_inputs

    matcher, inputs = fit_inputs(given)
    for line in inputs.remarks():
        echo(f"{line}; matcher match writes them with reasons")
    return matcher
