"""The report of a batch: what it shows, in both languages, whole and harmless whatever profiles hold."""

import json
import re
from copy import copy
from dataclasses import replace
from importlib import resources
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from batches import match_batch
from hypothesis import given
from hypothesis import strategies as st
from reports import Page, facts_of, read, records
from villages import TWO_LANGUAGES

from matcher.config import Config
from matcher.output.report.pages import ONE_FILE, write_report
from matcher.output.report.sections import href, page_name, script_json

PACKAGE = resources.files("matcher.output.report")
PAYLOADS = [
    "<svg onload=alert(1)></svg>",
    "</script><script>document.title='x'</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "<a href='javascript:alert(1)'>x</a>",
    "{{ 7*7 }} {% raw %} {# x #} ${7*7}",
    "]]> --> <!-- <svg onload=alert(1)>",
    "<style>body{display:none}</style>",
    "</title></style></textarea></svg><iframe src=//x>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62;",
    "\u2028alert(1)\u2029 \u202eright \x00 \x1b[31m",
]


# --- what it shows


def test_report_of_few_seekers_is_one_file_with_a_card_for_every_row(make, tmp_path):
    path = make(records(9))
    rows = pd.read_csv(tmp_path / "out.csv")
    page = read(path)
    assert len(page.classed("li", "card")) == len(rows) == 9 * 4
    assert len(page.classed("section", "seeker")) == 9
    assert len(facts_of(page)["cards"]) == len(rows)
    assert len(facts_of(page)["seekers"]) == 9
    assert not (tmp_path / "report_files").exists()
    first = rows.iloc[0]
    assert first["name"] in page.text
    assert f"{first['mutual']:.2f}" in page.text


def test_report_cards_are_in_the_order_of_the_table(make, tmp_path):
    facts = facts_of(read(make(records(6))))["cards"]
    rows = pd.read_csv(tmp_path / "out.csv")
    assert [fact[1].split(" Region")[0] for fact in facts] == rows["name"].tolist()
    assert np.allclose([fact[4] for fact in facts], rows["mutual"], atol=1e-4)


def test_report_says_reasons_concerns_and_unknowns_of_every_row(make, tmp_path):
    text = read(make(records(5))).text
    rows = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)
    for column in ("reasons_seeker", "reasons_candidate", "concerns", "unknowns"):
        for cell in rows[column]:
            for sentence in filter(None, cell.split(" | ")):
                assert sentence in text or "of the pairs in this pool" in sentence
    assert "concern" in text


def test_report_marks_quotes_of_two_languages_and_names_the_words(make):
    text = read(make(TWO_LANGUAGES, lang="id")).text
    assert "“bibit kultur jaringan rumput laut untuk petani” (bahasa Indonesia)" in text
    assert "tissue culture ~ kultur jaringan, seaweed ~ rumput laut, seedlings ~ bibit" in text


def test_report_summary_counts_and_links_the_rejected_rows(make):
    rows = [*records(4), {"id": "broken", "name": "", "mission": "x"}]
    page = read(make(rows))
    tiles = re.search(r"Summary (?:.*?)Organisations read (\d+).*?Rejected rows (\d+)", page.text)
    assert tiles.groups() == ("5", "1")
    assert page.all("a", href="out.csv.rejected.csv")
    assert page.all("a", href="out.csv")


def test_report_in_another_folder_names_the_files_without_links(make, tmp_path):
    (tmp_path / "pages").mkdir()
    page = read(make([*records(3), {"id": "broken", "name": ""}], name="pages/report.html"))
    assert "out.csv.rejected.csv" in page.text
    assert not [each for each in page.all("a") if "csv" in each["href"]]


def test_report_names_seekers_without_a_partner(make):
    rows = records(3)
    rows[0]["excludes"] = ["org-001", "org-002"]
    page = read(make(rows))
    assert "Seekers without a partner 1" in page.text
    assert "No partner could be recommended" in page.text


def test_report_without_any_recommendation_is_still_written(make):
    rows = records(2)
    rows[0]["excludes"] = ["org-001"]
    page = read(make(rows))
    assert "There is no recommendation." in page.text
    assert page.classed("li", "card") == []


def test_report_unknown_components_are_said_to_be_unknown(make, tmp_path):
    rows = records(4, goals_short="dig wells", indicators="number of wells")
    rows[3]["goals_short"] = ""
    page = read(make(rows, k=3))
    table = pd.read_csv(tmp_path / "out.csv")
    unknown = [each for each in page.classed("span", "bar") if "unknown" in each["class"]]
    assert len(unknown) == table[["goals", "expectations"]].isna().sum().sum() > 0
    assert 0 < table["goals"].isna().sum() < len(table)
    assert page.text.count("unknown, taken as usual") == table["goals"].isna().sum()


