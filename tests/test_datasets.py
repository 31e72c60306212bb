import datetime as dt
import json
import re
from collections import Counter, defaultdict

import pandas as pd
import pytest

from matcher.columns import KINDS, Answer, Profile
from matcher.commands import check
from matcher.datasets import (
    DEMO_DATE,
    DEMO_PATH,
    HISTORY_PATH,
    load_demo,
    load_judged_pairs,
    load_programme,
)
from matcher.errors import OutputError
from matcher.outcomes import read_outcomes
from matcher.profiles import read_profiles
from matcher.profiles.vocabulary import CATEGORIES

ENGLISH = """
the and of to in a is for with that on are we by from our who at it not be or an have which their has this but
"""
INDONESIAN = """
yang dan di untuk dari ke dengan kami pada tidak ini itu dalam bisa sudah kalau atau oleh ada tapi belum jadi
lebih orang anak agar akan saja mau supaya bagi para
"""
FUNCTION_WORDS = tuple(frozenset(listed.split()) for listed in (ENGLISH, INDONESIAN))
PROSE = (Profile.VISION, Profile.MISSION, Profile.GOALS_SHORT, Profile.GOALS_LONG, Profile.INDICATORS)


@pytest.fixture(scope="module")
def demo():
    return load_demo().kept


@pytest.fixture(scope="module")
def raw():
    return [json.loads(line) for line in DEMO_PATH.read_text(encoding="utf-8").splitlines()]


def words(text):
    return re.findall(r"[^\W_]+", text.casefold())


def passages(row):
    """Yield the pieces of text of a row, each by itself."""
    yield from (row[column] for column in (Profile.VISION, Profile.MISSION) if column in row)
    yield from (item["text"] for column in (Profile.NEEDS, Profile.OFFERS) for item in row.get(column, []))


def language(row):
    """Tell a row's language by its function words; "unclear" on a tie."""
    prose = [*passages(row), *(row[column] for column in PROSE if column in row)]
    found = words(" ".join(prose))
    english, indonesian = (sum(word in known for word in found) for known in FUNCTION_WORDS)
    return "unclear" if english == indonesian else "en" if english > indonesian else "id"


def test_load_demo_keeps_every_row():
    table = load_demo()
    assert len(table.kept) >= 160
    assert table.n_rejected == 0
    assert len(table.duplicates) == 0


def test_load_demo_kinds_and_categories_are_the_known_ones(demo):
    categories = {
        item.category for column in (Profile.NEEDS, Profile.OFFERS) for cell in demo[column] for item in cell
    }
    assert categories == set(CATEGORIES)
    assert set(demo[Profile.KIND]) <= set(KINDS)
    assert demo[Profile.KIND].value_counts().min() >= 30


def test_load_demo_ids_names_and_exclusions_fit(demo):
    assert demo[Profile.ID].is_unique
    assert demo[Profile.NAME].str.casefold().is_unique
    assert demo[Profile.ID].is_monotonic_increasing
    assert set(demo[Profile.EXCLUDES].explode().dropna()) <= set(demo[Profile.ID])


def test_demo_file_keys_stand_in_the_order_of_the_columns(raw):
    order = {str(column): place for place, column in enumerate(Profile)}
    for row in raw:
        places = [order[key] for key in row]
        assert places == sorted(places), row["id"]


def test_demo_file_is_utf8_and_not_escaped():
    text = DEMO_PATH.read_text(encoding="utf-8")
    assert "\\u" not in text
    assert any(ord(letter) > 127 for letter in text)


def test_demo_languages_are_half_english_half_indonesian(raw):
    counts = Counter(language(row) for row in raw)
    assert counts == {"en": 88, "id": 88}


def test_demo_texts_share_no_six_words(raw):
    owners = defaultdict(set)
    for row in raw:
        for text in passages(row):
            found = words(text)
            for place in range(len(found) - 5):
                owners[tuple(found[place : place + 6])].add(row["id"])
    assert [sequence for sequence, ids in owners.items() if len(ids) > 1] == []


