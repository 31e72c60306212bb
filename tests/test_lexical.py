import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from matcher.encoders import lexical
from matcher.encoders.lexical import NATIVE, LexicalEncoder, fair_scale, sparse_product
from matcher.encoders.lexicon import Lexicon, open_lexicon
from matcher.encoders.words import stems_of

pytestmark = pytest.mark.numerical

PAIRS = (
    ("coffee", "kopi", 1.0),
    ("farmer", "petani", 1.0),
    ("hospital", "rumah sakit", 1.0),
    ("house", "rumah", 1.0),
    ("sick", "sakit", 1.0),
    ("school", "sekolah", 1.0),
)
TINY = Lexicon.from_pairs(("en", "id"), PAIRS)
MIXED = [
    [("coffee farmers near the hospital", "en")],
    [("sekolah petani kopi", "id")],
    [("rumah sakit desa", "id")],
    [("boat builders", "en")],
    [("coffee school", "en"), ("petani", "id")],
    [("Nusantara Maju", "")],
    [],
]

words = st.sampled_from(
    ["coffee", "kopi", "farmer", "petani", "rumah", "sakit", "hospital", "river", "5", "naïve"]
)
pieces = st.tuples(st.lists(words, max_size=6).map(" ".join), st.sampled_from(["en", "id", ""]))
pools = st.lists(st.lists(pieces, max_size=3), min_size=1, max_size=7)


def similarity(pool, lexicons=(TINY,), wanted=None):
    encoder = LexicalEncoder(lexicons).fit(pool)
    vectors = encoder.encode(pool if wanted is None else wanted)
    return vectors.similarity(vectors)


def test_lexical_one_language_is_tfidf_of_stems():
    texts = ["Farmers grow coffee, coffee and cocoa", "A farmer sells cocoa", "Boats on the river"]
    reference = TfidfVectorizer(analyzer=lambda text: stems_of(text, "en"), sublinear_tf=True)
    vectors = reference.fit_transform(texts)
    expected = (vectors @ vectors.T).toarray()
    np.testing.assert_allclose(similarity([[(text, "en")] for text in texts]), expected, atol=1e-12)


def test_lexical_across_is_the_mean_of_both_languages_by_hand():
    # Two texts of one stem each: in English coffee with coffee, in Indonesian kopi with kopi: both 1.
    assert similarity([[("coffee", "en")], [("kopi", "id")]])[0, 1] == pytest.approx(1.0)
    # "boat" has no translation: in English {coffee, boat} with {coffee}; in Indonesian {kopi} with {kopi}.
    # Each stem is in the only document of its language, so that idf is 1.
    assert similarity([[("coffee boat", "en")], [("kopi", "id")]])[0, 1] == pytest.approx(
        (0.5**0.5 + 1.0) / 2.0
    )


def test_lexical_phrase_is_carried_as_a_whole():
    pool = [[("hospital", "en")], [("house", "en")], [("rumah sakit", "id")], [("rumah", "id")]]
    scores = similarity(pool)
    assert scores[2, 0] > scores[2, 1]
    assert scores[3, 1] > scores[3, 0]


def test_lexical_without_lexicon_shared_names_match_once():
    pool = [[("Nusantara coffee", "en")], [("Nusantara kopi", "id")], [("sekolah", "id")]]
    scores = similarity(pool, lexicons=())
    assert 0.0 < scores[0, 1] < 1.0
    assert scores[0, 2] == 0.0


def test_lexical_lexicon_raises_the_match_across():
    pool = [[("coffee farmers", "en")], [("petani kopi", "id")], [("sekolah", "id")], [("boats", "en")]]
    assert similarity(pool)[0, 1] > 0.9
    assert similarity(pool, lexicons=())[0, 1] == 0.0


