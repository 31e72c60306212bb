from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from matcher.config import Config
from matcher.encoders import kernels
from matcher.encoders.encoder import UnitRows, unit_rows
from matcher.encoders.lexical import LexicalVectors
from matcher.features import Context, complementarity
from matcher.features.complementarity import BEST, FULL, OTHER_CATEGORY, SAME_CATEGORY, WORDS
from matcher.features.facts import FactColumns, Facts, contradictions
from matcher.features.organisations import Resources
from matcher.features.ragged import Ragged

pytestmark = pytest.mark.numerical

# "cash boats" and "cash nets", the whole pool: vectors have a cosine of 1/2. The idf of "cash" is
# ln(3 / 3) + 1 = 1, that of the others ln(3 / 2) + 1, so that TF-IDF has a cosine of 1 / (1 + that squared).
ONE_WORD_OF_TWO = WORDS * (1 / (1 + (1 + np.log(1.5)) ** 2)) ** 0.7 + (1 - WORDS) / 2


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
        # Two needs of importance 5, one met at level 3, the other by nothing: .7 x .6 + .3 x (.6 + 0) / 2.
        ([item("funding", "cash"), item("training", "boats")], [item("funding", "cash", 3)], 0.51),
        # Importance 4 met in full, importance 1 not at all: .7 x 4 / 5 + .3 x 4 / 5.
        ([item("funding", "cash", 4), item("training", "boats", 1)], [item("funding", "cash")], 0.8),
        # The less important need is the one that is met: .7 x 1 / 5 + .3 x 1 / 5.
        ([item("funding", "cash", 1), item("training", "boats", 4)], [item("funding", "cash")], 0.2),
        # One need of importance 1, met in full: .7 x 1 / 5 + .3 x 1.
        ([item("funding", "cash", 1)], [item("funding", "cash")], 0.44),
        # Other category and other words.
        ([item("funding", "cash")], [item("training", "boats")], 0.0),
        # The needed category, but other words: a category alone is no match.
        ([item("funding", "cash")], [item("funding", "boats")], 0.0),
        # The same words under another category.
        ([item("funding", "cash")], [item("training", "cash")], OTHER_CATEGORY),
        # One of two words is shared, within the category.
        (
            [item("funding", "cash boats")],
            [item("funding", "cash nets")],
            SAME_CATEGORY + (1 - SAME_CATEGORY) * ONE_WORD_OF_TWO,
        ),
        # The best offer counts: exact words at level 2 give 0.4, other words at level 5 nothing.
        (
            [item("funding", "cash")],
            [item("funding", "cash", 2), item("funding", "boats", 5)],
            0.4,
        ),
    ],
)
def test_complementarity_worked_table(score_of, needs, offers, expected):
    assert score_lists(score_of, needs, offers) == pytest.approx(expected, abs=1e-6)


def test_complementarity_constants_reward_the_needed_category():
    assert 0 < SAME_CATEGORY < 1
    assert 0 < OTHER_CATEGORY < 1


def test_complementarity_without_category_the_text_decides(score_of):
    # A need without importance has 3 of 5: .7 x 3 / 5 + .3.
    assert score_of(
        "complementarity", {"needs": ["cash boats"]}, {"offers": [item("funding", "cash nets")]}
    ) == pytest.approx(0.72 * ONE_WORD_OF_TWO, abs=1e-6)


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
    needs, offers = [item("satellites", "cash boats")], [item("satellites", "cash nets")]
    expected = SAME_CATEGORY + (1 - SAME_CATEGORY) * ONE_WORD_OF_TWO
    assert score_lists(score_of, needs, offers) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "expected"), [(0.0, 0.0), (0.04, 0.178), (0.08, 0.356), (0.5, 0.65), (1.0, 1.0)]
)
def test_complementarity_category_counts_in_proportion_to_the_text_below_alike(text, expected):
    # .3 x text / .08, at most .3, and .7 x text.
    needs, offers = _resources([("data", [0], 5)]), _resources([("data", [1], 5)])
    met = complementarity.counted(np.array([[text]]), needs, offers, np.zeros((1, 1), dtype=bool))
    assert met[0, 0] == pytest.approx(expected)


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
    vectors, offsets = unit_rows(rows), np.array([0, len(items)])
    ragged = Ragged(UnitRows.of(vectors), offsets, np.array([""] * len(items), dtype=object))
    categories = np.array([category for category, _, _ in items], dtype=object)
    weights = np.array([weight / 5 for *_, weight in items])
    lexical = LexicalVectors([csr_matrix(vectors)], np.ones((len(items), 1)))
    facts = FactColumns([Facts()] * len(items))
    return Resources(**vars(ragged), categories=categories, weights=weights, lexical=lexical, facts=facts)


def met(needs, offers):
    return complementarity.both(side(needs=needs), side(offers=offers), Context(Config()), np.array([[0]]))[
        0
    ][0, 0]


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
def test_complementarity_order_of_needs_and_of_few_offers_changes_nothing(needs, offers):
    offers = offers[:FULL]
    assert met(needs[::-1], offers[::-1]) == pytest.approx(met(needs, offers), abs=1e-12)


