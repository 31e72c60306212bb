import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.config import Config, RuleSettings
from matcher.errors import ConfigError, ProfileError, UnknownSeekerError
from matcher.matching.rules import EligibilityRules
from matcher.profiles import read_profiles


def eligible_pairs(seekers, candidates):
    return EligibilityRules(candidates).eligible(seekers)


def org(id_, **fields):
    return {"id": id_, "vision": "trees", **fields}


def test_eligible_nobody_is_recommended_to_themself(pool_of):
    pool = pool_of(org("a"), org("b"), org("c"))
    np.testing.assert_array_equal(eligible_pairs(pool, pool), ~np.eye(3, dtype=bool))


def test_eligible_worked_table(pool_of):
    # a excludes b; c is excluded by nobody but red; d excludes a.
    pool = pool_of(org("a", excludes="b"), org("b"), org("c", flag="red"), org("d", excludes="a"))
    expected = [
        [False, False, False, False],
        [False, False, False, True],
        [True, True, False, True],
        [False, True, False, False],
    ]
    assert eligible_pairs(pool, pool).tolist() == expected


@pytest.mark.parametrize("flag", ["none", "observation", "yellow"])
def test_eligible_lesser_flags_stay_in(pool_of, flag):
    pool = pool_of(org("a"), org("b", flag=flag))
    assert eligible_pairs(pool, pool)[0, 1]


def test_eligible_opportunity_is_never_recommended_its_lead(pool_of):
    pool = pool_of(org("a"), org("b"))
    call = pool_of(org("call", lead="a"))
    assert eligible_pairs(call, pool).tolist() == [[False, True]]


def test_eligible_candidate_excluding_the_lead_is_left_out(pool_of):
    pool = pool_of(org("a"), org("b", excludes="a"), org("c", excludes="call"), org("d"))
    call = pool_of(org("call", lead="a"))
    assert eligible_pairs(call, pool).tolist() == [[False, False, False, True]]


def test_eligible_unknown_excluded_ids_are_harmless(pool_of):
    pool = pool_of(org("a", excludes="gone; nowhere"), org("b"))
    assert eligible_pairs(pool, pool)[0, 1]


def test_eligible_two_profiles_without_lead_are_not_taken_for_one(pool_of):
    pool = pool_of(org("a", lead=""), org("b", lead=""))
    assert eligible_pairs(pool, pool)[0, 1]


@pytest.mark.parametrize("seed", range(5))
def test_eligible_random_pool_equals_brute_force(pool_of, seed):
    rng = random.Random(seed)
    names = [f"o{place}" for place in range(12)]
    records = [
        org(name, excludes=rng.sample(names, rng.randint(0, 3)), flag=rng.choice(["none", "yellow", "red"]))
        for name in names
    ]
    pool = pool_of(*records)
    got = eligible_pairs(pool, pool)
    for row, seeker in enumerate(records):
        for column, candidate in enumerate(records):
            allowed = (
                row != column
                and candidate["flag"] != "red"
                and candidate["id"] not in seeker["excludes"]
                and seeker["id"] not in candidate["excludes"]
            )
            assert got[row, column] == allowed


def test_eligible_order_and_blocks_change_nothing(pool_of):
    names = [f"o{place}" for place in range(8)]
    pool = pool_of(*[org(name, excludes=names[place - 2]) for place, name in enumerate(names)])
    whole = eligible_pairs(pool, pool)
    order = np.array([3, 7, 0, 1, 6, 2, 5, 4])
    turned = pool.iloc[order].reset_index(drop=True)
    np.testing.assert_array_equal(eligible_pairs(turned, turned), whole[order][:, order])
    np.testing.assert_array_equal(eligible_pairs(pool.iloc[3:5], pool), whole[3:5])


def test_eligible_rules_of_a_pool_are_indexed_once(pool_of, encoder, monkeypatch):
    built = []

    class Counting(EligibilityRules):
        def __init__(self, candidates, *rest):
            built.append(len(candidates))
            super().__init__(candidates, *rest)

    monkeypatch.setattr("matcher.matching.pool.EligibilityRules", Counting)
    monkeypatch.setattr("matcher.matching.pool.BLOCK", 1)
    matcher = Matcher(encoder=encoder).fit(pool_of(*(org(name) for name in "abcd")))
    matcher.recommend_all(2, explain=False)
    assert built == [4]


