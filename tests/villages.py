"""Four organisations that tests of explanations and briefs share, and readers of documents."""

from html.parser import HTMLParser

from matcher.documents.blocks import Heading

PAYLOADS = ("<svg onload=alert(1)></svg>", "[press](javascript:alert(2))", "![x](http://evil.example/x.png)")
FORBIDDEN = {"script", "a", "img", "href", "src", "onerror"}
FISH = {
    "id": "desa",
    "name": "Desa",
    "mission": "villages that sell their own fish",
    "needs": "facilities: cold store for fish (5); funding: boats (1)",
    "offers": "people: skippers who know the reef (5)",
    "languages": "id",
    "updated": "2024-01-01",
}
ICE = {
    "id": "pabrik",
    "name": "Pabrik",
    "mission": "ice for villages that sell fish",
    "needs": "people: skippers who know the reef well (4); data: tide tables (3)",
    "offers": "facilities: cold store for fish near the pier (4)",
    "languages": "id",
    "updated": "2024-01-01",
}
SHOP = {"id": "toko", "name": "Toko", "mission": "fish market", "offers": "network: sellers"}
MUSIC = {"id": "sekolah", "name": "Sekolah", "mission": "music lessons", "needs": "content: songs"}
# An English seeker, an Indonesian candidate that serves it, and a background of both languages.
MARINE = {
    "id": "marine",
    "name": "Marine",
    "mission": "Seaweed seedlings for the growers of the bay, and seaweed gel",
    "needs": "materials: tissue culture seedlings of seaweed for 40 growers (5)",
    "offers": "research: trials of seaweed strains in the sea (4)",
    "languages": "en;id",
    "updated": "2024-01-01",
}
LAUT = {
    "id": "laut",
    "name": "Laut",
    "mission": "Kebun bibit rumput laut untuk petani di teluk ini, dan agar dari rumput laut",
    "needs": "research: uji galur rumput laut di laut untuk petani (4)",
    "offers": "materials: bibit kultur jaringan rumput laut untuk petani (5)",
    "languages": "id",
    "updated": "2024-01-01",
}
BACKGROUND = [
    {"id": "musik", "mission": "Pelajaran musik untuk anak di kota", "needs": "content: lagu untuk anak"},
    {"id": "bank", "mission": "Loans for the shops of the town", "offers": "funding: loans for the shops"},
    {
        "id": "kapal",
        "mission": "Perahu untuk nelayan dan pedagang",
        "offers": "facilities: perahu untuk nelayan",
    },
    {
        "id": "school",
        "mission": "We teach the children of the town",
        "needs": "funding: books for the children",
    },
]
TWO_LANGUAGES = [MARINE, LAUT, *({"name": row["id"], **row} for row in BACKGROUND)]


def part(document, heading):
    """Give the blocks below a heading, up to the next one."""
    blocks = list(document.blocks)
    starts = [place for place, block in enumerate(blocks) if isinstance(block, Heading)]
    first = next(place for place in starts if blocks[place].text == heading)
    return blocks[first + 1 : next((place for place in starts if place > first), len(blocks))]


class Page(HTMLParser):
    """Collects the text, the elements and the attributes of a page."""

    def __init__(self, markup):
        super().__init__()
        self.text, self.found, self.tag = [], set(), ""
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.tag = tag
        self.found.update([tag, *(name for name, _ in attrs)])

    def handle_data(self, data):
        if self.tag != "style":
            self.text.append(data)
