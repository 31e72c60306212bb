"""Claims that speak against an organisation, and profiles that read like advertisements."""

import pytest

from matcher.config import TrustSettings
from matcher.features.counted_texts import (
    LEAST_LEVEL,
    TextFilter,
    advertising_text,
    favourable,
    is_adverse,
    is_filler,
)
from matcher.features.organisations import evidence_strength
from matcher.profiles import Claim, Resource


@pytest.mark.parametrize(
    "text",
    [
        "Complaint about late reports",
        "Warning letter of the harbour office",
        "Contract terminated in 2023",
        "Under investigation by the police",
        "Annual report filed seven months late",
        "Permit lapsed and not renewed",
        "Tunggakan sewa empat bulan",
        "Keluhan 12 nasabah",
        "Sanksi administratif",
        "Teguran tertulis soal air limbah",
        "Gugatan 46 pemilik kios masih berjalan",
        "Izin habis dan belum diperpanjang",
    ],
)
def test_claim_speaks_against(text):
    assert is_adverse(Claim(text))
    assert favourable([Claim(text)]) == []


@pytest.mark.parametrize(
    "text",
    [
        "No complaints in 2024",
        "Nihil kecelakaan kerja 800 hari",
        "Payment book checked, no arrears",
        "1,200 complaints resolved for workers",
        "Pengaduan 300 warga ditangani",
        "Back injury claims fell by 38%",
        "Opini wajar tanpa pengecualian",
        "22 warning sirens built",
        "Failure rate 2.6%",
        "Mengundurkan diri dari proyek karena persetujuan warga dipalsukan",
        "Sengketa tanah diselesaikan",
    ],
)
def test_claim_counts_as_evidence(text):
    assert favourable([Claim(text)]) == [Claim(text)]


def test_source_of_claim_counts_too():
    assert is_adverse(Claim("Photos published", source="complaint by the families"))


def test_adverse_claim_raises_no_trust():
    good, bad = Claim("dug 9 wells", source="report"), Claim("written warning", source="city office")
    strengths = evidence_strength([[], [bad], [good], [good, bad]], None, TrustSettings())
    assert strengths[0] == strengths[1] == 0.0
    assert strengths[2] == strengths[3] > 0.0


def profile(mission, *offers):
    return {
        "id": "a",
        "mission": mission,
        "vision": "",
        "goals_short": "",
        "goals_long": "",
        "indicators": "",
        "lead": "",
        "needs": (),
        "offers": tuple(Resource("", text, 4) for text in offers),
        "sector": ("water",),
        "products": ("pumps",),
    }


ADVERT = profile(
    "The leading one-stop partner for all your needs",
    "Pumps, seeds, drones, nurses, grants, boats, lawyers, apps, roads",
    "Hubungi kami: 0812-3456-7890",
)


@pytest.mark.parametrize(
    "record",
    [
        ADVERT,
        profile("Solusi terbaik nomor satu, hubungi kami sekarang"),
        profile("Best pumps", "Order now at https://pumps.example"),
        profile("Semua kebutuhan", "WA 0812 3456 7890 untuk pesan"),
    ],
)
def test_advertisement_is_seen(record):
    assert advertising_text(record)


@pytest.mark.parametrize(
    "record",
    [
        profile(
            "We teach weaving in five villages", "Looms, yarn, dye, needles, rooms, maps, tea, rice, salt"
        ),
        profile("Universitas terbaik di Nusa Tenggara", "Kelas malam"),
        profile("Every family needs water", "Pumps for all fields of the valley"),
    ],
)
def test_one_kind_of_cue_is_no_advertisement(record):
    assert advertising_text(record) == ""


def test_advertisement_counts_little():
    kept, numbers = TextFilter().fit([ADVERT]).apply(ADVERT)
    assert {offer.weight for offer in kept["offers"]} == {LEAST_LEVEL}
    assert kept["products"] == kept["sector"] == ()
    assert numbers == {"advert": 2}
    assert is_filler("Hubungi kami") and not is_filler("We dig wells in Sumba")
