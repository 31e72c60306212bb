"""Texts that count: what is taken from many profiles and lists of words do not; all else stays as it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.columns import Profile
from matcher.features.complementarity import FULL, place_counts
from matcher.features.counted_texts import MOST_OTHERS, MOST_TERMS, TextFilter, is_list, key_of
from matcher.profiles import Resource
from matcher.profiles.records import records_of

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
        return {row[Profile.ID]: (row, applied.apply(row)) for row in rows}

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


def test_passages_in_common_count(filtered):
    pasted = "\n".join(record(topic)["mission"] for topic in ("tea", *TOPICS))
    before, after = filtered(*map(record, TOPICS), record("tea", mission=pasted))["tea"]
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
    assert len(applied.apply(row)[Profile.OFFERS]) == 1


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
    mission = f"We sell tea to all the towns.\n{', '.join(TOPICS * 2)}"
    listed = record("tea", mission=mission, products=TOPICS, sector=TOPICS)
    before, after = filtered(record("rice"), listed)["tea"]
    assert after[Profile.MISSION] == "We sell tea to all the towns."
    assert after[Profile.PRODUCTS] == before[Profile.PRODUCTS][:MOST_TERMS]
    assert after[Profile.SECTOR] == before[Profile.SECTOR][:MOST_TERMS]


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
    assert TextFilter().fit([*rows, every]).apply(every)[Profile.OFFERS] == ()


@given(st.lists(st.integers(0, 9), max_size=6))
def test_place_counts_fall_from_one_and_a_further_offer_takes_nothing(sizes):
    counts = np.split(place_counts(np.array(sizes, dtype=np.int64)), np.cumsum(sizes)[:-1]) if sizes else []
    for size, own in zip(sizes, counts, strict=True):
        assert len(own) == size
        np.testing.assert_array_equal(own[:FULL], 1.0)
        assert (np.diff(own) <= 0).all()
        np.testing.assert_array_equal(own, place_counts(np.array([size + 1]))[:size])
