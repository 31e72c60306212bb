"""The run of a batch, as the outcome log keeps it: what was asked, and a name made of all that went in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.columns import Profile
from matcher.features.sides import latest_date
from matcher.outcomes import OutcomeTable
from matcher.profiles import ProfileTable
from matcher.ranking import CalibratedRanker
from matcher.recommendations import Matcher

if TYPE_CHECKING:
    from matcher.outcomes.runs import Run


def run_of(
    matcher: Matcher,
    seekers: ProfileTable | None,
    history: OutcomeTable | None,
    k: int,
    name: str | None = None,
) -> Run:
    """Return the run of a fitted matcher.

    Parameters
    ----------
    matcher : Matcher
    seekers : ProfileTable or None
        None for every organisation of the pool.
    history : OutcomeTable or None
    k : int
        Places of a list.
    name : str, optional
        One made of settings, ranker, k and every row that was read where left out: the same inputs are
        the same run, whatever the order of their rows.

    Raises
    ------
    OutcomeError
        If the name is empty, too long or not printable.
    """
    from matcher.outcomes.runs import Run, name_run

    config = matcher.config
    ranker = _told(matcher)
    tables = [matcher.pool, *([seekers.kept] if seekers else []), *([history.kept] if history else [])]
    works = sorted(map(repr, history.works)) if history else []
    encoder = matcher.encoder.fingerprint if matcher.encoder else ""
    return Run(
        id=name_run(config.to_toml(), encoder, ranker, k, works, *tables) if name is None else name,
        date=config.as_of or latest_date(matcher.pool),
        config=config,
        ranker=ranker,
        k=k,
        n_seekers=len(matcher.pool if seekers is None else seekers.kept[Profile.ID]),
    )


def _told(matcher: Matcher) -> str:
    """Say which ranker it is, and how much each feature counts in it."""
    ranker = matcher.scorer.ranker
    inner = ranker.ranker if isinstance(ranker, CalibratedRanker) else ranker
    shares = zip(ranker.features_, ranker.shares_.tolist(), strict=True)
    return f"{type(inner).__name__}: {', '.join(f'{name} {share:.6f}' for name, share in shares)}"
