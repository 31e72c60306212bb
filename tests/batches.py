"""Batches asked for in one call, with the options of `matcher match` as keywords."""

import io
import json
import re
from contextlib import redirect_stderr
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

from matcher.commands import batch, labelled, shards
from matcher.commands.batch import Batch
from matcher.commands.terminal import Request
from matcher.documents.writing import to_markdown
from matcher.evaluation.comparison import Comparison
from matcher.evaluation.document import make_document
from matcher.learning.training import Training


def batch_of(profiles, *, config=None, seeker=(), k=20, explain=True, **given):
    request = Request(profiles, config=config, **{"quiet": True, **given})
    return Batch(request, request.settings(), seeker, k, explain)


FIGURES = {
    "n_profiles": r"^([\d,]+) organisations read",
    "n_rejected": r"(?:read, |^)([\d,]+) rows rejected",
    "n_duplicates": r"([\d,]+) pairs of organisations look like one",
    "n_twins": r"([\d,]+) organisations are nearly the same",
    "n_cut": r"texts of ([\d,]+) organisations do not count",
    "n_overbooked": r"([\d,]+) organisations are wanted in more lists",
    "n_alone": r"([\d,]+) seekers have no eligible partner",
    "n_recommendations": r"([\d,]+) recommendations for",
    "n_seekers": r"recommendations for ([\d,]+) seekers",
}
TEXTS = {"run": "recorded in the log as (.*)", "history_note": "history: (.*)"}
FILES = {
    "out": "recommendations for .* seekers: (.*)",
    "rejected": "(?:rejected rows|rows rejected), with reasons: (.*)",
    "notes": "kept, with notes: (.*)",
    "report": "report: (.*)",
}


class Done(str):
    """What a batch says that it did, with the figures and files in it."""

    def __getattr__(self, name):
        found = re.search({**FIGURES, **TEXTS, **FILES}[name], self, re.MULTILINE)
        if name in FIGURES:
            return int(found[1].replace(",", "")) if found else 0
        return (found[1] if found else "") if name in TEXTS else Path(found[1]) if found else None


def match_batch(profiles, out, **asked):
    whole = {name: asked.pop(name) for name in ("log", "run", "strict", "save_pool") if name in asked}
    paths = {name: Path(asked.pop(name)) for name in ("report", "pages") if asked.get(name)}
    return Done(batch.match_batch(batch_of(profiles, **asked), Path(out), **paths, **whole))


def match_shards(profiles, out, shard=None, backend="local", **asked):
    how = {name: asked.pop(name) for name in ("jobs", "resume") if name in asked}
    return shards.match_shards(batch_of(profiles, **asked), Path(out), shard, backend, **how)


class Trained(NamedTuple):
    """What was trained, and what was said of it."""

    training: Training
    out: Path
    said: Done

    def __str__(self):
        return self.said


class Evaluation(NamedTuple):
    """A comparison, and its record."""

    comparison: Comparison
    record: dict

    def __str__(self):
        return to_markdown(make_document(self.comparison))


def train_batch(profiles, outcomes, out, **given):
    how = {name: given.pop(name) for name in ("stable",) if name in given}
    with redirect_stderr(io.StringIO()) as said:
        training = labelled.train_batch(Request(profiles, **given), outcomes, out, **how)
    return Trained(training, Path(out), Done(said.getvalue()))


def evaluate_batch(profiles, outcomes, **given):
    names = ("k", "ablation", "json_out", "picture")
    how = {name: given.pop(name) for name in names if name in given}
    how.setdefault("json_out", Path(mkdtemp()) / "record.json")
    comparison = labelled.evaluate_batch(Request(profiles, **given), outcomes, **how)
    return Evaluation(comparison, json.loads(how["json_out"].read_text(encoding="utf-8")))
