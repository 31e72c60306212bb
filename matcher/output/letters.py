"""Letters and sheets of a round: a draft for staff; invitations, introductions and answers for both sides."""

import datetime as dt
import os
import re
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any, Final

import pandas as pd

from matcher.columns import SIDES
from matcher.documents.blocks import Block, Bullets, Document, Heading, Note, Paragraph, Terms
from matcher.documents.language import LANGUAGES, Messages
from matcher.documents.sheets import write_form
from matcher.documents.writing import write_document
from matcher.errors import OutputError
from matcher.explanations.remarks import WORDINGS
from matcher.files import bundled_toml
from matcher.outcomes import rounds
from matcher.outcomes.rounds import HEADERS, MEETING, OPEN, ORGANISATION, ROUND, RoundPair
from matcher.output.forms import cells_of, choice_check, form_columns
from matcher.output.report.sections import page_name

TEXTS: Final = bundled_toml(__package__, "round.toml")
DISCLOSURES: Final = ("hidden", "open")  # names are learned once both accept, or with the invitation
FOR_STAFF: Final = [WORDINGS[code]["message"] for code in ("pinned", "nothing_specific")]
"""Remarks that say something about the list, and nothing to a side."""
MOST_SHORT: Final = 3  # characters up to which a name may be a part of other words
_ADDRESS: Final = re.compile(r"\S*(?:@|://|www\.)\S*|\b[\w-]{2,}(?:\.[a-z]{2,})+\b")


def write_draft(path: str | os.PathLike[str], rows: pd.DataFrame, lang: str) -> None:
    """Write the sheet in which staff decide on proposed pairs: rows with columns among those of the draft."""
    cells = rows.astype(object).where(rows.notna(), None).to_dict("records")
    _write_sheet(path, TEXTS["draft"], cells, Messages(lang))


def _write_sheet(
    path: str | os.PathLike[str], texts: dict[str, Any], rows: Sequence[Mapping[Any, Any]], messages: Messages
) -> None:
    headers, chosen = {name: HEADERS[name] for name in texts["columns"]}, texts["chosen"]
    words = rounds.words_of_form(texts["words"], messages.lang)
    checks = {chosen: choice_check(words, texts["wrong"], messages)}
    columns = form_columns(headers, texts, messages, checks)
    cells, example = cells_of(rows, headers), cells_of([{chosen: words[0]}], headers)
    meanings = zip(words, map(messages.say, texts["meanings"]), strict=True)
    explained = [(map(messages.say, texts["table_header"]), meanings)]
    column = messages.say(HEADERS[chosen])
    write_form(path, texts, messages, columns, cells, example, explained, column=column)


def _is_disclosed(pair: RoundPair) -> bool:
    """Return whether each side may know the other: where the round is open, or once both accepted."""
    return pair.details.get("disclosure") == "open" or pair.agreed is not None


