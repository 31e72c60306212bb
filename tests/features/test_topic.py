import numpy as np
import pytest

from matcher.features.topic import ALIKE, SLOPE, WORDS

pytestmark = pytest.mark.numerical

EVERY_TEXT = ("vision", "mission", "goals_short", "goals_long")


@pytest.mark.parametrize("one", EVERY_TEXT)
@pytest.mark.parametrize("other", EVERY_TEXT)
def test_topic_same_text_in_any_field_gives_the_most(score_of, one, other):
    text = "reefs lobsters"
    fillers = ({} if "goals" not in name else {"needs": [text]} for name in (one, other))
    seeker, candidate = ({name: text, **rest} for name, rest in zip((one, other), fillers, strict=True))
    assert score_of("topic", seeker, candidate) == pytest.approx(ALIKE + SLOPE * (1 - ALIKE))


def test_topic_worked_by_hand(score_of):
    # Vectors: cosine 1/2. TF-IDF: the shared stem has idf 1, the others ln(3 / 2) + 1.
    words = (1 / (1 + (1 + np.log(1.5)) ** 2)) ** 0.7
    score = score_of("topic", {"vision": "reefs lobsters"}, {"offers": ["reefs nets"]})
    mixed = WORDS * words + (1 - WORDS) / 2
    assert score == pytest.approx(min(mixed, ALIKE + SLOPE * (mixed - ALIKE)), abs=1e-6)


def test_topic_nothing_in_common_gives_zero(score_of):
    assert score_of("topic", {"vision": "reefs"}, {"vision": "looms"}) == 0.0


def test_topic_is_the_same_in_either_direction(score_of):
    english = {"mission": "We grow seedlings of the coffee that farmers plant", "needs": ["A cold store"]}
    indonesian = {"mission": "Kami menanam bibit kopi untuk petani", "offers": ["Gudang pendingin"]}
    score = score_of("topic", english, indonesian)
    assert score == pytest.approx(score_of("topic", indonesian, english))
    assert score > score_of("topic", english, {"mission": "Kami menjahit layar dan jaring untuk nelayan"})
