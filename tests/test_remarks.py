"""Remarks: each code is worded once, and table, workbook, report, brief and explanation show that wording."""

import pandas as pd
import pytest
from batches import match_batch
from openpyxl import load_workbook
from villages import FISH, ICE, MUSIC, SHOP

from matcher import Matcher
from matcher.documents.language import LANGUAGES, Messages
from matcher.explanations.explainer import CANDIDATES_KEPT, Explainer
from matcher.explanations.remarks import WORDINGS, Quote, Remark, render, render_words

PARTS = {
    "columns": ("sector", "own header"),
    "component": "trust",
    "date": pd.Timestamp("2024-05-03"),
    "fields": ("needs", "offers"),
    "languages": ("id",),
    "share": 0.25,
    "number": 2,
    "now": 0.1,
    "then": 0.2,
    "low": 0.1,
    "high": 0.2,
    "yours": "{ours}",
    "theirs": "theirs | here",
    "need": "pumps",
    "offer": "teachers",
    "text": "Bali only",
    "region": "Seram",
    "your_region": "Seram",
    "their_region": "Seram",
    "other": "Twin",
    "words": (("seaweed", "rumput laut"),),
}
NAMES = {"seeker": "Desa", "candidate": "Pabrik"}


def parts_of(wording):
    text = wording["message"] + wording.get("many", "")
    return {name: value for name, value in PARTS.items() if f"{{{name}}}" in text}


@pytest.mark.parametrize("code", WORDINGS)
def test_render_every_code_in_every_language_and_for_both_readers(code, translated):
    wording = WORDINGS[code]
    assert translated[tuple(wording.values()) if "many" in wording else wording["message"]]
    remark = Remark(code, parts_of(wording))
    texts = {render(remark, Messages(lang), names) for lang in LANGUAGES for names in (None, NAMES)}
    assert len(texts) == (4 if "for_both" in wording else 2)
    assert all(text and "{seeker}" not in text for text in texts)
    if "for_both" in wording:
        assert translated[wording["for_both"]]
        page = render(remark, Messages("en"), NAMES).split()
        assert not {"you", "your", "they", "their"} & set(page)


def test_render_writes_each_part_by_its_name():
    messages = Messages("id")
    assert render(Remark("old_profile", {"date": PARTS["date"]}), messages, NAMES) == (
        "profil Pabrik bertanggal 3 Mei 2024: tanyakan apa yang berubah"
    )
    assert "dan “own header”" in render(Remark("same", {"columns": PARTS["columns"]}), messages)
    assert "25%" in render(Remark("your_chance", {"share": 0.25}), messages)
    assert "“{ours}”" in render(Remark("purpose", {"yours": "{ours}", "theirs": "x"}), messages)


def test_render_marks_quotes_with_their_language_and_names_words_after_them():
    parts = {"need": Quote("water pumps", "en"), "offer": Quote("pompa air", "id")}
    remark = Remark("their_offer", {**parts, "words": (("pumps", "pompa"), ("water", "air"))})
    assert render(remark, Messages("en")) == (
        "they offer “pompa air” (Indonesian) for your need “water pumps” (English): "
        "pumps ~ pompa, water ~ air"
    )
    assert render(remark, Messages("id")) == (
        "mereka menawarkan “pompa air” (bahasa Indonesia) untuk kebutuhan Anda “water pumps” "
        "(bahasa Inggris): pumps ~ pompa, water ~ air"
    )


@pytest.mark.parametrize(
    ("pair", "shown"),
    [
        (("seaweed", "rumput laut"), "seaweed ~ rumput laut"),
        (("gel", "gel"), "gel"),
        (("inverters", "inverter"), "inverter"),
        (("children's", "anak"), "children ~ anak"),
        (("cash", "cash flow"), "cash ~ cash flow"),
    ],
)
def test_render_words_that_are_alike_are_shown_once(pair, shown):
    assert render_words([pair]) == shown


