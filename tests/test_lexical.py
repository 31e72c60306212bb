import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.encoders.lexical import LexicalEncoder

pytestmark = pytest.mark.numerical

texts = st.lists(
    st.lists(st.sampled_from(["kopi", "petani", "sekolah", "river", "a", "5", "naïve"]), max_size=6).map(
        " ".join
    ),
    min_size=1,
    max_size=6,
)


def cosines(pool, wanted=None):
    vectors = LexicalEncoder().fit(pool).encode(wanted or pool)
    return (vectors @ vectors.T).toarray()


def test_lexical_worked_pair():
    # All terms stand in one text, so their weights are equal. Words: {kopi, teh} with {kopi}: 1/sqrt 2.
    # Characters, 3 to 5 of " kopi " (4 + 3 + 2 = 9) and " teh " (3 + 2 + 1 = 6): 9 / sqrt(15 x 9).
    score = cosines(["kopi", "teh"], ["kopi teh", "kopi"])[0, 1]
    assert score == pytest.approx((0.5**0.5 + 9 / 135**0.5) / 2)


def test_lexical_common_word_counts_less_than_a_rare_one():
    pool = ["desa kopi", "desa lautan", "desa gunung"]
    score = cosines(pool, ["desa kopi", "desa", "kopi"])
    assert score[0, 2] > score[0, 1]


def test_lexical_affixes_share_characters():
    # "mengajar" and "pengajar" share no word, but most of their characters.
    score = cosines(["mengajar", "pengajar", "lautan"])
    assert score[0, 1] > 0.2 > score[0, 2]


@pytest.mark.parametrize(
    ("one", "other"), [("Kopi Teh", "kopi teh"), ("naïve café", "naive cafe"), ("a. b-c", "a; b-c")]
)
def test_lexical_case_and_accents_make_no_difference(one, other):
    pool = ["kopi teh", "naive cafe", "lautan biru"]
    score = cosines(pool, [one, other])
    assert score[0, 1] == pytest.approx(np.sqrt(score[0, 0] * score[1, 1]))


def test_lexical_disjoint_texts_give_zero():
    assert cosines(["abba cabe", "tory plum"])[0, 1] == 0.0


@settings(deadline=None, max_examples=40)
@given(texts)
def test_lexical_any_pool_stays_in_range_and_symmetric(pool):
    scores = cosines(pool)
    np.testing.assert_allclose(scores, scores.T, atol=1e-12)
    assert ((scores >= 0) & (scores <= 1 + 1e-9)).all()
    worded = np.array([any(len(word) > 1 for word in text.split()) for text in pool])
    np.testing.assert_allclose(np.diag(scores)[worded], 1.0)


@settings(deadline=None, max_examples=25)
@given(texts, st.data())
def test_lexical_order_of_the_pool_changes_nothing(pool, data):
    turned = data.draw(st.permutations(pool))
    np.testing.assert_allclose(cosines(turned, pool), cosines(pool), atol=1e-12)


@settings(deadline=None, max_examples=25)
@given(texts)
def test_lexical_texts_encoded_alone_equal_those_encoded_together(pool):
    fitted = LexicalEncoder().fit(pool)
    alone = np.vstack([fitted.encode([text]).toarray() for text in pool])
    np.testing.assert_array_equal(alone, fitted.encode(pool).toarray())


@pytest.mark.parametrize("pool", [[], [""], ["!!!", "..."], ["a"]])
def test_lexical_wordless_pool_is_allowed(pool):
    vectors = LexicalEncoder().fit(pool).encode(["", "kopi"])
    assert vectors.shape[0] == 2
    assert vectors.nnz == 0 or np.isfinite(vectors.data).all()
    assert vectors[0].nnz == 0


def test_lexical_words_outside_the_pool_give_a_zero_vector():
    assert LexicalEncoder().fit(["kopi"]).encode(["zzz"]).nnz == 0
