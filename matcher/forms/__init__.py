"""Forms in which both sides of a partnership say how it goes, and the reader of what comes back."""

from matcher.forms.pairs import ReviewPair, open_pairs
from matcher.forms.reading import ReviewTable, read_review_form
from matcher.forms.sending import ReviewFormReport, make_review_form
from matcher.forms.writing import write_review_form

__all__ = [
    "ReviewFormReport",
    "ReviewPair",
    "ReviewTable",
    "make_review_form",
    "open_pairs",
    "read_review_form",
    "write_review_form",
]
