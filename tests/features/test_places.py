"""Places: names in both languages, what lies in what, distances."""

import pytest

from matcher.features.places import are_islands_apart, countries_of, distance, lies_in, location, mentions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in West Java and in Jawa Barat", ["Jawa Barat", "Jawa Barat"]),
        ("di Kabupaten Kutai Timur, Kaltim", ["Kutai Timur", "Kalimantan Timur"]),
        ("Papua New Guinea, Papua Nugini", ["PG", "PG"]),
        ("Papua Barat Daya, Papua", ["Papua Barat Daya", "Papua"]),
        ("Belanda, Jerman and the United Kingdom", ["NL", "DE", "GB"]),
        ("padang rumput, serang, malang; the solo singer", []),
        ("farmers in eastern Indonesia", ["Indonesia Timur"]),
        ("Eastern-Javanese dances", []),
        ("TTS and Labuan Bajo", ["Timor Tengah Selatan", "Manggarai Barat"]),
    ],
)
def test_mentions_longest_names_with_capitals_count(text, expected):
    assert [mention.place for mention in mentions(text)] == expected
    assert all(not text[one.start : one.stop].islower() for one in mentions(text))


@pytest.mark.parametrize(
    ("country", "region", "expected"),
    [
        ("Indonesia", "Kupang, East Nusa Tenggara", {"Kupang"}),
        ("", "SULAWESI TENGGARA", {"Sulawesi Tenggara"}),
        ("", "jawa timur", {"Jawa Timur"}),
        ("Indonesia", "Kabupaten Kapuas Muara, Kalimantan Barat", {"Kalimantan Barat"}),
        ("Indonesia", "", {"ID"}),
        ("Germany", "Leipzig, Saxony", {"DE"}),
        ("Belgium", "Jakarta, Indonesia", {"BE", "DKI Jakarta"}),
        ("Indonesia", "Jakarta and 38 provinces", {"ID", "DKI Jakarta"}),
        ("", "Hull", set()),
        ("", "", set()),
    ],
)
def test_location_is_as_exact_as_known(country, region, expected):
    assert location(country, region) == expected


@pytest.mark.parametrize(
    ("places", "area", "expected"),
    [
        ({"Bandung"}, {"Jawa"}, True),
        ({"Bandung"}, {"Jawa Barat", "Bali"}, True),
        ({"Malang"}, {"Malang Raya"}, True),
        ({"ID"}, {"Asia Tenggara"}, True),
        ({"TL"}, {"Timor"}, True),
        ({"BE", "DKI Jakarta"}, {"Jawa"}, True),
        ({"ID"}, {"Jawa"}, None),
        ({"Jawa Barat"}, {"Jabodetabek"}, None),
        ({"ID", "DKI Jakarta"}, {"Bali"}, None),
        (set(), {"Jawa"}, None),
        ({"Jawa"}, set(), None),
        ({"Medan"}, {"Jawa"}, False),
        ({"NL"}, {"ID"}, False),
        ({"ID"}, {"Eropa"}, False),
        ({"Sikka"}, {"Ende"}, False),
    ],
)
def test_lies_in_is_none_where_the_profile_is_less_exact_than_the_area(places, area, expected):
    assert lies_in(frozenset(places), frozenset(area)) is expected


def test_distance_is_that_of_provinces_and_unknown_abroad():
    assert distance(["Banjarmasin"], ["Malang"]) == pytest.approx(587, abs=1)
    assert distance(["Bandung", "Medan"], ["Cimahi"]) == 0.0
    assert distance(["Padang"], ["Bali"]) == pytest.approx(1800, abs=50)
    assert str(distance(["DE"], ["Medan"])) == "nan"


def test_countries_of_places_and_of_none():
    assert countries_of(frozenset(["Bandung", "Penang", "SG", "Asia"])) == {"ID", "MY", "SG"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Kupang", "Malang", True),
        ("Sumbawa Barat", "Mataram", True),
        ("Batam", "Medan", False),
        ("Bogor", "Malang", False),
        ("NTT", "Malang", False),
        ("", "Malang", False),
        ("Hull", "Malang", False),
    ],
)
def test_islands_apart_are_known_of_both(one, other, expected):
    assert are_islands_apart(location("", one), location("", other)) is expected
