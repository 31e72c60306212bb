"""Random numbers that depend on a seed and names only, not on the order of calls."""

from hashlib import blake2b
from statistics import NormalDist
from typing import Final

SEPARATOR: Final = "\x1f"
"""Between names, so that ("a", "bc") and ("ab", "c") differ; no id holds this control character."""
STANDARD_NORMAL: Final = NormalDist()


def uniform(seed: int, *names: str) -> float:
    """Return a number in the open interval (0, 1), from the first 53 bits of BLAKE2b over seed and names.

    Names are the purpose of the draw, then the ids concerned.

    Examples
    --------
    >>> uniform(0, "reply", "a", "b") == uniform(0, "reply", "a", "b")
    True
    >>> uniform(0, "reply", "a", "b") == uniform(0, "reply", "b", "a")
    False
    """
    digest = blake2b(SEPARATOR.join((str(seed), *names)).encode(), digest_size=8).digest()
    return ((int.from_bytes(digest, "big") >> 11) + 0.5) / 2.0**53


def normal(seed: int, *names: str) -> float:
    """Return a standard normal number, the same for the same seed and names; see `uniform`."""
    return STANDARD_NORMAL.inv_cdf(uniform(seed, *names))


def between(low: int, high: int, seed: int, *names: str) -> int:
    """Return a whole number from `low` to `high`, both included; see `uniform`."""
    return low + int(uniform(seed, *names) * (high - low + 1))
