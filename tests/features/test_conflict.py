import numpy as np
import pytest

from matcher.config import Config
from matcher.features import COMPONENTS
from matcher.features.conflict import SAME, UNLIKE
from matcher.ranking import WeightedRanker


def seller(products, markets):
    return {"products": products, "markets": markets}


def ramp(cosine):
    return min(max((cosine - UNLIKE) / (SAME - UNLIKE), 0.0), 1.0)


COFFEE = seller(["roasted coffee"], ["hotels"])


@pytest.mark.parametrize(
    ("seeker", "candidate", "expected"),
    [
        # Same product, same market.
        (COFFEE, COFFEE, 1.0),
        # Same product for another market, another product for the same market.
        (COFFEE, seller(["roasted coffee"], ["schools"]), 0.0),
        (COFFEE, seller(["solar pumps"], ["hotels"]), 0.0),
        # "roasted coffee beans" / "green coffee beans": 2 / sqrt(3 x 3) = 2/3.
        (
            seller(["roasted coffee beans"], ["hotels"]),
            seller(["green coffee beans"], ["hotels"]),
            ramp(2 / 3),
        ),
        # Products 1, markets "big hotels abroad" / "big hotels here" 2/3.
        (
            seller(["tea"], ["big hotels abroad"]),
            seller(["tea"], ["big hotels here"]),
            ramp(2 / 3),
        ),
        # The most alike of several counts, whatever else is sold.
        (seller(["boats", "tea"], ["hotels", "schools"]), seller(["maps", "tea"], ["schools"]), 1.0),
    ],
)
def test_conflict_worked_table(score_of, seeker, candidate, expected):
    assert score_of("conflict", seeker, candidate) == pytest.approx(expected, abs=1e-6)


def test_conflict_ramp_has_two_ends():
    assert 0 < UNLIKE < SAME < 1


@pytest.mark.parametrize("lacking", ["products", "markets"])
@pytest.mark.parametrize("silent_side", ["seeker", "candidate"])
def test_conflict_without_products_or_markets_is_unknown(score_of, lacking, silent_side):
    partial = {**COFFEE, lacking: []}
    pair = (partial, COFFEE) if silent_side == "seeker" else (COFFEE, partial)
    assert np.isnan(score_of("conflict", *pair))


def test_conflict_order_and_repeats_of_lists_change_nothing(score_of):
    seeker = seller(["boats", "roasted coffee beans"], ["hotels", "schools"])
    one = score_of("conflict", seeker, seller(["green coffee beans", "maps"], ["schools"]))
    other = score_of("conflict", seeker, seller(["maps", "green coffee beans"], ["schools", "schools"]))
    assert one == pytest.approx(other, abs=1e-12)


def test_conflict_added_product_never_lowers(score_of):
    less = score_of("conflict", COFFEE, seller(["maps"], ["hotels"]))
    more = score_of("conflict", COFFEE, seller(["maps", "roasted coffee"], ["hotels"]))
    assert more > less


def test_conflict_high_alignment_does_not_hide_it():
    # All else perfect: a full collision still lowers the gain by the whole strength.
    gates = [component.is_gate for component in COMPONENTS]
    calm = np.where(gates, 0.0, 1.0)[None, :]
    ranker = WeightedRanker(conflict_strength=Config().conflict_strength).fit(calm)
    gain = ranker.predict(np.ones_like(calm))[0]
    assert gain == pytest.approx(ranker.predict(calm)[0] * (1 - Config().conflict_strength))
    assert gain < ranker.predict(calm)[0]