BREAK = "facilities: cold store for fish | near the pier (4)"
OPEN = "people: skippers who know the reef well (1); data: tide tables (5)"
FOUR = [FISH, ICE | {"needs": OPEN, "offers": BREAK, "updated": "2020-01-01", "flag": "yellow"}, SHOP, MUSIC]


@pytest.fixture
def matcher(encoder):
    return Matcher(encoder=encoder).fit(FOUR)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("reason", "their_offer"),
        ("signal", "your_recent"),
        ("concern", "yellow_flag"),
        ("unknown", "they_do_not_say"),
        ("improvement", "their_need"),
    ],
)
def test_reworded_code_is_reworded_wherever_it_stands(kind, code, encoder, tmp_path, monkeypatch):
    """Only the wording of one code is changed; what shows remarks of its kind shows the new one."""
    if kind == "signal":  # only learned rankers see signals
        monkeypatch.setattr("matcher.explanations.reasons._REASONS", {"values": signal_reason})
    monkeypatch.setitem(
        WORDINGS, code, {"message": "reworded for one", "for_both": "reworded for {candidate}"}
    )
    (tmp_path / "pool.csv").write_text(pd.DataFrame(FOUR).to_csv(index=False), encoding="utf-8")
    shown = {}
    for out in ("a.csv", "a.xlsx"):
        match_batch(
            tmp_path / "pool.csv", tmp_path / out, k=3, encoder=encoder, report=tmp_path / "report.html"
        )
    shown["table"] = (tmp_path / "a.csv").read_text(encoding="utf-8")
    sheet = load_workbook(tmp_path / "a.xlsx").worksheets[0]
    shown["workbook"] = str(list(sheet.iter_rows(values_only=True)))
    shown["report"] = (tmp_path / "report.html").read_text(encoding="utf-8")
    fitted = Matcher(encoder=encoder).fit(tmp_path / "pool.csv")
    shown["explanation"] = fitted.explain("desa", "pabrik").to_markdown().lower()
    shown["brief"] = fitted.brief("desa", "pabrik").to_markdown().lower()
    found = {name for name, text in shown.items() if "reworded for" in text}
    everywhere = {"table", "workbook", "report", "explanation"}
    assert (
        found
        == {
            "reason": everywhere,
            "signal": everywhere,
            "concern": everywhere | {"brief"},
            "unknown": everywhere | {"brief"},
            "improvement": {"explanation"},
        }[kind]
    )
    assert ("reworded for pabrik" in shown["brief"]) == ("brief" in found)


def signal_reason(pair, words, ours):
    return [Remark("your_recent")]


def test_remarks_stand_beside_the_table_row_by_row(matcher):
    ((table, remarks),) = matcher.recommend_in_blocks(["desa", "pabrik"], 3, lang="id")
    pd.testing.assert_frame_equal(table, matcher.recommend(["desa", "pabrik"], 3, lang="id"))
    assert len(remarks) == len(table)
    messages = Messages("id")
    for row, said in zip(table.to_dict("records"), remarks, strict=True):
        assert {column: row[column] for column in said} == {
            column: " | ".join(render(remark, messages) for remark in listed)
            for column, listed in said.items()
        }


def test_pairs_without_specific_reason_are_called_so_in_table_and_explanation(matcher):
    row = matcher.recommend("toko", 3).set_index("candidate").loc["sekolah"]
    assert row["reasons_seeker"] == row["reasons_candidate"] == "nothing specific found: read both profiles"
    explained = matcher.explain("toko", "sekolah", lang="id")
    assert explained.seeker_side.reasons == ("tidak ada alasan khusus yang ditemukan: bacalah kedua profil",)


def test_explainer_keeps_a_bounded_number_of_candidates(matcher, monkeypatch):
    monkeypatch.setattr("matcher.explanations.explainer.CANDIDATES_KEPT", 2)
    explainer = Explainer(matcher.scorer)
    for place in range(4):
        explainer._candidate(place)
    assert explainer._candidate.cache_info().currsize == 2
    assert CANDIDATES_KEPT >= 256
