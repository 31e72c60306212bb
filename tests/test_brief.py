"""Briefs: one page, both sides, what is quoted and what is proposed, in both languages, as text only."""

import datetime as dt
import io
import re
import shutil
import subprocess
from dataclasses import replace

import docx
import pytest
import villages
from markdown_it import MarkdownIt
from villages import FORBIDDEN, PAYLOADS, Page

from matcher import Matcher
from matcher.datasets import load_demo, load_judged_pairs
from matcher.documents.blocks import Bullets, Checklist, Heading, Note, Table
from matcher.documents.writing import to_docx, to_html
from matcher.errors import ConfigError, OutputError, ProfileError, UnknownSeekerError
from matcher.output.brief import Brief, Plan

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FISH = villages.FISH | {
    "name": "Desa Bahari",
    "kind": "social",
    "sector": "fisheries",
    "country": "Indonesia",
    "region": "Ambon, Maluku",
    "staff": 12,
    "budget": 40000,
    "founded": 2009,
    "goals_short": "Two cold stores by June.",
    "goals_long": "Fish sold by those who caught it.",
    "needs": "facilities: cold store for fish (5); funding: boats (3)",
    "languages": "id;en",
    "channels": "Telepon;kunjungan",
    "evidence": "sold 3 tons (report, 2023)",
}
ICE = villages.ICE | {
    "name": "Pabrik Beku",
    "kind": "business",
    "country": "Indonesia",
    "region": "Seram",
    "indicators": "tons frozen a month",
    "channels": "telepon",
}
MUSIC = villages.MUSIC | {"name": "Sekolah Nada"}


def fitted(encoder, **changes):
    """Give a matcher over four profiles, those of the pair changed."""
    return Matcher(encoder=encoder).fit([FISH | changes.get("fish", {}), ICE | changes.get("ice", {}), MUSIC])


@pytest.fixture
def matcher(encoder):
    return fitted(encoder)


@pytest.fixture(scope="module")
def demo():
    return Matcher().fit(load_demo())


@pytest.fixture(scope="module")
def judged(demo):
    """Every judged pair of the demo with its brief in both languages."""
    return [
        (explanation, Brief(explanation))
        for pair in load_judged_pairs().itertuples()
        for lang in ("en", "id")
        for explanation in [demo.explain(pair.seeker, pair.candidate, lang=lang)]
    ]


def texts_of(block):
    if isinstance(block, Table):
        return [block.caption, *block.header, *(cell for row in block.rows for cell in row)]
    return list(block.items) if isinstance(block, Bullets | Checklist) else [block.text]


def part(brief, heading):
    return villages.part(brief.document(), heading)


def proposals(brief):
    return part(brief, "Working together")[0].items


def starting(items, word):
    (found,) = [item for item in items if item.startswith(word)]
    return found


def count_words(brief):
    return sum(any(sign.isalnum() for sign in word) for word in str(brief).split())


def docx_text(content):
    word = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return " ".join([*(paragraph.text for paragraph in word.paragraphs), *cells])


# What stands on the page.


def test_brief_says_who_the_two_are_and_what_each_expects(matcher):
    (table, *_) = part(matcher.brief("desa", "pabrik"), "Who the two are and what each expects")
    assert table.header == ("", "Desa Bahari", "Pabrik Beku")
    rows = {label: cells for label, *cells in table.rows}
    assert rows["Who"][0] == (
        "Social organisation (“fisheries”); Ambon, Maluku, Indonesia; 12 staff, "
        "budget 40,000 (currency not stated), since 2009"
    )
    assert rows["Who"][1] == "Business; Seram, Indonesia"
    assert rows["Short term"] == ["“Two cold stores by June.”", "not stated"]
    assert rows["Long term"] == ["“Fish sold by those who caught it.”", "not stated"]
    assert rows["Indicators"] == ["not stated", "“tons frozen a month”"]


