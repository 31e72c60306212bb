"""Texts that count: what is taken from many profiles and lists of words do not; all else stays as it is."""

import numpy as np
import pytest
from batches import match_batch
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.columns import Profile
from matcher.features.complementarity import FULL, place_counts
from matcher.features.counted_texts import (
    FREE_TERMS,
    MOST_OTHERS,
    MOST_PASSAGES,
    MOST_SOURCES,
    MOST_TERMS,
    TextFilter,
    is_list,
    key_of,
)
from matcher.profiles import Resource
from matcher.profiles.records import records_of
from matcher.profiles.vocabulary import CATEGORIES

TOPICS = ["rice", "fish", "solar", "clinic", "bamboo", "salt", "cocoa", "honey", "music"]


def record(topic, **changed):
    return {
        "id": topic,
        "mission": f"We bring {topic} to every village. Our {topic} helps many poor families.",
        "offers": [f"expertise: two trainers who teach {topic} for weeks (4)"],
        "needs": [f"funding: some patient money for more {topic} (3)"],
        **changed,
    }


@pytest.fixture
def filtered(pool_of):
    """Return the texts that count of each profile of a pool, by id."""

    def run(*records):
        rows = records_of(pool_of(*records))
        applied = TextFilter().fit(rows)
        return {row[Profile.ID]: (row, applied.apply(row)[0]) for row in rows}

    return run


def patchwork(n, **changed):
    taken = [record(topic) for topic in TOPICS[:n]]
    lists = {name: [*record("tea")[name], *(one[name][0] for one in taken)] for name in ("needs", "offers")}
    return record("tea", **lists, **changed)


def test_texts_taken_from_many_do_not_count_and_stay_with_those_they_come_from(filtered):
    found = filtered(*map(record, TOPICS), patchwork(MOST_OTHERS + 1))
    own, kept = found.pop("tea")
    assert kept[Profile.OFFERS] == own[Profile.OFFERS][:1]
    assert kept[Profile.MISSION] == own[Profile.MISSION]
    assert all(before == after for before, after in found.values())


def test_texts_in_common_with_few_count(filtered):
    before, after = filtered(*map(record, TOPICS), patchwork(MOST_OTHERS))["tea"]
    assert before == after


def pasted(n):
    return record("tea", mission="\n".join(record(topic)["mission"] for topic in ("tea", *TOPICS[:n])))


def test_passages_taken_from_many_do_not_count_and_stay_with_those_they_come_from(filtered):
    found = filtered(*map(record, TOPICS), pasted(MOST_SOURCES + 1))
    own, kept = found.pop("tea")
    assert kept == own | {
        Profile.MISSION: "We bring tea to every village.\nOur tea helps many poor families."
    }
    assert all(before == after for before, after in found.values())


def test_passages_in_common_with_few_count(filtered):
    more = " ".join(f"Here we say that the {topic} is very good." for topic in TOPICS)
    before, after = filtered(*map(record, TOPICS), pasted(MOST_SOURCES) | {"vision": more})["tea"]
    assert before == after


def test_passages_in_common_with_several_at_once_count(filtered):
    partners = [record(topic, id=f"{topic} {number}") for topic in TOPICS for number in (1, 2)]
    before, after = filtered(*partners, pasted(len(TOPICS)))["tea"]
    assert before == after


def test_a_short_profile_keeps_passages_that_many_copy_from_it(filtered):
    sentences = [f"Our tea is sold in the town of {topic}." for topic in TOPICS[:MOST_PASSAGES]]
    thieves = [
        record(topic, mission=f"We dry {topic}. {sentence}")
        for topic, sentence in zip(TOPICS, sentences, strict=False)
    ]
    before, after = filtered(*thieves, record("tea", mission=" ".join(sentences)))["tea"]
    assert before == after


def test_two_accomplices_with_the_same_pasted_passages_keep_none(filtered):
    found = filtered(*map(record, TOPICS), pasted(len(TOPICS)), pasted(len(TOPICS)) | {"id": "other"})
    assert not any(topic in found["other"][1][Profile.MISSION] for topic in TOPICS)


def test_offers_that_say_nearly_the_same_in_many_categories_do_not_count(filtered):
    offers = [f"{category}: everything that you need in {category} (5)" for category in CATEGORIES]
    other = "training: everything that you need in order to weave mats (3)"
    before, after = filtered(record("rice"), record("tea", offers=[*offers, other]))["tea"]
    assert after[Profile.OFFERS] == before[Profile.OFFERS][-1:]
    same = [
        f"{name}: two trainers who teach {topic} for weeks (4)" for topic in TOPICS for name in CATEGORIES[:2]
    ]
    before, after = filtered(record("rice"), record("tea", offers=same))["tea"]
    assert before == after


def test_an_original_keeps_its_texts_whatever_the_number_of_its_copies(filtered):
    copies = [record("rice", id=f"copy {number}") for number in range(2 * MOST_OTHERS)]
    shortened = [record("rice", id=f"short {number}", needs="") for number in range(2 * MOST_OTHERS)]
    before, after = filtered(*map(record, TOPICS), *copies, *shortened)["rice"]
    assert before == after


def test_two_accomplices_with_the_same_stolen_texts_keep_none(filtered):
    stolen = patchwork(MOST_OTHERS + 1)
    found = filtered(*map(record, TOPICS), stolen, {**stolen, "id": "other"})
    assert not {offer.text for offer in found["tea"][1][Profile.OFFERS] if "tea" not in offer.text}


def test_a_seeker_that_is_not_in_the_pool_is_compared_with_it(pool_of):
    applied = TextFilter().fit(records_of(pool_of(*map(record, TOPICS))))
    (row,) = records_of(pool_of(patchwork(MOST_OTHERS + 1)))
    assert len(applied.apply(row)[0][Profile.OFFERS]) == 1