@pytest.mark.parametrize("column", [Profile.VISION, Profile.MISSION])
def test_demo_openings_are_rarely_alike(raw, column):
    openings = Counter(tuple(words(row[column])[:2]) for row in raw if column in row)
    assert openings.most_common(1)[0][1] <= 3


def test_demo_lengths_differ_as_in_a_registry(raw):
    lengths = sorted(sum(len(words(text)) for text in passages(row)) for row in raw)
    assert lengths[0] < 20
    assert lengths[-1] > 200
    fields = {tuple(row) for row in raw}
    assert len(fields) > 100


def test_judged_pairs_name_demo_organisations_once_a_pair(demo):
    pairs = load_judged_pairs()
    assert list(pairs.columns) == ["seeker", "candidate", "judgement", "why"]
    assert set(pairs["seeker"]) | set(pairs["candidate"]) <= set(demo[Profile.ID])
    assert (pairs["seeker"] != pairs["candidate"]).all()
    unordered = [frozenset(pair) for pair in zip(pairs["seeker"], pairs["candidate"], strict=True)]
    assert len(set(unordered)) == len(pairs) >= 25


def test_judged_pairs_hold_both_judgements_with_reasons():
    pairs = load_judged_pairs()
    assert pairs["judgement"].value_counts().to_dict() == {"good": 43, "poor": 29}
    assert pairs["why"].str.split().str.len().min() >= 20


def test_judged_pairs_cross_the_languages_often(raw):
    spoken = {row["id"]: language(row) for row in raw}
    pairs = load_judged_pairs()
    crossing = pairs["seeker"].map(spoken) != pairs["candidate"].map(spoken)
    assert crossing.sum() >= 20
    assert set(pairs.loc[crossing, "judgement"]) == {"good", "poor"}


def test_history_file_is_read_without_rejects():
    table = read_outcomes(HISTORY_PATH, today=dt.date(2026, 10, 31))
    assert table.n_rejected == 0
    assert (table.kept["stage"] == "invited").sum() == 600


def test_programme_is_read_as_it_was_written(demo):
    programme = load_programme()
    outcomes = read_outcomes(programme.outcomes, today=dt.date(2025, 12, 1))
    assert outcomes.n_rejected == 0
    assert set(programme.reviews) == {str(column) for column in Answer}
    assert (programme.reviews["changes_wanted"] != "").any()
    gaps = {name for table in programme for name in table if table[name].isna().any()}
    assert gaps == {"seeker_rating", "candidate_rating"}
    for table in programme:
        assert set(table["seeker"]) | set(table["candidate"]) <= set(demo[Profile.ID])
    shown = set(zip(programme.shown["seeker"], programme.shown["candidate"], strict=True))
    assert set(zip(programme.fading["seeker"], programme.fading["candidate"], strict=True)) <= shown


def test_demo_written_by_pandas_is_read_back(tmp_path):
    kept = load_demo().kept
    kept.to_csv(tmp_path / "demo.csv", index=False)
    pd.testing.assert_frame_equal(read_profiles(tmp_path / "demo.csv", today=DEMO_DATE).kept, kept)


@pytest.mark.parametrize("ending", ["xlsx", "csv", "parquet"])
def test_demo_command_writes_a_table_that_is_read_back_and_its_history(tmp_path, ending):
    out = tmp_path / f"organisations.{ending}"
    check.demo(out)
    pd.testing.assert_frame_equal(
        read_profiles(out, today=DEMO_DATE).kept[["id", "needs", "offers", "evidence", "updated"]],
        load_demo().kept[["id", "needs", "offers", "evidence", "updated"]],
    )
    assert read_outcomes(tmp_path / "outcomes.csv").n_rejected == 0
    with pytest.raises(OutputError, match="must be a new file"):
        check.demo(out)
    out.unlink()
    with pytest.raises(OutputError, match=r"outcomes\.csv must be a new file"):
        check.demo(out)
