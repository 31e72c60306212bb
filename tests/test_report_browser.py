"""The report in a real browser: both widths and languages, filters, printing, hostile profiles."""

import json
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from batches import match_batch
from test_report import PAYLOADS, Page, facts_of, records, strange

from matcher.datasets import DEMO_PATH, HISTORY_PATH
from matcher.output.report.pages import ONE_FILE

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        BROWSER is None, reason="needs a browser: install chromium, chromium-browser or google-chrome"
    ),
]

N_SEEKERS = 5
WIDTHS = (1280, 390)
SHOW_ALL = "document.querySelectorAll('details').forEach(function (each) { each.open = true; });"


FRAME = """<!DOCTYPE html><meta charset="utf-8"><body><script>
addEventListener("message", function (event) {{ document.body.dataset.answer = event.data; }});
</script><iframe src="copy.html" style="border:0;width:{width}px;height:900px"></iframe></body>"""
"""A window is never narrower than 500 px; a frame is."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The reports of a few seekers of the demo, in both languages."""
    folder = tmp_path_factory.mktemp("report")
    with DEMO_PATH.open(encoding="utf-8") as file:
        lines = [next(file) for _ in range(N_SEEKERS)]
    (folder / "seekers.jsonl").write_text("".join(lines), encoding="utf-8")
    for lang in ("en", "id"):
        match_batch(
            DEMO_PATH,
            folder / f"{lang}.xlsx",
            seekers=folder / "seekers.jsonl",
            history=HISTORY_PATH,
            k=12,
            lang=lang,
            report=folder / f"{lang}.html",
        )
    return folder


@pytest.fixture
def browse(tmp_path):
    """Open a page, and return what the browser says and what it complains of."""

    def run(page, *options, width=1280, height=2400):
        done = subprocess.run(
            [
                BROWSER,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--enable-logging=stderr",
                "--force-device-scale-factor=1",
                f"--user-data-dir={tmp_path / 'browser'}",
                f"--window-size={width},{height}",
                "--virtual-time-budget=4000",
                *options,
                page.resolve().as_uri(),
            ],
            capture_output=True,
            timeout=180,
            check=True,
        )
        complaints = [
            line for line in done.stderr.decode("utf-8", "replace").splitlines() if "CONSOLE" in line
        ]
        return done.stdout.decode("utf-8"), complaints

    return run


@pytest.fixture
def ask(browse, tmp_path):
    """Run a script at the end of a copy of a page; return what it stores in `answer`, and complaints."""

    def run(page, script, *, first="", media="print", width=1280):
        markup = page.read_text(encoding="utf-8").replace("@media print", f"@media {media}")
        if media != "print":  # what is for narrow screens alone is not for paper
            markup = markup.replace("@media screen", "@media speech")
        tail = f"<script>var answer={{}};{script};parent.postMessage(JSON.stringify(answer),'*')</script>"
        (tmp_path / "copy.html").write_text(
            markup.replace("<head>", f"<head><script>{first}</script>", 1).replace(
                "</body>", f"{tail}</body>"
            ),
            encoding="utf-8",
        )
        frame = tmp_path / "frame.html"
        frame.write_text(FRAME.format(width=width), encoding="utf-8")
        dom, complaints = browse(frame, "--dump-dom", width=1400)
        (found,) = re.findall(r'<body[^>]* data-answer="([^"]*)"', dom)
        return json.loads(unescape(found)), complaints

    return run


def keep(picture):
    """Copy a picture to where somebody wants to look at it."""
    if folder := os.environ.get("MATCHER_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, folder)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", ["en", "id"])
def test_browser_shows_the_report_without_complaint(demo, browse, tmp_path, lang, width):
    picture = tmp_path / f"report-{lang}-{width}.png"
    _, complaints = browse(
        demo / f"{lang}.html", f"--screenshot={picture}", width=width, height=9000 if width > 500 else 14000
    )
    keep(picture)
    assert complaints == []
    pixels = (matplotlib.image.imread(picture)[..., :3] * 255).astype(np.int64)
    assert pixels.shape[1] == width
    for part in np.array_split(pixels, 8):
        assert len(np.unique(part.reshape(-1, 3), axis=0)) > 20, "a stretch of the page is blank"


@pytest.mark.parametrize("width", [*WIDTHS, 320])
@pytest.mark.parametrize("lang", ["en", "id"])
def test_browser_page_is_no_wider_than_the_window(demo, ask, lang, width):
    script = f"""{SHOW_ALL}
        answer.inner = window.innerWidth;
        answer.wide = document.documentElement.scrollWidth;
        answer.small = [].filter.call(
            document.querySelectorAll('button, summary, select, input[type=search]'), function (each) {{
                return each.offsetParent && each.getBoundingClientRect().height < 24;
            }}).map(function (each) {{ return each.outerHTML; }})"""
    answer, _ = ask(demo / f"{lang}.html", script, width=width)
    assert answer["wide"] <= answer["inner"]
    assert answer["inner"] == width
    assert answer["small"] == []


