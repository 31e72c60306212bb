"""Amounts in columns whose header multiplies them."""

import math

from matcher.tables.numbers import Money, read_quantity
from matcher.tables.values import Findings


def test_amount_that_the_scale_of_its_column_makes_infinite_is_refused():
    found = Findings()
    assert math.isnan(read_quantity(1e305, found, Money("USD", 1e6)))
    assert "finite" in found.problems[0].reason
    assert math.isnan(read_quantity(math.nan, Findings(), Money("USD", 1e6)))
    assert read_quantity(2.0, Findings(), Money("USD", 1e6)) == 2e6
