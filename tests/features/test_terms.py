import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.features.terms import encode_terms, vocabulary
from matcher.profiles.records import normalise

term_lists = st.lists(st.lists(st.sampled_from("abcde"), max_size=5), min_size=1, max_size=5)


def encoded(lists, known=None):
    return encode_terms(lists, vocabulary(lists) if known is None else known)


def test_overlap_worked_table():
    # {email, visits} with {visits, phone}: 1 shared of the smaller 2; with {visits}: 1 of 1; with {fax}: 0.
    terms = encoded([["email", "visits"], ["visits", "phone"], ["visits"], ["fax"], []])
    expected = [1.0, 0.5, 1.0, 0.0, np.nan]
    np.testing.assert_allclose(terms.overlap(terms)[0], expected)


def test_shared_worked_table():
    terms = encoded([["id", "en"], ["en", "id", "fr"], ["de"], []])
    np.testing.assert_allclose(terms.shared(terms)[0], [2.0, 2.0, 0.0, np.nan])


def test_terms_case_and_spaces_make_no_difference():
    terms = encoded([["Site  Visits", "site visits"], [" SITE visits "]])
    assert terms.sizes.tolist() == [1, 1]
    assert terms.overlap(terms)[0, 1] == 1.0


def test_terms_outside_the_vocabulary_count_in_the_size_only():
    terms = encode_terms([["email", "pigeon"], ["email", "phone"]], {"email": 0, "phone": 1})
    assert terms.sizes.tolist() == [2, 2]
    assert terms.overlap(terms)[0, 1] == 0.5


def test_terms_only_unknown_words_share_nothing():
    terms = encode_terms([["pigeon"], ["email"]], {})
    assert terms.shared(terms).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_encode_terms_counts_each_known_term_once():
    counted = encode_terms([["b", "b", "new"], [], ["a", "b"]], {"a": 0, "b": 1}).matrix
    np.testing.assert_array_equal(counted.toarray(), [[0, 1], [0, 0], [1, 1]])
    assert encode_terms([["a"]], {}).matrix.shape == (1, 1)


def test_vocabulary_is_alphabetical_and_independent_of_order():
    assert vocabulary([["b", "A"], ["c"]]) == vocabulary([["c", "a"], ["B"]]) == {"a": 0, "b": 1, "c": 2}


@given(term_lists)
def test_overlap_any_sets_equals_set_arithmetic(lists):
    scores = encoded(lists).overlap(encoded(lists, vocabulary(lists)))
    for row, ours in enumerate(map(set, lists)):
        for column, theirs in enumerate(map(set, lists)):
            if ours and theirs:
                assert scores[row, column] == len(ours & theirs) / min(len(ours), len(theirs))
            else:
                assert np.isnan(scores[row, column])


@given(term_lists)
def test_overlap_any_sets_is_symmetric_whatever_the_order_of_terms(lists):
    scores = encoded(lists).overlap(encoded(lists))
    turned = encoded([terms[::-1] for terms in lists])
    np.testing.assert_array_equal(scores, scores.T)
    np.testing.assert_array_equal(scores, turned.overlap(turned))


@given(term_lists, st.data())
def test_take_any_rows_equals_those_rows(lists, data):
    rows = np.array(data.draw(st.lists(st.integers(0, len(lists) - 1), min_size=1)), dtype=np.int64)
    terms = encoded(lists)
    np.testing.assert_array_equal(terms.take(rows).shared(terms), terms.shared(terms)[rows])


@given(st.text())
def test_normalise_twice_equals_once(text):
    assert normalise(normalise(text)) == normalise(text)
