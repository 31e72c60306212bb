"""`communication`: shared languages and channels, and the same region."""

from typing import Final

import numpy as np

from matcher.arrays import Floats, Positions
from matcher.features.component import Context, blend
from matcher.features.organisations import Organisations

LANGUAGE: Final = 0.6
CHANNELS: Final = 0.2
REGION: Final = 0.2
OTHER_REGION: Final = 0.5  # score of different regions: neutral, for distance alone is no obstacle
NO_SHARED_LANGUAGE: Final = 0.2  # the most that a pair without a shared language can reach


def score(seekers: Organisations, candidates: Organisations, context: Context, columns: Positions) -> Floats:
    """A shared language first, then channels, then region; NaN where all are unknown. See docs/scores.md."""
    languages = np.minimum(seekers.languages.shared(candidates.languages, columns), 1.0)
    channels = seekers.channels.overlap(candidates.channels, columns)
    ours, theirs = seekers.regions[:, None], candidates.regions[columns]
    country, other_country = seekers.countries[:, None], candidates.countries[columns]
    may_agree = (country == other_country) | (country == "") | (other_country == "")
    region = np.where((ours == theirs) & may_agree, 1.0, OTHER_REGION)
    region[(ours == "") | (theirs == "")] = np.nan
    mixed = blend((LANGUAGE, languages), (CHANNELS, channels), (REGION, region))
    return np.where(languages == 0.0, np.minimum(mixed, NO_SHARED_LANGUAGE), mixed)
