"""Generated tables as people bring them: every row is kept, rejected or noted, and so is every value.

`make soak` reads 5,000 of them (`TABLES`) instead of a few.
"""

import json
import math
import os

import pytest
from generated import Brought

from matcher import Matcher
from matcher.config import Config
from matcher.datasets import DEMO_PATH
from matcher.outcomes import read_outcomes
from matcher.profiles import read_profiles
from matcher.profiles.records import roster_of

TABLES = int(os.environ.get("TABLES", "60"))
LISTED = 10
"""One table of so many is matched."""


@pytest.fixture(scope="module")
def demo():
    lines = DEMO_PATH.read_text(encoding="utf-8").splitlines()
    return [one for line in lines if (one := json.loads(line)).get("mission")]


def plain(value):
    """Return a value as it is compared: None where it is empty."""
    if hasattr(value, "date"):
        return value.date() if value == value else None
    if isinstance(value, float) and math.isnan(value):
        return None
    return value or None


def faults(brought, table):
    """Yield what is wrong with a table that was read, in words."""
    if table.n_rows != len(table.kept) + table.n_rejected:
        yield "rows are lost"
    if table.n_rows != brought.n_rows:
        yield f"{table.n_rows} rows instead of {brought.n_rows}"
    kept = {row["name"]: row for row in table.kept.to_dict("records")}
    noted = {(one.id, one.column) for one in table.notes.itertuples()}
    said = {one.column for one in table.notes.itertuples() if not one.id}
    for name, values in brought.values.items():
        if name not in kept:
            yield f"{name} is not kept"
            continue
        row = kept[name]
        for column, value in values.items():
            got = plain(row[column])
            if got != value and not {(row["id"], column)} & noted and column not in said:
                yield f"{column} of {name} is {got!r} instead of {value!r}"


def broken_rules(brought, table, encoder):
    """Yield the pairs of the lists of a table that a rule bars."""
    world = brought.world
    at_of = {name: at for at, name in enumerate(world.names)}
    outcomes = read_outcomes(world.history()).named_by(roster_of(table))
    matcher = Matcher(Config(rules=world.settings()), encoder=encoder).fit(table, outcomes)
    names = dict(zip(table.kept["id"], table.kept["name"], strict=True))
    for row in matcher.recommend_all(world.size, explain=False).itertuples():
        one, other = (at_of[names[id_]] for id_ in (row.seeker, row.candidate))
        if not world.allowed(one, other):
            yield f"{names[row.candidate]} for {names[row.seeker]}"


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_generated_tables_are_read_as_they_are_meant(tmp_path, demo, encoder):
    found, n_matched = {}, 0
    for seed in range(TABLES):
        brought = Brought(seed, demo)
        path = brought.write(tmp_path)
        try:
            table = read_profiles(path)
            wrong = list(faults(brought, table))
            if seed % LISTED == 0:
                wrong += broken_rules(brought, table, encoder)
                n_matched += 1
        except Exception as err:  # a traceback is a finding, and the other tables are read all the same
            wrong = [f"{type(err).__name__}: {err}"]
        path.unlink()
        if wrong:
            found[seed] = wrong
    assert not found
    assert n_matched
