"""The one reader of review answers: tables and forms, row by row; and as the log records them."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.columns import ANSWERS
from matcher.documents.language import LANGUAGES, Messages
from matcher.errors import OutcomeError
from matcher.outcomes.records import REVIEW_HEADERS, SIDE_WORDS, read_reviews, review_column
from matcher.profiles.vocabulary import meaning_of

DAY = dt.date(2025, 3, 1)
WHOLE = "must be a whole number from 1 to 5, or empty"
CSV = ["seeker", "candidate", "side", "date", *ANSWERS, "changes_wanted"]


def read_rows(*rows, columns=CSV, **options):
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    return read_reviews(frame, **options)


def row_of(seeker="a", candidate="b", side="seeker", date="2025-03-01", answers=(4, 2, 5, 3, 1), changes=""):
    return [seeker, candidate, side, date, *answers, changes]


@pytest.mark.parametrize(
    ("changed", "column", "value", "reason"),
    [
        ({"answers": (6, 1, 1, 1, 1)}, "goals_reached", "6", WHOLE),
        ({"answers": (1, 0, 1, 1, 1)}, "communication", "0", WHOLE),
        ({"answers": (1, 1, 3.5, 1, 1)}, "trust", "3.5", WHOLE),
        (
            {"answers": (1, 1, 1, "good", 1)},
            "benefit",
            "good",
            WHOLE,
        ),
        ({"answers": (1, 1, 1, True, 1)}, "benefit", "True", WHOLE),
        ({"date": "2025-13-01"}, "date", "2025-13-01", "must be a possible date"),
        ({"date": "2025-03-02"}, "date", "2025-03-02", "must not be in the future"),
        ({"date": None}, "date", "", "must be given"),
        ({"side": "both"}, "side", "both", "must be one of seeker, candidate"),
        ({"side": None}, "side", "", "must be one of seeker, candidate"),
        ({"seeker": " "}, "seeker", "", "must be given"),
        ({"candidate": "z"}, "candidate", "z", "must be the id of one of the 2 profiles"),
    ],
)
def test_reader_row_that_cannot_be_used_is_rejected_with_the_reason(changed, column, value, reason):
    table = read_rows(row_of(**changed), row_of(), known={"a", "b"}, today=DAY)
    assert (table.n_rows, table.n_rejected, len(table.kept)) == (2, 1, 1)
    (found,) = table.rejected.to_dict("records")
    assert (found["line"], found["column"], found["value"]) == (1, column, value)
    assert reason in found["reason"]


def test_reader_answers_twice_of_one_day_keep_the_first():
    other = row_of(answers=(1, 1, 1, 1, 1))
    table = read_rows(row_of(), other, row_of(side="candidate"), row_of(date="2025-02-01"))
    assert table.kept["goals_reached"].tolist() == [4.0, 4.0, 4.0]
    assert table.rejected["line"].tolist() == [2]
    assert "line 1 is of the same pair, side and date" in table.rejected["reason"].iloc[0]


def test_reader_row_with_a_date_only_is_empty_and_words_alone_are_an_answer():
    nothing = (None, " ", "", np.nan, None)
    table = read_rows(row_of(answers=nothing), row_of(answers=nothing, changes="Meet more often."))
    assert (table.n_empty, len(table.kept), table.n_rejected) == (1, 1, 0)
    assert table.kept[[str(column) for column in ANSWERS]].isna().all(axis=None)


def test_reader_lacking_a_column_says_which_it_needs(tmp_path):
    with pytest.raises(OutcomeError, match=r"must have the columns seeker, candidate, side, date and at lea"):
        read_reviews(pd.DataFrame({"seeker": ["a"], "candidate": ["b"], "trust": [1]}))
    with pytest.raises(OutcomeError, match=r"columns must be unique; got 'Trust' and 'Kepercayaan'"):
        read_rows([*row_of(), 3], columns=[*CSV[:6], "Trust", *CSV[7:], "Kepercayaan"])
    with pytest.raises(OutcomeError, match=r"none.xlsx must be a file that exists"):
        read_reviews(tmp_path / "none.xlsx")
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    with pytest.raises(OutcomeError, match="must be a workbook"):
        read_reviews(tmp_path / "bad.xlsx")


def test_reader_passes_over_further_columns_whatever_they_are_called():
    table = read_rows([*row_of(), 1, 2], columns=[*CSV, "Notes", "Notes 2"])
    assert len(table.kept) == 1


def test_reader_knows_every_header_of_both_languages_as_one_column():
    for lang in LANGUAGES:
        messages = Messages(lang)
        assert [review_column(messages.say(header)) for header in REVIEW_HEADERS.values()] == list(
            REVIEW_HEADERS
        )
        assert all(lang == "en" or messages.say(header) != header for header in REVIEW_HEADERS.values())
        assert [meaning_of(word, "sides", "matcher.outcomes") for word in SIDE_WORDS[lang]] == [
            "seeker",
            "candidate",
        ]
    assert [review_column(name) for name in REVIEW_HEADERS] == list(REVIEW_HEADERS)


CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(-3, 9),
    st.floats(),
    st.booleans(),
    st.dates(dt.date(1600, 1, 1), dt.date(2400, 1, 1)),
    st.sampled_from(["a", "b", "seeker", "calon mitra", "2025-01-01", "3"]),
)


@given(st.lists(st.lists(CELLS, min_size=len(CSV), max_size=len(CSV)), min_size=1, max_size=6))
def test_reader_whatever_stands_in_cells_every_row_is_accounted_for(rows):
    table = read_rows(*rows, today=DAY)
    assert table.n_rows == len(table.kept) + table.n_empty + table.n_rejected
    scores = table.kept[[str(column) for column in ANSWERS]].to_numpy()
    assert set(scores[~np.isnan(scores)]) <= {1.0, 2.0, 3.0, 4.0, 5.0}
    assert set(table.kept["side"]) <= {"seeker", "candidate"}


def test_reader_known_ids_reject_the_others():
    table = read_rows(row_of(), row_of(candidate="z"), known={"a", "b"})
    assert table.rejected[["line", "column", "value"]].to_numpy().tolist() == [[2, "candidate", "z"]]
    assert "must be the id of one of the 2 profiles" in table.rejected["reason"].iloc[0]


def test_reader_pair_of_one_organisation_and_text_that_no_log_can_hold_are_rejected():
    table = read_rows(row_of(candidate="a"), row_of(changes="secret\0words"), row_of(seeker="x" * 201))
    assert table.rejected["column"].tolist() == ["candidate", "changes_wanted", "seeker"]
    assert table.rejected["value"].iloc[1] == ""
