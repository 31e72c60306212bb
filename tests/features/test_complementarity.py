from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from matcher.encoders.encoder import unit_rows
from matcher.encoders.lexical import LexicalVectors
from matcher.features import complementarity
from matcher.features.complementarity import OTHER_CATEGORY, SAME_CATEGORY, WORDS
from matcher.features.organisations import Resources
from matcher.features.ragged import Ragged

pytestmark = pytest.mark.numerical

# "cash boats" and "cash nets", the whole pool: vectors have a cosine of 1/2. The idf of "cash" is
# ln(3 / 3) + 1 = 1, that of the others ln(3 / 2) + 1, so that TF-IDF has a cosine of 1 / (1 + that squared).
ONE_WORD_OF_TWO = WORDS * (1 / (1 + (1 + np.log(1.5)) ** 2)) ** 0.5 + (1 - WORDS) / 2


def item(category, text, weight=5):
    return {"category": category, "text": text, "weight": weight}


def score_lists(score_of, needs, offers):
    seeker = {"needs": needs} if needs else {}
    return score_of("complementarity", seeker, {"offers": offers} if offers else {})


@pytest.mark.parametrize(
    ("needs", "offers", "expected"),
    [
        # Same category, same words, level 5 of 5.
        ([item("funding", "cash")], [item("funding", "cash")], 1.0),
        # Level 3 of 5.
        ([item("funding", "cash")], [item("funding", "cash", 3)], 0.6),
        # Two needs of equal importance, one met at level 3, the other by nothing: (0.6 + 0) / 2.
        ([item("funding", "cash"), item("training", "boats")], [item("funding", "cash", 3)], 0.3),
        # Importance 4 met in full, importance 1 not at all: 4 / 5.
        ([item("funding", "cash", 4), item("training", "boats", 1)], [item("funding", "cash")], 0.8),
        # Other category and other words.
        ([item("funding", "cash")], [item("training", "boats")], 0.0),
        # The needed category, but other words.
        ([item("funding", "cash")], [item("funding", "boats")], SAME_CATEGORY),
        # The same words under another category.
        ([item("funding", "cash")], [item("training", "cash")], OTHER_CATEGORY),
        # One of two words is shared, within the category.
        (
            [item("funding", "cash boats")],
            [item("funding", "cash nets")],
            SAME_CATEGORY + (1 - SAME_CATEGORY) * ONE_WORD_OF_TWO,
        ),
        # The best offer counts: exact words at level 2 give 0.4, other words at level 5 SAME_CATEGORY.
        (
            [item("funding", "cash")],
            [item("funding", "cash", 2), item("funding", "boats", 5)],
            max(0.4, SAME_CATEGORY),
        ),
    ],
)
def test_complementarity_worked_table(score_of, needs, offers, expected):
    assert score_lists(score_of, needs, offers) == pytest.approx(expected, abs=1e-6)


def test_complementarity_constants_reward_the_needed_category():
    assert 0 < SAME_CATEGORY < 1
    assert 0 < OTHER_CATEGORY < 1


def test_complementarity_without_category_the_text_decides(score_of):
    assert score_of(
        "complementarity", {"needs": ["cash boats"]}, {"offers": [item("funding", "cash nets")]}
    ) == pytest.approx(ONE_WORD_OF_TWO, abs=1e-6)


@pytest.mark.parametrize(
    ("needs", "offers"), [([], [item("data", "x")]), ([item("data", "x")], []), ([], [])]
)
def test_complementarity_without_needs_or_offers_is_unknown(score_of, needs, offers):
    assert np.isnan(score_lists(score_of, needs, offers))


def test_complementarity_is_directed(score_of):
    giver = {"needs": [item("training", "boats")], "offers": [item("funding", "cash")]}
    taker = {"needs": [item("funding", "cash")], "offers": [item("data", "maps")]}
    assert score_of("complementarity", taker, giver) == pytest.approx(1.0)
    assert score_of("complementarity", giver, taker) == 0.0


def test_complementarity_unknown_category_matches_itself(score_of):
    needs, offers = [item("satellites", "time")], [item("satellites", "boats")]
    assert score_lists(score_of, needs, offers) == pytest.approx(SAME_CATEGORY)


WORD_ROWS = np.eye(4)
resource = st.tuples(
    st.sampled_from(["", "funding", "training"]),
    st.lists(st.integers(0, 3), min_size=0, max_size=3, unique=True),
    st.integers(1, 5),
)
resources = st.lists(resource, min_size=1, max_size=4)


def side(needs=(), offers=()):
    return SimpleNamespace(needs=_resources(needs), offers=_resources(offers))


def _resources(items):
    rows = np.array([WORD_ROWS[words].sum(axis=0) for _, words, _ in items]).reshape(len(items), 4)
    vectors = unit_rows(rows)
    ragged = Ragged(vectors, np.array([0, len(items)]), np.array([""] * len(items), dtype=object))
    categories = np.array([category for category, _, _ in items], dtype=object)
    weights = np.array([weight / 5 for *_, weight in items])
    lexical = LexicalVectors([csr_matrix(vectors)], np.ones((len(items), 1)))
    return Resources(**vars(ragged), categories=categories, weights=weights, lexical=lexical)


def met(needs, offers):
    return complementarity.score(side(needs=needs), side(offers=offers), None)[0, 0]


@given(resources, resources)
def test_complementarity_any_lists_stays_in_range(needs, offers):
    assert 0.0 <= met(needs, offers) <= 1.0 + 1e-12


@given(resources, resources, resource)
def test_complementarity_any_added_offer_never_lowers(needs, offers, added):
    assert met(needs, [*offers, added]) >= met(needs, offers) - 1e-12


@given(resources, resources, st.data())
def test_complementarity_raised_level_never_lowers(needs, offers, data):
    place = data.draw(st.integers(0, len(offers) - 1))
    category, words, level = offers[place]
    raised = [*offers]
    raised[place] = (category, words, data.draw(st.integers(level, 5)))
    assert met(needs, raised) >= met(needs, offers) - 1e-12


@given(resources, resources)
def test_complementarity_order_of_needs_and_offers_changes_nothing(needs, offers):
    assert met(needs[::-1], offers[::-1]) == pytest.approx(met(needs, offers), abs=1e-12)


@given(st.lists(resource.filter(lambda one: one[2] <= 2), min_size=1, max_size=4), resources)
def test_complementarity_doubled_importances_change_nothing(needs, offers):
    doubled = [(category, words, 2 * weight) for category, words, weight in needs]
    assert met(doubled, offers) == pytest.approx(met(needs, offers), abs=1e-12)


@given(resources, resources)
def test_complementarity_repeated_offers_change_nothing(needs, offers):
    assert met(needs, [*offers, *offers]) == pytest.approx(met(needs, offers), abs=1e-12)


@given(resources, resources)
def test_complementarity_any_lists_equal_brute_force(needs, offers):
    total = 0.0
    for category, words, importance in needs:
        best = 0.0
        for other, others, level in offers:
            shared = len(set(words) & set(others))
            cosine = shared / (len(words) * len(others)) ** 0.5 if words and others else 0.0
            text = WORDS * cosine**0.5 + (1 - WORDS) * cosine
            if category and other:
                same = SAME_CATEGORY + (1 - SAME_CATEGORY) * text
                text = same if category == other else OTHER_CATEGORY * text
            best = max(best, text * level / 5)
        total += importance * best
    expected = total / sum(importance for _, _, importance in needs)
    assert met(needs, offers) == pytest.approx(expected, abs=1e-12)