@given(st.lists(resource.filter(lambda one: one[2] <= 2), min_size=1, max_size=4), resources)
def test_complementarity_doubled_importances_never_lower(needs, offers):
    doubled = [(category, words, 2 * weight) for category, words, weight in needs]
    assert met(doubled, offers) >= met(needs, offers) - 1e-12


def combine(each, importance, counts):
    """Combine how far needs are met, seeker after seeker, by candidates of one offer; of none where NaN."""
    each = np.array(each, dtype=float)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    offers = np.concatenate([[0], np.cumsum(~np.isnan(each[0]))])
    columns = np.tile(np.arange(each.shape[1]), (len(counts), 1))
    close = each[:, offers[1:] > offers[:-1]].ravel()
    starts = np.arange(len(importance) + 1) * offers[-1]
    sides = (offsets, np.array(importance)), (offers, np.ones(offers[-1]))
    return kernels.satisfied(close, starts, *sides, columns, (True, FULL, BEST))


def test_combined_worked_table():
    # Seeker 0: needs of importance 1 and .5, met .2 and .8 by the first candidate: .7 x max(.2, .4) +
    # .3 x (.2 + .4) / 1.5. The second candidate offers nothing, the third nothing that is needed.
    # Seeker 1 has no needs. Seeker 2: .7 x .6 x .5 + .3 x .5.
    scores = combine([[0.2, np.nan, 0.0], [0.8, np.nan, 0.0], [0.5, np.nan, 0.0]], [1.0, 0.5, 0.6], [2, 0, 1])
    np.testing.assert_allclose(scores, [[0.4, np.nan, 0.0], [np.nan] * 3, [0.36, np.nan, 0.0]])


shares = st.lists(st.tuples(st.floats(0, 1), st.floats(0.2, 1)), min_size=1, max_size=6)


@given(shares)
def test_combined_any_needs_lie_between_the_mean_and_the_best(rows):
    each, importance = np.array(rows).T
    found = combine(each[:, None], importance, [len(rows)])[0, 0]
    assert 0.3 * np.average(each, weights=importance) - 1e-12 <= found <= each.max() + 1e-12
    assert found >= 0.7 * (importance * each).max() - 1e-12


@given(shares, st.data())
def test_combined_a_need_met_better_never_lowers_and_the_mean_always_sees_it(rows, data):
    each, importance = np.array(rows).T
    place = data.draw(st.integers(0, len(rows) - 1))
    raised = each.copy()
    raised[place] = data.draw(st.floats(raised[place], 1.0))
    before, after = (combine(met[:, None], importance, [len(rows)])[0, 0] for met in (each, raised))
    least = 0.3 * (raised - each)[place] * importance[place] / importance.sum()
    assert after - before >= least - 1e-12


@given(st.floats(0, 1), st.integers(1, 6))
def test_combined_needs_of_full_importance_met_alike_give_that(value, n):
    assert combine(np.full((n, 1), value), np.ones(n), [n])[0, 0] == pytest.approx(value)


@given(resources, resources)
def test_complementarity_repeated_offers_change_nothing(needs, offers):
    assert met(needs, [*offers, *offers]) == pytest.approx(met(needs, offers), abs=1e-12)


@given(resources, resources)
def test_complementarity_any_lists_equal_brute_force(needs, offers):
    products = []
    for category, words, importance in needs:
        best = 0.0
        for number, (other, others, level) in enumerate(offers, 1):
            shared = len(set(words) & set(others))
            cosine = shared / (len(words) * len(others)) ** 0.5 if words and others else 0.0
            text = WORDS * cosine**0.7 + (1 - WORDS) * cosine
            if category and other:
                same = SAME_CATEGORY * min(text / 0.08, 1.0) + (1 - SAME_CATEGORY) * text
                text = same if category == other else OTHER_CATEGORY * text
            best = max(best, text * level / 5 * min(1.0, FULL / number) ** 2)
        products.append(importance * best)
    expected = 0.7 * max(products) / 5 + 0.3 * sum(products) / sum(importance for _, _, importance in needs)
    assert met(needs, offers) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_complementarity_of_pairs_is_that_of_all_their_needs_and_offers(side_of, random_records, seed):
    side = side_of(*random_records(20, seed))
    columns = np.random.default_rng(seed).integers(20, size=(20, 7))
    found = complementarity.both(side, side, Context(Config()), columns)[0]
    alike = complementarity.likeness(side.needs, side.offers)
    fails = contradictions(side.needs.facts, side.offers.facts)
    met = complementarity.counted(alike, side.needs, side.offers, fails)
    for row, position in np.argwhere(~np.isnan(found)).tolist():
        needs, offers = (
            slice(*of.offsets[at : at + 2])
            for of, at in ((side.needs, row), (side.offers, columns[row, position]))
        )
        best, importance = met[needs, offers].max(axis=1), side.needs.weights[needs]
        mixed = complementarity.mixed((importance * best).max(), np.average(best, weights=importance))
        assert found[row, position] == pytest.approx(mixed, abs=1e-9)
    counts = side.needs.counts[:, None] * side.offers.counts[columns]
    np.testing.assert_array_equal(np.isnan(found), counts == 0)
