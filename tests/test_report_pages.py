"""Pages to send by e-mail: one per seeker, each whole in itself."""

import pytest
from reports import read, records

from matcher.errors import OutputError
from matcher.output.report.pages import check_pages


@pytest.mark.parametrize(("lang", "heading"), [("en", "How to read the scores"), ("id", "Cara membaca skor")])
def test_pages_hold_one_seeker_each_and_lead_nowhere(make, tmp_path, lang, heading):
    make(records(3), lang=lang, pages=tmp_path / "pages")
    names = sorted(path.name for path in (tmp_path / "pages").glob("*.html"))
    assert names == [f"000{number + 1}-organisation-00{number}.html" for number in range(3)]
    for number, name in enumerate(names):
        page = read(tmp_path / "pages" / name)
        addresses = {each["href"] for each in page.all("a")} | {each["href"] for each in page.all("use")}
        assert all(address.startswith("#") for address in addresses)
        assert page.all("link") == page.all("img") == page.all("form") == []
        assert len(page.classed("li", "card")) == 2
        assert f"Organisation 00{number}" in page.text
        assert heading in page.text


def test_pages_are_replaced_and_other_files_kept(make, tmp_path):
    make(records(4), pages=tmp_path / "pages")
    (tmp_path / "pages" / "mine.txt").write_text("x")
    make(records(2), pages=tmp_path / "pages")
    names = sorted(path.name for path in (tmp_path / "pages").iterdir())
    assert names == ["0001-organisation-000.html", "0002-organisation-001.html", "mine.txt", "pages.json"]


def test_pages_are_not_written_among_other_files(tmp_path):
    (tmp_path / "letter.docx").write_text("x")
    with pytest.raises(OutputError, match="must hold pages of a report or nothing"):
        check_pages(tmp_path)
    with pytest.raises(OutputError, match="folder that exists"):
        check_pages(tmp_path / "none" / "pages")
