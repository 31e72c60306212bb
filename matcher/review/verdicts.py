"""Whether there is enough to judge: no verdict is given on too little, and it is said how much is missing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Enough:
    """What is there and what a verdict asks for.

    Attributes
    ----------
    have, need : int
        Number of units (reviews, seekers, formed pairs) at hand and asked for.
    unit : str
        What is counted: reviews, answers, pairs, formed, unformed, seekers, runs or sample.

    Examples
    --------
    >>> Enough(12, 30, "seekers").missing
    18
    """

    have: int
    need: int
    unit: str

    @property
    def is_met(self) -> bool:
        """Tell whether a verdict can be given."""
        return self.have >= self.need

    @property
    def missing(self) -> int:
        """How many more are needed."""
        return max(0, self.need - self.have)


def first_lacking(*needs: Enough) -> Enough:
    """Return the first need that is not met; the last one where all are."""
    return next((need for need in needs if not need.is_met), needs[-1])