@pytest.mark.parametrize("lang", ["en", "id"])
def test_browser_labels_of_the_radar_are_whole(demo, ask, lang):
    script = f"""{SHOW_ALL}
        var charts = [].slice.call(document.querySelectorAll('.radar svg'));
        answer.n = charts.length;
        answer.cut = charts.filter(function (each) {{
            var web = each.querySelector('use').getBoundingClientRect(), room = each.getBoundingClientRect();
            return web.left < room.left - 1 || web.right > room.right + 1; }}).length"""
    assert ask(demo / f"{lang}.html", script, width=390)[0] == {"n": N_SEEKERS * 12, "cut": 0}


VISIBLE = """
    function set(id, value) {
        var field = document.getElementById(id);
        if (field.type === 'checkbox') { field.checked = value; } else { field.value = value; }
        field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    function visible(what) {
        return [].filter.call(document.querySelectorAll(what), function (each) { return each.offsetParent; })
            .map(function (each) { return each.id; });
    }
"""


def test_browser_filters_show_what_passes_them(demo, ask):
    cards = facts_of(Page((demo / "en.html").read_text(encoding="utf-8")))["cards"]
    script = f"""{VISIBLE}
        answer.all = visible('li.card');
        set('f-kind', 'education'); answer.kind = visible('li.card'); set('f-kind', '');
        set('f-place', 'Indonesia'); answer.place = visible('li.card'); set('f-place', '');
        set('f-mutual', '0.7'); answer.mutual = visible('li.card');
        answer.told = document.getElementById('f-shown').textContent;
        answer.least = document.getElementById('f-mutual-out').textContent; set('f-mutual', '0');
        set('f-plain', true); answer.plain = visible('li.card'); set('f-plain', false);
        set('f-speaks', true); answer.speaks = visible('li.card'); set('f-speaks', false);
        set('f-text', 'YAYASAN'); answer.text = visible('li.card');
        set('f-text', 'no such name'); answer.none = visible('li.card');
        answer.empty = visible('p.empty').length;
        set('f-text', ''); set('f-sort', 'candidate'); answer.sorted = visible('li.card');
        set('f-sort', 'rank'); answer.ranked = visible('li.card')"""
    answer, complaints = ask(demo / "en.html", script)

    def passing(test):
        return [fact[0] for fact in cards if test(fact)]

    assert complaints == []
    assert answer["all"] == answer["ranked"] == passing(lambda _: True)
    assert answer["kind"] == passing(lambda fact: fact[2] == "education")
    assert answer["place"] == passing(lambda fact: "Indonesia" in fact[3])
    assert answer["mutual"] == passing(lambda fact: fact[4] >= 0.7)
    assert answer["told"] == f"{len(answer['mutual'])} of {len(cards)} shown"
    assert answer["least"] == "0.70"
    assert answer["plain"] == passing(lambda fact: fact[7] == 0)
    assert answer["speaks"] == passing(lambda fact: fact[8] == 1)
    assert answer["text"] == passing(lambda fact: "yayasan" in fact[1].casefold())
    assert (answer["none"], answer["empty"]) == ([], N_SEEKERS)
    for name in ("kind", "place", "mutual", "plain", "text"):
        assert 0 < len(answer[name]) < len(cards), name
    gains = {fact[0]: fact[6] for fact in cards}
    for number in range(1, N_SEEKERS + 1):
        shown = [gains[id_] for id_ in answer["sorted"] if id_.startswith(f"s{number}-")]
        assert shown == sorted(shown, reverse=True)


def test_browser_index_is_searched_and_sorted(demo, ask):
    rows = facts_of(Page((demo / "id.html").read_text(encoding="utf-8")))["seekers"]
    script = f"""{VISIBLE}
        var header = document.querySelector('th[data-sort=strong]');
        header.querySelector('button').click(); answer.best = visible('#seekers tbody tr');
        answer.told = header.getAttribute('aria-sort');
        header.querySelector('button').click(); answer.worst = visible('#seekers tbody tr');
        set('i-text', {json.dumps(rows[2][7][:9])}); answer.found = visible('#seekers tbody tr')"""
    answer, complaints = ask(demo / "id.html", script)
    best = {fact[0]: fact[8] for fact in rows}
    assert complaints == []
    assert answer["told"] == "descending"
    assert [best[id_] for id_ in answer["best"]] == sorted(best.values(), reverse=True)
    assert [best[id_] for id_ in answer["worst"]] == sorted(best.values())
    assert rows[2][0] in answer["found"]
    assert len(answer["found"]) < N_SEEKERS


