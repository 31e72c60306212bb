"""Forms in which both sides of a partnership say how it goes, and the reader of what comes back."""

from matcher.output.forms.pairs import ReviewPair, open_pairs
from matcher.output.forms.reading import ReviewTable, read_review_form
from matcher.output.forms.writing import write_review_form

__all__ = [
    "ReviewPair",
    "ReviewTable",
    "open_pairs",
    "read_review_form",
    "write_review_form",
]
