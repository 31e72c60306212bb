"""What is compared: the engine under several settings, and simple systems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.cases import Case
from benchmarks.judging import SEED, Lists
from matcher import Matcher
from matcher.arrays import Floats
from matcher.columns import Profile
from matcher.config import Config
from matcher.outcomes import History, read_outcomes


def engine(case: Case, *, history: bool = True, **settings: Any) -> Lists:
    """Lists of the engine with its default weights, or with some settings changed."""
    config = Config.from_dict(settings)
    matcher = Matcher(config, progress=True).fit(case.pool, case.history if history else None)
    table = matcher.recommend(case.seekers, case.depth, explain=False)
    return {str(seeker): group["candidate"].tolist() for seeker, group in table.groupby("seeker", sort=False)}


def tfidf(case: Case) -> Lists:
    """Plain TF-IDF cosine on the mission."""
    vectorizer = TfidfVectorizer()
    pool = vectorizer.fit_transform(case.pool[Profile.MISSION])
    return ranked(case, (vectorizer.transform(case.seekers[Profile.MISSION]) @ pool.T).toarray())


def tfidf_of_all_text(case: Case) -> Lists:
    """Plain TF-IDF cosine on vision and mission together."""
    texts = case.pool[Profile.VISION] + "\n" + case.pool[Profile.MISSION]
    vectorizer = TfidfVectorizer()
    pool = vectorizer.fit_transform(texts)
    seekers = vectorizer.transform(texts.loc[case.seekers.index])
    return ranked(case, (seekers @ pool.T).toarray())


def cosine(case: Case) -> Lists:
    """The embedding alone: cosine of the mean passage vectors."""
    matcher = Matcher(progress=True).fit(case.pool)
    pool = matcher.scorer.pool.organisations
    _, seekers = matcher.encode_seekers(case.seekers)
    aligned = pool.purpose_meaning.cosines(seekers.purpose_meaning)
    order = case.pool[Profile.ID].argsort(kind="stable").argsort(kind="stable")
    return ranked(case, aligned.T[:, order.to_numpy()])


def popularity(case: Case) -> Lists:
    """How many others chose an organisation before, the same list for everybody."""
    history = History.of(read_outcomes(case.history))
    suitors = history.n_suitors(case.pool[Profile.ID].to_numpy())
    return ranked(case, np.tile(suitors, (len(case.seekers), 1)))


def chance(case: Case) -> Lists:
    """Candidates in random order."""
    draws = np.random.default_rng(SEED).random((len(case.seekers), len(case.pool)))
    return ranked(case, draws)


def ranked(case: Case, scores: Floats) -> Lists:
    """Return the best candidates of each row of scores, without the seeker and its lead."""
    ids = case.pool[Profile.ID].to_numpy()
    lists = {}
    for row, (seeker, lead) in enumerate(
        zip(case.seekers[Profile.ID], case.seekers[Profile.LEAD], strict=True)
    ):
        order = ids[np.argsort(-scores[row], kind="stable")[: case.depth + 2]]
        lists[seeker] = [id_ for id_ in order if id_ not in (seeker, lead)][: case.depth]
    return lists


SYSTEMS: Final[Mapping[str, Callable[[Case], Lists]]] = {
    "engine": engine,
    "engine, no history": lambda case: engine(case, history=False),
    "engine, no price": lambda case: engine(case, market={"strength": 0.0}),
    "TF-IDF": tfidf,
    "embedding only": cosine,
    "popularity": popularity,
    "random": chance,
}


ONE_PART: Final = {"passages": 0.0, "whole": 0.0, "lexical": 0.0}
ONLY_VALUES: Final[Mapping[str, Any]] = {"weights": {"values": 1.0}}
VARIANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "defaults": {},
    "passages .2, whole .2, TF-IDF .6": {"values": {"passages": 0.2, "whole": 0.2, "lexical": 0.6}},
    "passages .4, whole .2, TF-IDF .4": {"values": {"passages": 0.4, "whole": 0.2, "lexical": 0.4}},
    "values only": ONLY_VALUES,
    "values: passages only": {**ONLY_VALUES, "values": {**ONE_PART, "passages": 1.0}},
    "values: whole text only": {**ONLY_VALUES, "values": {**ONE_PART, "whole": 1.0}},
    "values: TF-IDF only": {**ONLY_VALUES, "values": {**ONE_PART, "lexical": 1.0}},
    "values: passages .4, TF-IDF .6": {
        **ONLY_VALUES,
        "values": {**ONE_PART, "passages": 0.4, "lexical": 0.6},
    },
    "without communication": {"weights": {"values": 0.28, "trust": 0.16}},
    "communication doubled": {"weights": {"values": 0.28, "trust": 0.16, "communication": 0.16}},
    "without trust": {"weights": {"values": 0.28, "communication": 0.08}},
    "trust halved": {"weights": {"values": 0.28, "trust": 0.08, "communication": 0.08}},
    "trust doubled": {"weights": {"values": 0.28, "trust": 0.32, "communication": 0.08}},
}
"""Settings compared on the validation snapshot; weights of components that it lacks do not matter."""
