"""The report of a batch: what it shows, in both languages, whole and harmless whatever profiles hold."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.commands.match import match_batch
from matcher.config import Config
from matcher.errors import OutputError
from matcher.features import COMPONENT_NAMES
from matcher.output.report import check_report, write_report
from matcher.output.report.charts import (
    CHARACTER_WIDTH,
    HEIGHT,
    LINE_HEIGHT,
    MOST_LABELS,
    WIDTH,
    fit_box,
    pick_pairs,
    place_labels,
    project,
)
from matcher.output.report.pages import ONE_FILE
from matcher.output.report.safety import href, page_name, script_json

PACKAGE = resources.files("matcher.output.report")
KINDS = ("business", "education", "social", "public", "")
PAYLOADS = [
    "<script>alert(1)</script>",
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
VOID = {"meta", "input", "img", "br", "link", "hr"}


class Page(HTMLParser):
    """Elements of a page: (tag, attributes), texts, and whether tags are closed in order."""

    def __init__(self, markup):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.scripts, self.open, self.headings = [], [], [], [], []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "script":
            self.scripts.append("")

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, text):
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += text
        elif "style" not in self.open:
            self.texts.append(text)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def all(self, tag, **wanted):
        return [
            attributes
            for name, attributes in self.elements
            if name == tag and all(attributes.get(key) == value for key, value in wanted.items())
        ]

    def classed(self, tag, word):
        return [each for each in self.all(tag) if word in (each.get("class") or "").split()]


def records(n, **extra):
    return [
        {
            "id": f"org-{number:03d}",
            "name": f"Organisation {number:03d}",
            "kind": KINDS[number % len(KINDS)],
            "country": ("Indonesia", "Kenya")[number % 2],
            "region": f"Region {number % 3}",
            "languages": ["en"] if number % 3 else ["id"],
            "mission": f"clean water and schools for village {number % 7}",
            "needs": [{"category": "funding", "text": f"money for pumps {number % 4}", "weight": 4}],
            "offers": [{"category": "people", "text": f"teachers who know pumps {number % 4}", "weight": 3}],
            "updated": "2024-03-01",
            **extra,
        }
        for number in range(n)
    ]


@pytest.fixture
def make(tmp_path, encoder):
    """Match some organisations and write their report; return its path."""

    def run(rows, name="report.html", **options):
        with (tmp_path / "profiles.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        match_batch(
            tmp_path / "profiles.jsonl",
            tmp_path / "out.csv",
            encoder=encoder,
            report=tmp_path / name,
            **{"k": 4, **options},
        )
        return tmp_path / name

    return run


def read(path):
    return Page(path.read_text(encoding="utf-8"))


def facts_of(page):
    return json.loads(page.scripts[0])


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


def test_report_cards_stand_in_the_order_of_the_table(make, tmp_path):
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


@pytest.fixture
def write_as(make, tmp_path, monkeypatch):
    """Write the report of a batch again, some of its data changed."""

    def run(lang="en", **changes):
        caught = []
        monkeypatch.setattr("matcher.output.report.write_report", lambda data, *_, **__: caught.append(data))
        make(records(6), lang=lang)
        write_report(replace(caught[0], **changes), tmp_path / "again.html", lang=lang)
        return read(tmp_path / "again.html").text

    return run


@pytest.mark.parametrize(
    ("lang", "chance", "none"),
    [
        ("en", "Chance that the candidate agrees", "It is no probability"),
        ("id", "Peluang calon mitra setuju", "bukan peluang"),
    ],
)
def test_report_of_calibrated_gains_tells_chances(write_as, lang, chance, none):
    text = write_as(lang, is_probability=True, is_learned=True)
    assert re.search(rf"{chance} \d+%", text)
    assert none not in text
    assert "higher than" not in text


def test_report_of_a_learned_ranker_that_sees_no_component_is_written(write_as):
    text = write_as(
        is_learned=True, usual=dict.fromkeys(COMPONENT_NAMES, float("nan")), weights={"works": 1.0}
    )
    assert "learned from earlier outcomes" in text
    assert "Ranker: learned from outcomes." in text


def test_report_without_percentiles_or_date_says_neither(write_as):
    text = write_as(percentile=lambda _: float("nan"), as_of=None)
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
    told = [
        message for message in single if " " in message and message in text and translated[message] != message
    ]
    assert told == []


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
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62;" in page.text
    assert not re.search("[\u202a-\u202e\x00\x1b\u2028]", page.text)


@pytest.mark.slow
def test_report_payloads_on_pages_of_their_own_stay_text(make, tmp_path):
    rows = [strange(n, PAYLOADS[n % len(PAYLOADS)]) for n in range(ONE_FILE + 10)]
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


def test_report_same_batch_gives_the_same_bytes(make):
    first = make(records(8), lang="id").read_bytes()
    assert make(list(reversed(records(8))), lang="id").read_bytes() == first


@pytest.mark.slow
def test_report_of_many_seekers_is_an_index_and_a_page_each(make, tmp_path):
    path = make(records(ONE_FILE + 1), k=3)
    page = read(path)
    folder = tmp_path / "report_files"
    names = sorted(each.name for each in folder.iterdir())
    assert names == sorted([*json.loads((folder / "pages.json").read_text()), "pages.json"])
    assert len(names) == ONE_FILE + 2
    links = {each["href"] for each in page.all("a") if each["href"].startswith("report_files/")}
    assert links == {f"report_files/{name}" for name in names if name != "pages.json"}
    assert page.classed("li", "card") == []
    inner = read(folder / "0002-org-001.html")
    assert len(inner.classed("li", "card")) == 3
    assert {"../report.html", "0001-org-000.html", "0003-org-002.html"} <= {
        each["href"] for each in inner.all("a")
    }
    assert {
        each["href"] for each in inner.all("a") if "/" not in each["href"] and "#" not in each["href"]
    } <= set(names)


@pytest.mark.slow
def test_report_of_many_seekers_same_batch_gives_the_same_bytes(make, tmp_path):
    def everything():
        make(records(ONE_FILE + 1), k=2)
        return {path.name: path.read_bytes() for path in sorted((tmp_path / "report_files").iterdir())}

    assert everything() == everything()


@pytest.mark.slow
def test_report_again_replaces_its_pages_and_keeps_other_files(make, tmp_path):
    make(records(ONE_FILE + 3), k=1)
    folder = tmp_path / "report_files"
    (folder / "my notes.txt").write_text("mine")
    make(records(ONE_FILE + 1), k=1)
    assert len(list(folder.glob("*.html"))) == ONE_FILE + 1
    assert (folder / "my notes.txt").read_text() == "mine"
    make(records(3), k=1)
    assert [each.name for each in folder.iterdir()] == ["my notes.txt"]
    (folder / "my notes.txt").unlink()
    make(records(ONE_FILE + 1), k=1)
    make(records(3), k=1)
    assert not folder.exists()
    assert not list(tmp_path.glob(".*.tmp"))


@pytest.mark.slow
def test_report_list_of_pages_that_names_strange_paths_is_not_believed(make, tmp_path):
    make(records(ONE_FILE + 1), k=1)
    listed = tmp_path / "report_files" / "pages.json"
    names = json.loads(listed.read_text())
    (tmp_path / "victim.html").write_text("mine")
    listed.write_text(json.dumps([*names, "../victim.html", str(tmp_path / "victim.html"), 7]))
    make(records(ONE_FILE + 1), k=1)
    assert (tmp_path / "victim.html").read_text() == "mine"
    listed.write_text("[]")
    with pytest.raises(OutputError, match="must hold pages of a report or nothing"):
        make(records(ONE_FILE + 1), k=1)


def test_report_folder_of_strangers_is_refused_before_any_work(make, tmp_path):
    (tmp_path / "report_files").mkdir()
    (tmp_path / "report_files" / "thesis.docx").write_text("mine")
    with pytest.raises(OutputError, match="must hold pages of a report or nothing; got other files"):
        make(records(2))
    assert not (tmp_path / "out.csv").exists()
    assert (tmp_path / "report_files" / "thesis.docx").read_text() == "mine"


@pytest.mark.slow
def test_report_that_fails_halfway_leaves_everything_as_it_was(make, tmp_path, monkeypatch):
    path = make(records(ONE_FILE + 1), k=1)
    before = {each: each.read_bytes() for each in [path, *(tmp_path / "report_files").iterdir()]}

    def fail(*_):
        raise RuntimeError("out of luck")

    monkeypatch.setattr("matcher.output.report.sections.Sections._card", fail)
    with pytest.raises(RuntimeError, match="out of luck"):
        make(records(ONE_FILE + 1), k=2)
    assert {each: each.read_bytes() for each in [path, *(tmp_path / "report_files").iterdir()]} == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("report.htm", r"report must end in \.html; got .*report\.htm\. Choose another name"),
        ("nowhere/report.html", "must be in a folder that exists"),
    ],
)
def test_report_path_that_cannot_be_is_refused(tmp_path, name, message):
    with pytest.raises(OutputError, match=message):
        check_report(tmp_path / name)


def test_report_folder_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "report_files").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="must be a folder or not exist"):
        check_report(tmp_path / "report.html")


def test_batch_says_where_the_report_is(make, tmp_path, encoder):
    path = make(records(3))
    done = match_batch(tmp_path / "profiles.jsonl", tmp_path / "out.csv", encoder=encoder, report=path)
    assert done.report == path
    assert str(done).endswith(f"report: {path}")
    assert match_batch(tmp_path / "profiles.jsonl", tmp_path / "out.csv", encoder=encoder).report is None


def test_batch_report_that_would_replace_an_input_is_refused(tmp_path, encoder):
    (tmp_path / "profiles.html").write_text("id,name,mission\n")
    with pytest.raises(OutputError, match="must not be one of the inputs"):
        match_batch(
            tmp_path / "profiles.html",
            tmp_path / "out.csv",
            encoder=encoder,
            report=tmp_path / "profiles.html",
        )
    assert (tmp_path / "profiles.html").read_text() == "id,name,mission\n"


def test_cli_offers_a_report():
    command = [str(Path(sys.executable).with_name("matcher")), "match", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "COLUMNS": "160"})
    assert "--report" in done.stdout


# --- pictures


def test_project_finds_the_plane_that_points_lie_in_whatever_their_order():
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(40, 2)) * [3.0, 1.0]
    basis = np.linalg.qr(rng.normal(size=(12, 2)))[0]
    vectors = flat @ basis.T
    places, kept = project(vectors)
    assert kept == pytest.approx(1.0)
    gaps = np.linalg.norm(places[:, None] - places[None], axis=-1)
    assert np.allclose(gaps, np.linalg.norm(flat[:, None] - flat[None], axis=-1), atol=1e-6)
    order = rng.permutation(40)
    assert np.allclose(project(vectors[order])[0], places[order], atol=1e-7)


@pytest.mark.parametrize("vectors", [np.zeros((0, 3)), np.ones((1, 3)), np.ones((5, 3))])
def test_project_of_nothing_to_tell_apart_is_one_point(vectors):
    places, kept = project(vectors)
    assert places.shape == (len(vectors), 2)
    assert not places.any()
    assert np.isnan(kept)
    assert (fit_box(places) == [WIDTH / 2.0, HEIGHT / 2.0]).all()


def test_pick_pairs_takes_whole_places_of_lists_while_there_is_room():
    rows = [(f"s{s}", f"c{s}{r}", r, 0.1 * s + 0.01 * r) for s in range(5) for r in (1, 2, 3)]
    table = pd.DataFrame(rows, columns=["seeker", "candidate", "rank", "mutual"])
    pairs, depth = pick_pairs(table, 12)
    assert (len(pairs), depth) == (10, 2)
    pairs, depth = pick_pairs(table, 3)
    assert (depth, pairs["mutual"].round(2).tolist()) == (0, [0.41, 0.31, 0.21])
    assert pick_pairs(table, 100)[1] == 3
    assert len(pick_pairs(table.head(0), 100)[0]) == 0


def test_pick_pairs_a_pair_seen_from_both_sides_is_one():
    table = pd.DataFrame(
        {"seeker": ["a", "b"], "candidate": ["b", "a"], "rank": [1, 1], "mutual": [0.5, 0.5]}
    )
    assert len(pick_pairs(table, 10)[0]) == 1


@given(st.lists(st.tuples(st.floats(0, 760), st.floats(0, 500)), max_size=40))
def test_place_labels_none_leaves_the_chart_nor_covers_another(points):
    labels = place_labels(np.array(points).reshape(-1, 2), ["some name"] * len(points), range(len(points)))
    assert len(labels) <= MOST_LABELS
    width = len("some name") * CHARACTER_WIDTH
    ends = [float(label.x) - (width if label.anchor == "end" else 0.0) for label in labels]
    assert all(-2.0 <= end <= WIDTH - width + 2.0 for end in ends)
    for one in range(len(labels)):
        for other in range(one):
            is_beside = abs(ends[one] - ends[other]) >= width
            assert is_beside or abs(float(labels[one].y) - float(labels[other].y)) >= LINE_HEIGHT - 0.1