def test_report_components_that_nobody_speaks_of_are_left_out_once(make):
    page = read(make(records(4)))
    left_out = (
        "Goals that point the same way, Like expectations, Competition in the market, and Ways of working"
    )
    assert page.text.count(left_out) == 4
    assert "counts for nobody" in page.text
    assert not [each for each in page.classed("span", "bar") if "unknown" in each["class"]]


def test_report_gains_are_percentiles_and_no_probabilities_by_default(make):
    text = read(make(records(8))).text
    assert "It is no probability" in text
    assert re.search(r"higher than \d+% of the pool's pairs", text)
    assert "Chance that" not in text


WORKS = SimpleNamespace(features_=("works",), means_=np.array([0.3]), shares_=np.array([1.0]))
"""A learned ranker that sees no component."""


@pytest.fixture
def write_as(make, tmp_path, monkeypatch):
    """Write the report of a batch again, its gains and its scorer changed."""

    def run(lang="en", times=1.0, rows=None, **changes):
        caught = []
        monkeypatch.setattr("matcher.commands.batch.write_report", lambda data, *_, **__: caught.append(data))
        make(rows or records(6), lang=lang)
        data, scorer = caught[0], copy(caught[0].scorer)
        vars(scorer).update(changes)
        names = ["mutual", "seeker_gain", "candidate_gain"]
        smaller = data.recommendations.assign(**data.recommendations[names] * times)
        data = replace(data, recommendations=smaller, scorer=scorer)
        write_report(data, tmp_path / "again.html", lang=lang)
        return read(tmp_path / "again.html").text

    return run


@pytest.mark.parametrize(
    ("lang", "chance", "none"),
    [
        ("en", "Chance that the candidate agrees", "It is no probability"),
        ("id", "Peluang calon mitra setuju", "bukan peluang"),
    ],
)
def test_report_of_calibrated_gains_shows_probabilities(write_as, lang, chance, none):
    text = write_as(lang, calibrated=True, ranker=WORKS)
    assert re.search(rf"{chance} \d+%", text)
    assert none not in text
    assert "higher than" not in text


def test_report_shows_small_probabilities_with_digits_and_filters_by_them(write_as, tmp_path):
    text = write_as(calibrated=True, times=0.001)
    assert re.search(r"Chance that the candidate agrees 0\.0[0-9]{1,2}%", text)
    assert not re.search(r"agrees (< )?[0-9]%", text)
    slider = re.search(
        r'id="f-mutual" type="range" min="0" max="([^"]+)"', (tmp_path / "again.html").read_text()
    )
    assert 0.0 < float(slider[1]) < 0.001


def test_report_of_a_learned_ranker_that_sees_no_component_is_written(write_as):
    text = write_as(ranker=WORKS)
    assert "learned from earlier outcomes" in text
    assert "Ranker: learned from outcomes." in text


def test_report_without_percentiles_or_date_says_neither(write_as):
    text = write_as(rows=records(6, updated=""), gain_levels=np.empty(0))
    assert "higher than" not in text
    assert "profiles as of" not in text


def test_report_of_opportunities_lists_each_with_what_its_lead_lends(make, tmp_path, encoder):
    path = make(records(5))
    call = {"id": "call-1", "name": "Call for pumps", "mission": "pumps for villages", "lead": "org-000"}
    (tmp_path / "seekers.jsonl").write_text(json.dumps(call), encoding="utf-8")
    match_batch(
        tmp_path / "profiles.jsonl",
        tmp_path / "out.csv",
        seekers=tmp_path / "seekers.jsonl",
        encoder=encoder,
        report=path,
    )
    page = read(path)
    assert len(page.classed("section", "seeker")) == 1
    assert "Call for pumps" in page.text
    assert "Indonesia" in page.text


def test_report_weights_are_those_of_the_settings(make):
    config = Config.from_dict({"weights": {"values": 3, "trust": 1}})
    text = read(make(records(4), config=config)).text
    assert "How close vision, mission and values are. 75%" in text
    assert "earlier joint work. 25%" in text


# --- structure


@pytest.mark.parametrize("lang", ["en", "id"])
def test_report_page_is_well_formed_and_accessible(make, lang):
    markup = make(records(7), lang=lang).read_text(encoding="utf-8")
    page = Page(markup)
    assert page.open == []
    assert page.all("html", lang=lang)
    assert len(page.all("main")) == len(page.all("h1")) == 1
    assert page.headings[0] == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for key in ("for", "aria-labelledby", "aria-describedby"):
        for _, attributes in page.elements:
            assert set((attributes.get(key) or "").split()) <= set(ids)
    labelled = {each["for"] for each in page.all("label")}
    fields = [*page.all("input"), *page.all("select")]
    assert fields
    assert {field["id"] for field in fields} <= labelled
    for chart in page.all("svg", role="img"):
        assert chart.get("aria-labelledby") or chart.get("aria-label")
    targets = {each["href"][1:] for each in page.all("a") if each["href"].startswith("#")}
    assert targets <= set(ids)