def test_lexical_rare_language_has_no_space_but_is_carried():
    english = [[(f"coffee farmer number {'x' * (place + 2)}", "en")] for place in range(30)]
    encoder = LexicalEncoder([TINY]).fit([*english, [("petani kopi", "id")]])
    assert encoder.languages == ("en",)
    both = encoder.encode([[("coffee farmer", "en")], [("petani kopi", "id")]])
    assert both.similarity(both)[0, 1] == pytest.approx(1.0)


def test_lexical_mixed_profile_counts_each_piece_in_its_language():
    vectors = LexicalEncoder([TINY]).fit(MIXED).encode(MIXED)
    assert vectors.shares[0].tolist() == [1.0, 0.0]
    assert vectors.shares[4].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert vectors.shares[5].tolist() == [0.5, 0.5]


def test_lexical_unknown_language_matches_either():
    pool = [[("Nusantara coffee", "en")], [("Nusantara kopi", "id")], [("Nusantara", "")]]
    scores = similarity(pool)
    assert scores[2, 0] > 0.0
    assert scores[2, 1] > 0.0


def test_lexical_pool_of_unknown_language_meets_texts_of_a_known_one():
    encoder = LexicalEncoder([TINY]).fit([[("coffee farms", "")], [("boats", "")]])
    both = encoder.encode([[("coffee farms", "")], [("coffee for all the farms", "en")]])
    assert both.similarity(both)[0, 1] == pytest.approx(1.0)


def test_lexical_selection_of_rows_is_theirs():
    vectors = LexicalEncoder([TINY]).fit(MIXED).encode(MIXED)
    rows = np.array([4, 0])
    part = vectors[rows]
    np.testing.assert_array_equal(part.similarity(vectors), vectors.similarity(vectors)[rows])
    assert len(part) == 2


@pytest.mark.parametrize("pool", [[], [[]], [[("", "en")]], [[("2026", "id")], []]])
def test_lexical_wordless_pools_give_zero(pool):
    assert not similarity(pool).any()


@settings(deadline=None, max_examples=60)
@given(pools)
def test_lexical_any_pool_stays_in_range_symmetric_and_full_on_itself(pool):
    scores = similarity(pool)
    assert ((scores >= 0.0) & (scores <= 1.0)).all()
    np.testing.assert_allclose(scores, scores.T, atol=1e-7)
    filled = scores.diagonal() > 0.0
    assert (scores.diagonal()[filled] >= NATIVE - 1e-6).all()


@settings(deadline=None, max_examples=40)
@given(pools, st.randoms(use_true_random=False))
def test_lexical_order_of_rows_makes_no_difference(pool, random):
    order = list(range(len(pool)))
    random.shuffle(order)
    shuffled = similarity([pool[place] for place in order])
    np.testing.assert_allclose(shuffled, similarity(pool)[np.ix_(order, order)], atol=1e-7)


@settings(deadline=None, max_examples=40)
@given(pools)
def test_lexical_texts_encoded_alone_are_the_same_bits(pool):
    encoder = LexicalEncoder([TINY]).fit(pool)
    together = encoder.encode(pool)
    for place, document in enumerate(pool):
        alone = encoder.encode([document])
        for one, all_ in zip(alone.spaces, together.spaces, strict=True):
            assert (one != all_[[place]]).nnz == 0


def matched_words(encoder, ours, theirs):
    return encoder.match(encoder.read([ours]), encoder.read([theirs]))


@settings(deadline=None, max_examples=60)
@given(pools, pieces, pieces)
def test_matched_words_are_shares_of_words_that_stand_in_the_texts(pool, ours, theirs):
    found = matched_words(LexicalEncoder([TINY]).fit(pool), ours, theirs)
    if found:
        assert sum(match.share for match in found) == pytest.approx(1.0)
    for match in found:
        assert match.ours in ours[0].casefold()
        assert match.theirs in theirs[0].casefold()
        assert 0.0 < match.share <= 1.0
    assert [match.share for match in found] == sorted((match.share for match in found), reverse=True)


