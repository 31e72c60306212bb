"""Batches whose report is written, and the reader of pages that the tests share."""

import json
import re
from html.parser import HTMLParser

VOID = {"meta", "input", "img", "br", "link", "hr"}

KINDS = ("business", "education", "social", "public", "")


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


def read(path):
    return Page(path.read_text(encoding="utf-8"))


def facts_of(page):
    return json.loads(page.scripts[0])
