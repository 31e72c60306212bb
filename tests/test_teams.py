"""Teams: the best one is found, limits hold, what cannot be met is said; the document."""

import itertools
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import processes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.errors import ConfigError, UnknownSeekerError
from matcher.matching.teams import COVERAGE, Limit, TeamProblem, read_limits


@st.composite
def problems(draw, with_limits=True):
    """Draw a problem of up to 9 candidates in three groups."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, size = draw(st.integers(1, 9)), draw(st.integers(1, 4))
    conflict = np.maximum(rng.uniform(-1.0, 1.0, (n, n)), 0.0)
    allowed = rng.random((n, n)) > draw(st.sampled_from([0.0, 0.1, 0.3]))
    groups = np.eye(3)[:, rng.integers(0, 3, n)]
    limits = (
        Limit("a: 1", groups[:1], draw(st.integers(0, 2)), is_least=True),
        Limit("b", groups, draw(st.integers(1, 3)), is_least=False),
        Limit("c", groups, draw(st.integers(0, 3)), is_least=True, is_distinct=True),
    )
    return TeamProblem(
        importance=rng.integers(1, 6, draw(st.integers(0, 4))).astype(float),
        covers=rng.random((0, n)),
        fit=rng.random(n),
        conflict=(conflict + conflict.T) / 2,
        allowed=allowed & allowed.T,
        size=size,
        limits=limits if with_limits else (),
    )


def filled(problem):
    """Give a problem its coverage, of which a third is none."""
    rng = np.random.default_rng(len(problem.fit))
    covers = rng.random((len(problem.importance), len(problem.fit)))
    return TeamProblem(**{**vars(problem), "covers": np.where(covers < 1 / 3, 0.0, covers)})


def misses(problem, members):
    """Count by how much a team misses each limit, and its size."""
    found = [problem.size - len(members)]
    for limit in problem.limits:
        counts = limit.groups[:, members].sum(axis=1)
        if limit.is_distinct:
            found.append(limit.number - (counts > 0).sum())
        else:
            found += [max(limit.number - counts, default=0) if limit.is_least else max(counts - limit.number)]
    return [max(int(number), 0) for number in found]


def agree(problem, members):
    return all(problem.allowed[pair] for pair in itertools.combinations(members, 2))


def every_team(problem):
    teams = itertools.combinations(range(len(problem.fit)), problem.size)
    return [np.array(team) for team in teams if agree(problem, team)]


@given(problems())
def test_choose_finds_the_best_team_that_keeps_to_all_limits(drawn):
    problem = filled(drawn)
    kept = [team for team in every_team(problem) if not any(misses(problem, team))]
    chosen = problem.choose()
    if not kept:
        assert chosen is None
        return
    assert any(np.array_equal(chosen, team) for team in kept)
    assert problem.value(chosen) == pytest.approx(max(map(problem.value, kept)), abs=1e-5)


@given(problems(), st.integers(0, 60), st.booleans())
def test_sums_of_a_column_are_kept(drawn, number, is_least):
    """By brute force: costs of members together at most, or staff at least, a number."""
    values = np.random.default_rng(number).integers(0, 40, (1, len(drawn.fit))).astype(float)
    limit = Limit("sum of cost", values, number, is_least, is_sum=True)
    problem = filled(replace(drawn, limits=(*drawn.limits, limit)))

    def kept(team):
        total = values[0, team].sum()
        return (total >= number if is_least else total <= number) and not any(misses(drawn, team))

    teams = [team for team in every_team(problem) if kept(team)]
    chosen = problem.choose()
    assert (chosen is None) == (not teams)
    if teams:
        assert kept(chosen)
        assert problem.value(chosen) == pytest.approx(max(map(problem.value, teams)), abs=1e-5)


@given(problems())
def test_shortfalls_are_the_least_by_which_limits_can_be_missed(drawn):
    problem = filled(drawn)
    if problem.choose() is not None:
        return
    sizes = range(min(problem.size, len(problem.fit)) + 1)
    teams = [team for size in sizes for team in itertools.combinations(range(len(problem.fit)), size)]
    fewest = min(sum(misses_each(problem, list(team))) for team in teams if agree(problem, team))
    found = problem.shortfalls()
    assert sum(number for _, number in found) >= 1
    assert sum(number for _, number in found) <= fewest


def misses_each(problem, members):
    """Count as `misses`, one of several groups at a time."""
    found = misses(problem, members)
    counts = problem.limits[1].groups[:, members].sum(axis=1)
    return [*found[:2], int(np.maximum(counts - problem.limits[1].number, 0).sum()), *found[3:]]


@given(problems(with_limits=False))
def test_greedy_never_beats_the_choice_and_keeps_its_guarantee(drawn):
    """Of coverage alone, which is monotone and submodular (Nemhauser, Wolsey and Fisher 1978)."""
    problem = filled(drawn)
    n = len(problem.fit)
    free = np.zeros(n), np.zeros((n, n)), np.ones((n, n), dtype=bool)
    size = min(problem.size, n)
    problem = TeamProblem(problem.importance, problem.covers, *free, size)
    greedy = []
    while len(greedy) < size:
        left = [one for one in range(n) if one not in greedy]
        greedy.append(max(left, key=lambda one: problem.value(np.array([*greedy, one]))))
    best, got = problem.value(problem.choose()), problem.value(np.array(greedy))
    assert (1 - 1 / np.e) * best - 1e-6 <= got <= best + 1e-6
    assert best <= COVERAGE + 1e-9


def test_banned_candidates_are_in_no_team(rng=np.random.default_rng(0)):  # noqa: B008
    problem = TeamProblem(
        np.ones(2), rng.random((2, 6)), rng.random(6), np.zeros((6, 6)), np.ones((6, 6)) > 0, 3
    )
    first = problem.choose()
    second = problem.choose(first.tolist())
    assert {*first.tolist()} | {*second.tolist()} == {*range(6)}


POOL = [
    {
        "id": "call",
        "needs": "training: courses on drying coffee (5); distribution: trucks to the harbour (3)",
    },
    {
        "id": "school",
        "cost": 30,
        "kind": "education",
        "offers": "training: courses on drying coffee (5)",
        "country": "id",
    },
    {
        "id": "trucks",
        "cost": 40,
        "kind": "business",
        "offers": "distribution: trucks to the harbour (5)",
        "country": "my",
    },
    {
        "id": "rival",
        "cost": 20,
        "kind": "business",
        "offers": "distribution: trucks to the harbour (3)",
        "country": "id",
    },
    {
        "id": "clinic",
        "cost": 2,
        "kind": "social",
        "offers": "people: nurses and doctors (4)",
        "country": "id",
    },
    {"id": "fund", "cost": 80, "kind": "social", "offers": "funding: money for fuel (5)", "country": "id"},
]


def matcher_of(encoder, **changes):
    rows = [
        {"name": row["id"].title(), "mission": "coffee", **row, **changes.get(row["id"], {})} for row in POOL
    ]
    return Matcher(encoder=encoder).fit(rows)


def test_team_covers_each_need_by_another_member(encoder):
    team = matcher_of(encoder).team("call", 2)
    assert sorted(team.members()) == ["school", "trucks"]
    rows = team.table[team.table["team"] == 1].set_index("need")
    assert rows["candidate"].to_dict() == {
        "courses on drying coffee": "school",
        "trucks to the harbour": "trucks",
    }
    assert rows["irreplaceable"].to_dict()["courses on drying coffee"] == (
        rows["answer"]["courses on drying coffee"] != "open"
    )
    assert not {*team.members()} & {*team.members(2)}
    assert team.table["team"].max() == len(team.values) == 2


@pytest.mark.parametrize(
    ("changes", "limits", "expected"),
    [
        ({"school": {"excludes": "trucks"}}, {}, ["rival", "school"]),
        ({"trucks": {"never": "x"}, "school": {"never": "x"}}, {}, ["rival", "school"]),
        ({"call": {"excludes": "trucks"}}, {}, ["rival", "school"]),
        ({}, {"at_most": {"kind: business": 0}}, None),
        ({}, {"at_least": {"kind: social": 2}}, ["clinic", "fund"]),
        ({}, {"at_most": {"country": 1}, "at_least": {"negara": 2}}, ["school", "trucks"]),
        ({}, {"at_most": {"cost": 50}}, ["rival", "school"]),
        ({}, {"at_most": {"cost": 25}}, ["clinic", "rival"]),
        ({}, {"at_least": {"cost": 115}}, ["fund", "trucks"]),
        ({"school": {"staff": 5}, "fund": {"staff": 20}}, {"at_least": {"pegawai": 25}}, ["fund", "school"]),
    ],
)
def test_team_keeps_to_rules_among_members_and_to_limits(encoder, changes, limits, expected):
    members = sorted(matcher_of(encoder, **changes).team("call", 2, **limits).members())
    assert members == expected if expected else not {*members} & {"trucks", "rival"}


@pytest.mark.parametrize(
    ("size", "limits", "message"),
    [
        (3, {"at_least": {"kind: education": 3}}, "kind: education is missed by 2"),
        (4, {"at_least": {"country": 3}}, "country is missed by 1"),
        (9, {}, "4 members are missing"),
        (2, {"at_most": {"kind: social": 0, "kind: business": 0}}, "is missed by 1|1 members are missing"),
        (2, {"at_least": {"colour": 1}}, "at_least must name a condition"),
        (2, {"at_most": {"cost": 10}}, "5 best candidates: sum of cost is missed by 12"),
        (2, {"at_least": {"cost": 200}}, "sum of cost is missed by 80"),
        (2, {"at_most": {"country": -1}}, "at_most must give whole numbers from 0; got -1"),
        (0, {}, "size must be"),
    ],
)
def test_team_says_what_cannot_be_met(encoder, size, limits, message):
    with pytest.raises(ConfigError, match=message):
        matcher_of(encoder).team("call", size, **limits)


def test_seeker_with_neither_needs_nor_passages_gets_those_that_fit_best(encoder):
    team = matcher_of(encoder).team({"name": "New", "offers": "funding: money for fuel"}, 2)
    assert len(team.members()) == 2
    assert team.needs(1).empty
    assert "New" in team.to_markdown()


def test_team_without_any_candidate_is_refused(encoder):
    call = {"name": "New", "mission": "coffee", "excludes": "call;school;trucks;rival;clinic;fund"}
    with pytest.raises(ConfigError, match="2 members are missing"):
        matcher_of(encoder).team(call, 2)


def test_team_of_an_unknown_seeker_is_refused(encoder):
    with pytest.raises(UnknownSeekerError):
        matcher_of(encoder).team("nobody")


def test_seeker_without_needs_has_its_passages_covered(encoder):
    call = {"name": "Call", "mission": "Nurses and doctors go to villages. Money for fuel is scarce."}
    pool = {"clinic": {"mission": "nurses and doctors"}, "fund": {"mission": "money for fuel"}}
    team = matcher_of(encoder, **pool).team(call, 2)
    assert sorted(team.members()) == ["clinic", "fund"]
    assert team.needs(1)["need"].nunique() == 2


@pytest.mark.parametrize(("lang", "words"), [("en", "Who covers what"), ("id", "Siapa menjawab")])
def test_document_says_who_covers_what(encoder, lang, words):
    text = matcher_of(encoder).team("call", 3, lang=lang).to_markdown()
    assert words in text
    assert "“courses on drying coffee”" in text
    assert "School" in text


@pytest.mark.parametrize(("lang", "mark"), [("en", "(Indonesian)"), ("id", "(bahasa Inggris)")])
def test_quotes_in_another_language_than_the_readers_are_marked(demo, lang, mark):
    team = demo.team("puskesmas-rantau-keminting", 3, lang=lang)
    quoted = [line for line in team.to_markdown().splitlines() if line.startswith("| “")]
    spoken = "id" if lang == "en" else "en"
    others = [
        row
        for row in team.needs(1).itertuples()
        if spoken in (team.languages[row.need], team.languages[row.offer])
    ]
    assert others and sum(mark in line for line in quoted) == len(others)


def test_limits_read_values_of_a_column_in_any_notation(pool_of):
    frame = pool_of(
        {"id": "a", "mission": "x", "country": "Indonesia", "sector": "fish;tea"},
        {"id": "b", "mission": "x", "country": "ID", "sector": "Fish"},
    )
    country, sector = read_limits({"country": 1}, {"sector": 1}, frame)
    assert country.groups.tolist() == [[1, 1]]
    assert sector.groups.tolist() == [[1, 1], [1, 0]]


@pytest.mark.slow
def test_command_writes_a_document_or_a_table(tmp_path):
    keys = [*{key: "" for row in POOL for key in row}]
    lines = [keys, *([row.get(key, "") for key in keys] for row in POOL)]
    texts = [
        [*line, "mission" if at == 0 else "coffee", "name" if at == 0 else line[0].title()]
        for at, line in enumerate(lines)
    ]
    (tmp_path / "p.csv").write_text("\n".join(",".join(map(str, line)) for line in texts), encoding="utf-8")
    call = {"named": {"id": "new call", "name": "New call", "needs": "distribution: trucks to the harbour"}}
    (tmp_path / "s.jsonl").write_text(json.dumps(call["named"]), encoding="utf-8")
    command = str(Path(sys.executable).with_name("matcher")), "team", "p.csv", "--quiet", "--size", "2"

    def run(*options):
        return processes.run(command, *options, cwd=tmp_path)

    assert run("--for", "call", "--out", "t.md", "--at-least", "kind: social=1").returncode == 0
    assert (
        "Fund (fund)" in (tmp_path / "t.md").read_text()
        or "Clinic (clinic)" in (tmp_path / "t.md").read_text()
    )
    assert run("--for", "New call", "--seekers", "s.jsonl", "--out", "t.csv").returncode == 0
    assert pd.read_csv(tmp_path / "t.csv")["candidate"].isin(["trucks", "rival"]).any()
    for wrong, message in (
        (("--for", "call", "--out", "t.md", "--at-most", "country"), "limits must be written as"),
        (("--for", "nobody", "--seekers", "s.jsonl", "--out", "t.md"), "for must name one seeker"),
        (("--for", "call", "--out", "t.doc"), "out must end in one of"),
        (("--for", "call", "--out", "t.md", "--at-least", "kind: education=2"), "is missed by 1"),
    ):
        done = run(*wrong)
        assert done.returncode == 2
        assert message in " ".join(done.stderr.split())
