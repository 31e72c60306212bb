"""Shared terms, words and numbers, and the affinity of words, by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from worlds import history_of

from matcher.config import Config
from matcher.features import OrganisationEncoder, SignalEncoder, overlaps
from matcher.features.overlaps import Meetings, encode_terms, known, saturate, vocabulary
from matcher.outcomes import History, JointWork
from matcher.profiles.records import normalise

pytestmark = pytest.mark.numerical

NAN = np.nan
codes = st.lists(st.integers(-1, 3), min_size=1, max_size=6).map(lambda c: np.array(c, dtype=np.int64))


def rows(*lists):
    return csr_matrix(np.array(lists, dtype=float))


def test_shared_terms_rare_ones_count_more_by_hand():
    # Terms x, y, z with rarities 1, 2, 4: A names x and y, B x, C none, D y and z.
    terms = rows([1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 1, 1])
    expected = [
        [1, 1 / 3, NAN, 2 / 3],
        [1, 1, NAN, 0],
        [NAN, NAN, NAN, NAN],
        [2 / 6, 0, NAN, 1],
    ]
    np.testing.assert_allclose(overlaps.shared_terms(terms, terms, np.array([1.0, 2, 4])), expected)


def test_rarity_of_terms_by_hand():
    # Three organisations: a term of all, of one, of none.
    rarity = overlaps.rarity_of(rows([1, 1, 0], [1, 0, 0], [1, 0, 0]))
    np.testing.assert_allclose(rarity, [0.1, np.log(2) + 0.1, np.log(4) + 0.1])


def test_same_category_by_hand():
    ours, theirs = np.array([0, 1, -1]), np.array([1, 0, -1])
    expected = [[0, 1, NAN], [1, 0, NAN], [NAN, NAN, NAN]]
    np.testing.assert_array_equal(overlaps.same_category(ours, theirs), expected)


def test_like_numbers_by_hand():
    ours, theirs = np.array([4.0, 0, NAN, -3]), np.array([1.0, 8, 0, NAN])
    expected = [[0.25, 0.5, 0, NAN], [0, 0, 1, NAN], [NAN] * 4, [NAN] * 4]
    np.testing.assert_allclose(overlaps.like_numbers(ours, theirs), expected)


def affinity_of(codes, works):
    return saturate(Meetings(codes, works).met, overlaps.PAIRS_HALF)


def test_affinity_counts_pairs_of_members_by_hand():
    # One work of two farms and a school, one of a farm alone, one of a school and somebody unknown.
    farm, school, unknown = 0, 1, -1
    members = rows([1, 1, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1])
    table = affinity_of(np.array([farm, farm, school, unknown]), members)
    # Farm with farm: one pair; farm with school: two; school with school: nobody meets itself.
    np.testing.assert_allclose(table, [[1 / 6, 2 / 7], [2 / 7, 0]])


@given(st.data(), codes)
def test_affinity_any_works_equals_counting_pair_by_pair(data, drawn):
    works = data.draw(st.lists(st.sets(st.integers(0, len(drawn) - 1), min_size=1), max_size=4))
    size = max(drawn.max(initial=-1) + 1, 1)
    counts = np.zeros((size, size))
    for members in works:
        for one in members:
            for other in members:
                if one < other and drawn[one] >= 0 and drawn[other] >= 0:
                    counts[drawn[one], drawn[other]] += 1
                    if drawn[one] != drawn[other]:
                        counts[drawn[other], drawn[one]] += 1
    matrix = np.array([[float(row in members) for members in works] for row in range(len(drawn))])
    table = affinity_of(drawn, csr_matrix(matrix.reshape(len(drawn), len(works))))
    np.testing.assert_allclose(table, counts / (counts + 5))


def test_affinity_of_nobody_known_is_unknown():
    unknown = np.array([-1, -1])
    found = Meetings(unknown, rows([1, 0], [0, 1])).affinity(unknown, unknown, rows([1, 0], [0, 1]))
    assert np.isnan(found).all()


def test_affinity_counts_meetings_once_however_many_blocks_ask(encoder, pool_of, monkeypatch):
    counted = []
    monkeypatch.setattr(overlaps, "Meetings", lambda *given: counted.append(1) or Meetings(*given))
    pool = pool_of(*[{"id": id_, "vision": id_, "kind": "social", "country": "Chad"} for id_ in "abc"])
    sides = OrganisationEncoder(encoder, Config()).fit(pool)
    signals = SignalEncoder(sides).fit(pool, sides.encode(pool), history_of([("a", "b")]), None)
    n_counted = len(counted)
    assert n_counted == 3  # kind, country, region
    for _ in range(4):
        signals.score(signals.pool, signals.pool)
    assert len(counted) == n_counted


@pytest.mark.parametrize(
    ("cell", "terms"),
    [
        (("Site  Visits", "", 3, "EMAIL"), ["site visits", "email"]),
        (["a"], ["a"]),
        ("One Word", ["one word"]),
        ("", []),
        ((), []),
        (None, []),
        (np.nan, []),
        (3.0, []),
    ],
)
def test_terms_of_any_cell(cell, terms):
    assert overlaps.terms_of(cell) == terms


def test_extra_columns_without_information_are_left_out(pool_of):
    n = 6
    pool = pool_of(
        *[
            {
                "id": f"o{place}",
                "vision": "x",
                "tags": [f"t{place}"],
                "colour": ["green", "blue"][place % 2],
                "same_of_all": "yes",
                "website": f"www.o{place}.example",
                "grants": float(place),
                "fixed": 7.0,
                "staff": 10 + place,
                "budget": 5,
            }
            for place in range(n)
        ]
    )
    lists, words, numbers = overlaps.extra_columns(pool)
    assert lists == ["sector", "tags"]
    assert words == ["kind", "country", "region", "colour"]
    assert numbers == ["staff", "grants"]


def test_extra_columns_depend_on_neither_rows_nor_blanks(pool_of):
    pool = pool_of(*[{"id": f"o{n}", "vision": "x", "form": "ab"[n % 2] * (n > 1), "n": n} for n in range(6)])
    turned = pool.iloc[::-1].reset_index(drop=True)
    assert overlaps.extra_columns(turned) == overlaps.extra_columns(pool)


def test_saturate_is_half_at_half_and_never_one():
    np.testing.assert_allclose(saturate(np.array([0.0, 3.0, 1e9]), 3.0), [0, 0.5, 1], atol=1e-8)
    assert saturate(np.array([1e9]), 3.0)[0] < 1


def test_known_needs_both_sides():
    ours, theirs = np.array([True, False]), np.array([True, True, False])
    expected = [[True, True, False], [False, False, False]]
    np.testing.assert_array_equal(known(ours, theirs), expected)


def test_extra_columns_and_terms_of_works_meet_whatever_their_case(encoder, pool_of):
    seen = []
    for column in ("programme", "Programme"):
        pool = pool_of(*[{"id": id_, "vision": "x", column: ["coast"]} for id_ in "abc"])
        works = [JointWork(("a", "b"), pd.Timestamp("2020-01-01"), terms={"programme": ("Coast",)})]
        sides = OrganisationEncoder(encoder, Config()).fit(pool)
        signals = SignalEncoder(sides).fit(pool, sides.encode(pool), History(works), None)
        assert f"works_same_{column}" in signals.names  # as the profile spells it
        seen.append(
            signals.score(signals.pool, signals.pool)[..., signals.names.index(f"works_same_{column}")]
        )
    assert seen[0][0, 1] == pytest.approx(1 / 4)
    np.testing.assert_array_equal(seen[0], seen[1])


def test_extra_columns_of_an_empty_pool_are_the_designs_lists():
    empty = pd.DataFrame({name: pd.Series(dtype=float) for name in ("sector", "staff", "budget")})
    assert overlaps.extra_columns(empty) == (["sector"], ["kind", "country", "region"], [])


# Sets of terms.

term_lists = st.lists(st.lists(st.sampled_from("abcde"), max_size=5), min_size=1, max_size=5)


def every(terms):
    return np.tile(np.arange(len(terms.sizes)), (len(terms.sizes), 1))


def encoded(lists, known=None):
    return encode_terms(lists, vocabulary(lists) if known is None else known)


def test_overlap_worked_table():
    # {email, visits} with {visits, phone}: 1 shared of the smaller 2; with {visits}: 1 of 1; with {fax}: 0.
    terms = encoded([["email", "visits"], ["visits", "phone"], ["visits"], ["fax"], []])
    expected = [1.0, 0.5, 1.0, 0.0, np.nan]
    np.testing.assert_allclose(terms.overlap(terms, every(terms))[0], expected)


def test_shared_worked_table():
    terms = encoded([["id", "en"], ["en", "id", "fr"], ["de"], []])
    np.testing.assert_allclose(terms.shared(terms, every(terms))[0], [2.0, 2.0, 0.0, np.nan])


def test_terms_case_and_spaces_make_no_difference():
    terms = encoded([["Site  Visits", "site visits"], [" SITE visits "]])
    assert terms.sizes.tolist() == [1, 1]
    assert terms.overlap(terms, every(terms))[0, 1] == 1.0


def test_terms_outside_the_vocabulary_count_in_the_size_only():
    terms = encode_terms([["email", "pigeon"], ["email", "phone"]], {"email": 0, "phone": 1})
    assert terms.sizes.tolist() == [2, 2]
    assert terms.overlap(terms, every(terms))[0, 1] == 0.5


def test_terms_only_unknown_words_share_nothing():
    terms = encode_terms([["pigeon"], ["email"]], {})
    assert terms.shared(terms, every(terms)).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_encode_terms_counts_each_known_term_once():
    counted = encode_terms([["b", "b", "new"], [], ["a", "b"]], {"a": 0, "b": 1}).matrix
    np.testing.assert_array_equal(counted.toarray(), [[0, 1], [0, 0], [1, 1]])
    assert encode_terms([["a"]], {}).matrix.shape == (1, 1)


def test_vocabulary_is_alphabetical_and_independent_of_order():
    assert vocabulary([["b", "A"], ["c"]]) == vocabulary([["c", "a"], ["B"]]) == {"a": 0, "b": 1, "c": 2}


@given(term_lists)
def test_overlap_any_sets_equals_set_arithmetic(lists):
    scores = encoded(lists).overlap(encoded(lists, vocabulary(lists)), every(encoded(lists)))
    for row, ours in enumerate(map(set, lists)):
        for column, theirs in enumerate(map(set, lists)):
            if ours and theirs:
                assert scores[row, column] == len(ours & theirs) / min(len(ours), len(theirs))
            else:
                assert np.isnan(scores[row, column])


@given(term_lists)
def test_overlap_any_sets_is_symmetric_whatever_the_order_of_terms(lists):
    scores = encoded(lists).overlap(encoded(lists), every(encoded(lists)))
    turned = encoded([terms[::-1] for terms in lists])
    np.testing.assert_array_equal(scores, scores.T)
    np.testing.assert_array_equal(scores, turned.overlap(turned, every(turned)))


@given(term_lists, st.data())
def test_take_any_rows_equals_those_rows(lists, data):
    rows = np.array(data.draw(st.lists(st.integers(0, len(lists) - 1), min_size=1)), dtype=np.int64)
    terms = encoded(lists)
    columns = every(terms)
    found = terms[rows].shared(terms, columns[rows])
    np.testing.assert_array_equal(found, terms.shared(terms, columns)[rows])


@given(st.text())
def test_normalise_twice_equals_once(text):
    assert normalise(normalise(text)) == normalise(text)
