"""`goals`: likeness of short-term and of long-term goals."""

from matcher.arrays import Floats, Positions
from matcher.features.component import Context, blend
from matcher.features.organisations import Organisations
from matcher.features.ragged import best_matches


def both(
    seekers: Organisations, candidates: Organisations, context: Context, columns: Positions
) -> tuple[Floats, Floats]:
    """Likeness of goals, short with short and long with long: the mean of what is known, or NaN."""
    short = best_matches(seekers.goals_short, candidates.goals_short, columns)[:2]
    long = best_matches(seekers.goals_long, candidates.goals_long, columns)[:2]
    ours, theirs = (blend((1.0, one), (1.0, other)) for one, other in zip(short, long, strict=True))
    return ours, theirs
