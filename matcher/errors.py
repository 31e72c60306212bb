"""Exceptions a user can meet; every one says what was wrong, where, and what to do.

Messages hold ids, counts, column names and settings, never the text of a profile.
"""


class MatcherError(Exception):
    """Base of every error that this package raises on purpose."""


class ProfileError(MatcherError, ValueError):
    """The organisations' table cannot be used: unreadable, empty, or without what is required."""


class OutcomeError(MatcherError, ValueError):
    """The outcomes or history table cannot be used."""


class EvaluationError(MatcherError, ValueError):
    """Tables or arrays to be evaluated cannot be used."""


class ConfigError(MatcherError, ValueError):
    """A setting is unknown or out of range."""


class EncoderError(MatcherError, ValueError):
    """An encoder cannot be found, opened or trusted."""


class ModelError(MatcherError, ValueError):
    """A model folder cannot be opened or trusted, or cannot be written."""


class ShardError(MatcherError, ValueError):
    """Shards cannot be merged: one is missing, cannot be read or is of another run."""


class UnknownSeekerError(MatcherError, LookupError):
    """No profile carries the id that was asked for."""


class MissingExtraError(MatcherError, ImportError):
    """An optional library is needed and not installed."""


class OutputError(MatcherError, OSError):
    """A result cannot be written where it was asked for."""
