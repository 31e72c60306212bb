import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.config import Config
from matcher.encoders.languages import FUNCTION_WORDS, Guess, guess_language
from matcher.encoders.lexical import LexicalEncoder
from matcher.encoders.lexicon import open_lexicon
from matcher.errors import EncoderError

MALAY = Path(__file__).resolve().parents[1] / "docs" / "examples" / "en-ms.tsv"

PROFILES = [
    {
        "id": "pusat-warga-emas",
        "name": "Pusat Harian Seri Lipis",
        "mission": "Kami ialah badan amal yang menyediakan kerusi roda kepada warga emas di daerah ini, "
        "kerana mereka tidak mempunyai akaun bank atau kereta.",
        "needs": [{"text": "Juruteknik dan alat ganti untuk kerusi roda, dengan bateri", "weight": 5}],
        "offers": [{"text": "Geran kecil dan jururawat sukarelawan untuk latihan", "weight": 4}],
    },
    {
        "id": "two-wheels",
        "name": "Two Wheels",
        "mission": "We are technicians who repair every wheelchair of the elderly in our workshop.",
        "needs": [{"text": "A grant for spare parts, and a nurse for our course", "weight": 5}],
        "offers": [{"text": "A technician with batteries and spare parts of wheelchairs", "weight": 5}],
    },
    {
        "id": "river-watch",
        "name": "River Watch",
        "mission": "We test the water of the river and tell the villages of every flood.",
        "needs": [{"text": "A laboratory for water tests", "weight": 4}],
        "offers": [{"text": "Data of the river since 2004", "weight": 4}],
    },
    {
        "id": "bee-house",
        "name": "Bee House",
        "mission": "We sell honey of the forest and share the price with the women who gather it.",
        "needs": [{"text": "Labels and packaging for honey", "weight": 4}],
        "offers": [{"text": "Honey for shops, 40 kilos a month", "weight": 3}],
    },
    {
        "id": "book-boat",
        "name": "Book Boat",
        "mission": "We bring a library to the children of the islands with a boat.",
        "needs": [{"text": "Books for children of eight to twelve", "weight": 4}],
        "offers": [{"text": "Seats on the boat for visiting nurses", "weight": 3}],
    },
]


def first_partner(config):
    table = Matcher(config).fit(PROFILES).recommend("pusat-warga-emas", 4, explain=False)
    return table.set_index("candidate")["topic"]


def test_word_pairs_bring_a_malay_seeker_to_its_english_partner(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(f'lexicons = ["{MALAY.as_posix()}"]\n', encoding="utf-8")
    without, with_pairs = first_partner(Config()), first_partner(Config.from_toml(path))
    assert with_pairs.idxmax() == "two-wheels"
    assert with_pairs["two-wheels"] > without["two-wheels"] + 0.08  # above .5 only a tenth counts


def test_word_pairs_make_their_language_known_and_leave_indonesian_known():
    known = FUNCTION_WORDS | open_lexicon(MALAY).function_words
    assert Guess(known).language_of(PROFILES[0]["mission"]) == "ms"
    indonesian = "Kami melatih anak yang putus sekolah karena mereka belum bisa memperbaiki sepeda motor."
    assert Guess(known).language_of(indonesian) == "id"
    assert Guess(known).language_of(PROFILES[1]["mission"]) == "en"


def test_language_that_few_write_is_carried_into_that_of_the_pool():
    pool = [[(f"We keep bees and sell honey, {word}.", "en")] for word in "abcdefghijklmnopqrstuvwxyz"]
    pool += [[("We repair every motorcycle.", "en")], [("Kami membaiki motosikal", "ms")]]
    encoder = LexicalEncoder([open_lexicon(MALAY)]).fit(pool)
    assert encoder.languages == ("en",)
    similarity = encoder.encode(pool).similarity(encoder.encode(pool))[-1]
    assert similarity[-2] > 0.9
    assert similarity[:-2].max() == 0.0


def test_vectors_do_not_depend_on_what_is_encoded_together():
    pool = [
        [("Rumah sakit dan bibit kultur jaringan untuk petani", "id")],
        [("Clean water for the hospital of farmers", "en")],
        [("Air bersih", "id"), ("tissue culture seedlings", "en"), ("Sukamaju", "")],
        [],
    ]
    encoder = LexicalEncoder([open_lexicon()]).fit(pool)
    together = encoder.encode(pool)
    for row, pieces in enumerate(pool):
        alone = encoder.encode([pieces])
        for space, other in zip(alone.spaces, together.spaces, strict=True):
            np.testing.assert_array_equal(space.toarray()[0], other.toarray()[row])


def test_similarity_does_not_depend_on_the_size_of_blocks(monkeypatch):
    pool = [[("air bersih desa", "id")], [("clean water", "en")], [("village water", "en")]]
    vectors = LexicalEncoder([open_lexicon()]).fit(pool).encode(pool)
    whole = vectors.similarity(vectors)
    monkeypatch.setattr("matcher.encoders.lexical.BLOCK", 2)
    np.testing.assert_array_equal(vectors.similarity(vectors), whole)


@pytest.mark.parametrize(
    ("text", "message"),
    [("kata\tword\nair\twater\n", "two languages"), ("en\tms\twater\nwater\tair\n", None)],
)
def test_table_of_word_pairs_names_its_languages(tmp_path, text, message):
    path = tmp_path / "pairs.tsv"
    path.write_text(text, encoding="utf-8")
    if message is None:
        assert open_lexicon(path).directions["ms", "en"].of("air") == {"water": 1.0}
    else:
        with pytest.raises(EncoderError, match=message):
            open_lexicon(path)


@given(st.lists(st.sampled_from(["Kami", "dan", "we", "the's", "of", "x9of", "(untuk)", "İ", "\x1c", "\n"])))
def test_language_is_that_of_most_function_words(words):
    text = " ".join(words)
    found = re.findall(r"[^\W\d_]+", text.casefold())
    counts = {code: sum(word in listed for word in found) for code, listed in FUNCTION_WORDS.items()}
    best = [code for code, count in counts.items() if count == max(counts.values())]
    assert guess_language(text) == (best[0] if len(best) == 1 else "")