@pytest.mark.parametrize("cell", ["b, c", "B\nC", "org B dan org C", "\u200eb；c", "b (x); c: y"])
def test_excludes_hold_by_id_or_name_in_any_notation(pool_of, cell):
    pool = pool_of(org("a", excludes=[cell]), org("b", name="Org B"), org("c", name="Org C"), org("d"))
    rules = EligibilityRules(pool)
    assert rules.eligible(pool)[0].tolist() == [False, False, False, True]
    assert rules.eligible(pool)[:, 0].tolist() == [False, False, False, True]
    assert not [note for note in rules.notes() if note.is_open]


def test_excludes_that_name_nobody_are_noted_with_the_nearest(pool_of):
    pool = pool_of(org("organ-1", excludes="organ-22"), org("organ-2", name="Two"))
    (note,) = EligibilityRules(pool).notes()
    assert note.is_open
    assert note[:3] == ("organ-1", "excludes", "organ-22")
    assert note.reason == "names no organisation of the profiles; the nearest is organ-2 (Two)"


@pytest.mark.parametrize(("one", "other"), [("org-1", "ORG-1"), ("007", "7"), ("org-1", "org‑1")])
def test_two_notations_of_an_id_are_one_organisation(pool_of, one, other):
    pool = pool_of(org(one), org(other), org("x", excludes=one))
    rules = EligibilityRules(pool)
    assert not rules.eligible(pool).any()
    assert {note.column for note in rules.notes()} == {"id"}


def test_what_the_pool_states_holds_for_a_seeker_of_the_same_id(pool_of):
    pool = pool_of(
        org("07", excludes="b", never="x"), org("b"), org("c", never="X "), org("d", flag="yellow")
    )
    rules = EligibilityRules(pool)
    assert rules.eligible(pool_of(org("7"))).tolist() == [[False, False, False, True]]
    lent = rules.lend(pool_of(org("D"), org("7", lead="D")))
    assert lent["id"].tolist() == ["d", "07"]
    assert lent["flag"].tolist() == ["yellow", "yellow"]
    assert lent["lead"].tolist() == ["", "d"]


def test_what_a_rejected_row_states_holds(encoder):
    rows = [
        org("a", name="A", excludes="b", flag="yellow", staff="-5"),
        org("b", name="B"),
        org("c", name="C"),
        org("c", name="C", flag="red"),
        org("d", name="D"),
        org("e", name="E"),
    ]
    matcher = Matcher(encoder=encoder).fit(read_profiles(rows))
    call = {"id": "call", "vision": "trees", "lead": "A"}
    assert set(matcher.recommend(call, explain=False)["candidate"]) == {"d", "e"}
    assert matcher.recommend(call)["concerns"].str.contains("you carry a flag").all()
    noted = matcher.table.notes.set_index("id")["reason"]
    assert noted["c"] == "what another row of this organisation states holds too"


@pytest.mark.parametrize("lead", ["1", "1.0", "ORG one", "\u200e001"])
def test_lead_in_any_notation_is_never_its_own_partner(pool_of, lead):
    pool = pool_of(org("001", name="Org One", excludes="b"), org("b"), org("c"))
    rules, call = EligibilityRules(pool), pool_of(org("call", lead=lead))
    assert rules.eligible(call).tolist() == [[False, False, True]]
    assert [(note.reason, note.is_open) for note in rules.notes(call)] == [("read as 001", False)]


def test_unknown_lead_is_noted(pool_of):
    rules = EligibilityRules(pool_of(org("org-1"), org("org-2")))
    (note,) = rules.notes(pool_of(org("call", lead="org-11")))
    assert note.is_open and note.column == "lead" and "org-1" in note.reason


def test_without_capacity_nobody_is_recommended(pool_of):
    pool = pool_of(org("a", capacity_max=0), org("b", capacity_max=1), org("c"))
    rules = EligibilityRules(pool)
    assert rules.eligible(pool)[1].tolist() == [False, False, True]
    assert [note.column for note in rules.notes()] == ["capacity_max"]


def test_never_groups_of_table_and_settings(pool_of):
    pool = pool_of(org("a", never="gov; Group 1"), org("b", never="GROUP 1"), org("c"), org("d", name="Dee"))
    rules = EligibilityRules(pool, settings=RuleSettings(never=[["c", "dee"]]))
    assert (~rules.eligible(pool)).tolist() == [
        [True, True, False, False],
        [True, True, False, False],
        [False, False, True, True],
        [False, False, True, True],
    ]


