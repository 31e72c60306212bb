"""Explanations of pairs: reasons, concerns, unknowns, contributions; in English and Indonesian."""

from matcher.explanations.contrast import Contrast, contrast_explanations
from matcher.explanations.contributions import Account, Contribution
from matcher.explanations.explainer import Explainer
from matcher.explanations.explanation import Explanation, sentence
from matcher.explanations.matches import NeedMatch, Pair, PairSide, most_open
from matcher.explanations.organisation import Organisation
from matcher.explanations.remarks import (
    LABELS,
    PairRemarks,
    Quote,
    Remark,
    label_of,
    render,
    render_all,
    render_quote,
    render_words,
)

__all__ = [
    "LABELS",
    "Account",
    "Contrast",
    "Contribution",
    "Explainer",
    "Explanation",
    "NeedMatch",
    "Organisation",
    "Pair",
    "PairRemarks",
    "PairSide",
    "Quote",
    "Remark",
    "contrast_explanations",
    "label_of",
    "most_open",
    "render",
    "render_all",
    "render_quote",
    "render_words",
    "sentence",
]
