import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.encoders import words
from matcher.encoders.words import stem_spans, stems_of, stop_words


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("We train 20 farmers in 2026", "en", ["train", "farmer"]),
        ("Kami melatih petani dan nelayan", "id", ["latih", "tani", "nelay"]),
        ("training, trained; TRAINS", "en", ["train"] * 3),
        ("pelatihan dilatih", "id", ["latih"] * 2),
        ("the farmer's boats", "en", ["farmer", "boat"]),
        ("the farmer’s boats", "en", ["farmer", "boat"]),
        ("café CAFÉ", "en", ["cafe", "cafe"]),
        ("Rp 15.000.000 / 40 km", "id", ["rp", "km"]),
        ("a b c", "en", []),
        ("", "en", []),
        ("2,3 (4)", "id", []),
        ("komposting", "xx", ["komposting"]),
    ],
)
def test_stems_of_worked_texts(text, language, expected):
    assert [*stems_of(text, language)] == expected


def test_stop_words_are_those_of_the_language_and_of_all_where_unknown():
    assert "the" in stop_words("en")
    assert "yang" in stop_words("id")
    assert "yang" not in stop_words("en")
    assert stop_words("") == stop_words("en") | stop_words("id")
    assert stop_words("xx") == frozenset()


@pytest.mark.parametrize("language", ["en", "id"])
def test_stop_words_are_folded_and_sorted_into_one_language(language):
    words = stop_words(language)
    assert words == {word.casefold() for word in words}
    assert not {"hospital", "koperasi", "sekolah", "water", "air", "guru"} & words


@given(st.text(max_size=80), st.sampled_from(["en", "id", "", "xx"]))
def test_stem_spans_give_the_stems_of_the_text_with_their_words(text, language):
    spans = stem_spans(text, language)
    assert tuple(stem for stem, _, _ in spans) == stems_of(text, language)
    assert all(0 <= start < end <= len(text) for _, start, end in spans)
    assert [start for _, start, _ in spans] == sorted(start for _, start, _ in spans)


def test_stems_of_stay_the_same_when_what_is_kept_is_full(monkeypatch):
    text = "We train farmers; farmers’ boats, sea-weed and a-very-long-run-of-words-without-any-blank " * 2
    monkeypatch.setattr(words, "MOST_TOKENS", 3)
    monkeypatch.setattr(words, "LONGEST_TOKEN", 12)
    words._token_stems.cache_clear()
    stems_of.cache_clear()
    assert [*stems_of(text, "en")] == [stem for stem, _, _ in stem_spans(text, "en")]
    assert 0 < len(words._token_stems("en")) <= 3
    assert all(len(token) <= 12 for token in words._token_stems("en"))
