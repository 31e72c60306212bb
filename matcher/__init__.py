"""Ranks partners for organisations, for the benefit of both sides, with reasons."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matcher.outcomes import read_outcomes
    from matcher.profiles import read_profiles
    from matcher.recommendations import Matcher, recommend

__all__ = ["Matcher", "read_outcomes", "read_profiles", "recommend"]

_HOMES = {
    "Matcher": "matcher.recommendations",
    "read_outcomes": "matcher.outcomes",
    "read_profiles": "matcher.profiles",
    "recommend": "matcher.recommendations",
}


def __getattr__(name: str) -> Any:
    """Import on first use: `import matcher` alone must not wait for pandas and scikit-learn."""
    if name not in _HOMES:
        raise AttributeError(f"module 'matcher' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
