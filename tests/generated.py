"""Generated tables: `World`, whose rules are known beforehand, and `Brought`, a file of one."""

import csv
import datetime as dt
import io
import json
import random

import openpyxl
import pandas as pd

from matcher.config import RuleSettings
from matcher.files import bundled_toml
from matcher.tables.values import fold

SIZE, CALLS = 40, 10
WORDS = ("rice", "solar", "school", "clinic", "reef", "loans", "books", "boats", "music", "water")
KINDS = {"education": "pendidikan", "social": "NGO", "business": "perusahaan"}
JOINTS = ("; ", ", ", "\n", " dan ", " and ", "；", "、", " / ", "\n- ")


class World:
    """A pool, seekers and a history, written in many notations, and what each rule means by number."""

    def __init__(self, seed, size=SIZE):
        self.size = size
        self.draw = random.Random(seed)
        self.style = self.draw.choice(("org-{:03}", "{:05}", "{}", "Lembaga {}", "A/{:02}/2024"))
        self.ids = [self.style.format(number) for number in range(1, size + 1)]
        self.names = [f"Yayasan {WORDS[at % 10].title()} {chr(65 + at // 10)}{at}" for at in range(self.size)]
        self.kinds = [self.draw.choice(list(KINDS)) for _ in range(self.size)]
        self.excludes = [self.some(2) for _ in range(self.size)]
        self.labels = [set(self.draw.sample("PQRS", self.draw.choice((0, 0, 1)))) for _ in range(self.size)]
        self.musts = [self.draw.choice(("", "", "", *KINDS)) for _ in range(self.size)]
        self.red = [self.draw.random() < 0.05 for _ in range(self.size)]
        self.full = [self.draw.random() < 0.05 for _ in range(self.size)]
        self.rejected = [self.draw.random() < 0.1 for _ in range(self.size)]
        self.leads = [self.draw.randrange(self.size) for _ in range(CALLS)]
        self.call_excludes = [self.some(2) for _ in range(CALLS)]
        self.group = set(self.draw.sample(range(self.size), 3))
        self.met = {frozenset(self.draw.sample(range(self.size), 2)) for _ in range(self.size // 2)}

    def some(self, most):
        return set(self.draw.sample(range(self.size), self.draw.randint(0, most)))

    def notation(self, at):
        """One of the ways in which people write whom they mean."""
        id_ = self.ids[at]
        forms = [
            id_,
            id_.upper(),
            f"\u200e{id_}",
            f" {id_}\u00a0",
            f"{id_} ",
            self.names[at],
            self.names[at].upper(),
        ]
        forms += [id_.replace("-", "\u2011")]
        forms += [str(int(id_)), f"{int(id_)}.0"] if id_.isdecimal() else []
        return self.draw.choice(forms)

    def cell(self, ats):
        return self.draw.choice(JOINTS).join(self.notation(at) for at in sorted(ats))

    def rows(self):
        for at, id_ in enumerate(self.ids):
            kind = self.kinds[at]
            must = self.musts[at]
            yield {
                "id": id_,
                "name": self.names[at],
                # A row without any of these is rejected.
                "mission": "" if self.rejected[at] else " ".join(self.draw.sample(WORDS, 4)),
                "needs": "" if self.rejected[at] else f"funding: {self.draw.choice(WORDS)} {at}",
                "offers": "" if self.rejected[at] else f"training: {self.draw.choice(WORDS)} {at}",
                "kind": self.draw.choice((kind, KINDS[kind])),
                "excludes": self.cell(self.excludes[at]),
                "never": "; ".join(self.draw.choice((one, one.lower())) for one in self.labels[at]),
                "must": must and self.draw.choice((f"kind: {must}", f"Jenis = {KINDS[must]}")),
                "flag": "red" if self.red[at] else "",
                "capacity_max": "0" if self.full[at] else "",
                "updated": "2024-01-01",
            }

    def calls(self):
        for number, lead in enumerate(self.leads):
            yield {
                "id": f"call-{number}",
                "name": f"Call {number}",
                "mission": " ".join(self.draw.sample(WORDS, 4)),
                "kind": self.kinds[lead],
                "lead": self.notation(lead),
                "excludes": self.cell(self.call_excludes[number]),
            }

    def history(self):
        pairs = [self.draw.sample(sorted(pair), 2) for pair in sorted(self.met, key=sorted)]
        names = [[self.notation(at) for at in pair] for pair in pairs]
        stages = [self.draw.choice(("met", "declined", "agreed", "active")) for _ in names]
        days = [self.draw.choice(("2023-01-01", "2025-01-01")) for _ in names]
        frame = pd.DataFrame(names, columns=["seeker", "candidate"])
        return frame.assign(stage=stages, date=days)

    def settings(self):
        return RuleSettings(never=[[self.notation(at) for at in self.group]], no_repeats=True)

    def allowed(self, one, other, excludes=frozenset(), must=None):
        """Say by the rules whether an organisation may be listed for another, or for a call that it leads."""
        return (
            one != other
            and not self.rejected[other]
            and not self.red[other]
            and not self.full[other]
            and other not in self.excludes[one] | excludes
            and one not in self.excludes[other]
            and not self.labels[one] & self.labels[other]
            and not {one, other} <= self.group
            and frozenset((one, other)) not in self.met
            and self.musts[other] in ("", self.kinds[one])
            and (self.musts[one] if must is None else must) in ("", self.kinds[other])
        )


VOCABULARY = bundled_toml("matcher.profiles", "vocabulary.toml")

# What people write for what: choices of (text, value that must be read).
KIND_WORDS = {
    "business": ("perusahaan", "PT", "Koperasi", "BUMN", "BUMDes", "UMKM", "private company", "CV"),
    "education": ("pendidikan", "perguruan tinggi negeri", "Universitas", "SMK", "University", "pesantren"),
    "social": ("NGO", "LSM", "Yayasan", "nonprofit", "Perkumpulan", "komunitas", "civil society"),
}
LANGUAGES = {
    ("id",): ("Indonesia", "Bahasa Indonesia", "id", "Indonesian", '["id"]'),
    ("id", "en"): (
        *("Indonesia dan Inggris", "Bahasa Indonesia, Bahasa Inggris", "Indonesian and English", "id; en"),
        *(
            "• Indonesia\n• Inggris",
            '["Indonesia", "Inggris"]',
            "Indonesia / Inggris",
            "Indonesian & English",
        ),
    ),
    ("en", "sw"): ("English and Swahili", "en, sw", "Inggris dan Swahili"),
    ("id", "jv", "su"): (
        "Indonesia, Jawa, Sunda",
        "1. Indonesia\n2. Jawa\n3. Sunda",
        "Indonesia；Jawa；Sunda",
    ),
}
MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
EMPTY = ("", "", "-", "N/A", "tidak ada", "belum ada", "TBD", "nil", "#N/A", "#REF!", "Err:502", "#SPILL!")
QUESTIONS = {
    "id": ("ID organisasi Anda", "Profile ID"),
    "name": ("Apa nama lembaga Anda?", "What is the name of your organisation?", "1. Nama Lembaga *"),
    "kind": ("Lembaga Anda termasuk jenis apa?", "Which kind of organisation are you?"),
    "mission": ("Ceritakan misi lembaga Anda", "What does your organisation do?"),
    "needs": ("Apa yang Anda butuhkan dari mitra?", "What are you looking for in a partner?"),
    "offers": ("Apa yang bisa Anda tawarkan kepada mitra?", "What can you offer to a partner?"),
    "languages": ("Bahasa apa yang digunakan?", "Which languages do you work in?"),
    "values": ("Nilai-nilai apa yang dianut?", "What are your core values?"),
    "region": ("Di provinsi mana lembaga Anda bekerja?", "In which province do you work?"),
    "staff": ("Berapa jumlah karyawan?", "How many employees do you have?"),
    "budget": ("Berapa anggaran tahunan Anda (Rp)?", "What is your annual budget (IDR)?"),
    "founded": ("Tahun berapa lembaga didirikan?", "When was your organisation founded?"),
    "updated": ("Timestamp", "Cap waktu"),
}
TITLES = (
    ["DAFTAR CALON MITRA KEMITRAAN TAHUN 2024"],
    ["Partner organisations", "", "as of", "31 December 2024"],
    ["Dinas Koperasi dan UKM"],
    ["Petunjuk: isi satu baris per lembaga"],
)
FOOTERS = (["Sumber: data panitia, 2024"], ["Total"], ["", "", "Jakarta, 12 Maret 2024"])
GROUPS = ("Profil", "Kemitraan", "Data lain")


class Brought:
    """A table as people bring it, of a world: its file, and the values that must be read from it.

    Attributes
    ----------
    name : str
        Of the file.
    values : dict of str to dict
        By name of the organisation, by column, as they are kept; without rows that are rejected.
    n_rows : int
        Rows that are records, those that are rejected included.
    """

    def __init__(self, seed, profiles):
        self.world = world = World(seed, 12)
        self.draw = draw = random.Random(f"table {seed}")
        self.profiles = draw.sample(profiles, world.size)
        self.ending = draw.choice((".csv", ".csv", ".csv", ".tsv", ".txt", ".xlsx", ".jsonl"))
        self.name = f"Daftar mitra {seed}{self.ending}"
        self.has_ids = draw.random() < 0.8
        if not self.has_ids:
            world.notation = lambda at: draw.choice((world.names[at], world.names[at].upper()))
        self.values, rows = {}, []
        for at, row in enumerate(world.rows()):
            filled, value = self.filled(at, row)
            rows.append(filled)
            if not world.rejected[at]:
                self.values[world.names[at]] = value
        self.columns = [*rows[0]]
        if draw.random() < 0.3:
            draw.shuffle(self.columns)
        self.rows = [[row[column] for column in self.columns] for row in rows]
        if draw.random() < 0.2:  # a row that is there twice
            self.rows.append(draw.choice(self.rows))
        self.n_rows = len(self.rows)

    def filled(self, at, row):
        """Return the cells of an organisation by column, and the values that they mean."""
        draw, value = self.draw, {}
        if not self.has_ids:
            row.pop("id")
        demo = self.profiles[at]
        is_empty = self.world.rejected[at]
        kind = self.world.kinds[at]
        row["kind"], value["kind"] = draw.choice((kind, *KIND_WORDS[kind])), kind
        if not is_empty:
            row["mission"] = value["mission"] = " ".join(demo["mission"].split())
            if draw.random() < 0.1:
                row["mission"] = f"<p>{row['mission']}</p>"
        for column, make in CELLS.items():
            row[column], value[column] = make(draw, demo)
            if column != "updated" and draw.random() < 0.15:
                row[column], value[column] = draw.choice(EMPTY), None
        return row, value

    def headers(self):
        """Return the headers: canonical, of the vocabulary, or questions."""
        style = self.draw.choice(("plain", "words", "words", "questions"))
        for column in self.columns:
            words = [column, column.upper(), *VOCABULARY["headers"].get(column, ())]
            if column in ("id", "name", "kind", "updated", "lead"):
                words = [word for word in words if fold(word) not in GENERAL]
            if style == "plain":
                yield column
            elif style == "questions" and column in QUESTIONS:
                yield self.draw.choice(QUESTIONS[column])
            else:
                yield self.draw.choice((str.title, str.upper, str))(self.draw.choice(words))

    def lines(self):
        """Return the lines of the sheet: titles, headers, organisations, and what people put between them."""
        draw, headers = self.draw, list(self.headers())
        lines = [line for title in draw.sample(TITLES, draw.choice((0, 0, 1, 2))) for line in (title, [])]
        if draw.random() < 0.2:
            at = sorted(draw.sample(range(len(headers)), 3))
            lines.append([GROUPS[at.index(n)] if n in at else "" for n in range(len(headers))])
        lines.append(headers)
        if draw.random() < 0.15:
            lines.append([str(n) for n in range(1, len(headers) + 1)])
        body = [[*row] for row in self.rows]
        if draw.random() < 0.2:
            body.insert(draw.randrange(1, len(body)), [])
        if draw.random() < 0.15:
            body.insert(draw.randrange(1, len(body)), headers)
        if draw.random() < 0.15:
            body.append(draw.choice(FOOTERS))
            self.n_rows += 1
        return lines + body

    def write(self, folder):
        """Write the file into a folder and return its path."""
        path = folder / self.name
        if self.ending == ".jsonl":
            rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
            lines = [json.dumps(row, ensure_ascii=False, default=str) for row in rows]
            path.write_text("\n".join(lines), encoding="utf-8")
        elif self.ending == ".xlsx":
            book = openpyxl.Workbook()
            if self.draw.random() < 0.3:
                book.active.append(["Petunjuk pengisian"])
                book.create_sheet("Data")
            for line in self.lines():
                book.worksheets[-1].append([cell if cell != "" else None for cell in line])
            book.save(path)
        else:
            delimiter = "\t" if self.ending == ".tsv" else self.draw.choice(",;\t|")
            text = io.StringIO()
            quoting = self.draw.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
            end = self.draw.choice(("\n", "\r\n"))
            writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
            writer.writerows(self.lines())
            path.write_bytes(_encoded(text.getvalue(), self.draw))
        return path


def _encoded(text, draw):
    encoding = draw.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"))
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode("utf-8")


GENERAL = {fold(word) for word in VOCABULARY["ambiguous"]["general"]}
"""Headers that give way to others or only number rows."""


def _staff(draw, _):
    number = draw.choice((7, 45, 120, 1200, 15000))
    dotted = f"{number:,}".replace(",", ".")
    forms = (str(number), f"± {number} orang", f"{number} staf", f"sekitar {dotted} orang", dotted, number)
    return draw.choice(forms), number


def _budget(draw, _):
    number = draw.choice((450_000_000, 40_000_000_000, 2_100_000_000, 85_000_000))
    dotted = f"{number:,}".replace(",", ".")
    forms = [f"Rp {dotted},-", f"Rp{dotted}", f"Rp. {dotted}", f"IDR {number}", f"Rp {number // 10**6} juta"]
    forms += [f"Rp {number / 10**9:g} miliar".replace(".", ",")] if number >= 10**9 else []
    return draw.choice(forms), number


def _founded(draw, _):
    year = draw.randint(1950, 2023)
    return draw.choice((str(year), f"12 Maret {year}", f"tahun {year}", f"berdiri sejak {year}", year)), year


def _updated(draw, _):
    day = dt.date(draw.randint(2019, 2024), draw.randint(1, 12), draw.randint(13, 28))
    forms = [day.isoformat(), f"{day:%d/%m/%Y}", f"{day.day} {MONTHS[day.month - 1]} {day.year}"]
    forms += [f"{day:%d-%m-%Y}", f"{day:%d/%m/%Y %H:%M:%S}", f"{day:%Y/%m/%d}", f"{day:%d.%m.%Y}"]
    return draw.choice(forms), day


def _languages(draw, _):
    codes = draw.choice(list(LANGUAGES))
    return draw.choice(LANGUAGES[codes]), codes


def _values(draw, _):
    items = draw.sample(("amanah", "gotong royong", "integritas", "keterbukaan", "keadilan"), 3)
    forms = ["; ".join(items), "\n".join(items), "\n".join(f"- {one}" for one in items), json.dumps(items)]
    forms += ["\n".join(f"• {one}" for one in items), ", ".join(items), "；".join(items)]
    forms += ["\n".join(f"{n}. {one}" for n, one in enumerate(items, start=1)), " / ".join(items)]
    return draw.choice(forms), tuple(items)


def _region(_, demo):
    return demo.get("region", ""), demo.get("region", "") or None


CELLS = {
    "languages": _languages,
    "values": _values,
    "region": _region,
    "staff": _staff,
    "budget": _budget,
    "founded": _founded,
    "updated": _updated,
}
"""What makes a cell of a column and the value that must be read from it."""
