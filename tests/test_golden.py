"""What `make match` writes of the demo, compared with digests of what it wrote before.

A change that is meant to alter results states so in CHANGELOG.md and renews the digests:
`python tests/test_golden.py`.
"""

import hashlib
import json
import tempfile
from functools import cache
from pathlib import Path

import pytest
from batches import match_batch
from openpyxl import load_workbook

from matcher import Matcher
from matcher.datasets import DEMO_PATH, HISTORY_PATH

pytestmark = pytest.mark.numerical

DIGESTS = Path(__file__).parent / "data" / "golden.json"
LANGUAGES = ("en", "id")
SEEKER = "omah-sareh"


def digest(*parts):
    """Digest of bytes; of an Excel file the cells count, for its compression depends on the library."""
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def cells(path):
    book = load_workbook(path)
    rows = [[sheet.title, *map(str, row)] for sheet in book for row in sheet.iter_rows(values_only=True)]
    return json.dumps(rows, ensure_ascii=False).encode()


@cache
def fitted():
    return Matcher().fit(DEMO_PATH, HISTORY_PATH)


def outputs(folder, lang):
    """Digests of table, workbook, report, explanation and brief of the demo in one language."""
    book, page, table = folder / "matches.xlsx", folder / "report.html", folder / "matches.csv"
    match_batch(DEMO_PATH, book, history=HISTORY_PATH, report=page, lang=lang)
    match_batch(DEMO_PATH, table, history=HISTORY_PATH, lang=lang)
    pages = sorted((folder / "report_files").iterdir())
    matcher = fitted()
    candidate = matcher.recommend(SEEKER, k=1, explain=False).candidate[0]
    return {
        "table": digest(table.read_bytes()),
        "workbook": digest(cells(book)),
        "report": digest(page.read_bytes()),
        "report pages": digest(*(path.read_bytes() for path in pages)),
        "explanation": digest(matcher.explain(SEEKER, candidate, lang=lang).to_markdown().encode()),
        "brief": digest(matcher.brief(SEEKER, candidate, lang).to_markdown().encode()),
    }


@pytest.mark.parametrize("lang", ["en", pytest.param("id", marks=pytest.mark.slow)])
def test_demo_outputs_equal_those_before(tmp_path, lang):
    assert outputs(tmp_path, lang) == json.loads(DIGESTS.read_text())[lang]


def renew():
    found = {}
    for lang in LANGUAGES:
        with tempfile.TemporaryDirectory() as folder:
            found[lang] = outputs(Path(folder), lang)
    DIGESTS.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    renew()