CANDIDATES = (
    org("a", kind="education", country="Indonesia", region="Bali", languages="id; en", offers="funding: x"),
    org("b", kind="business", country="ID", languages="en", offers="training: x; dana: y"),
    org("c", kind="social", country="Germany"),
    org("d"),
)


@pytest.mark.parametrize(
    ("must", "met"),
    [
        ("kind: education", "a"),
        ("jenis: pendidikan, usaha", "ab"),
        ("Kind = school or NGO", "ac"),
        ("country: ID", "ab"),
        ("negara: Indonesia", "ab"),
        ("country: Jerman", "c"),
        ("region: Bali", "a"),
        ("offers: funding", "ab"),
        ("offers: pendanaan; menawarkan: pelatihan", "b"),
        ("offers: funding and training", "b"),
        ("languages: Inggris", "ab"),
        ("language: id", "a"),
        ("kind: education; country: Germany", ""),
    ],
)
def test_must_conditions_hold_for_every_candidate(pool_of, must, met):
    pool = pool_of(*CANDIDATES)
    rules = EligibilityRules(pool)
    seeker = pool_of(org("seeker", must=must, kind="public", country="Indonesia"))
    assert {"abcd"[at] for at in np.flatnonzero(rules.eligible(seeker)[0])} == set(met)
    of_run = EligibilityRules(pool, settings=RuleSettings(must=(must,)))
    assert {"abcd"[at] for at in np.flatnonzero(of_run.eligible(pool_of(org("x")))[0])} == set(met)


def test_must_of_a_candidate_holds_for_the_seeker(pool_of):
    pool = pool_of(org("a", must="kind: education"), org("b"))
    seekers = pool_of(org("x", kind="education"), org("y", kind="social"), org("z"))
    assert EligibilityRules(pool).eligible(seekers).tolist() == [[True, True], [False, True], [False, True]]


def test_must_that_cannot_be_read_or_met_is_noted(pool_of):
    rules = EligibilityRules(pool_of(org("a", must="only good ones; kind: public"), org("b")))
    assert [(note.value, note.is_open) for note in rules.notes()] == [
        ("only good ones", True),
        ("kind: public", True),
    ]
    of_run = EligibilityRules(pool_of(org("a")), settings=RuleSettings(must=("semua", "jenis: busines")))
    assert [(note.value, note.id) for note in of_run.notes()] == [("semua", ""), ("kind: busines", "")]


def test_repeats_drop_out(pool_of):
    pool = pool_of(org("07"), org("b"), org("c"))
    rules = EligibilityRules(pool, repeats=[("7", "B")])
    assert rules.eligible(pool).tolist() == [
        [False, False, True],
        [False, False, True],
        [True, True, False],
    ]


labels = st.lists(st.sampled_from(["x", "y"]), max_size=1)
ids = st.sampled_from([f"o{number}" for number in range(9)])
notations = st.sampled_from([str, str.upper, lambda text: f"\u200e{text}", lambda text: f" {text} "])


@st.composite
def rows(draw, id_):
    excludes = draw(st.lists(st.tuples(ids, notations), max_size=2))
    return org(
        id_,
        excludes=draw(st.sampled_from([", ", "; ", "\n"])).join(write(one) for one, write in excludes),
        flag=draw(st.sampled_from(["none", "none", "red"])),
        never=draw(labels),
        kind=draw(st.sampled_from(["social", "education"])),
        must=draw(st.sampled_from(["", "", "kind: education", "jenis: sosial"])),
        capacity_max=draw(st.sampled_from([None, 0, 2])),
    ), {one for one, _ in excludes}


@given(st.data())
def test_no_rule_is_broken_in_generated_pools(data):
    drawn = [data.draw(rows(f"o{number}")) for number in range(9)]
    pool = read_profiles([{"name": row["id"], **row} for row, _ in drawn]).kept
    eligible = EligibilityRules(pool).eligible(pool)
    words = {"kind: education": {"education"}, "jenis: sosial": {"social"}, "": {"education", "social"}}
    for at, (one, out) in enumerate(drawn):
        for other_at, (other, others_out) in enumerate(drawn):
            allowed = (
                at != other_at
                and other["id"] not in out
                and one["id"] not in others_out
                and other["flag"] != "red"
                and not set(one["never"]) & set(other["never"])
                and other["capacity_max"] != 0
                and other["kind"] in words[one["must"]]
                and one["kind"] in words[other["must"]]
            )
            assert eligible[at, other_at] == allowed