@pytest.mark.parametrize(
    ("band", "english", "indonesian"),
    [
        ("strong", "Fit: strong (each among the other's two best", "Kecocokan: kuat ("),
        ("possible", "Fit: possible (each among the other's five best)", "Kecocokan: mungkin ("),
        ("weak", "Fit: weak (not each", "Kecocokan: lemah ("),
    ],
)
def test_brief_says_the_band_before_all_else(matcher, band, english, indonesian):
    for lang, words in (("en", english), ("id", indonesian)):
        explanation = matcher.explain("desa", "pabrik", lang=lang)
        assert explanation.band in ("strong", "possible", "weak")
        blocks = Brief(replace(explanation, band=band)).document().blocks
        assert blocks[1].text.startswith(words)
        assert blocks[1].origin == "engine"


def test_brief_of_two_that_are_never_paired_has_no_band(encoder):
    brief = fitted(encoder, ice={"flag": "red"}).brief("desa", "pabrik")
    assert "Fit:" not in str(brief)


def test_brief_quotes_shared_goals_of_both(matcher):
    (table,) = part(matcher.brief("desa", "pabrik"), "What both want")
    assert table.header == ("Desa Bahari", "Pabrik Beku")
    assert table.rows == (("“villages that sell their own fish”", "“ice for villages that sell fish”"),)


def test_brief_without_close_passages_says_so(encoder):
    brief = fitted(encoder, ice={"mission": "frozen water"}).brief("desa", "pabrik")
    headings = [block.text for block in brief.document().blocks if isinstance(block, Heading)]
    assert "What both want" not in headings
    assert "No passages of the two come close." in to_html(brief.document())


def test_brief_pairs_needs_with_offers_both_ways_and_names_what_is_open(matcher):
    ours, theirs, remarks = part(matcher.brief("desa", "pabrik"), "Who brings what to whom")
    assert ours.header == ("Desa Bahari needs", "Pabrik Beku offers", "Answer")
    assert ours.rows == (("“cold store for fish”", "“cold store for fish near the pier”", "fits"),)
    assert theirs.rows == (("“skippers who know the reef well”", "“skippers who know the reef”", "fits"),)
    assert starting(remarks.items, "Unanswered for Desa Bahari").endswith(": “boats”")
    assert starting(remarks.items, "Unanswered for Pabrik Beku").endswith(": “tide tables”")


def test_brief_where_nothing_meets_names_what_is_offered(encoder):
    brief = fitted(encoder, ice={"needs": "data: tide tables (3)"}).brief("desa", "pabrik")
    *_, remarks = part(brief, "Who brings what to whom")
    text = "No offer of Desa Bahari answers a need of Pabrik Beku yet. Desa Bahari offers: "
    assert f"{text}“skippers who know the reef”" in remarks.items
    assert "Desa Bahari finds out which of its offers help Pabrik Beku" in proposals(brief)


@pytest.mark.parametrize(
    ("pair", "sentence"),
    [
        (("desa", "sekolah"), "Sekolah Nada names no offers."),
        (("sekolah", "desa"), "Sekolah Nada names no offers."),
    ],
)
def test_brief_of_a_silent_side_says_what_it_does_not_name(matcher, pair, sentence):
    (remarks,) = part(matcher.brief(*pair), "Who brings what to whom")
    assert sentence in remarks.items


def test_brief_counts_how_many_answers_are_left_out(encoder):
    goods = [f"materials: {word} crates" for word in ("red", "blue", "green", "white", "black")]
    pool = fitted(encoder, fish={"needs": goods}, ice={"offers": goods})
    *_, remarks = part(pool.brief("desa", "pabrik"), "Who brings what to whom")
    assert "Pabrik Beku may answer 3 more needs of Desa Bahari, left out here for room" in remarks.items


def test_brief_responsibilities_come_from_what_each_offers(matcher):
    items = proposals(matcher.brief("desa", "pabrik"))
    assert "Desa Bahari provides “skippers who know the reef”" in items
    assert "Pabrik Beku provides “cold store for fish near the pier”" in items


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("fish", "ice", "Indicators: those of both, as above; one each to begin with"),
        ("", "ice", "Indicators: for “cold store for fish”: days of use; those of Pabrik Beku, as above"),
        (
            "",
            "",
            "Indicators: for “cold store for fish”: days of use; "
            "for “skippers who know the reef well”: people placed and how many stayed",
        ),
    ],
)
def test_brief_indicators_are_those_of_the_profiles_else_proposed_from_needs(encoder, ours, theirs, expected):
    pool = fitted(encoder, fish={"indicators": ours}, ice={"indicators": theirs})
    assert starting(proposals(pool.brief("desa", "pabrik")), "Indicators") == expected


