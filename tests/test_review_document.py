"""A review in words: both languages whole, payloads as words, JSON that programs can read."""

import datetime as dt
import json
import re
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from test_language import texts_of_data
from test_review_engine import contest, formed, shown_lists
from test_review_trends import fall, programme

from matcher.documents.writing import to_html, to_markdown
from matcher.errors import ConfigError
from matcher.review import ReviewSettings, gather, review
from matcher.review.document import _Texts, review_document, review_record

PAYLOADS = ("<svg onload=alert(1)></svg>", "[press](javascript:alert(2))", "=cmd|' /C calc'!A0")


@pytest.fixture(scope="module")
def found():
    """Give a review with every kind of part: alarms, overdue reviews, drift, wrong probabilities."""
    log, answers = programme(change=fall, wish=" ".join(PAYLOADS))
    shown = shown_lists(60)
    shown.loc[shown["run"].isin(["run4", "run5"]), "score"] += 0.6
    log = pd.concat([log, formed(shown, shown["mutual"] / 3)], ignore_index=True)
    ids = sorted({*log["seeker"], *log["candidate"]})
    profiles = pd.DataFrame({"id": ids, "kind": "social", "updated": pd.Timestamp("2020-01-01")})
    data = gather(log, profiles, reviews=answers, shown=shown, as_of=dt.date(2025, 6, 1))
    return review(data, ReviewSettings(draws=50, calibrated=True))


class Elements(HTMLParser):
    """Collects the elements and the words of a page."""

    def __init__(self):
        super().__init__()
        self.found, self.words, self.tag = set(), [], ""

    def handle_starttag(self, tag, attrs):
        self.tag = tag
        self.found.add(tag)

    def handle_data(self, data):
        if self.tag != "style":
            self.words.append(data)


def test_document_shows_names_beside_ids_and_countries_in_its_language(found):
    named = replace(found, names={"s0": "Rumah Baca", "c0": "c0"})
    texts = _Texts("id", named.names)
    assert texts.pair(("s0", "c0")) == "Rumah Baca (s0) dan c0"
    assert texts.messages.render(texts.name("Netherlands")) == "Belanda"
    pages = [to_markdown(review_document(one, "en")) for one in (found, named)]
    assert [page.count("Rumah Baca (s0)") > 0 for page in pages] == [False, True]
    assert review_record(found)["alarms"] != review_record(named)["alarms"]


def test_document_has_every_part_in_both_languages(found, translated):
    kinds = {alarm.kind for alarm in found.alarms}
    assert kinds >= {"falling", "drifting_apart", "calibration", "drift_scores"}
    english, indonesian = (to_markdown(review_document(found, lang)) for lang in ("en", "id"))
    assert english.count("\n## ") == indonesian.count("\n## ") == 8
    assert "Something needs attention: " in english
    assert "Ada yang perlu diperhatikan: " in indonesian
    messages = {key.split("{")[0].strip() for key in translated if isinstance(key, str)}
    assert [message for message in messages if len(message) >= 20 and message in indonesian] == []


def test_texts_are_all_translated(translated):
    source = resources.files("matcher.review").joinpath("texts.toml").read_text(encoding="utf-8")
    assert [text for text in texts_of_data(tomllib.loads(source)) if not translated.get(text)] == []


def test_document_alarm_says_what_whom_why_how_sure_and_what_to_do(found):
    text = to_markdown(review_document(found, "en"))
    part = text[text.index("Falling answers: s0 and c0") :].split("###")[0]
    assert re.search(r"Over 6 reviews the answers of c0 fell from 4\.\d to 2\.\d", part)
    assert re.search(r"- trust, c0: \d\.\d → \d\.\d", part)
    assert "What to do: Ask c0 what has changed, before the next review." in part
    assert re.search(r"Of quiet programmes, (about \d+|fewer than 1) in 1,000 would show", part)


@pytest.mark.parametrize("lang", ["en", "id"])
def test_document_payloads_are_words_only(found, lang):
    page = Elements()
    page.feed(to_html(review_document(found, lang)))
    assert not page.found & {"script", "a", "img", "iframe", "form"}
    words = "".join(page.words)
    for payload in PAYLOADS:
        assert payload in words
    markdown = to_markdown(review_document(found, lang))
    assert "<script>" not in markdown
    assert r"\[press\](javascript" in markdown


def test_record_is_json_and_says_what_the_document_says(found):
    record = json.loads(json.dumps(review_record(found, "id"), allow_nan=False))
    assert (record["verdict"], record["as_of"]) == ("attention", "2025-06-01")
    assert len(record["alarms"]) == len(found.alarms)
    assert len(record["overdue"]) == len(found.overdue)
    falling = next(alarm for alarm in record["alarms"] if alarm["kind"] == "falling")
    assert falling["title"] == "Penilaian menurun"
    assert falling["quotes"][0][0] == " ".join(PAYLOADS)
    assert 0.0 <= falling["false_alarm_rate"] <= 0.05
    assert record["watches"]["falling"]["judged"] == 60
    assert record["settings"]["alarm_rate"] == 0.05
    assert {step["by"] for step in record["conversion"]} == {"all", "kind", "newcomer", "score"}


def test_document_challenge_states_its_rule_and_what_is_missing():
    taken = to_markdown(review_document(contest(40, [5] * 40, [1] * 40), "en"))
    assert "Take the retrained ranker: it is surely better." in taken
    few = to_markdown(review_document(contest(12, [5] * 12, [1] * 12), "id"))
    assert "Terlalu sedikit untuk dinilai: ada 12 pencari mitra, diperlukan sedikitnya 30 (kurang 18)." in few


def test_document_unknown_language_is_refused(found):
    with pytest.raises(ConfigError, match="lang must be one of en, id; got 'de'"):
        review_document(found, "de")


def test_document_long_lists_are_cut_and_say_so():
    log, answers = programme(70, 1)
    data = gather(log, pd.DataFrame({"id": ["s0"]}), reviews=answers, as_of=dt.date(2025, 1, 1))
    found = review(data, ReviewSettings(draws=50))
    assert len(found.overdue) == 70
    assert "And 20 more." in to_markdown(review_document(found, "en"))
    assert len(review_record(found)["overdue"]) == 70
    assert np.isfinite(found.due[0].days_over)
