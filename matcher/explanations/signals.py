"""What a learned ranker saw beside the components, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from matcher.documents.language import Voice

COLUMNS: Final = ("sector", "kind", "country", "region", "staff", "budget")
"""Columns that have a name in every language; further ones are told as their headers say."""
PREFIXES: Final = ("similar_work_same", "works_same", "same", "ratio", "pairs")
"""The longest first: of two that fit a signal's name, the longer one is meant."""
ALONE: Final = {
    "similar_work": "similar",
    "neighbour_works": "similar",
    "common_partners": "partners",
    "works": "experience",
    "sought_after": "experience",
    "recency": "recent",
}


def tell_signals(names: Iterable[str], voice: Voice, *, ours: bool) -> list[str]:
    """Return a sentence for each kind of signal that stands out, in the order of their first.

    Parameters
    ----------
    names : iterable of str
        Signals that stand out, the strongest first.
    voice : Voice
        Language.
    ours : bool
        Whether the reader is the side that gains; else the other side is.
    """
    columns: dict[str, list[str]] = {}
    for name in names:
        kind, column = _parts(name)
        if kind:
            columns.setdefault(kind, [])
        if column:
            columns[kind].append(voice.say(column) if column in COLUMNS else f"“{column}”")
    return [_sentence(kind, list(dict.fromkeys(listed)), voice, ours) for kind, listed in columns.items()]


def _parts(name: str) -> tuple[str, str]:
    """Return the kind of a signal and the column that it looks at; "" where there is none."""
    if name in ALONE:
        return ALONE[name], ""
    for prefix in PREFIXES:
        if name.startswith(f"{prefix}_"):
            return ("similar", "") if prefix == "similar_work_same" else (prefix, name[len(prefix) + 1 :])
    return "", ""


def _sentence(kind: str, columns: list[str], voice: Voice, ours: bool) -> str:
    named = voice.listing(columns) if columns else ""
    if kind == "same":
        return voice.say("you have in common: {columns}", columns=named)
    if kind == "ratio":
        return voice.say("you are alike in size: {columns}", columns=named)
    if kind == "pairs":
        return voice.say("partners like you two have often worked together, by {columns}", columns=named)
    if kind == "partners":
        return voice.say("you have partners in common")
    if ours:
        return _of_them(kind, named, voice)
    return _of_you(kind, named, voice)


def _of_them(kind: str, columns: str, voice: Voice) -> str:
    if kind == "similar":
        return voice.say("they took part in works much like this")
    if kind == "works_same":
        return voice.say("they have worked on the same before: {columns}", columns=columns)
    if kind == "experience":
        return voice.say("they have been in many joint works")
    return voice.say("they were in a joint work not long ago")


def _of_you(kind: str, columns: str, voice: Voice) -> str:
    if kind == "similar":
        return voice.say("you took part in works much like what they do")
    if kind == "works_same":
        return voice.say("you have worked on the same before: {columns}", columns=columns)
    if kind == "experience":
        return voice.say("you have been in many joint works")
    return voice.say("you were in a joint work not long ago")