@pytest.mark.parametrize(
    ("fish", "ice", "expected"),
    [
        ({}, {}, "in Indonesian, which both speak; by telephone; a call every 2 weeks, and a visit before"),
        ({"languages": "jv"}, {}, "with an interpreter, for no language is shared; "),
        ({"languages": ""}, {}, "the language is to be agreed; "),
        ({"channels": "surat"}, {}, "by letter or telephone, to be agreed; "),
        ({"channels": ""}, {}, "the channel is to be agreed; "),
        ({}, {"region": "ambon, maluku"}, "a meeting every 2 weeks"),
        ({"country": "Kenya"}, {}, "a call every 2 weeks"),
    ],
)
def test_brief_communication_plan_follows_what_both_have(encoder, fish, ice, expected):
    plan = starting(proposals(fitted(encoder, fish=fish, ice=ice).brief("desa", "pabrik")), "Communication")
    assert expected in plan
    assert ("visit" in plan) == (not ({"country", "region"} & {*fish, *ice}))


def test_brief_rhythm_is_a_setting(matcher):
    items = proposals(matcher.brief("desa", "pabrik", plan=Plan(rhythm_weeks=1)))
    assert "a call every week" in starting(items, "Communication")


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (Plan(), "Reviews: 3 months after signing; then every 6 months"),
        (Plan(first_review_months=1, review_months=1), "Reviews: 1 month after signing; then every month"),
        (
            Plan(start=dt.date(2027, 11, 30)),
            "Reviews: Feb 29, 2028; Aug 30, 2028; Feb 28, 2029; then every 6 months",
        ),
    ],
)
def test_brief_reviews_are_counted_from_the_start_or_from_signing(matcher, plan, expected):
    assert expected in proposals(matcher.brief("desa", "pabrik", plan=plan))


def test_brief_says_a_date_only_if_it_is_given_one(matcher):
    assert "Drawn up" not in str(matcher.brief("desa", "pabrik"))
    dated = matcher.brief("desa", "pabrik", "id", plan=Plan(today=dt.date(2026, 5, 3)))
    assert dated.document().subtitle.endswith("Disusun pada 3 Mei 2026.")


def test_brief_risks_and_questions_name_the_sides(encoder):
    pool = fitted(
        encoder, fish={"evidence": "", "flag": "yellow"}, ice={"flag": "observation", "languages": "jv"}
    )
    risks, questions, *_ = part(pool.brief("desa", "pabrik"), "Things to talk about")
    assert risks.items[:2] == (
        "Pabrik Beku is under observation in the register: ask why",
        "Desa Bahari carries a flag in the register and should explain it",
    )
    assert "Pabrik Beku does not state: goals" in questions.items


def test_brief_of_an_excluded_pair_says_so_first(encoder):
    risks, *_ = part(
        fitted(encoder, fish={"excludes": "pabrik"}).brief("desa", "pabrik"), "Things to talk about"
    )
    assert risks.items[0] == "The two are never paired: excluded, red-flagged or nearly the same"


def test_brief_ends_with_room_for_signatures(matcher):
    last = matcher.brief("desa", "pabrik").document().blocks[-1]
    assert last.caption == "Notes and signatures"
    assert last.header == ("Desa Bahari", "Pabrik Beku")
    assert last.rows == (("Name, date, signature:", "Name, date, signature:"),)


# Where words come from.


@pytest.mark.slow
def test_brief_every_block_says_where_it_comes_from(judged):
    for _, brief in judged:
        under = ""
        for block in brief.document().blocks[1:-1]:
            under = block.origin if isinstance(block, Heading) else under
            assert block.origin or under, block
        (legend, *_) = brief.document().blocks
        assert isinstance(legend, Note)
        for tag in brief.document().tags.values():
            assert f"({tag}):" in legend.text


def said_by(record):
    """Give the words of a profile, one after the other, without any sign between them."""
    parts = [part for value in record.values() for part in (value if isinstance(value, tuple) else [value])]
    return " ".join(re.findall(r"\w+", " ".join(map(str, parts))))


