"""Encoders and pools that tests share."""

import hashlib
import io
import json
import re
from collections import Counter
from importlib import resources

import numpy as np
import pytest
from babel.messages.pofile import read_po
from batches import match_batch
from hypothesis import settings
from servers import database
from worlds import planted, records_of

from matcher import Matcher
from matcher.config import Config
from matcher.datasets import load_demo
from matcher.learning.training import train_ranker
from matcher.outcomes.log import OutcomeLog
from matcher.profiles import read_profiles

# How long an example takes says nothing of whether the code is right.
settings.register_profile("steady", deadline=None, max_examples=60)
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.register_profile("kernels", deadline=None, max_examples=25)
settings.load_profile("steady")


def pytest_collection_modifyitems(items):
    """Put files with many slow tests first, so that no worker is left alone with one at the end."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


class WordEncoder:
    """Fake encoder: one dimension a word, so that cosines can be worked out by hand.

    The cosine of two texts is (words shared) / sqrt(words of one x words of the other), each distinct
    word counted once; words are hashed to 4,096 dimensions.
    """

    name = "words"
    fingerprint = "words"
    is_centred = True
    dimensions = 4096

    def encode(self, texts, *, progress=False):
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in set(re.findall(r"[^\W_]+", text.casefold())):
                digest = hashlib.blake2b(word.encode(), digest_size=4).digest()
                vectors[row, int.from_bytes(digest) % self.dimensions] = 1.0
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


@pytest.fixture(scope="session")
def encoder():
    return WordEncoder()


@pytest.fixture
def pool_of():
    """Turn dicts into a canonical table; every dict must be a usable profile."""

    def make(*records):
        table = read_profiles([{"name": record["id"], **record} for record in records])
        assert table.n_rejected == 0, table.rejected
        return table.kept

    return make


@pytest.fixture(scope="session")
def trained():
    """Train on a planted world, in which who shares a programme works together."""
    table = read_profiles([{"name": record["id"], **record} for record in records_of()])
    return train_ranker(table.kept, planted(150), Config(), WordEncoder(), stable=True)


@pytest.fixture(scope="session")
def demo():
    """Fit a matcher to the demo once, for tests that change nothing of it."""
    return Matcher().fit(load_demo())


@pytest.fixture(scope="session")
def catalogue():
    """Read the Indonesian messages."""
    source = resources.files("matcher.documents").joinpath("locales", "id.po").read_bytes()
    return read_po(io.BytesIO(source), locale="id")


@pytest.fixture(scope="session")
def translated(catalogue):
    """Map every message, a pair where it has a plural, to its Indonesian text."""
    return {message.id: message.string for message in catalogue if message.id}


@pytest.fixture
def small_matcher(pool_of, encoder):
    """Fit a matcher of 24 organisations, o0 to o23, with few words in common."""
    topics = ["coffee farmers", "boats fishermen", "nurses villages", "solar roofs"]
    organisations = pool_of(
        *(
            {
                "id": f"o{place}",
                "mission": f"{topics[place % 4]} {topics[(place + 1) % 4].split()[0]}",
                "goals_short": f"{topics[place % 3]} by 2030",
                "languages": ["en"] if place % 2 else ["en", "id"],
                "needs": f"training: course{place % 5} (4)",
                "offers": f"training: course{(place + 1) % 5} (3)",
                "evidence": [f"won prize {place} (jury, 2019-0{place % 8 + 1}-01)"] * (place % 3),
                "updated": "2020-01-01",
            }
            for place in range(24)
        )
    )
    return Matcher(encoder=encoder).fit(organisations)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Give a place for an outcome log: a file, or a database of a server."""
    return str(tmp_path / "log.db") if request.param == "sqlite" else database()


@pytest.fixture
def log(place):
    return OutcomeLog(place)


@pytest.fixture
def make(tmp_path, encoder):
    """Match some organisations and write their report; return its path."""

    def run(rows, name="report.html", **options):
        with (tmp_path / "profiles.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        match_batch(
            tmp_path / "profiles.jsonl",
            tmp_path / "out.csv",
            encoder=encoder,
            report=tmp_path / name,
            **{"k": 4, **options},
        )
        return tmp_path / name

    return run