def test_words_in_another_order_and_case_are_the_same_text():
    assert key_of("Dry 20 fish, on racks") == key_of("on racks: dry FISH 30")
    assert key_of("dry fish") != key_of("dried fish")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (", ".join(TOPICS * 2), True),
        ("; ".join(f"good {topic}" for topic in TOPICS) + ";", True),
        (", ".join(TOPICS), False),
        ("We grow rice, salt, cocoa and honey, and sell what is left over to the clinic in town.", False),
    ],
)
def test_long_lists_of_words_are_no_passages(text, expected):
    assert is_list(text) == expected


def test_lists_of_words_and_further_terms_do_not_count(filtered):
    mission = f"We sell pillows to all the towns.\n{', '.join(TOPICS * 2)}"
    named = [*TOPICS[: FREE_TERMS + 1], *(f"pillow number {number}" for number in range(MOST_TERMS))]
    listed = record("tea", mission=mission, products=named, sector=named)
    before, after = filtered(record("rice"), listed)["tea"]
    assert after[Profile.MISSION] == "We sell pillows to all the towns."
    counted = (*named[:FREE_TERMS], *named[FREE_TERMS + 1 : MOST_TERMS])
    assert after[Profile.PRODUCTS] == counted
    assert after[Profile.SECTOR] == before[Profile.SECTOR][:MOST_TERMS]


def test_what_does_not_count_is_noted_by_number_and_explained(encoder):
    pastes = "\n".join(record(topic)["mission"] for topic in TOPICS)
    listed = f"We sell a thing or two to all the towns.\n{', '.join(TOPICS * 2)}\n{pastes}"
    names = "; ".join(f"thing {number}" for number in range(MOST_TERMS + 3))
    more = "; ".join([*(f"thing {number}" for number in range(FREE_TERMS)), "gold", "silver"])
    offers = [f"{category}: everything that you need in {category} (5)" for category in CATEGORIES]
    records = [*map(record, TOPICS), patchwork(MOST_OTHERS + 1, mission=listed, products=names, markets=more)]
    records[-1]["offers"] += offers
    records = [{**one, "name": one["id"].title()} for one in records]
    matcher = Matcher(encoder=encoder).fit(records)
    expected = {
        "needs and offers that do not count, because many other profiles have them too: 12": "12",
        "needs and offers that do not count, because they say the same in many categories: 14": "14",
        "passages that do not count, because many other profiles have some of them each: 18": "18",
        "passages that do not count, because they are lists of words or calls to contact: 1": "1",
        "sectors, products and markets that do not count, beyond the first 12 of each: 3": "3",
        "products and markets that do not count, beyond the first 4 of each, because no other text mentions "
        "them: 2": "2",
    }
    notes = matcher.table.notes
    assert dict(zip(notes["reason"], notes["value"], strict=True)) == expected
    assert {*notes["id"]} == {"tea"}
    explanation = matcher.explain("rice", "tea")
    assert explanation.notes == tuple(f"“Tea”: {reason}" for reason in expected)
    assert all(note in explanation.to_markdown() for note in explanation.notes)
    assert "yang tidak diperhitungkan karena juga ada di banyak profil lain: 12" in (
        matcher.explain("tea", "rice", lang="id").to_markdown()
    )
    new = {**records[-1], "id": "new", "name": "New"}
    # The text of its own that "tea" has is another's here.
    assert matcher.explain(new, "rice").notes[0].endswith("many other profiles have them too: 14")
    assert matcher.explain("rice", "fish").notes == ()


@given(st.permutations(TOPICS))
def test_order_of_profiles_changes_nothing(order):
    empty = {**dict.fromkeys(Profile, ""), **dict.fromkeys((Profile.NEEDS, Profile.OFFERS), ())}
    offers = [Resource("data", f"two trainers who teach {topic} for weeks", 3) for topic in order]
    more = [Resource("data", f"some patient money for more {topic}", 3) for topic in order]
    rows = [
        {**empty, Profile.ID: topic, Profile.OFFERS: pair}
        for topic, *pair in zip(order, offers, more, strict=True)
    ]
    every = {**empty, Profile.ID: "all", Profile.OFFERS: (*offers, *more)}
    assert TextFilter().fit([*rows, every]).apply(every)[0][Profile.OFFERS] == ()


@given(st.lists(st.integers(0, 9), max_size=6))
def test_place_counts_fall_from_one_and_a_further_offer_takes_nothing(sizes):
    counts = np.split(place_counts(np.array(sizes, dtype=np.int64)), np.cumsum(sizes)[:-1]) if sizes else []
    for size, own in zip(sizes, counts, strict=True):
        assert len(own) == size
        np.testing.assert_array_equal(own[:FULL], 1.0)
        assert (np.diff(own) <= 0).all()
        np.testing.assert_array_equal(own, place_counts(np.array([size + 1]))[:size])


def test_texts_of_organisations_that_were_removed_are_not_counted_in_the_summary(encoder, tmp_path):
    many = {**record("tea"), "id": "tea", "products": [f"thing {number}" for number in range(MOST_TERMS + 3)]}
    records = [{**one, "name": one["id"].title()} for one in [*map(record, TOPICS[:4]), many]]
    matcher = Matcher(encoder=encoder).fit(records)
    folder = matcher.save(tmp_path / "whole")
    assert match_batch(folder, tmp_path / "lists.csv", encoder=encoder).n_cut == 1
    folder = matcher.remove("tea").save(tmp_path / "less")
    assert match_batch(folder, tmp_path / "lists.csv", encoder=encoder).n_cut == 0
