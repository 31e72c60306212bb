"""`match_batch` and the rules of a run: what holds for nobody, what is not used, who is kept, who is full."""

import pandas as pd
import pytest
from batches import match_batch

from matcher.commands.inputs import read_pins
from matcher.commands.terminal import Request
from matcher.errors import OutcomeError, ProfileError

ROWS = [
    {"id": "001", "name": "Aneka", "mission": "fair coffee", "excludes": "2; Cipta", "updated": "2024-01-01"},
    {"id": "002", "name": "Bina", "mission": "farmers teach farmers"},
    {"id": "003", "name": "Cipta", "mission": "boats for clinics"},
    {"id": "004", "name": "Daya", "mission": "clean seas", "capacity_max": "1"},
    {"id": "005", "name": "Eka", "mission": "solar schools", "kind": "education"},
]


@pytest.fixture
def run(tmp_path, encoder):
    def start(rows=ROWS, **options):
        pd.DataFrame(rows).to_csv(tmp_path / "pool.csv", index=False)
        for name, table in options.items():
            if isinstance(table, list):
                pd.DataFrame(table).to_csv(tmp_path / f"{name}.csv", index=False)
                options[name] = tmp_path / f"{name}.csv"
        done = match_batch(tmp_path / "pool.csv", tmp_path / "out.csv", encoder=encoder, **options)
        notes = pd.read_csv(done.notes, dtype=str).fillna("") if done.notes else pd.DataFrame()
        return done, pd.read_csv(done.out, dtype=str), notes

    return start


def partners(table, seeker):
    return set(table.loc[table["seeker"] == seeker, "candidate"])


def test_exclusions_by_lost_zeros_and_names_hold_without_a_note(run):
    _, table, notes = run()
    assert partners(table, "001") == {"004", "005"}
    assert not notes["column"].isin(["excludes"]).any()


def test_strict_refuses_rules_that_hold_for_nobody_and_lists_them(run, tmp_path):
    rows = [{**ROWS[0], "excludes": "Binna"}, *ROWS[1:]]
    _, _, notes = run(rows)
    assert "the nearest is 002 (Bina)" in notes.set_index("value").loc["Binna", "reason"]
    (tmp_path / "out.csv").unlink()
    with pytest.raises(
        ProfileError, match=r"got 1 that do not: 001 excludes 'Binna' names no .* 002 \(Bina\)"
    ):
        run(rows, strict=True)
    assert not (tmp_path / "out.csv").exists()


def test_seekers_files_rules_of_the_pool_hold_and_unknown_leads_are_noted(run):
    seekers = [
        {"id": "1", "name": "Aneka", "mission": "coffee", "lead": "", "excludes": "call"},
        {"id": "call", "name": "Call", "mission": "seas", "lead": "Dayaa", "excludes": ""},
    ]
    _, table, notes = run(seekers=seekers)
    assert partners(table, "001") == {"004", "005"}
    assert len(partners(table, "call")) == 5
    noted = notes[notes["input"] == "seekers"].set_index("column")["reason"]
    assert "the nearest is 004 (Daya)" in noted["lead"]
    assert noted["id"].startswith("read as the same organisation as 001")
    with pytest.raises(ProfileError, match="call lead 'Dayaa' names no organisation"):
        run(seekers=seekers, strict=True)


def test_history_rows_that_count_for_nothing_are_counted(run):
    pairs = [("1.0", "4"), ("4", "1.0"), ("Bina", "daya"), ("9", "2"), ("2", "3"), ("2", "3")]
    dates = ["2023-01-01", "2023-01-01", "2023-01-01", "2023-01-01", "2025-01-01", "2023-01-01"]
    stages = ["agreed", "agreed", "agreed", "agreed", "agreed", "invited"]
    history = [
        {"seeker": one, "candidate": other, "stage": stage, "date": date}
        for (one, other), stage, date in zip(pairs, stages, dates, strict=True)
    ]
    done, _, notes = run(history=history)
    reason = (
        "2 of 6 rows used, because 1 repeat another row; 1 name an organisation without a profile; "
        "1 are later than the profiles (2024-01-01); 1 have a stage before agreed"
    )
    assert sorted(done.history_note.split("because ")[1].split("; ")) == sorted(
        reason.split("because ")[1].split("; ")
    )
    assert done.history_note.startswith("2 of 6 rows used")
    rewritten, (counted,) = (
        notes.loc[(notes["input"] == "history") & (notes["id"].ne("") == has_id), "reason"].tolist()
        for has_id in (True, False)
    )
    assert counted == done.history_note
    assert set(rewritten) == {"read as this id, of which it is another notation, or the name"}
    assert f"history: {done.history_note}" in str(done)
    done, _, _ = run(history=history[:1])
    assert done.history_note == ""


def test_repeated_group_rows_count_once(run):
    group = {"id": "p", "date": "2023-01-01", "lead": "1", "partners": "2;4", "name": "Project"}
    once, table, _ = run(history=[group])
    twice, again, _ = run(history=[group, group])
    assert (once.history_note, twice.history_note) == ("", "1 of 2 rows used, because 1 repeat another row")
    pd.testing.assert_frame_equal(table, again)


def test_wanted_in_more_lists_than_there_is_capacity_for_is_noted(run):
    done, _, notes = run()
    assert done.n_overbooked == 1
    assert notes.set_index("id").loc["004", "reason"].startswith("wanted in ")
    assert "1 organisations are wanted in more lists than they have capacity for" in str(done)


def test_rules_of_a_run(run, tmp_path):
    (tmp_path / "pins.csv").write_text("Pencari;Calon mitra;Peringkat\n001;Eka;1\n2;4;\n", encoding="utf-8")
    pins = read_pins(tmp_path / "pins.csv")
    assert pins == [("001", "Eka", 1), ("2", "4", 0)]
    _, table, _ = run(config=Request("").settings((), pins))
    first = table[table["seeker"] == "001"].iloc[0]
    assert first["candidate"] == "005" and first["reasons_seeker"].startswith("kept in the list")
    _, table, _ = run(config=Request("").settings(["jenis: pendidikan"]))
    assert set(table["candidate"]) == {"005"}
    history = [{"seeker": "1", "candidate": "5", "stage": "met", "date": "2025-01-01"}]
    _, table, _ = run(config=Request("", no_repeats=True).settings(), history=history)
    assert partners(table, "001") == {"004"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seeker,rank\n1,2\n", "must have the columns seeker and candidate"),
        ("seeker,candidate,rank\n1,2,x\n", "line 2"),
    ],
)
def test_pins_that_cannot_be_read_are_refused(tmp_path, text, message):
    (tmp_path / "pins.csv").write_text(text, encoding="utf-8")
    with pytest.raises(OutcomeError, match=message):
        read_pins(tmp_path / "pins.csv")
