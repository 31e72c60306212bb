import numpy as np
import pytest

from matcher.config import Config, ValuesSettings
from matcher.encoders.lexical import LexicalEncoder

pytestmark = pytest.mark.numerical

ONE = "train young coffee farmers"
OTHER = "lend huge quiet boats"
PARTS = ("passages", "whole", "lexical")


def only(part):
    return Config.from_dict({"values": {name: float(name == part) for name in PARTS}})


def without_lexical():
    return Config.from_dict({"values": {"lexical": 0.0}})


def test_values_identical_texts_give_one(score_of):
    profile = {"vision": ONE, "mission": f"{OTHER}. {ONE}", "values": "honesty; care"}
    assert score_of("values", profile, profile) == pytest.approx(1.0)


def test_values_texts_without_a_common_letter_give_zero(score_of):
    assert score_of("values", {"vision": "abba cabe"}, {"vision": "tory plum"}) == 0.0


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        # Seeker passages ONE and OTHER, candidate ONE: best matches 1 and 0, mean 1/2.
        ("passages", 0.5),
        # The mean of two orthogonal unit vectors has cosine 1/sqrt 2 with either.
        ("whole", 0.5**0.5),
    ],
)
def test_values_half_of_the_seeker_met_worked(score_of, part, expected):
    seeker, candidate = {"vision": ONE, "mission": OTHER}, {"vision": ONE}
    assert score_of("values", seeker, candidate, config=only(part)) == pytest.approx(expected)


def test_values_translated_words_count_across_languages(score_of):
    english = {"vision": "We train the farmers of the hills to dry coffee"}
    same = {"vision": "Kami melatih petani di bukit untuk mengeringkan kopi"}
    other = {"vision": "Kami menjahit layar dan jaring untuk nelayan"}
    assert score_of("values", english, same, config=only("lexical")) > 0.7
    assert score_of("values", english, other, config=only("lexical")) < 0.3
    assert score_of("values", english, same, config=only("passages")) == 0.0


def test_values_passages_run_over_the_seeker(score_of):
    # The other way round everything the seeker says is matched: 1.
    assert score_of(
        "values", {"vision": ONE}, {"vision": ONE, "mission": OTHER}, config=only("passages")
    ) == pytest.approx(1.0)


def test_values_partly_shared_words_worked(score_of):
    # 2 words shared of 4 and 4: cosine 2 / sqrt(16) = 1/2.
    seeker, candidate = {"vision": "train young coffee farmers"}, {"vision": "train young tea growers"}
    assert score_of("values", seeker, candidate, config=only("passages")) == pytest.approx(0.5)


def test_values_lexical_part_is_a_power_of_the_tfidf_cosine(score_of):
    texts = ["train young coffee farmers", "train young tea growers"]
    pieces = [[(text, "")] for text in texts]
    vectors = LexicalEncoder().fit(pieces).encode(pieces)
    cosine = vectors.similarity(vectors)[0, 1]
    score = score_of("values", {"vision": texts[0]}, {"vision": texts[1]}, config=only("lexical"))
    assert 0 < cosine < 1
    assert score == pytest.approx(cosine**0.7)


def test_values_mix_is_the_weighted_mean_of_its_parts(score_of):
    seeker, candidate = {"vision": ONE, "mission": OTHER}, {"vision": "train old coffee growers"}
    shares = ValuesSettings()
    parts = {part: score_of("values", seeker, candidate, config=only(part)) for part in PARTS}
    total = sum(getattr(shares, part) for part in PARTS)
    expected = sum(getattr(shares, part) * parts[part] for part in PARTS) / total
    assert score_of("values", seeker, candidate) == pytest.approx(expected)
    assert min(parts.values()) < expected < max(parts.values())


def test_values_halved_shares_change_nothing(score_of):
    seeker, candidate = {"vision": ONE, "mission": OTHER}, {"vision": "train old coffee growers"}
    halves = {"values": {part: getattr(ValuesSettings(), part) / 2 for part in PARTS}}
    halved = score_of("values", seeker, candidate, config=Config.from_dict(halves))
    assert halved == pytest.approx(score_of("values", seeker, candidate), abs=1e-12)


def test_values_shares_keep_every_part_of_the_hybrid():
    # On real partnerships both together beat either: neither may fall to 0 by default.
    assert all(getattr(ValuesSettings(), part) > 0 for part in PARTS)


@pytest.mark.parametrize("part", [*PARTS, None])
@pytest.mark.parametrize("silent_side", ["seeker", "candidate"])
def test_values_side_without_texts_is_unknown(score_of, part, silent_side):
    spoken, silent = {"vision": ONE}, {"needs": "funding: cash"}
    pair = (silent, spoken) if silent_side == "seeker" else (spoken, silent)
    assert np.isnan(score_of("values", *pair, config=only(part) if part else None))


@pytest.mark.parametrize("field", ["vision", "mission", "values"])
def test_values_any_one_field_is_enough(score_of, field):
    assert score_of("values", {field: ONE, "needs": "funding: x"}, {"vision": ONE}) == pytest.approx(1.0)


def test_values_wordless_vision_is_unknown(score_of):
    assert np.isnan(score_of("values", {"vision": ONE}, {"vision": "-", "needs": "funding: cash"}))


def test_values_order_of_passages_changes_nothing(score_of):
    candidate = {"vision": ONE}
    one = score_of("values", {"vision": f"{ONE}. {OTHER}."}, candidate, config=without_lexical())
    other = score_of("values", {"vision": f"{OTHER}. {ONE}."}, candidate, config=without_lexical())
    assert one == pytest.approx(other, abs=1e-12)


def test_values_order_of_the_values_list_changes_nothing(score_of):
    candidate = {"values": "young farmers; honest trade"}
    one = score_of("values", {"values": "honest trade; young farmers; calm seas"}, candidate)
    other = score_of("values", {"values": "young farmers; calm seas; honest trade"}, candidate)
    assert one == pytest.approx(other, abs=1e-12)


def test_values_passage_repeated_by_the_candidate_changes_nothing(score_of):
    seeker = {"vision": ONE, "mission": OTHER}
    once = score_of("values", seeker, {"vision": ONE}, config=without_lexical())
    twice = score_of("values", seeker, {"vision": ONE, "mission": f"{ONE}\n{ONE}"}, config=without_lexical())
    assert twice == pytest.approx(once, abs=1e-12)


def test_values_added_candidate_passage_never_lowers_the_passage_part(score_of):
    seeker = {"vision": ONE, "mission": OTHER}
    less = score_of("values", seeker, {"vision": ONE}, config=only("passages"))
    more = score_of(
        "values", seeker, {"vision": ONE, "mission": "lend quiet boats daily"}, config=only("passages")
    )
    assert more > less
