"""How much worse lists get where profiles state the same less clearly: the graded pairs, profiles changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.judging import Results, cell
from benchmarks.languages import Graded, engine, judge_graded, languages_of, show_table
from matcher.columns import RESOURCES, Profile
from matcher.profiles import Resource
from matcher.profiles.records import records_of

AND: Final = {"id": "dan", "en": "and"}
CUES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "en": {
        Profile.NEEDS: ("We are looking for {}.", "We need {}.", "Our priority now is to find {}."),
        Profile.OFFERS: ("We offer {}.", "We can provide {}.", "Partners get from us {}."),
    },
    "id": {
        Profile.NEEDS: ("Kami mencari {}.", "Kami membutuhkan {}.", "Saat ini kami perlu {}."),
        Profile.OFFERS: ("Kami menyediakan {}.", "Kami menawarkan {}.", "Kami bisa memberi mitra {}."),
    },
}
MARKETS: Final = "mean of markets"


def judge_variants(sets: Mapping[str, Graded]) -> Results:
    """Judge the engine on each data set as it is written and as each of `VARIANTS` writes it."""
    results: dict[str, dict[str, Any]] = {}
    for name, graded in sets.items():
        results[name] = {
            variant: judge_graded(engine(), Graded(change(graded.pool), graded.pairs, graded.complete))
            for variant, change in VARIANTS.items()
        }
    rows = [
        [name, variant, cell(row["P@1"]), cell(row["nDCG@5"])]
        for name, variants in results.items()
        for variant, row in variants.items()
    ]
    markets = [variants for name, variants in results.items() if name.startswith("market")]
    for variant in VARIANTS if markets else ():
        means = [np.mean([each[variant][of]["mean"] for each in markets]) for of in ("P@1", "nDCG@5")]
        rows.append([MARKETS, variant, *(f"{mean:.3f}" for mean in means)])
    show_table("profiles that state the same less clearly", ["data", "variant", "P@1", "nDCG@5"], rows)
    return results


def without_categories(pool: pd.DataFrame) -> pd.DataFrame:
    """Return profiles whose needs and offers have no category."""
    return pool.assign(**{column: pool[column].map(_uncategorised) for column in RESOURCES})


def in_one_sentence(pool: pd.DataFrame, sign: str) -> pd.DataFrame:
    """Return profiles whose needs are one sentence, and whose offers are: "; ", or ", " and "and"."""
    spoken = languages_of(pool)
    words = [AND.get(spoken[id_], AND["en"]) for id_ in pool[Profile.ID]]
    changed: dict[str, Any] = {
        column: [_joined(items, sign, word) for items, word in zip(pool[column], words, strict=True)]
        for column in RESOURCES
    }
    return pool.assign(**changed)


def in_the_mission(pool: pd.DataFrame) -> pd.DataFrame:
    """Return profiles that state their needs and offers in sentences of the mission."""
    spoken = languages_of(pool)
    missions = []
    for record in records_of(pool):
        cues = CUES.get(spoken[record[Profile.ID]], CUES["en"])
        said = [
            cues[column][number % 3].format(_clause(item.text))
            for column in RESOURCES
            for number, item in enumerate(record[column])
        ]
        missions.append(" ".join(filter(None, [record[Profile.MISSION], *said])))
    changed: dict[str, Any] = {column: [()] * len(pool) for column in RESOURCES}
    return pool.assign(**{Profile.MISSION: missions, **changed})


def _uncategorised(items: Sequence[Resource]) -> tuple[Resource, ...]:
    return tuple(item._replace(category="") for item in items)


def _joined(items: Sequence[Resource], sign: str, word: str) -> tuple[Resource, ...]:
    if len(items) < 2:
        return _uncategorised(items)
    texts = [_clause(item.text).replace(". ", ", ") for item in items]
    last = "; " if sign == "; " else f", {word} "
    weight = round(float(np.mean([item.weight for item in items])))
    return (Resource("", sign.join(texts[:-1]) + last + texts[-1], weight),)


def _clause(text: str) -> str:
    """Return a text as it stands inside a sentence."""
    is_name = text[1:2].isupper()
    return (text if is_name else text[:1].lower() + text[1:]).rstrip(". ")


VARIANTS: Final[Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "as written": lambda pool: pool,
    "no categories": without_categories,
    "in one sentence, ;": lambda pool: in_one_sentence(pool, "; "),
    "in one sentence, and": lambda pool: in_one_sentence(pool, ", "),
    "in the mission": in_the_mission,
}
