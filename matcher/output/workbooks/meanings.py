"""What each column of a results workbook means: text, range, what is good. English is the source."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from matcher.columns import Recommendation, Rejection
from matcher.features import COMPONENTS


class Meaning(NamedTuple):
    """What a column holds.

    Attributes
    ----------
    text : str
        What it is.
    range : str
        Which values there can be.
    good : str
        What is good; "" where nothing is better than the other.
    """

    text: str
    range: str
    good: str = ""


TEXT: Final = "text"
FROM_0_TO_1: Final = "0 to 1"
OR_EMPTY: Final = "0 to 1; empty: unknown, because one side does not say it"
HIGH: Final = "high"
GOOD: Final = {1: HIGH, 0: "", -1: "low, best 0"}
"""By the direction of a component."""
REASONS: Final = "text; “ | ” stands between two of them"

RECOMMENDATION: Final[Mapping[str, Meaning]] = {
    Recommendation.SEEKER: Meaning("ID of the organisation or opportunity that looks for partners", TEXT),
    Recommendation.CANDIDATE: Meaning("ID of the organisation that is recommended to the seeker", TEXT),
    Recommendation.NAME: Meaning("name of the candidate", TEXT),
    Recommendation.RANK: Meaning("place in the seeker's list", "1, 2, 3, …", "1 is the best"),
    Recommendation.SCORE: Meaning(
        "what lists are ordered by: the mutual score, less something for candidates that many others want",
        FROM_0_TO_1,
        "high; compare it within one seeker's list only",
    ),
    Recommendation.MUTUAL: Meaning(
        "both gains in one number (their harmonic mean; their product where the gains are probabilities): "
        "low as soon as one side gains little",
        FROM_0_TO_1,
        HIGH,
    ),
    Recommendation.SEEKER_GAIN: Meaning(
        "what the seeker gains: the weighted mean of the components, lowered by a conflict. It is no "
        "probability, unless a trained ranker has calibrated it",
        FROM_0_TO_1,
        HIGH,
    ),
    Recommendation.CANDIDATE_GAIN: Meaning(
        "what the candidate gains: the same, seen from its side. It is no probability, unless a trained "
        "ranker has calibrated it",
        FROM_0_TO_1,
        "high, and not far from seeker_gain: otherwise the partnership is one-sided",
    ),
    **{
        component.name: Meaning(component.content, OR_EMPTY, GOOD[component.direction])
        for component in COMPONENTS
    },
    Recommendation.PRICE: Meaning(
        "how sought-after the candidate is: the mean mutual score of those that want it most",
        FROM_0_TO_1,
        "low: fewer others want the same partner",
    ),
    Recommendation.COMPLETENESS: Meaning(
        "how much of what counts is known of this pair, over both sides",
        FROM_0_TO_1,
        "high: the score rests on more; where it is low, complete the profiles first",
    ),
    Recommendation.REASONS_SEEKER: Meaning("why the partnership serves the seeker", REASONS),
    Recommendation.REASONS_CANDIDATE: Meaning("why the partnership serves the candidate", REASONS),
    Recommendation.CONCERNS: Meaning(
        "what to talk about before you agree", REASONS, "empty, or soon settled"
    ),
    Recommendation.UNKNOWNS: Meaning(
        "what one of the two sides does not say, so that it could not be judged", REASONS, "empty"
    ),
}
"""Columns of the recommendations."""

FINDING: Final[Mapping[str, Meaning]] = {
    "input": Meaning("which of the files", "profiles, seekers, history"),
    Rejection.LINE: Meaning(
        "line in that file",
        "whole number; the header's line: the whole table; empty: two organisations that look like one",
    ),
    Rejection.ID: Meaning("ID in that line", TEXT),
    Rejection.COLUMN: Meaning("column in which it was found", TEXT),
    Rejection.VALUE: Meaning("what is written there, shortened", TEXT),
    Rejection.REASON: Meaning("what is wrong with it, or worth a look", TEXT),
}
"""Columns of rejected rows and of notes."""

OTHER: Final = Meaning("a column of your own", "any")
"""Meaning of columns that are not known here."""

REMARKS: Final = (
    "Gains are weighted means of the components, and no probabilities. Only where a trained ranker with a "
    "calibration was used (--ranker) is a gain the probability that this side agrees.",
    "Components are seen from the seeker's side. Where one is unknown, the mean of all organisations stands "
    "in for it: never 0, and never full marks.",
    "The bars of score, mutual, seeker_gain and candidate_gain are drawn to one scale, from 0 to the largest "
    "of these numbers in the sheet; the bars of components go from 0 to 1.",
    "Rejected rows were not used: correct them in your file and run the matching again. What stands in the "
    "notes was used and is only worth a look.",
    "A text that a spreadsheet would run as a formula has an apostrophe in front.",
)
"""What holds for several columns; told below the list of columns."""
