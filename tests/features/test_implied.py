import pytest

from matcher.columns import RESOURCES, Profile
from matcher.features.counted_texts import IMPLIED_WEIGHT, MOST_IMPLIED, implied, source_of, with_implied
from matcher.profiles import check_profile

NEEDS = (
    "We are looking for a cold store near the harbour.",
    "Right now we urgently need two skippers who know the reef.",
    "What we lack is a lab for soil samples.",
    "Kami sedang mencari gudang dingin dekat dermaga.",
    "Saat ini kami membutuhkan dua juru mudi yang kenal karang.",
    "Two brothers and a 15 kilo roaster looking for one or two growers.",
    "Dicari pembeli garam rakyat yang mau kontrak setahun.",
)
OFFERS = (
    "We can provide a workshop with three looms.",
    "We lend drying tables to growers for a season.",
    "Kami menyediakan bengkel dengan tiga alat tenun.",
    "Kami juga bisa meminjamkan meja jemur selama musim panen.",
)
NEITHER = (
    "We seek to inspire young people, and we want to improve the park.",
    "The service lets the clinics use their funds where they are needed most.",
    "We do not need another report on fish.",
    "Kami tidak membutuhkan laporan tentang ikan lagi.",
    "Children who need glasses go to school without them.",
    "The villages along the coast sell their own fish.",
    "Desa di pesisir menjual ikannya sendiri di pasar.",
)


def record(**cells):
    return check_profile({"id": "a", "name": "A", **cells})


def texts(profile, column):
    return [item.text for item in implied(profile, column)]


@pytest.mark.parametrize(
    ("sentences", "column"), [(NEEDS, Profile.NEEDS), (OFFERS, Profile.OFFERS), (NEITHER, None)]
)
def test_sentences_state_needs_offers_or_neither(sentences, column):
    for sentence in sentences:
        profile = record(mission=sentence)
        assert [side for side in RESOURCES if texts(profile, side)] == ([column] if column else []), sentence


def test_only_the_side_without_resources_is_filled():
    profile = record(mission=f"{NEEDS[0]} {OFFERS[0]}", needs="funding: boats (5)")
    filled = with_implied(profile)
    assert filled[Profile.NEEDS] == profile[Profile.NEEDS]
    assert [tuple(item) for item in filled[Profile.OFFERS]] == [("", OFFERS[0], IMPLIED_WEIGHT)]
    assert {**filled, Profile.OFFERS: ()} == profile


def test_sentences_of_all_columns_count_once_up_to_a_number():
    profile = record(mission=NEEDS[0], goals_short=NEEDS[1], goals_long=NEEDS[2], vision=NEEDS[0])
    assert texts(profile, Profile.NEEDS) == list(NEEDS[:3])
    many = record(mission=" ".join(f"We need {word} for the boats." for word in "abcdefghijkl"))
    assert len(texts(many, Profile.NEEDS)) == MOST_IMPLIED


def test_source_is_named_unless_the_need_is_stated():
    profile = record(mission=OFFERS[0], goals_short=NEEDS[1], needs="funding: boats (5)")
    assert source_of(OFFERS[0], profile, Profile.OFFERS) == "mission"
    assert source_of("boats", profile, Profile.NEEDS) == ""
    assert source_of(NEEDS[1], {**profile, Profile.NEEDS: ()}, Profile.NEEDS) == "short-term goals"