def test_browser_button_opens_and_closes_every_card(demo, ask):
    script = """
        var button = document.getElementById('f-open');
        function open() { return document.querySelectorAll('.card details[open]').length; }
        button.click(); answer.open = open(); answer.word = button.textContent;
        button.click(); answer.closed = open()"""
    answer, _ = ask(demo / "id.html", script)
    assert answer == {"open": N_SEEKERS * 12, "word": "Tutup semua", "closed": 0}


def test_browser_prints_cards_opened_whole_and_without_controls(demo, ask, browse, tmp_path):
    script = """
        var parts = [].slice.call(document.querySelectorAll('.card .measures'));
        answer.cards = parts.length;
        answer.tall = parts.filter(
            function (each) { return each.getBoundingClientRect().height > 60; }).length;
        answer.controls = [].filter.call(document.querySelectorAll('form, nav'),
            function (each) { return each.offsetParent; }).length;
        answer.whole = [].every.call(document.querySelectorAll('.card'),
            function (each) { return getComputedStyle(each).breakInside === 'avoid'; })"""
    answer, _ = ask(demo / "en.html", script, media="all")
    assert answer == {"cards": N_SEEKERS * 12, "tall": N_SEEKERS * 12, "controls": 0, "whole": True}
    browse(demo / "en.html", f"--print-to-pdf={tmp_path / 'report.pdf'}", "--no-pdf-header-footer")
    keep(tmp_path / "report.pdf")
    n_pages = len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "report.pdf").read_bytes()))
    assert N_SEEKERS * 3 < n_pages < N_SEEKERS * 10


def test_browser_without_script_everything_is_there(demo, ask, tmp_path):
    markup = (demo / "en.html").read_text(encoding="utf-8")
    page = tmp_path / "plain.html"
    page.write_text(re.sub(r"<script>.*?</script>", "", markup, flags=re.S), encoding="utf-8")
    script = f"""{VISIBLE}
        answer.cards = visible('li.card').length; answer.forms = visible('form').length;
        document.querySelector('.card details:not([open]) summary').click();
        answer.opened = document.querySelectorAll('.card details[open]').length"""
    answer, complaints = ask(page, script)
    assert complaints == []
    assert answer == {"cards": N_SEEKERS * 12, "forms": 0, "opened": N_SEEKERS * 3 + 1}


def test_browser_runs_nothing_that_profiles_hold(ask, tmp_path, encoder):
    lines = [json.dumps(strange(n, payload)) + "\n" for n, payload in enumerate(PAYLOADS)]
    (tmp_path / "profiles.jsonl").write_text("".join(lines), encoding="utf-8")
    page = tmp_path / "report.html"
    match_batch(tmp_path / "profiles.jsonl", tmp_path / "out.csv", encoder=encoder, report=page)
    spy = "window.runs=0;window.alert=window.confirm=window.prompt=function(){window.runs+=1};"
    script = f"""{SHOW_ALL}
        document.querySelectorAll('a, [tabindex], summary').forEach(function (each) {{ each.focus();
            each.dispatchEvent(new MouseEvent('mouseover', {{ bubbles: true }})); }});
        answer.runs = window.runs; answer.title = document.title;
        answer.strange = document.querySelectorAll('img, iframe, object, embed, textarea, link, base').length;
        answer.scripts = document.scripts.length; answer.styles = document.styleSheets.length;
        answer.names = [].map.call(document.querySelectorAll('.seeker-name'),
            function (each) {{ return each.textContent; }})"""
    answer, complaints = ask(page, script, first=spy)
    assert complaints == []
    assert (answer["runs"], answer["strange"], answer["styles"]) == (0, 0, 1)
    assert answer["title"] == "Partner recommendations"
    assert answer["scripts"] == 4, "ours, and the two of this test"
    assert "<svg onload=alert(1)></svg>" in answer["names"]


def test_browser_opens_the_pages_of_many_seekers(ask, browse, tmp_path, encoder):
    lines = [json.dumps(row) + "\n" for row in records(ONE_FILE + 1)]
    (tmp_path / "profiles.jsonl").write_text("".join(lines), encoding="utf-8")
    page = tmp_path / "report.html"
    match_batch(tmp_path / "profiles.jsonl", tmp_path / "out.csv", k=40, encoder=encoder, report=page)
    inner = tmp_path / "report_files" / "0003-org-002.html"
    for one in (page, inner):
        assert browse(one, "--dump-dom")[1] == []
    script = f"{VISIBLE} set('f-speaks', true); answer.shown = visible('li.card')"
    cards = facts_of(Page(inner.read_text(encoding="utf-8")))["cards"]
    shown = ask(inner, script)[0]["shown"]
    assert shown == [fact[0] for fact in cards if fact[8]]
    assert 0 < len(shown) < len(cards)
    script = "answer.wide = document.documentElement.scrollWidth; answer.inner = window.innerWidth"
    for one in (page, inner):
        answer = ask(one, script, width=390)[0]
        assert answer["wide"] <= answer["inner"]
