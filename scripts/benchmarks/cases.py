"""Snapshots of real organisations, and what they did later."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from matcher import read_profiles
from matcher.columns import Profile

SPLIT: Final = "2016-06-01"
"""Date that parts the validation snapshot: projects before are known, later ones are to be found."""
DEPTH: Final = 100  # recommendations a seeker that are judged


@dataclass(frozen=True)
class Case:
    """One snapshot of real organisations and what they did later."""

    name: str
    pool: pd.DataFrame
    seekers: pd.DataFrame
    truth: Path
    history: Path
    depth: int = DEPTH


def load_interreg(data: Path) -> Case:
    """European projects: calls as seekers, organisations with a past as candidates."""
    folder = data / "interreg"
    return Case(
        "interreg",
        read_profiles(folder / "profiles.jsonl.gz").kept,
        read_profiles(folder / "opportunities.jsonl.gz").kept,
        folder / "opportunities.jsonl.gz",
        folder / "history.jsonl.gz",
    )


def load_validation(data: Path, folder: Path) -> Case:
    """Earlier European calls, to choose settings on: those after `SPLIT`, from the projects before.

    Profiles lose the texts of the projects that are to be predicted; who has no text left is left out.
    `folder` receives the snapshot's truth and history.
    """
    source = data / "interreg"
    projects = json_rows(source / "history.jsonl.gz")
    records = {row["id"]: row for row in json_rows(source / "profiles.jsonl.gz")}
    later = [project for project in projects if project["date"] >= SPLIT]
    homes = {id_: {key: row.get(key) for key in ("country", "region")} for id_, row in records.items()}
    for project in later:
        for member in {project["lead"], *project.get("partners", [])} & records.keys():
            records[member]["mission"] = records[member]["mission"].replace(project["mission"], "").strip()
            records[member]["updated"] = min(records[member]["updated"], SPLIT)
    pool = [row for row in records.values() if len(row["mission"]) >= 20]
    known = {row["id"] for row in pool}
    calls = []
    for project in later:
        partners = [id_ for id_ in project.get("partners", []) if id_ in known and id_ != project["lead"]]
        if partners:
            home = homes.get(project["lead"], {})
            calls.append({**project, **home, "name": project["id"], "partners": partners})
    paths = folder / "calls.jsonl", folder / "history.jsonl"
    for path, rows in zip(paths, (calls, [row for row in projects if row["date"] < SPLIT]), strict=True):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return Case("interreg, validation", read_profiles(pool).kept, read_profiles(calls).kept, *paths)


def load_grants(data: Path) -> Case:
    """Foundations as seekers, the organisations they might fund next as candidates."""
    folder = data / "grants"
    pool = read_profiles(folder / "profiles.jsonl.gz").kept
    funders = pool[Profile.ID].str.startswith("F")
    return Case(
        "grants",
        pool,
        pool[funders],
        folder / "new_partnerships.jsonl.gz",
        folder / "history.jsonl.gz",
        # Only new partners are judged: known ones are taken out of the lists, and there are many.
        depth=len(pool),
    )


def json_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a compressed file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