def test_matched_words_are_exact_by_hand():
    encoder = LexicalEncoder([TINY]).fit([[("coffee farmer", "en")], [("kopi petani", "id")]])
    matches = matched_words(encoder, ("coffee farmers", "en"), ("petani kopi", "id"))
    found = {(match.ours, match.theirs): match.share for match in matches}
    assert found == pytest.approx({("coffee", "kopi"): 0.5, ("farmers", "petani"): 0.5})


def test_matched_words_name_phrases():
    pool = [[("hospital water", "en")], [("rumah sakit air bersih", "id")]]
    encoder = LexicalEncoder([open_lexicon()]).fit(pool)
    best = matched_words(encoder, ("a hospital", "en"), ("rumah sakit kami", "id"))[0]
    assert (best.ours, best.theirs) == ("hospital", "rumah sakit")


def test_fair_scale_never_raises_and_leaves_one_language_alone():
    encoder = LexicalEncoder([TINY]).fit([[("coffee", "en")], [("farmer", "en")]])
    assert fair_scale(encoder.encode([[("coffee", "en")], [("farmer", "en")]])) == 1.0
    vectors = LexicalEncoder([TINY]).fit(MIXED).encode(MIXED)
    assert 0.0 < fair_scale(vectors) <= 1.0


def test_fair_scale_of_a_sampled_pool_does_not_depend_on_the_order_of_rows(monkeypatch):
    monkeypatch.setattr("matcher.encoders.lexical.SAMPLE", 6)
    pool = [
        *([(f"coffee farmer {name} school", "en")] for name in ("river", "boat", "nets", "house")),
        *([(f"petani {name} kopi sekolah", "id")] for name in ("sungai", "perahu", "jaring", "rumah")),
        *([(f"{name} kopi, coffee", "id")] for name in ("gudang", "desa", "sawah", "kebun")),
    ]
    for shift in range(1, len(pool)):
        turned = [*pool[shift:], *pool[:shift]]
        order = np.roll(np.arange(len(pool)), -shift)
        np.testing.assert_array_equal(similarity(turned), similarity(pool)[np.ix_(order, order)])


@settings(deadline=None, max_examples=40)
@given(pools, st.integers(1, 7))
def test_lexical_rows_in_blocks_are_the_same_bits(pool, size):
    vectors = LexicalEncoder([TINY]).fit(pool).encode(pool)
    whole = vectors.similarity(vectors)
    for start in range(0, len(pool), size):
        rows = np.arange(start, min(start + size, len(pool)))
        np.testing.assert_array_equal(vectors[rows].similarity(vectors), whole[rows])
        np.testing.assert_array_equal(vectors.similarity(vectors[rows]), whole[:, rows])


@settings(deadline=None, max_examples=40)
@given(pools, st.integers(1, 7))
def test_lexical_similarity_is_the_same_bits_in_any_block_and_by_either_product(pool, size):
    vectors = LexicalEncoder([TINY]).fit(pool).encode(pool)
    whole = vectors.similarity(vectors)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lexical, "BLOCK", size)
        np.testing.assert_array_equal(vectors.similarity(vectors), whole)
        patched.setattr(lexical, "_dense_product", sparse_product)
        np.testing.assert_array_equal(vectors.similarity(vectors), whole)


@settings(deadline=None, max_examples=60)
@given(pools, st.lists(pieces, max_size=3))
def test_lexical_text_that_is_read_has_the_values_of_the_text_that_is_encoded(pool, document):
    encoder = LexicalEncoder([TINY]).fit(pool)
    reading, vectors = encoder.read(document), encoder.encode([document])
    np.testing.assert_array_equal(reading.shares, vectors.shares)
    for stems, space in zip(reading.spaces, vectors.spaces, strict=True):
        row = np.zeros(space.shape[1])
        row[list(stems)] = [sum(amount for _, amount in words) for words in stems.values()]
        np.testing.assert_allclose(row, space.toarray()[0], atol=1e-7)