@pytest.mark.slow
def test_brief_what_is_quoted_is_in_a_profile(judged):
    for explanation, brief in judged:
        said = f"{said_by(explanation.seeker)} | {said_by(explanation.candidate)}"
        quotes = [
            quoted
            for block in brief.document().blocks[1:]
            for text in texts_of(block)
            for quoted in re.findall("“([^“”]+)”", text)
        ]
        assert len(quotes) >= 2
        for quoted in quotes:
            assert " ".join(re.findall(r"\w+", quoted)) in said, quoted


def test_brief_proposals_are_under_a_heading_that_says_so(matcher):
    headings = {
        block.text: block.origin
        for block in matcher.brief("desa", "pabrik").document().blocks
        if isinstance(block, Heading)
    }
    assert headings == {
        "Who the two are and what each expects": "profile",
        "What both want": "engine",
        "Who brings what to whom": "engine",
        "Working together": "proposal",
        "Things to talk about": "engine",
    }
    assert "Working together *(proposal)*" in str(matcher.brief("desa", "pabrik"))


@pytest.mark.slow
def test_brief_speaks_to_nobody_as_you(judged):
    for _, brief in judged:
        for block in brief.document().blocks:
            for text in texts_of(block):
                fixed = re.sub("“[^“”]*”", "", text)
                assert not re.search(r"\b(you|your|they|Anda|mereka)\b", fixed), fixed


# One page, two languages.


