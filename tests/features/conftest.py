"""Pairs and pools for component tests: one call from dicts to a score."""

import random

import numpy as np
import pytest

from matcher.config import Config
from matcher.features import COMPONENTS, Context, OrganisationEncoder

SUBSTANCE = {"vision", "mission", "needs", "offers"}
WORDS = ("farm", "school", "river", "solar", "coffee", "health", "women", "forest", "music", "data")


def _usable(record, id_):
    """Add an id, and a vision where the record would otherwise have nothing to match on."""
    filler = {} if SUBSTANCE & record.keys() else {"vision": "filler"}
    return {"id": id_, **filler, **record}


@pytest.fixture
def side_of(encoder, pool_of):
    """Encode dicts as one side; the pool is these dicts."""

    def make(*records, config=None):
        pool = pool_of(*[_usable(record, f"o{place:03}") for place, record in enumerate(records)])
        return OrganisationEncoder(encoder, config or Config()).fit(pool).encode(pool)

    return make


@pytest.fixture
def score_of(side_of):
    """Score one component for one seeker and one candidate, given as dicts."""

    def make(name, seeker, candidate, *, config=None, history=None):
        config = config or Config()
        side = side_of(seeker, candidate, config=config)
        component = next(component for component in COMPONENTS if component.name == name)
        seekers, candidates = side.take(np.array([0])), side.take(np.array([1]))
        return component.both(seekers, candidates, Context(config, history), np.array([[0]]))[0][0, 0]

    return make


@pytest.fixture
def random_records():
    """Return n records, each with any fields filled or empty, the same for the same seed."""

    def make(n, seed=0):
        rng = random.Random(seed)

        def text(low=4, high=9):
            return " ".join(rng.choice(WORDS) for _ in range(rng.randint(low, high)))

        def resources():
            kinds = ["funding", "training", "data"]
            return [
                {"category": rng.choice(kinds), "text": text(1, 3), "weight": rng.randint(1, 5)}
                for _ in range(rng.randint(1, 3))
            ]

        fields = {
            "vision": text,
            "mission": lambda: f"{text()}. {text()}.",
            "values": lambda: rng.sample(WORDS, 2),
            "goals_short": text,
            "goals_long": text,
            "indicators": text,
            "working_style": lambda: text(1, 3),
            "products": lambda: [text(1, 3) for _ in range(rng.randint(1, 2))],
            "markets": lambda: [text(1, 2) for _ in range(rng.randint(1, 2))],
            "languages": lambda: rng.sample(["id", "en", "fr"], rng.randint(1, 2)),
            "channels": lambda: rng.sample(["email", "visits", "phone"], rng.randint(1, 3)),
            "region": lambda: rng.choice(["Bali", "Papua"]),
            "evidence": lambda: [{"text": text(1, 2), "source": "audit", "date": f"20{rng.randint(10, 20)}"}],
            "updated": lambda: f"{rng.randint(2015, 2020)}-03-01",
            "flag": lambda: rng.choice(["none", "observation", "yellow", "red"]),
            "needs": resources,
            "offers": resources,
        }
        drawn = [{name: draw() for name, draw in fields.items() if rng.random() < 0.6} for _ in range(n)]
        return [record if SUBSTANCE & record.keys() else {**record, "vision": "farm"} for record in drawn]

    return make
