"""What both sides of a partnership are asked, and what the form says around it. English is the source."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple


class Review(StrEnum):
    """Columns of reviews: one row a pair, side and day."""

    SEEKER = "seeker"
    CANDIDATE = "candidate"
    SIDE = "side"
    DATE = "date"
    GOALS_REACHED = "goals_reached"
    COMMUNICATION = "communication"
    TRUST = "trust"
    BENEFIT = "benefit"
    INDICATORS_ON_TRACK = "indicators_on_track"
    CHANGES_WANTED = "changes_wanted"


SIDES: Final = ("seeker", "candidate")
ANSWERS: Final = (
    Review.GOALS_REACHED,
    Review.COMMUNICATION,
    Review.TRUST,
    Review.BENEFIT,
    Review.INDICATORS_ON_TRACK,
)
"""Questions that are answered by a whole number."""
SCALE: Final = (1, 2, 3, 4, 5)
SEEKER_NAME: Final = "seeker_name"
CANDIDATE_NAME: Final = "candidate_name"
ANSWERED_BY: Final = "answered_by"

HEADERS: Final[Mapping[str, str]] = {
    Review.SEEKER: "Seeker ID",
    Review.CANDIDATE: "Candidate ID",
    SEEKER_NAME: "Seeker name",
    CANDIDATE_NAME: "Candidate name",
    Review.SIDE: "Side",
    ANSWERED_BY: "Answered by",
    Review.DATE: "Date",
    Review.GOALS_REACHED: "Goals reached",
    Review.COMMUNICATION: "Communication",
    Review.TRUST: "Trust",
    Review.BENEFIT: "Benefit to us",
    Review.INDICATORS_ON_TRACK: "Indicators on track",
    Review.CHANGES_WANTED: "Changes wanted",
}
"""Columns of the form, in their order, with what stands above them."""

GIVEN: Final = (Review.SEEKER, Review.CANDIDATE, SEEKER_NAME, CANDIDATE_NAME, Review.SIDE, ANSWERED_BY)
"""Columns that are filled in before the form is sent."""

SIDE_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "en": ("seeker", "candidate"),
    "id": ("pencari mitra", "calon mitra"),
}
"""What the sides are called in the form, in the order of `SIDES`."""

OTHER_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    Review.SEEKER: ("pencari", "pencari mitra"),
    Review.CANDIDATE: ("kandidat", "calon", "calon mitra"),
    Review.SIDE: ("sisi",),
    Review.DATE: ("tgl",),
    Review.GOALS_REACHED: ("sasaran tercapai",),
    Review.BENEFIT: ("manfaat",),
    Review.INDICATORS_ON_TRACK: ("indikator sesuai jalur",),
    Review.CHANGES_WANTED: ("perubahan",),
}
"""Further names of columns that the reader knows, beside the form's in both languages and its own."""

OTHER_SIDES: Final[Mapping[str, tuple[str, ...]]] = {
    "seeker": ("pencari",),
    "candidate": ("kandidat", "calon", "kandidat mitra"),
}


class Question(NamedTuple):
    """What is asked, and what the ends of the scale mean; none where one answers in words."""

    column: Review
    text: str
    lowest: str = ""
    highest: str = ""


QUESTIONS: Final = (
    Question(
        Review.GOALS_REACHED,
        "How far are the goals reached that you both agreed on for this time?",
        "none of them is reached, nor is anything to be seen of it",
        "all goals for this time are reached",
    ),
    Question(
        Review.COMMUNICATION,
        "How well do you and the partner keep in touch?",
        "messages go unanswered; we hear of important things late or by chance",
        "we hear in good time what we need to know, and questions are soon answered",
    ),
    Question(
        Review.TRUST,
        "How far do you trust the partner?",
        "promises are not kept, or important things are held back",
        "promises are kept, and difficulties are told openly",
    ),
    Question(
        Review.BENEFIT,
        "What does the partnership bring your own organisation?",
        "it costs us more than it brings",
        "it brings us far more than it costs",
    ),
    Question(
        Review.INDICATORS_ON_TRACK,
        "Do the agreed indicators move as planned?",
        "they do not move, or nobody measures them",
        "all of them are measured and move as planned",
    ),
    Question(Review.CHANGES_WANTED, "What should be done differently from now on?"),
)

SHEETS: Final = ("review", "instructions", "example")
"""Names of the sheets, in their order."""
TITLE: Final = "Partnership review: how to fill in this form"
STEPS: Final = (
    "One row is one partnership as one of its two sides sees it. Fill in the rows in which “{answered_by}” "
    "names your organisation, and leave the others as they are.",
    "Write the day on which you answer as 2026-03-01 or 01/03/2026, the day first. It must not lie in the "
    "future.",
    "Answer each question with a whole number from 1 to 5; what 1 and 5 mean stands below. Leave empty what "
    "you cannot judge yet.",
    "In the last column write in your own words what should change. It may stay empty.",
    "Change no ID and no side: by them the answers find their partnership.",
    "The third sheet shows a form that is filled in. Its organisations are made up.",
    "When you are done, save the file as .xlsx and send it back. Rows without any answer are passed over.",
)
TABLE_HEADER: Final = ("Column", "Question", "1 means", "5 means")
WRONG_ANSWER: Final = ("Not an answer", "Please choose a whole number from 1 to 5, or leave the cell empty.")
WRONG_DATE: Final = ("Not a possible date", "Please write a day up to today.")
WRONG_SIDE: Final = ("Not a side", "Please choose one of: {words}.")

EXAMPLE_ANSWERS: Final = ((4, 3, 5, 4, 3), (3, 4, 5, 4, 2))
"""Of the two sides of the made-up partnership, in the order of `ANSWERS`."""
EXAMPLE_CHANGES: Final = (
    "Tell us by the 20th how many kilos you can take next month; then nothing spoils.",
    "Weigh at the village and not only in Semarang, so that both of us have the same figures.",
)