@pytest.mark.slow
def test_brief_of_every_judged_pair_stays_on_one_page(judged):
    assert len(judged) == 144
    for explanation, brief in judged:
        pair = explanation.seeker["id"], explanation.candidate["id"]
        assert len(" ".join(Page(to_html(brief.document())).text).split()) <= 650, pair
        assert count_words(brief) <= 560, pair
    for _, brief in judged[::12]:
        assert len(docx_text(to_docx(brief.document())).split()) <= 650


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs a browser: install chromium")
def test_longest_briefs_of_judged_pairs_are_printed_on_one_page(judged, tmp_path):
    longest = sorted((to_html(brief.document()) for _, brief in judged), key=len)[-3:]
    for page in longest:
        (tmp_path / "brief.html").write_text(page, encoding="utf-8")
        printed = f"--print-to-pdf={tmp_path / 'brief.pdf'}"
        call = (BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", printed)
        subprocess.run([*call, str(tmp_path / "brief.html")], check=True, capture_output=True, timeout=300)
        assert len(re.findall(rb"/Type\s*/Page[^s]", (tmp_path / "brief.pdf").read_bytes())) == 1


def test_brief_of_endless_profiles_is_still_a_page(encoder):
    long = {
        "name": "Yayasan " * 60,
        "mission": "villages that sell fish " * 200,
        "region": "Seram " * 90,
        "goals_short": "x" * 5000,
        "needs": [f"facilities: cold store number {n} for fish {'and ice ' * 50}" for n in range(40)],
        "offers": [f"people: skippers {n} who know the reef {'very well ' * 50}" for n in range(40)],
        "channels": [f"channel {n} {'by boat ' * 30}" for n in range(30)],
        "sector": [f"sector {n} {'of fish ' * 30}" for n in range(30)],
    }
    brief = fitted(encoder, fish=long, ice=long).brief("desa", "pabrik")
    assert count_words(brief) <= 655


def words_of(text):
    return set(re.findall(r"[a-z]{3,}", text.lower()))


def test_brief_indonesian_has_no_english_word_but_those_of_profiles(matcher):
    profiles = words_of(str([FISH, ICE, MUSIC]))
    for pair in (("desa", "pabrik"), ("pabrik", "desa"), ("desa", "sekolah"), ("sekolah", "pabrik")):
        english, indonesian = (words_of(str(matcher.brief(*pair, lang))) for lang in ("en", "id"))
        assert (english & indonesian) - profiles == set()


def test_brief_indonesian_is_headed_as_a_partnership_manager_would(matcher):
    text = str(matcher.brief("desa", "pabrik", "id"))
    for heading in (
        "Ringkasan kemitraan",
        "Tujuan bersama",
        "Siapa menyediakan apa",
        "Hal yang perlu dibicarakan",
    ):
        assert heading in text


# Files, settings, errors.


@pytest.mark.parametrize("payload", PAYLOADS)
def test_brief_payloads_in_profiles_are_text_only(encoder, payload):
    changes = {
        "name": f"Desa {payload}",
        "region": payload,
        "goals_short": payload,
        "channels": [payload],
        "offers": [f"people: skippers {payload}"],
        "indicators": payload,
    }
    brief = fitted(encoder, fish=changes).brief("desa", "pabrik")
    page = Page(to_html(brief.document()))
    shown = Page(MarkdownIt("commonmark").enable("table").render(brief.to_markdown()))
    assert (page.found | shown.found) & FORBIDDEN == set()
    assert payload in " ".join(page.text)
    assert payload in docx_text(to_docx(brief.document()))


def test_brief_is_saved_in_every_format_with_the_same_bytes(matcher, tmp_path):
    for ending in (".md", ".html", ".docx"):
        first, second = tmp_path / f"a{ending}", tmp_path / f"b{ending}"
        matcher.brief("desa", "pabrik", "id").save(first)
        matcher.brief("desa", "pabrik", "id").save(second)
        assert first.read_bytes() == second.read_bytes() != b""
    brief = matcher.brief("desa", "pabrik", "id")
    assert (tmp_path / "a.md").read_text(encoding="utf-8") == str(brief) == brief._repr_markdown_()
    assert (tmp_path / "a.docx").read_bytes() == to_docx(brief.document())


def test_brief_refuses_other_endings(matcher, tmp_path):
    with pytest.raises(OutputError, match=r"must end in one of .md, .html, .docx; got .*.pdf"):
        matcher.brief("desa", "pabrik").save(tmp_path / "brief.pdf")
    assert list(tmp_path.iterdir()) == []


def test_brief_knows_its_pair(matcher):
    brief = matcher.brief("desa", "pabrik")
    assert (brief.seeker, brief.candidate) == ("desa", "pabrik")
    assert brief.document().title == "Partnership brief: Desa Bahari and Pabrik Beku"


def test_brief_of_a_profile_given_as_a_mapping(matcher):
    guest = FISH | {"id": "tamu", "name": "Tamu Laut"}
    assert "Tamu Laut" in matcher.brief(guest, "pabrik").document().title


def test_brief_errors_are_those_of_explain(matcher):
    with pytest.raises(
        UnknownSeekerError, match="candidate must be the id or name of one of the 3 profiles; got 'x'"
    ):
        matcher.brief("desa", "x")
    with pytest.raises(ProfileError, match="another organisation than the seeker"):
        matcher.brief("desa", "desa")
    with pytest.raises(ConfigError, match="lang must be one of en, id; got 'de'"):
        matcher.brief("desa", "pabrik", "de")


def test_brief_across_languages_marks_quotes_and_names_the_words_that_match(encoder):
    text = Matcher(encoder=encoder).fit(villages.TWO_LANGUAGES).brief("marine", "laut").to_markdown()
    assert "“tissue culture seedlings of seaweed for 40 growers” (English)" in text
    assert "“bibit kultur jaringan rumput laut untuk petani” (Indonesian)" in text
    assert "fits: tissue culture \\~ kultur jaringan, seaweed \\~ rumput laut, seedlings \\~ bibit" in text


FOREIGN = {
    "country": "Germany",
    "region": "Hesse",
    "sector": "marine research",
    "channels": ["phone", "monthly lab meeting"],
    "budget": "EUR 40000",
}


def test_brief_in_indonesian_names_places_and_channels_in_it_and_quotes_other_words(encoder):
    java = {"region": "Semarang, Central Java", "channels": ["surat"]}
    page = fitted(encoder, fish=FOREIGN, ice=java).brief("desa", "pabrik", "id").to_markdown()
    assert "(“marine research”); Hesse, Jerman;" in page
    assert "Semarang, Jawa Tengah, Indonesia" in page
    assert "melalui telepon atau surat, perlu disepakati" in page
    assert "anggaran" in page
    for word in ("Germany", "Central Java", "phone"):
        assert word not in page