def write_letters(
    state: rounds.RoundState, folder: Path, lang: str, on: dt.date, only: Set[tuple[str, str]] | None = None
) -> int:
    """Write to each organisation a letter with its open, agreed and withdrawn meetings, and an answer sheet.

    Letters are .docx and .md, answers .xlsx where an answer is awaited; their names hold the id of that
    organisation only. Pairs that have expired on the day are left out; `only` names the pairs of whose
    organisations there are letters, all if left out. Returned is how many organisations have one.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as err:
        raise OutputError(f"{folder} must be a folder that can be made. Name another.") from err
    meetings: dict[str, list[tuple[RoundPair, int]]] = {}
    for pair in state.having(*OPEN, "agreed", "withdrawn", on=on):
        for number, side in enumerate(SIDES):
            meetings.setdefault(getattr(pair, side), []).append((pair, number))
    wanted = meetings.keys() if only is None else {id_ for pair in only for id_ in pair}
    everybody, messages = sorted({id_ for pair in state.pairs for id_ in pair}), Messages(lang)
    for number, id_ in enumerate(everybody, start=1):
        if id_ not in wanted or id_ not in meetings:
            continue
        stem = folder / page_name(number, id_, len(everybody)).removesuffix(".html")
        document = _letter(state.name, meetings[id_], messages)
        for ending in (".docx", ".md"):
            write_document(document, f"{stem}{ending}")
        withheld = _withheld(meetings[id_])
        rows = [
            {
                MEETING: pair.number,
                "slot": pair.details.get("slot"),
                "partner": _partner(pair, side, messages),
                "reasons": "\n".join(_reasons(pair, side, withheld, messages)),
                ORGANISATION: id_,
                ROUND: state.name,
            }
            for pair, side in meetings[id_]
            if pair.status() in OPEN and SIDES[side] not in pair.answers
        ]
        if rows:
            _write_sheet(f"{stem}.xlsx", TEXTS["answers"], rows, messages)
    return len(wanted & meetings.keys())


def _letter(name: str, meetings: Sequence[tuple[RoundPair, int]], messages: Messages) -> Document:
    say, (pair, side) = messages.say, meetings[0]
    own, withheld = _name(pair, side), _withheld(meetings)
    blocks: list[Block] = [Paragraph(say("Dear {name},", name=own))]
    for statuses, text in ((OPEN, "invited"), (("agreed",), "introduced"), (("withdrawn",), "withdrawn")):
        listed = [one for one in meetings if one[0].status() in statuses]
        if listed:
            blocks.append(Paragraph(say(TEXTS["letter"][text], round=name)))
        for pair, side in listed:
            facts = [(say("Partner"), _partner(pair, side, messages))]
            if pair.details.get("slot"):
                facts.append((say(HEADERS["slot"]), pair.details["slot"]))
            if pair.answer_by and pair.status() in OPEN:
                facts.append((say("Please answer by"), messages.date(pd.Timestamp(pair.answer_by))))
            blocks += [Heading(say("Meeting {number}", number=pair.number)), Terms(tuple(facts))]
            if text != "withdrawn":
                blocks.append(Bullets(tuple(_reasons(pair, side, withheld, messages))))
    if withheld:
        blocks.append(Note(say("Names are withheld from both sides until both accept.")))
    return Document(say("Meetings for {name}", name=own), messages.lang, tuple(blocks))


def _name(pair: RoundPair, side: int) -> str:
    return pair.details.get(f"{SIDES[side]}_name") or getattr(pair, SIDES[side])


def _partner(pair: RoundPair, side: int, messages: Messages) -> str:
    return _name(pair, 1 - side) if _is_disclosed(pair) else messages.say("name withheld")


def _reasons(pair: RoundPair, side: int, withheld: Sequence[str], messages: Messages) -> list[str]:
    """Return the reasons of one side, without names that are withheld from it; never none."""
    reasons = re.split(r"\s*(?:\||\n)\s*", pair.details.get(f"reasons_{SIDES[side]}", "").strip())
    left_out = {"", *(Messages(lang).say(text) for text in FOR_STAFF for lang in LANGUAGES)}
    mark = f"[{messages.say('name withheld')}]"
    named = [reason for reason in reasons if reason not in left_out]
    shown = [redacted(reason, withheld, mark) for reason in named] if withheld else named
    return shown or [messages.say(TEXTS["letter"]["as_a_whole"])]


def _withheld(meetings: Sequence[tuple[RoundPair, int]]) -> list[str]:
    """Return the names and ids that the organisation of some meetings may not know yet."""
    hidden = [(pair, 1 - side) for pair, side in meetings if not _is_disclosed(pair)]
    return [name for pair, side in hidden for name in (_name(pair, side), getattr(pair, SIDES[side]))]


def redacted(text: str, names: Sequence[str], mark: str) -> str:
    """Return a text without names: whole, two or more of their words, words in capitals, initials, addresses.

    Examples
    --------
    >>> redacted("Omah Sareh (omahsareh.org) trains carers; at Sareh rest is a right", ["Omah Sareh"], "[?]")
    '[?] ([?]) trains carers; at [?] rest is a right'
    """
    text = _ADDRESS.sub(mark, text)
    for name in names:
        words = re.findall(r"\w+", name)
        runs = [words[at : at + n] for n in range(len(words), 1, -1) for at in range(len(words) - n + 1)]
        joined = [r"[\W_]*".join(map(re.escape, run)) for run in runs]
        whole = [re.escape(name)] if len(name) > MOST_SHORT else []
        single = [re.escape(word) for word in words if len(words) == 1]
        bounded = [rf"(?<!\w){one}(?!\w)" for one in (*joined, *single)]
        text = re.sub("|".join([*whole, *bounded]), mark, text, flags=re.IGNORECASE)
        forms = {form for word in words for form in (word, word.capitalize(), word.upper())}
        initials = "".join(word[0] for word in words).upper()
        forms = {form for form in forms if form != form.lower()} | {initials}
        if singles := sorted(form for form in forms if len(form) >= MOST_SHORT):
            text = re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, singles))})(?!\w)", mark, text)
    return re.sub(rf"{re.escape(mark)}(?:[\s,.'’-]*{re.escape(mark)})+", mark, text)
