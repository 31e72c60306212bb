"""The command `matcher` and its subcommands."""

from matcher.cli.app import main, run
from matcher.cli.matching import brief, evaluate, explain, match, template, train
from matcher.cli.record import record
from matcher.cli.review import review
from matcher.cli.upkeep import adjust, review_form

__all__ = [
    "adjust",
    "brief",
    "evaluate",
    "explain",
    "main",
    "match",
    "record",
    "review",
    "review_form",
    "run",
    "template",
    "train",
]
