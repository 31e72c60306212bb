"""Generated tables whose rules are known beforehand: no list may break one.

`make rules` generates 1,000,000 pairs (`PAIRS`) instead of a few.
"""

import os
import random

import pandas as pd
import pytest

from matcher import Matcher, read_profiles
from matcher.config import Config, RuleSettings
from matcher.matching.rules import EligibilityRules
from matcher.outcomes import read_outcomes
from matcher.outcomes.history import history_of
from matcher.profiles.records import roster_of

PAIRS = int(os.environ.get("PAIRS", "6000"))
SIZE, CALLS = 40, 10
WORDS = ("rice", "solar", "school", "clinic", "reef", "loans", "books", "boats", "music", "water")
KINDS = {"education": "pendidikan", "social": "NGO", "business": "perusahaan"}
JOINTS = ("; ", ", ", "\n", " dan ", " and ", "；", "、", " / ", "\n- ")


class World:
    """A pool, seekers and a history, written in many notations, and what each rule means by number."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.style = self.draw.choice(("org-{:03}", "{:05}", "{}", "Lembaga {}", "A/{:02}/2024"))
        self.ids = [self.style.format(number) for number in range(1, SIZE + 1)]
        self.names = [f"Yayasan {WORDS[at % 10].title()} {chr(65 + at // 10)}{at}" for at in range(SIZE)]
        self.kinds = [self.draw.choice(list(KINDS)) for _ in range(SIZE)]
        self.excludes = [self.some(2) for _ in range(SIZE)]
        self.labels = [set(self.draw.sample("PQRS", self.draw.choice((0, 0, 1)))) for _ in range(SIZE)]
        self.musts = [self.draw.choice(("", "", "", *KINDS)) for _ in range(SIZE)]
        self.red = [self.draw.random() < 0.05 for _ in range(SIZE)]
        self.full = [self.draw.random() < 0.05 for _ in range(SIZE)]
        self.rejected = [self.draw.random() < 0.1 for _ in range(SIZE)]
        self.leads = [self.draw.randrange(SIZE) for _ in range(CALLS)]
        self.call_excludes = [self.some(2) for _ in range(CALLS)]
        self.group = set(self.draw.sample(range(SIZE), 3))
        self.met = {frozenset(self.draw.sample(range(SIZE), 2)) for _ in range(20)}

    def some(self, most):
        return set(self.draw.sample(range(SIZE), self.draw.randint(0, most)))

    def notation(self, at):
        """One of the ways in which people write whom they mean."""
        id_ = self.ids[at]
        forms = [
            id_,
            id_.upper(),
            f"\u200e{id_}",
            f" {id_}\u00a0",
            f"{id_} ",
            self.names[at],
            self.names[at].upper(),
        ]
        forms += [id_.replace("-", "\u2011")]
        forms += [str(int(id_)), f"{int(id_)}.0"] if id_.isdecimal() else []
        return self.draw.choice(forms)

    def cell(self, ats):
        return self.draw.choice(JOINTS).join(self.notation(at) for at in sorted(ats))

    def rows(self):
        for at, id_ in enumerate(self.ids):
            kind = self.kinds[at]
            must = self.musts[at]
            yield {
                "id": id_,
                "name": self.names[at],
                # A row without any of these is rejected.
                "mission": "" if self.rejected[at] else " ".join(self.draw.sample(WORDS, 4)),
                "needs": "" if self.rejected[at] else f"funding: {self.draw.choice(WORDS)} {at}",
                "offers": "" if self.rejected[at] else f"training: {self.draw.choice(WORDS)} {at}",
                "kind": self.draw.choice((kind, KINDS[kind])),
                "excludes": self.cell(self.excludes[at]),
                "never": "; ".join(self.draw.choice((one, one.lower())) for one in self.labels[at]),
                "must": must and self.draw.choice((f"kind: {must}", f"Jenis = {KINDS[must]}")),
                "flag": "red" if self.red[at] else "",
                "capacity_max": "0" if self.full[at] else "",
                "updated": "2024-01-01",
            }

    def calls(self):
        for number, lead in enumerate(self.leads):
            yield {
                "id": f"call-{number}",
                "name": f"Call {number}",
                "mission": " ".join(self.draw.sample(WORDS, 4)),
                "kind": self.kinds[lead],
                "lead": self.notation(lead),
                "excludes": self.cell(self.call_excludes[number]),
            }

    def history(self):
        pairs = [self.draw.sample(sorted(pair), 2) for pair in sorted(self.met, key=sorted)]
        names = [[self.notation(at) for at in pair] for pair in pairs]
        stages = [self.draw.choice(("met", "declined", "agreed", "active")) for _ in names]
        days = [self.draw.choice(("2023-01-01", "2025-01-01")) for _ in names]
        frame = pd.DataFrame(names, columns=["seeker", "candidate"])
        return frame.assign(stage=stages, date=days)

    def settings(self):
        return RuleSettings(never=[[self.notation(at) for at in self.group]], no_repeats=True)

    def allowed(self, one, other, excludes=frozenset(), must=None):
        """Say by the rules whether an organisation may be listed for another, or for a call that it leads."""
        return (
            one != other
            and not self.rejected[other]
            and not self.red[other]
            and not self.full[other]
            and other not in self.excludes[one] | excludes
            and one not in self.excludes[other]
            and not self.labels[one] & self.labels[other]
            and not {one, other} <= self.group
            and frozenset((one, other)) not in self.met
            and self.musts[other] in ("", self.kinds[one])
            and (self.musts[one] if must is None else must) in ("", self.kinds[other])
        )


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
        rules = EligibilityRules(frame, table.set_aside, settings, history_of(outcomes).repeats())
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