def test_pins_keep_their_rank_and_come_after_the_rules(encoder):
    records = [org(id_, name=id_, mission="rice " * n) for n, id_ in enumerate("abcdef")]
    config = Config(rules=RuleSettings(pins=[("A", "f", 1), ("a", "e", 0), ("a", "b", 2)]))
    records[0] |= {"excludes": "b", "pin": "d"}
    matcher = Matcher(config, encoder=encoder).fit(records)
    table = matcher.recommend("a", 3)
    ranks = dict(zip(table["candidate"], table["rank"], strict=True))
    assert ranks["f"] == 1 and set(ranks) == {"d", "e", "f"}
    assert table["reasons_seeker"].str.startswith("kept in the list by an analyst").all()
    assert "b" not in ranks
    (note,) = [note for note in matcher.scorer.pool.rules.notes() if note.is_open]
    assert "not listed, for a rule bars the pair: you_exclude" in note.reason
    assert matcher.explain("a", "f").rank == 1


def test_no_repeats_leaves_out_pairs_of_the_history_of_any_date(encoder):
    records = [org(id_, name=id_, updated="2024-01-01") for id_ in "abcde"]
    dates = {"stage": ["met", "declined", "invited"], "date": ["2025-01-01", "2023-01-01", "2023-01-01"]}
    history = pd.DataFrame({"seeker": ["A", "c", "a"], "candidate": ["b", "a", "d"], **dates})
    config = Config(rules=RuleSettings(no_repeats=True))
    matcher = Matcher(config, encoder=encoder).fit(records, history)
    assert set(matcher.recommend("a", explain=False)["candidate"]) == {"d", "e"}
    assert matcher.explain("a", "b").rules == ("you have met, declined or worked together before",)
    with pytest.raises(ConfigError, match="no_repeats must go with a history"):
        Matcher(config, encoder=encoder).fit(records)


@pytest.mark.parametrize(
    ("seeker", "candidate", "reason"),
    [
        ({"excludes": "b"}, {}, "you exclude them"),
        ({}, {"excludes": "A"}, "they exclude you"),
        ({"never": "x"}, {"never": "x"}, "both are in a group of which no two are paired: “x”"),
        ({"must": "kind: social"}, {}, "they do not meet your condition “kind: social”, or do not say so"),
        ({}, {"must": "kind: social"}, "you do not meet their condition “kind: social”, or do not say so"),
        ({}, {"flag": "red"}, "they carry a red flag"),
        ({}, {"capacity_max": 0}, "they have no capacity for a partner"),
        ({}, {"lead": "a"}, "both are one organisation, or one leads the other"),
    ],
)
def test_explanation_states_the_rule_that_bars_a_candidate(encoder, seeker, candidate, reason):
    records = [org("a", **seeker), org("b", mission="rice", **candidate), org("c", mission="sea")]
    explained = (
        Matcher(encoder=encoder).fit([{"name": one["id"], **one} for one in records]).explain("a", "b")
    )
    assert explained.rules == (reason,)
    assert f"These two are never recommended to each other: {reason}." in explained.to_markdown()


def test_seeker_given_as_a_row_of_a_table(encoder):
    rows = pd.DataFrame([org(id_, name=id_, excludes="") for id_ in "abc"])
    matcher = Matcher(encoder=encoder).fit(rows)
    assert matcher.recommend(rows.iloc[0])["seeker"].unique().tolist() == ["a"]
    assert set(matcher.recommend([rows.iloc[0], rows.iloc[1]])["seeker"]) == {"a", "b"}


def test_open_rules_of_seekers_are_warned_of(encoder):
    matcher = Matcher(encoder=encoder).fit([org(id_, name=id_) for id_ in "abc"])
    with pytest.warns(UserWarning, match=r"rules of seekers .*: 1; see"):
        matcher.recommend({"id": "x", "mission": "trees", "lead": "nobody"})


def test_seeker_and_candidate_are_named_by_id_or_name_in_any_notation(encoder):
    matcher = Matcher(encoder=encoder).fit(
        [org("001", name="Alpha"), org("002", name="Beta"), org("003", name="C")]
    )
    assert matcher.recommend("1")["seeker"].unique().tolist() == ["001"]
    explained = matcher.explain("ALPHA", "beta")
    assert (explained.seeker["id"], explained.candidate["id"]) == ("001", "002")
    with pytest.raises(ProfileError, match="another organisation than the seeker"):
        matcher.explain("Alpha", "1.0")
    with pytest.raises(UnknownSeekerError, match="got 'Alpa'"):
        matcher.recommend("Alpa")
