"""Why a pair is recommended, what to talk about, what is unknown; in English and Indonesian."""

from matcher.explanations.answers import Standing, most_open, standing_of
from matcher.explanations.contrast import Contrast, contrast_explanations
from matcher.explanations.contributions import Account, Contribution
from matcher.explanations.explainer import Explainer
from matcher.explanations.explanation import Explanation, SideExplanation
from matcher.explanations.improvements import Improvement
from matcher.explanations.labels import LABELS, category_label, label_of
from matcher.explanations.matches import NeedMatch, PassageMatch
from matcher.explanations.pair import Pair, Party
from matcher.explanations.remarks import PairRemarks, Remark, render, render_all
from matcher.explanations.telling import explanation_document, sentence
from matcher.explanations.telling_contrast import contrast_document

__all__ = [
    "LABELS",
    "Account",
    "Contrast",
    "Contribution",
    "Explainer",
    "Explanation",
    "Improvement",
    "NeedMatch",
    "Pair",
    "PairRemarks",
    "Party",
    "PassageMatch",
    "Remark",
    "SideExplanation",
    "Standing",
    "category_label",
    "contrast_document",
    "contrast_explanations",
    "explanation_document",
    "label_of",
    "most_open",
    "render",
    "render_all",
    "sentence",
    "standing_of",
]
