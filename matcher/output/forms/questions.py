"""What both sides of a partnership are asked, and what the form says around it. English is the source."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from matcher.columns import Answer

SCALE: Final = (1, 2, 3, 4, 5)
SEEKER_NAME: Final = "seeker_name"
CANDIDATE_NAME: Final = "candidate_name"
ANSWERED_BY: Final = "answered_by"

HEADERS: Final[Mapping[str, str]] = {
    Answer.SEEKER: "Seeker ID",
    Answer.CANDIDATE: "Candidate ID",
    SEEKER_NAME: "Seeker name",
    CANDIDATE_NAME: "Candidate name",
    Answer.SIDE: "Side",
    ANSWERED_BY: "Answered by",
    Answer.DATE: "Date",
    Answer.GOALS_REACHED: "Goals reached",
    Answer.COMMUNICATION: "Communication",
    Answer.TRUST: "Trust",
    Answer.BENEFIT: "Benefit to us",
    Answer.INDICATORS_ON_TRACK: "Indicators on track",
    Answer.CHANGES_WANTED: "Changes wanted",
}
"""Columns of the form, in their order, with what stands above them."""

GIVEN: Final = (Answer.SEEKER, Answer.CANDIDATE, SEEKER_NAME, CANDIDATE_NAME, Answer.SIDE, ANSWERED_BY)
"""Columns that are filled in before the form is sent."""

SIDE_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "en": ("seeker", "candidate"),
    "id": ("pencari mitra", "calon mitra"),
}
"""What the sides are called in the form, in the order of `SIDES`."""

OTHER_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    Answer.SEEKER: ("pencari", "pencari mitra"),
    Answer.CANDIDATE: ("kandidat", "calon", "calon mitra"),
    Answer.SIDE: ("sisi",),
    Answer.DATE: ("tgl",),
    Answer.GOALS_REACHED: ("sasaran tercapai",),
    Answer.BENEFIT: ("manfaat",),
    Answer.INDICATORS_ON_TRACK: ("indikator sesuai jalur",),
    Answer.CHANGES_WANTED: ("perubahan",),
}
"""Further names of columns that the reader knows, beside the form's in both languages and its own."""

OTHER_SIDES: Final[Mapping[str, tuple[str, ...]]] = {
    "seeker": ("pencari",),
    "candidate": ("kandidat", "calon", "kandidat mitra"),
}


class Question(NamedTuple):
    """What is asked, and what the ends of the scale mean; none where one answers in words."""

    column: Answer
    text: str
    lowest: str = ""
    highest: str = ""


QUESTIONS: Final = (
    Question(
        Answer.GOALS_REACHED,
        "How far are the goals reached that you both agreed on for this time?",
        "none of them is reached, nor is anything to be seen of it",
        "all goals for this time are reached",
    ),
    Question(
        Answer.COMMUNICATION,
        "How well do you and the partner keep in touch?",
        "messages go unanswered; we hear of important things late or by chance",
        "we hear in good time what we need to know, and questions are soon answered",
    ),
    Question(
        Answer.TRUST,
        "How far do you trust the partner?",
        "promises are not kept, or important things are held back",
        "promises are kept, and difficulties are told openly",
    ),
    Question(
        Answer.BENEFIT,
        "What does the partnership bring your own organisation?",
        "it costs us more than it brings",
        "it brings us far more than it costs",
    ),
    Question(
        Answer.INDICATORS_ON_TRACK,
        "Do the agreed indicators move as planned?",
        "they do not move, or nobody measures them",
        "all of them are measured and move as planned",
    ),
    Question(Answer.CHANGES_WANTED, "What should be done differently from now on?"),
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
