import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.encoders.passages import MAX_PASSAGES, MAX_WORDS, MIN_WORDS, split_passages

SENTENCE = "we teach young farmers here"

pieces = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["kopi", "petani", "a", "5", "naïve", "co-op"]), max_size=60),
        st.sampled_from([". ", "! ", "\n", "\n• ", "; ", " 2) ", ", ", "\r\n\r\n", "  "]),
    ),
    max_size=30,
)


def text_of(drawn):
    return "".join(" ".join(words) + sign for words, sign in drawn)


def words_of(text):
    return re.findall(r"\w+", text)


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "• • •"])
def test_passages_blank_text_gives_none(text):
    assert split_passages(text) == []


@pytest.mark.parametrize("text", ["!!!", "-", "...", "- ; -"])
def test_passages_text_without_words_gives_none(text):
    assert split_passages(text) == []


@pytest.mark.parametrize("sign", [". ", "! ", "? ", "; ", "\n", "\r\n", "\n\n", "\n• "])
def test_passages_two_sentences_are_cut_at_every_break(sign):
    passages = split_passages(f"{SENTENCE}{sign}{SENTENCE}")
    assert [words_of(passage) for passage in passages] == [SENTENCE.split()] * 2


def test_passages_numbered_list_is_cut_before_each_number():
    passages = split_passages("(1) teach young farmers here (2) lend small drying tables")
    assert passages == ["(1) teach young farmers here", "(2) lend small drying tables"]


@pytest.mark.parametrize(
    "text", ["Est. 1998", "No. 5", "We teach farmers. Yes.", "Hi. We teach young farmers here."]
)
def test_passages_short_piece_joins_its_neighbour(text):
    assert split_passages(text) == [text]


def test_passages_short_piece_limit_is_min_words():
    exact = " ".join(["word"] * MIN_WORDS)
    assert len(split_passages(f"{exact}. {exact}.")) == 2
    assert len(split_passages(f"{exact}. {' '.join(['word'] * (MIN_WORDS - 1))}.")) == 1


@pytest.mark.parametrize(
    ("n_words", "lengths"),
    [
        (MAX_WORDS, [MAX_WORDS]),
        (MAX_WORDS + 2, [MAX_WORDS // 2 + 1] * 2),
        (2 * MAX_WORDS, [MAX_WORDS] * 2),
        (3 * MAX_WORDS, [MAX_WORDS] * 3),
    ],
)
def test_passages_long_sentence_is_cut_evenly(n_words, lengths):
    assert [len(passage.split()) for passage in split_passages(" ".join(["word"] * n_words))] == lengths


@pytest.mark.parametrize("n_sentences", [MAX_PASSAGES, MAX_PASSAGES + 1, 3 * MAX_PASSAGES])
def test_passages_long_text_keeps_the_first_passages(n_sentences):
    sentences = [f"we teach class number{place} now." for place in range(n_sentences)]
    assert split_passages(" ".join(sentences)) == sentences[:MAX_PASSAGES]


@given(pieces)
def test_passages_any_text_keeps_every_word_in_order_up_to_the_cap(drawn):
    text = text_of(drawn)
    passages = split_passages(text)
    kept = words_of(" ".join(passages))
    assert kept == words_of(text)[: len(kept)]
    assert len(passages) <= MAX_PASSAGES
    if len(passages) < MAX_PASSAGES:
        assert kept == words_of(text)


@given(st.text(max_size=300))
def test_passages_any_characters_give_no_empty_passage(text):
    assert all(passage.strip() for passage in split_passages(text))


@given(pieces)
def test_passages_sentences_without_short_pieces_stay_under_max_words(drawn):
    long_enough = [(words, ". ") for words, _ in drawn if len(words) >= MIN_WORDS]
    assert all(len(passage.split()) <= MAX_WORDS for passage in split_passages(text_of(long_enough)))


def test_passages_list_of_short_items_stays_near_max_words():
    # A short piece may join its neighbour, a whole list of them may not become one endless passage.
    passages = split_passages("\n".join(f"item number{place}" for place in range(200)))
    assert max(len(passage.split()) for passage in passages) <= MAX_WORDS + 2 * MIN_WORDS


@given(pieces)
def test_passages_split_again_gives_the_same_words(drawn):
    passages = split_passages(text_of(drawn))
    again = split_passages("\n".join(passages))
    assert words_of(" ".join(again)) == words_of(" ".join(passages))[: len(words_of(" ".join(again)))]
