"""Generated tables whose rules are known beforehand: no list may break one.

`make rules` generates 1,000,000 pairs (`PAIRS`) instead of a few.
"""

import os

import pandas as pd
import pytest
from generated import CALLS, SIZE, World

from matcher import Matcher, read_profiles
from matcher.config import Config
from matcher.matching.rules import EligibilityRules
from matcher.outcomes import read_outcomes
from matcher.outcomes.history import History
from matcher.profiles.records import roster_of

PAIRS = int(os.environ.get("PAIRS", "6000"))


@pytest.fixture(scope="module")
def worlds():
    return [World(seed) for seed in range(max(1, PAIRS // (SIZE * (SIZE + CALLS))))]


def test_no_rule_is_broken_in_generated_tables(worlds, encoder):
    broken, missed, n_listed = [], [], 0
    for seed, world in enumerate(worlds):
        table = read_profiles(list(world.rows()))
        settings, history = world.settings(), world.history()
        frame = table.kept.sort_values("id", ignore_index=True)
        outcomes = read_outcomes(history).named_by(roster_of(table))
        rules = EligibilityRules(frame, table.set_aside, settings, History.of(outcomes).repeats())
        at_of = {id_: at for at, id_ in enumerate(world.ids)}
        assert not [note for note in rules.notes() if note.is_open and note.column != "must"]
        calls = read_profiles(list(world.calls())).kept
        pool = [at_of[id_] for id_ in frame["id"]]
        seekers = [
            *((id_, at_of[id_], frozenset(), None) for id_ in frame["id"]),
            *(
                (f"call-{n}", lead, world.call_excludes[n], "" if world.rejected[lead] else None)
                for n, lead in enumerate(world.leads)
            ),
        ]
        eligible = [*rules.eligible(frame), *rules.eligible(rules.lend(calls))]
        for (id_, one, excludes, must), row in zip(seekers, eligible, strict=True):
            for other, may in zip(pool, row, strict=True):
                if may and not world.allowed(one, other, excludes, must):
                    broken.append((seed, id_, world.ids[other]))
                elif not may and world.allowed(one, other, excludes, must):
                    missed.append((seed, id_, world.ids[other]))
        if seed % 25 == 0:  # lists take longer than rules
            with pytest.warns(UserWarning):
                matcher = Matcher(Config(rules=settings), encoder=encoder).fit(table, history)
            listed = pd.concat([matcher.recommend_all(SIZE, explain=False), matcher.recommend(calls, SIZE)])
            may = {
                id_: {world.ids[at] for at, ok in zip(pool, row, strict=True) if ok}
                for (id_, *_), row in zip(seekers, eligible, strict=True)
            }
            n_listed += len(listed)
            broken += [
                (seed, row.seeker, row.candidate)
                for row in listed.itertuples()
                if row.candidate not in may[row.seeker]
            ]
    assert not broken
    assert not missed
    assert n_listed
