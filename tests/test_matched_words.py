"""Words by which two texts match: whole phrases, none twice."""

import pytest

from matcher.encoders.lexical import LexicalEncoder, WordMatch
from matcher.explanations.organisation import distinct_words, whole_phrases


def matches(*rows):
    return [WordMatch(ours, theirs, share, 0.0) for ours, theirs, share in rows]


def shown(found):
    return [(match.ours, match.theirs, pytest.approx(match.share)) for match in found]


def test_phrases_parts_with_the_longer_words_of_either_text_become_one():
    found = matches(
        ("seedlings", "bibit", 0.4), ("tissue culture", "kultur", 0.35), ("culture", "kultur jaringan", 0.25)
    )
    assert shown(whole_phrases(found, "en", "id")) == [
        ("tissue culture", "kultur jaringan", 0.6),
        ("seedlings", "bibit", 0.4),
    ]


def test_phrases_longer_words_of_one_text_alone_are_not_taken():
    found = matches(("braille", "braille", 0.7), ("braille", "buku braille", 0.3))
    assert shown(whole_phrases(found, "en", "id")) == [("braille", "braille", 1.0)]


def test_phrases_within_a_language_stay_as_they_are():
    found = matches(("cold store", "store", 0.6), ("store", "cold store", 0.4))
    assert whole_phrases(found, "en", "en") == found


def test_distinct_words_leave_out_what_a_pair_before_contains():
    found = matches(
        ("seaweed", "rumput laut", 0.4),
        ("seaweeds", "rumput", 0.2),
        ("gel", "gel", 0.2),
        ("gels", "agar", 0.1),
    )
    assert distinct_words(found, "en", "id") == (("seaweed", "rumput laut"), ("gel", "gel"))


def test_distinct_words_of_one_language_are_given_in_their_shorter_form():
    assert distinct_words(matches(("pertanian", "petani", 1.0)), "id", "id") == (("petani", "petani"),)


def test_matches_of_several_pieces_have_shares_of_sum_one_and_know_how_many_use_a_word():
    texts = ["seaweed gel", "seaweed drying", "seaweed farm", "goat farm", "goat milk"]
    encoder = LexicalEncoder().fit([[(text, "en")] for text in texts])
    pieces = [("seaweed gel", "en"), ("goat milk", "en")], [("milk", "en"), ("seaweed", "")]
    found = encoder.match(*map(encoder.read, pieces))
    assert {(match.ours, match.theirs) for match in found} == {("seaweed", "seaweed"), ("milk", "milk")}
    assert sum(match.share for match in found) == pytest.approx(1.0)
    # Two are left out of the count: one more of three uses seaweed, none milk.
    assert {match.ours: match.spread for match in found} == pytest.approx({"seaweed": 1 / 3, "milk": 0.0})
