"""Batches asked for in one call, with the options of `matcher match` as keywords."""

from pathlib import Path

from matcher.commands import batch, labelled, shards
from matcher.commands.batch import Batch
from matcher.commands.terminal import Request


def batch_of(profiles, *, config=None, seeker=(), k=20, explain=True, **given):
    request = Request(profiles, config=config, **{"quiet": True, **given})
    return Batch(request, request.settings(), seeker, k, explain)


def match_batch(profiles, out, **asked):
    whole = {name: asked.pop(name) for name in ("log", "run", "strict", "save_pool") if name in asked}
    paths = {name: Path(asked.pop(name)) for name in ("report", "pages") if asked.get(name)}
    return batch.match_batch(batch_of(profiles, **asked), Path(out), **paths, **whole)


def match_shards(profiles, out, shard=None, backend="local", **asked):
    how = {name: asked.pop(name) for name in ("jobs", "resume") if name in asked}
    return shards.match_shards(batch_of(profiles, **asked), Path(out), shard, backend, **how)


def train_batch(profiles, outcomes, out, **given):
    how = {name: given.pop(name) for name in ("stable", "seed") if name in given}
    return labelled.train_batch(Request(profiles, **given), outcomes, out, **how)


def evaluate_batch(profiles, outcomes, **given):
    names = ("k", "seed", "json_out", "picture")
    how = {name: given.pop(name) for name in names if name in given}
    return labelled.evaluate_batch(Request(profiles, **given), outcomes, **how)
