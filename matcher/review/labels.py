"""Names of codes and columns, and fixed texts of a review; English, which the catalogue translates."""

from typing import Final

from matcher.documents.language import N_

QUESTIONS: Final = {
    "goals_reached": N_("goals reached"),
    "communication": N_("communication"),
    "trust": N_("trust"),
    "benefit": N_("benefit"),
    "indicators_on_track": N_("indicators on track"),
}
STAGES: Final = {
    "invited": N_("invited"),
    "replied": N_("replied"),
    "met": N_("met"),
    "agreed": N_("agreed"),
    "active": N_("active"),
    "renewed": N_("renewed"),
}
GROUPS: Final = {
    "score": N_("tenth of the score when first shown (10 is the highest)"),
    "kind": N_("kind of the seeker"),
    "country": N_("country of the seeker"),
    "newcomer": N_("whether the seeker had partners before"),
}
VALUES: Final = {
    "unknown": N_("unknown"),
    "newcomer": N_("newcomer"),
    "established": N_("had partners before"),
    "business": N_("business"),
    "education": N_("education"),
    "social": N_("social organisation"),
    "public": N_("public body"),
    "other": N_("other organisation"),
}
COLUMNS: Final = {
    "score": N_("score"),
    "mutual": N_("mutual score"),
    "seeker_gain": N_("seeker's gain"),
    "candidate_gain": N_("candidate's gain"),
    "staff": N_("staff"),
    "budget": N_("budget"),
    "founded": N_("year of founding"),
    "needs": N_("number of needs"),
    "offers": N_("number of offers"),
    "kind": N_("kind"),
    "country": N_("country"),
}
UNITS: Final = {
    "formed": N_("formed pairs"),
    "unformed": N_("pairs that did not form"),
    "seekers": N_("seekers"),
    "runs": N_("runs"),
}
KINDS: Final = {
    "drifting_apart": N_("Drifting apart"),
    "falling": N_("Falling answers"),
    "one_sided": N_("One-sided benefit"),
    "calibration": N_("Probabilities are off"),
    "drift_inputs": N_("Seekers have changed"),
    "drift_scores": N_("Scores have changed"),
}
FINDINGS: Final = {
    "drifting_apart": (
        N_(
            "Over {n} reviews the answers of the two sides moved apart, from {first} to {last} points; {who} "
            "now answers lower than {other}."
        ),
        N_("Bring both sides together and begin with the questions named."),
    ),
    "falling": (
        N_("Over {n} reviews the answers of {who} fell from {first} to {last}."),
        N_("Ask {who} what has changed, before the next review."),
    ),
    "one_sided": (
        N_("Over {n} reviews {who} sees a benefit of {first} on average, {other} one of {last}."),
        N_("Agree anew on what {who} gets, or end it in good order."),
    ),
}
"""What was found, and what to do."""
VERDICTS: Final = {
    "fine": N_("fine"),
    "too_high": N_("too high"),
    "too_low": N_("too low"),
    "too_bold": N_("too bold: too near to 0 and 1"),
    "too_timid": N_("too timid: too near to the mean"),
}
ADVICE: Final = {
    "keep": N_("Keep the ranker."),
    "retrain": N_("Retrain: learn the ranker anew from the outcomes, and compare before switching."),
    "reweight": N_("Re-weight: move the weights with an analyst, and compare before switching."),
}
CHALLENGER: Final = {
    "keep": N_("Keep the ranker in use: the other one is not surely better."),
    "retrain": N_("Take the retrained ranker: it is surely better."),
    "reweight": N_("Take the new weights: they are surely better."),
}
RULES: Final = (
    N_(
        "Alarms: each kind (drifting apart, falling, one-sided, probabilities, drift) is meant to be raised "
        "in at most {rate} of programmes in which nothing is wrong; over partnerships and over columns by "
        "Benjamini and Hochberg."
    ),
    N_(
        "No verdict is given on too little: the tables say how much is missing. No alarm does not mean that "
        "all is well."
    ),
    N_("Intervals are 95 %; pairs of one organisation count for less than pairs of many."),
)
NO_REVIEWS: Final = N_(
    "No reviews were given: nothing is overdue, and only ratings in the log tell how partnerships go."
)
NO_LISTS: Final = N_("It was not given what was shown to whom: probabilities and drift are not judged.")
NO_PROBABILITIES: Final = N_(
    "Not judged: the settings do not say that the shown scores are probabilities (calibrated = true)."
)
STALE: Final = N_(
    "{n} of {n_profiles} profiles were not updated for {years} years; {n_undated} do not say when they were."
)
CONVERSION: Final = N_(
    "A pair counts if it had the usual time for the step, the days in which nine in ten make it; younger "
    "ones are left out, whether they went on or not. A step made later than that counts as not made."
)
PROBABILITIES: Final = N_(
    "Verdict: {verdict}. Predicted {predicted} on average, observed {observed}, of {n_pairs} pairs of "
    "{n_seekers} seekers."
)
PERIODS: Final = N_(
    "Reference: {first} to {last}; now: {start} to {end}. An alarm needs a sure test and a distance of at "
    "least {least}."
)
SHIFT: Final = N_(
    "“{column}” is distributed differently than in the reference period: distance {distance} of 1."
)
CHALLENGE: Final = N_(
    "Pairs form more easily if they were shown, which favours the ranker in use: a challenger's gain is "
    "rather understated."
)

DUE_COLUMNS: Final = (
    N_("Partnership"),
    N_("Since"),
    N_("Last answers"),
    N_("Due"),
    N_("Days overdue"),
    N_("Still to answer"),
)
SCREENING_COLUMNS: Final = (N_("Looked for"), N_("Judged"), N_("Found"), N_("Too few answers yet"))
STALE_COLUMNS: Final = (N_("Organisation"), N_("Years"))
STEP_COLUMNS: Final = (N_("Step"), N_("Days"), N_("Share [95 %]"), N_("Pairs"), N_("Too young"))
GROUP_COLUMNS: Final = (N_("Group"), *STEP_COLUMNS[1:])
FIGURES: Final = (
    N_("p: right on average"),
    N_("p: rightly spread between 0 and 1"),
    N_("Brier score"),
    N_("expected calibration error"),
)
FIGURE_COLUMNS: Final = (N_("Figure"), N_("Value [interval]"))
CURVE_COLUMNS: Final = (N_("Predicted"), N_("Observed"), N_("Pairs"))
DRIFT_COLUMNS: Final = (
    N_("Column"),
    N_("Seekers"),
    N_("Largest distance"),
    N_("Adjusted p"),
    N_("Verdict"),
)
CHALLENGE_COLUMNS: Final = (N_("Metric"), N_("In use"), N_("Challenger"), N_("Difference [95 %]"))
