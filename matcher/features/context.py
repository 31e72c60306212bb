"""What components may look at beside the two sides."""

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Floats, Objects
from matcher.config import Config
from matcher.outcomes import History


@dataclass(frozen=True)
class Context:
    """Settings and the history that a pair is judged with.

    Attributes
    ----------
    config : Config
        All settings.
    history : History or None
        Who worked with whom before; None when no history was given.
    """

    config: Config
    history: History | None = None

    def ties(self, seekers: Objects, candidates: Objects) -> Floats:
        """Return the number of earlier joint works, shape (n_seekers, n_candidates)."""
        if self.history is None:
            return np.zeros((len(seekers), len(candidates)))
        return self.history.ties(seekers, candidates)