def test_report_page_forbids_all_that_is_not_its_own(make):
    page = read(make(records(3)))
    (policy,) = [each["content"] for each in page.all("meta") if each.get("http-equiv")]
    assert "default-src 'none'" in policy
    script = PACKAGE.joinpath("templates", "report.js").read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|fetch|XMLHttp|import\(", script
    )
    style = PACKAGE.joinpath("templates", "report.css").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import", style)


# --- languages


def test_report_in_indonesian_holds_no_english_message(make, translated):
    text = read(make(records(6), lang="id")).text
    assert "Rekomendasi mitra" in text
    assert "1 Mar 2024" in text
    assert re.search(r"\b0,\d\d\b", text)
    assert not re.search(r"\b0\.\d\d\b", text)
    single = [message for message in translated if isinstance(message, str) and "{" not in message]
    result = [
        message for message in single if " " in message and message in text and translated[message] != message
    ]
    assert result == []


# --- strangers' texts


def strange(number, payload):
    return {
        "id": f"{number}{payload}",
        "name": payload,
        "kind": "social",
        "country": payload,
        "region": payload,
        "languages": ["en", "id"],
        "sector": [payload],
        "values": [payload],
        "mission": f"water schools {payload}",
        "needs": [{"category": "funding", "text": f"water {payload}", "weight": 5}],
        "offers": [{"category": "funding", "text": f"water {payload}", "weight": 5}],
        "goals_short": f"water {payload}",
        "indicators": f"wells {payload}",
        "evidence": [{"claim": payload, "source": payload}],
    }


def check_harmless(markup, n_links_allowed):
    page = Page(markup)
    assert page.open == []
    assert [each.get("type") for each in page.all("script")] == ["application/json", None]
    json.loads(page.scripts[0])
    for tag, attributes in page.elements:
        assert tag in ALLOWED, tag
        assert not [
            name for name in attributes if name.startswith("on") or name in ("src", "srcdoc", "action")
        ]
        for name in ("href", "xlink:href"):
            if name in attributes:
                assert re.fullmatch(n_links_allowed, attributes[name]), attributes[name]
        if "style" in attributes:
            assert re.fullmatch(r"--[uv]:[\d.]+%", attributes["style"])
    return page


ALLOWED = set(
    re.findall(
        r"\S+",
        """html head meta title style body a svg defs symbol circle rect path g polygon polyline line text use
        desc main header footer nav div section h1 h2 h3 h4 p b bdi dl dt dd ul ol li details summary form
        label span input select option output button table caption thead tbody tr th td figure figcaption
        script article i""",
    )
)


@pytest.mark.parametrize("lang", ["en", "id"])
def test_report_payloads_in_every_field_stay_text(make, lang):
    page = check_harmless(
        make([strange(n, payload) for n, payload in enumerate(PAYLOADS)], lang=lang).read_text(
            encoding="utf-8"
        ),
        r"#[a-z0-9-]+|out\.csv(\.(rejected|notes)\.csv)?",
    )
    assert "<svg onload=alert(1)></svg>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "]]> --> <!-- <svg onload=alert(1)>" in page.text
    assert not re.search("[\u202a-\u202e\x00\x1b\u2028]", page.text)


@pytest.mark.slow
def test_report_payloads_on_pages_of_their_own_stay_text(make, tmp_path):
    rows = [strange(n, PAYLOADS[n % len(PAYLOADS)]) for n in range(2 * ONE_FILE)]
    path = make(rows)
    pages = sorted((tmp_path / "report_files").glob("*.html"))
    assert len(pages) > ONE_FILE
    links = r"#[a-z0-9-]+|out\.csv(\.(rejected|notes)\.csv)?|report_files/[0-9]{4}(-[a-z0-9-]+)?\.html"
    check_harmless(path.read_text(encoding="utf-8"), links)
    for page in pages:
        assert re.fullmatch(r"[0-9]{4}(-[a-z0-9-]+)?\.html", page.name)
        check_harmless(
            page.read_text(encoding="utf-8"),
            r"#[a-z0-9-]+|\.\./report\.html(#reading)?|[0-9]{4}(-[a-z0-9-]+)?\.html",
        )


@given(st.text())
def test_script_json_any_text_comes_back_and_closes_nothing(text):
    written = str(script_json({"a": [text]}))
    assert not re.search("[<>&\u2028\u2029]", written)
    assert json.loads(written)["a"] == [" ".join(json.loads(written)["a"][0].split())]


@given(st.text(max_size=80))
def test_page_name_any_id_is_a_plain_file_name(id_):
    assert re.fullmatch(r"[0-9]{4}(-[a-z0-9-]+)?\.html", page_name(7, id_, 50))
    assert len(page_name(7, id_, 50)) < 60


def test_page_name_of_more_pages_has_more_digits():
    assert page_name(3, "a/../b", 12_345) == "00003-a-b.html"


@given(
    st.text(
        alphabet=st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=30
    )
)
def test_href_never_names_a_scheme(name):
    assert not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", href(name))
    assert not href(name).startswith("/")


# --- pictures
