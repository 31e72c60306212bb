"""Which pairs may be recommended at all."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import Profile


def eligible_pairs(seekers: pd.DataFrame, candidates: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which candidates may be recommended to which seekers.

    Nobody is recommended to themself, nor an opportunity and its lead to each other, nor anybody to
    one who excludes them or whom they exclude, nor anybody who carries a red flag.

    Parameters
    ----------
    seekers, candidates : DataFrame
        n_seekers and n_candidates canonical profiles (or opportunities, as seekers).

    Returns
    -------
    eligible : ndarray of shape (n_seekers, n_candidates), bool
    """
    positions = {id_: place for place, id_ in enumerate(candidates[Profile.ID])}
    eligible = np.ones((len(seekers), len(candidates)), dtype=bool)
    excluded_by = _places_naming(candidates[Profile.EXCLUDES])
    led_by = _places_naming((lead,) for lead in candidates[Profile.LEAD])
    for row, (id_, lead, excludes) in enumerate(
        zip(seekers[Profile.ID], seekers[Profile.LEAD], seekers[Profile.EXCLUDES], strict=True)
    ):
        itself = {id_, lead} - {""}
        barred = itself | set(excludes)
        places = [positions[other] for other in barred if other in positions]
        places += [place for own in itself for place in led_by.get(own, ())]
        places += [place for own in itself for place in excluded_by.get(own, ())]
        eligible[row, places] = False
    eligible[:, (candidates[Profile.FLAG] == "red").to_numpy()] = False
    return eligible


def _places_naming(column: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    """Map each id that a column names to the positions of the rows that name it."""
    places: dict[str, list[int]] = {}
    for place, named in enumerate(column):
        for other in named:
            places.setdefault(other, []).append(place)
    return places
