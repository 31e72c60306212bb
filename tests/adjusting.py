"""Shared by tests of adjusting weights: planted pairs, organisations, outcomes."""

import datetime as dt

import numpy as np
import pandas as pd

from matcher.config import Config
from matcher.features import COMPONENT_NAMES
from matcher.learning.training_pairs import TrainingPairs

PRESENT = Config().weights.normalised()
NAMES = list(PRESENT)
FREE = dict.fromkeys(NAMES, (0.0, 1.0))
TODAY = dt.date(2025, 3, 1)


BOUNDS = {"communication": (0.02, 0.6), "values": (0.02, 0.3), "complementarity": (0.05, 0.4)}


def planted(towards, n=120, m=20, sharpness=12.0, seed=0, n_labelled=None):
    """Return pairs of n seekers with m candidates each, of whom one is chosen by some weights and chance."""
    rng = np.random.default_rng(seed)
    seen = rng.random((n * m, len(COMPONENT_NAMES))).astype(np.float32)
    seen[:, COMPONENT_NAMES.index("conflict")] = 0.0
    utility = sharpness * seen @ np.array([towards.get(name, 0.0) for name in COMPONENT_NAMES])
    chosen = (utility + rng.gumbel(size=n * m)).reshape(n, m).argmax(axis=1)
    label = np.zeros((n, m))
    label[np.arange(n), chosen] = 1.0
    label[n if n_labelled is None else n_labelled :] = 0.0
    return TrainingPairs(
        tuple(COMPONENT_NAMES),
        seen,
        seen.copy(),
        label.ravel(),
        np.ones(n * m),
        np.repeat(np.arange(n), m),
        pd.date_range("2020-01-01", periods=n).to_numpy().astype("datetime64[ns]"),
        np.array([f"c{place:03}" for place in range(n)], dtype=object),
        np.zeros(n * m, dtype=bool),
        np.zeros(n * m, dtype=bool),
    )


LANGUAGES_SPOKEN = ["id", "en", "jv", "fr", "de", "ar", "ja", "es"]
WORDS = ["farm", "school", "river", "coffee", "music", "health", "forest", "city"]
N = 40


def organisations():
    """Return organisations of eight regions and languages; their texts do not mention these."""
    rng = np.random.default_rng(0)
    return [
        {
            "id": f"o{place:02}",
            "name": f"Org {place:02}",
            "mission": " ".join(rng.choice(WORDS, 3, replace=False)),
            "needs": f"funding: {rng.choice(WORDS)}",
            "offers": f"funding: {rng.choice(WORDS)}",
            "languages": LANGUAGES_SPOKEN[place % 8],
            "region": f"region {place % 8}",
            "updated": "2020-01-01",
        }
        for place in range(N)
    ]


def outcomes(n=60, seed=0):
    """Return agreements after the profiles' date, nine in ten of one region and language."""
    rng = np.random.default_rng(seed)
    rows = []
    for day in pd.date_range("2020-02-01", periods=n, freq="21D"):
        one = int(rng.integers(N))
        alike = [other for other in range(N) if other != one and other % 8 == one % 8]
        others = alike if rng.random() < 0.9 else [other for other in range(N) if other != one]
        rows.append((f"o{one:02}", f"o{int(rng.choice(others)):02}", "agreed", f"{day:%Y-%m-%d}"))
    return pd.DataFrame(rows, columns=["seeker", "candidate", "stage", "date"])
