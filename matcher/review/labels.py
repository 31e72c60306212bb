"""What codes are called; English, which the catalogues translate."""

from typing import Final

QUESTIONS: Final = {
    "goals_reached": "goals reached",
    "communication": "communication",
    "trust": "trust",
    "benefit": "benefit",
    "indicators_on_track": "indicators on track",
}
STAGES: Final = {
    "invited": "invited",
    "replied": "replied",
    "met": "met",
    "agreed": "agreed",
    "active": "active",
    "renewed": "renewed",
}
GROUPS: Final = {
    "all": "all pairs",
    "score": "tenth of the score when first shown (10 is the highest)",
    "kind": "kind of the seeker",
    "country": "country of the seeker",
    "newcomer": "whether the seeker had partners before",
}
VALUES: Final = {
    "all": "all",
    "unknown": "unknown",
    "newcomer": "newcomer",
    "established": "had partners before",
    "business": "business",
    "education": "education",
    "social": "social organisation",
    "public": "public body",
    "other": "other organisation",
}
COLUMNS: Final = {
    "score": "score",
    "mutual": "mutual score",
    "seeker_gain": "seeker's gain",
    "candidate_gain": "candidate's gain",
    "staff": "staff",
    "budget": "budget",
    "founded": "year of founding",
    "needs": "number of needs",
    "offers": "number of offers",
    "kind": "kind",
    "country": "country",
}
UNITS: Final = {
    "reviews": "reviews",
    "pairs": "pairs",
    "formed": "formed pairs",
    "unformed": "pairs that did not form",
    "seekers": "seekers",
    "runs": "runs",
    "sample": "effective shown pairs",
}
KINDS: Final = {
    "drifting_apart": "Drifting apart",
    "falling": "Falling answers",
    "one_sided": "One-sided benefit",
    "calibration": "Probabilities are off",
    "drift_inputs": "Seekers have changed",
    "drift_scores": "Scores have changed",
}
VERDICTS: Final = {
    "too_little": "too little to judge",
    "fine": "fine",
    "too_high": "too high",
    "too_low": "too low",
    "too_bold": "too bold: too near to 0 and 1",
    "too_timid": "too timid: too near to the mean",
}
ADVICE: Final = {
    "keep": "Keep the ranker.",
    "retrain": "Retrain: learn the ranker anew from the outcomes, and compare before switching.",
    "reweight": "Re-weight: move the weights with an analyst, and compare before switching.",
}
CHALLENGER: Final = {
    "keep": "Keep the ranker in use: the other one is not surely better.",
    "retrain": "Take the retrained ranker: it is surely better.",
    "reweight": "Take the new weights: they are surely better.",
}
VALUE_STATES: Final = {
    "no_propensities": (
        "What other lists would have been worth cannot be said: it was not kept how likely each candidate "
        "was to be shown."
    ),
    "no_overlap": (
        "What other lists would have been worth cannot be said: too many of their candidates could not have "
        "been shown before, so nothing is known of them. Let the lists explore."
    ),
    "small_sample": (
        "What other lists would have been worth cannot be said yet: too few shown pairs speak for them."
    ),
}
