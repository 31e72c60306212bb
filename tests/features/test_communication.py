import numpy as np
import pytest

from matcher.features.communication import (
    CHANNELS,
    LANGUAGE,
    NO_SHARED_LANGUAGE,
    OTHER_REGION,
    REGION,
)

TOTAL = LANGUAGE + CHANNELS + REGION


def talker(languages="", channels="", region=""):
    return {"languages": languages, "channels": channels, "region": region}


@pytest.mark.parametrize(
    ("seeker", "candidate", "expected"),
    [
        # Everything shared.
        (talker("id", "email", "Bali"), talker("id", "email", "Bali"), 1.0),
        # Only languages are known to both; one shared language is enough.
        (talker("id"), talker("id"), 1.0),
        (talker("id; en"), talker("fr; en"), 1.0),
        (talker("id", region="Bali"), talker("id", "email"), 1.0),
        # Languages shared, channels 1 of the smaller 2, same region.
        (
            talker("id", "email; visits", "Bali"),
            talker("id", "visits; phone", "Bali"),
            (LANGUAGE + CHANNELS / 2 + REGION) / TOTAL,
        ),
        # Languages shared, other channels, other region.
        (
            talker("id", "email", "Bali"),
            talker("id", "fax", "Papua"),
            (LANGUAGE + REGION * OTHER_REGION) / TOTAL,
        ),
        # An unknown language may be the shared one; a known one that is shared counts.
        (talker("id; dothraki", region="Bali"), talker("en", region="Bali"), 1.0),
        (talker("id; dothraki"), talker("id"), 1.0),
        # Channels and region only.
        (talker("", "email", "Bali"), talker("", "email", "bali "), 1.0),
        (talker(region="Bali"), talker(region="Papua"), OTHER_REGION),
        # No shared language: nothing known beside it, or everything else right.
        (talker("id"), talker("en"), 0.0),
        (talker("id", "email", "Bali"), talker("en", "email", "Bali"), NO_SHARED_LANGUAGE),
    ],
)
def test_communication_worked_table(score_of, seeker, candidate, expected):
    assert score_of("communication", seeker, candidate) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("seeker", "candidate"),
    [
        (talker(), talker()),
        (talker("id", "email", "Bali"), talker()),
        (talker("id"), talker(channels="email")),
        (talker(channels="email"), talker(region="Bali")),
    ],
)
def test_communication_nothing_known_of_both_is_unknown(score_of, seeker, candidate):
    assert np.isnan(score_of("communication", seeker, candidate))


def test_communication_shared_language_comes_first(score_of):
    worst = score_of("communication", talker("id", "email", "Bali"), talker("id", "fax", "Papua"))
    best = score_of("communication", talker("id", "email", "Bali"), talker("en", "email", "Bali"))
    assert worst > best


def test_communication_country_makes_no_difference(score_of):
    abroad = score_of(
        "communication", {"languages": "id", "country": "ID"}, {"languages": "id", "country": "NL"}
    )
    assert abroad == score_of("communication", {"languages": "id"}, {"languages": "id"})


def test_communication_order_of_lists_changes_nothing(score_of):
    candidate = talker("en; fr", "visits; fax", "Bali")
    one = score_of("communication", talker("id; en", "email; visits; phone", "Bali"), candidate)
    other = score_of("communication", talker("en; id", "phone; visits; email", "Bali"), candidate)
    assert one == other
