"""Accepting proposed weights and taking them back, told to a log that keeps both for good."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Final, Protocol

from matcher.config import Config
from matcher.errors import ConfigError
from matcher.learning.adjustment.proposal import Adjustment, with_weights

BEFORE: Final = "weights in force before an adjustment that is not of this log"
"""Reason of the row that is written where the log does not know the weights that are adjusted."""


class AdjustmentLog(Protocol):
    """What a log must do; `matcher.outcomes.log.OutcomeLog` does."""

    def prepare(self) -> None:
        """Make the log if there is none."""

    def record_adjustment(self, weights: Mapping[str, float], date: str | dt.date, reason: str) -> int:
        """Put weights in force."""

    def roll_back(self, date: str | dt.date, reason: str) -> int:
        """Put the weights back that the last adjustment replaced; `OutcomeError` where there is none."""

    def weights_in_force(self) -> Mapping[str, float] | None:
        """Return the weights in force; None where no adjustment is."""


def accept(adjustment: Adjustment, log: AdjustmentLog, reason: str, date: dt.date) -> Config:
    """Put proposed weights in force.

    Parameters
    ----------
    adjustment : Adjustment
    log : AdjustmentLog
        Where it is recorded. Where the weights in force by the log are not those that the proposal starts
        from, these are recorded first, so that a roll-back leads to them.
    reason : str
        Why, in a few words.
    date : date

    Returns
    -------
    config : Config
        The settings with the new weights.

    Raises
    ------
    ConfigError
        If nothing is proposed or no reason is given.
    MatcherError
        If the log refuses.
    """
    if not adjustment.is_change:
        raise ConfigError("adjustment must change a weight to be accepted; the present weights stand.")
    check_reason(reason)
    log.prepare()
    if not _same(log.weights_in_force(), adjustment.old):
        log.record_adjustment(adjustment.old, date, BEFORE)
    log.record_adjustment(adjustment.new, date, reason)
    return adjustment.config


def roll_back(log: AdjustmentLog, reason: str, date: dt.date, settings: Config | None = None) -> Config:
    """Put the weights back that the last adjustment replaced.

    Parameters
    ----------
    log : AdjustmentLog
    reason : str
        Why, in a few words.
    date : date
    settings : Config, optional
        All other settings; the defaults when left out.

    Returns
    -------
    config : Config
        The settings with the former weights; as they are where the log knows of no earlier ones.

    Raises
    ------
    ConfigError
        If no reason is given.
    OutcomeError
        If there is nothing to roll back.
    """
    check_reason(reason)
    log.roll_back(date, reason)
    former = log.weights_in_force()
    own = settings or Config()
    return own if former is None else with_weights(own, former)


def check_reason(reason: str) -> None:
    """Raise `ConfigError` unless a reason is given."""
    if not reason.strip():
        raise ConfigError("reason must say why, in a few words; got none. Whoever reads the log asks for it.")


def _same(known: Mapping[str, float] | None, weights: Mapping[str, float]) -> bool:
    if known is None:
        return False
    total = sum(known.values())
    return all(
        math.isclose(known.get(name, 0.0) / total, weight, abs_tol=1e-9) for name, weight in weights.items()
    )
