"""Attacks on a tiny pool: what the measures count, and what the command prints and writes."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from benchmark import app
from benchmarks import attacks
from benchmarks.attacks import (
    ATTACKS,
    COPIED,
    measure_concentration,
    measure_first_places,
    places,
    rank,
    share_of_top,
)
from benchmarks.languages import Graded
from matcher import read_profiles
from matcher.columns import Profile
from matcher.datasets import load_demo
from matcher.encoders import open_encoder
from matcher.profiles.records import records_of
from matcher.profiles.vocabulary import CATEGORIES

TOPICS = ["rice mill", "fish market", "solar pump", "school books", "clinic nurses", "bamboo craft"]
LISTS = {"a": ["b", "c", "d"], "b": ["c", "a", "d"], "c": ["a", "d"], "d": ["a", "b", "c"]}


@pytest.fixture
def pool(pool_of):
    return pool_of(
        *(
            {
                "id": f"o{number}",
                "mission": f"We run a {topic} for villages",
                "sector": topic.split()[0],
                "offers": f"training: {topic} course (3)",
                "needs": f"funding: money for a {topic} (4)",
                "updated": "2024-01-01",
            }
            for number, topic in enumerate(TOPICS)
        )
    )


def test_places_are_means_over_others_and_the_last_where_not_listed():
    assert places(LISTS, "a") == pytest.approx((2 + 1 + 1) / 3)
    assert places(LISTS, "b") == pytest.approx((1 + 3 + 2) / 3)


def test_share_of_top_leaves_out_the_lists_of_the_organisations_themselves(monkeypatch):
    monkeypatch.setattr(attacks, "TOP", 2)
    assert share_of_top(LISTS, {"a"}) == pytest.approx(3 / 6)
    assert share_of_top(LISTS, {"a", "b"}) == pytest.approx(3 / 4)


def test_concentration_names_those_in_many_lists_with_their_grades(monkeypatch):
    monkeypatch.setattr(attacks, "FIRST", 1)
    monkeypatch.setattr(attacks, "MANY_LISTS", 0.4)
    grades = pd.DataFrame([("c", "a", 3), ("b", "c", 3)], columns=["seeker", "candidate", "grade"])
    found = measure_concentration(LISTS, grades)
    assert found["largest share"] == 0.5
    assert found["in many lists"] == {"a": {"places": 2, "graded": 1, "good": 1}}
    assert measure_concentration(LISTS)["in many lists"]["a"]["graded"] == 0


def test_first_places_of_dishonest_profiles(pool, encoder, monkeypatch):
    monkeypatch.setattr(attacks, "rank", lambda *_: {"o0": ["o1"], "o1": ["o2"], "o2": ["o1"], "o3": ["o0"]})
    rows = [
        ("o1", "o0", "stuffed"),
        ("o1", "o2", "stuffed"),
        ("o0", "o3", "flagged"),
        ("o0", "o2", "flagged"),
    ]
    rows += [(candidate, seeker, kind) for seeker, candidate, kind in rows]
    pairs = pd.DataFrame(rows, columns=["seeker", "candidate", "kind"]).assign(grade=0)
    shares = measure_first_places(Graded(pool, pairs, complete=True), encoder)
    assert shares == {"stuffed": pytest.approx(2 / 3), "advertisement": pytest.approx(1 / 3)}
    flagged = pool.assign(flag=["red", *["none"] * 5])
    assert measure_first_places(Graded(flagged, pairs, complete=True), encoder).keys() == {"stuffed"}


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_change_only_what_they_name_and_can_be_read(name, pool, encoder):
    attacker, *others = records_of(pool)
    changed = attacker | ATTACKS[name](attacker, others, attacks.np.random.default_rng(0))
    assert changed != attacker
    assert changed[Profile.ID] == attacker[Profile.ID]
    lists = rank(pd.DataFrame([*others, changed]), encoder)
    assert sorted(lists) == [f"o{number}" for number in range(6)]


def test_attacks_say_what_they_promise(pool):
    attacker, *others = records_of(pool)
    made = {name: ATTACKS[name](attacker, others, attacks.np.random.default_rng(0)) for name in ATTACKS}
    copied = {offer.text for offer in made["thirty copied offers"][Profile.OFFERS]}
    assert copied == {f"{topic} course" for topic in TOPICS}
    generic = made["one generic offer per category"][Profile.OFFERS]
    assert {offer.category for offer in generic} == {*CATEGORIES}
    assert made["sixty missions pasted"][Profile.MISSION].count("for villages") == 6
    assert len(made["thirty invented awards"][Profile.EVIDENCE]) == 30
    assert "solar" in made["keywords"][Profile.PRODUCTS]
    assert {*made["all of these"]} == {
        Profile.OFFERS,
        Profile.MISSION,
        Profile.EVIDENCE,
        Profile.PRODUCTS,
    } | {*attacker}


@pytest.mark.parametrize("name", COPIED)
def test_copies_have_other_ids_and_names(name, pool):
    record = records_of(pool)[0]
    copies = [COPIED[name](record, number) for number in (1, 2)]
    assert len({one[Profile.ID] for one in (record, *copies)}) == 3
    assert len({one[Profile.NAME] for one in (record, *copies)}) == 3


def test_command_prints_tables_and_writes_figures(pool, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(attacks, "load_demo", lambda: pool)
    monkeypatch.setattr(attacks, "open_encoder", lambda _: encoder)
    monkeypatch.setattr(attacks, "further_markets", dict)
    path = tmp_path / "figures.json"
    arguments = ["attacks", "--judged", str(tmp_path), "--attackers", "2", "--json", str(path)]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    figures = json.loads(path.read_text(encoding="utf-8"))["attacks"]
    assert {*figures["places gained"]} == {*ATTACKS}
    assert {*figures["share of top places"]} == {"original alone", *COPIED}
    for name in ("thirty copied offers", "with 20 copies", "share of first places"):
        assert name in done.output


@pytest.mark.parametrize("n", [4, 10, 30])
def test_pasted_missions_gain_few_places(n):
    pool = read_profiles(load_demo()).kept.iloc[:48]
    encoder = open_encoder(None)
    before, rows = rank(pool, encoder), records_of(pool)
    attacker, *others = rows
    missions = [record[Profile.MISSION] for record in [attacker, *others[:n]]]
    changed = attacker | {Profile.MISSION: "\n".join(missions)}
    after = rank(pd.DataFrame([changed, *others]), encoder)
    id_ = attacker[Profile.ID]
    assert places(before, id_) - places(after, id_) < 3
