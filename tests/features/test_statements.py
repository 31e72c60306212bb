"""What texts state of area, money, amounts and conditions: tables of phrases in both languages."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.documents.language import QUOTE_LENGTH
from matcher.features.statements import (
    Amount,
    Area,
    Condition,
    area_and_clause,
    is_local,
    mission_area,
    open_condition,
    says_unregistered,
    stated_amounts,
    stated_condition,
    stated_money,
)
from matcher.files import bundled_toml
from matcher.tables.values import lowered


def stated_area(text, *, is_need):
    return area_and_clause(text, is_need=is_need)[0]


OFFER_AREAS = [
    ("Ice and chilled storage, Bali and Lombok only", {"Bali", "Lombok"}),
    ("Only for groups in West Java", {"Jawa Barat"}),
    ("Seed grants for women's groups in Peninsular Malaysia only, no exceptions", {"Peninsular Malaysia"}),
    ("Free to registered charities in Singapore", {"SG"}),
    ("Repairs anywhere in Sulawesi", {"Sulawesi"}),
    ("A riders' service serving Sikka and Ende", {"Sikka", "Ende"}),
    ("Pickup of sorted waste in Padang", {"Padang"}),
    ("Hanya melayani Jawa Barat", {"Jawa Barat"}),
    ("Gratis, khusus Kalteng", {"Kalimantan Tengah"}),
    ("Praktik klinik, hanya untuk kampus di NTT", {"Nusa Tenggara Timur"}),
    ("Pelatihan, khusus lembaga yang berkedudukan di Lumajang", {"Lumajang"}),
    ("Pelunasan utang darurat. Warga NTB.", {"Nusa Tenggara Barat"}),
    ("Modal usaha bagi keluarga ber-KTP Lampung", {"Lampung"}),
    ("Kelas isyarat untuk kantor dan sekolah, Malang Raya", {"Malang Raya"}),
    ("Sayur potong, diantar malam hari ke Surabaya", {"Surabaya"}),
    ("Kompos 6 ton sebulan, kami tidak kirim keluar Banten", {"Banten"}),
    ("Pendampingan usaha di Majene dan sekitarnya", {"Majene"}),
]
NEED_AREAS = [
    ("Service agent in Indonesia or the Philippines", {"ID", "PH"}),
    ("Workshops inside Indonesia taking core every month", {"ID"}),
    ("Young electricians from NTT, willing to live on an island", {"Nusa Tenggara Timur"}),
    ("A lender licensed in Indonesia", {"ID"}),
    ("Satu bangunan umum di Sulbar untuk ujian praktik", {"Sulawesi Barat"}),
    ("Undangan ke kampung. Jawa dan Madura saja, mobil kami tidak kuat jauh.", {"Jawa", "Madura"}),
    ("Rumah aman. Menurut aturan wajib penyedia dari Lumajang.", {"Lumajang"}),
    ("Residents of Aceh's coast and of the Banda Sea are asked for names", {"Aceh", "Maluku"}),
]
OUTSIDE = [
    ("Up to four hosts outside East Africa", {"Afrika Timur"}),
    ("classrooms outside Poland", {"PL"}),
    ("Perpustakaan desa di luar Jawa", {"Jawa"}),
    ("Anak-anak luar Jawa yang mau membaca", {"Jawa"}),
]
NO_AREA = [
    "Field mentors for fishing families in Kotabaru",
    "USD 900k for the Kendari depot",
    "Our own advocate can only swear to Kenya",
    "Dange cuma laku di Luwu",
    "Kirim sampel ke Kupang selalu lewat 6 jam",
    "23 alat medis rusak, teknisi terdekat di Kupang",
    "Vila besar. Orang di Labuan Bajo bayarnya bagus.",
    "Someone to teach older shopkeepers, especially outside Java",
    "Hamparan bunga, di luar Jawa boleh asal truk bisa naik feri",
    "Lakon 70 menit, bahasa Jawa atau Sunda",
    "Only the best seed, in sacks",
    "hanya mobil keliling yang menjangkau desa di jalan poros",
]


@pytest.mark.parametrize(("text", "places"), OFFER_AREAS)
def test_area_of_offers(text, places):
    assert stated_area(text, is_need=False) == Area(frozenset(places))


@pytest.mark.parametrize(("text", "places"), NEED_AREAS)
def test_area_of_needs(text, places):
    assert stated_area(text, is_need=True) == Area(frozenset(places))


@pytest.mark.parametrize(("text", "places"), OUTSIDE)
def test_area_outside_a_place(text, places):
    assert stated_area(text, is_need=True) == Area(frozenset(places), is_outside=True)


@pytest.mark.parametrize("text", NO_AREA)
def test_area_is_not_read_into_what_only_names_a_place(text):
    assert stated_area(text, is_need=True) is None


def test_area_of_offers_that_name_no_partner_is_not_that_of_their_goods():
    assert stated_area("Gaharu oil from Kalimantan", is_need=False) is None
    assert stated_area("Gaharu from Kalimantan farmers", is_need=True) == Area(frozenset(["Kalimantan"]))


@pytest.mark.parametrize(
    ("text", "places", "km"),
    [
        ("sisa dapur dalam radius 40 km", set(), 40),
        ("farmers within 15 km", set(), 15),
        ("Jemput sendiri, radius 35 km, Minggu pun jalan", set(), 35),
        ("limbah kebun, jangan lebih dari satu jam jalan", set(), 50),
        ("Lahan praktik tidak lebih dari tiga jam dari Medan", {"Medan"}, 150),
        ("A clinic within two hours of Makassar", {"Makassar"}, 100),
        ("antar jemput dalam kota", set(), 50),
    ],
)
def test_area_near_a_place_or_who_states_it(text, places, km):
    assert stated_area(text, is_need=True) == Area(frozenset(places), km=km)


@pytest.mark.parametrize(
    "text", ["paid within thirty days", "THE FACTORY IS 31 KM AWAY", "dua jam tiap kampung"]
)
def test_area_is_not_read_into_other_distances_and_times(text):
    assert stated_area(text, is_need=True) is None


@pytest.mark.parametrize(
    ("mission", "places"),
    [
        (
            "Kami membantu desa. Wilayah kerja kami hanya Kalimantan Tengah, itu syarat.",
            {"Kalimantan Tengah"},
        ),
        ("Zakat dari pegawai, dan hanya membaginya di NTB.", {"Nusa Tenggara Barat"}),
        ("We sell by the container, within Europe only.", {"Eropa"}),
        ("We only serve Bali.", {"Bali"}),
        ("Wilayah: Jawa, Sumatera.", {"Jawa", "Sumatera"}),
    ],
)
def test_mission_area_limits_all_work(mission, places):
    assert mission_area(mission)[0] == Area(frozenset(places))


@pytest.mark.parametrize(
    "mission",
    [
        "Museum dengan cerita Belanda yang itu-itu saja.",
        "We weave in Kupang and sell to Japan.",
        "Luxury across Asia.",
    ],
)
def test_mission_area_is_not_read_into_descriptions(mission):
    assert mission_area(mission) == (None, "")


def test_area_clause_is_quoted_to_its_place():
    text = f"Ice. {'Good and cold ' * 12} storage for people living in Bali. Call us."
    clause = area_and_clause(text, is_need=False)[1]
    assert clause.endswith("living in Bali")
    assert clause.startswith("… ")
    assert len(clause) <= QUOTE_LENGTH


@pytest.mark.parametrize(
    ("text", "is_need", "least", "most"),
    [
        ("Butuh Rp 2 miliar untuk pabrik", True, 120_000, 120_000),
        ("Hibah hingga Rp 50 juta", False, 0, 3_000),
        ("Infaq grants, up to USD 12,000", False, 0, 12_000),
        ("Loans IDR 25 million to 2 billion at 6%", False, 1_500, 120_000),
        ("EUR 8,000 to 25,000 over eighteen months", False, 8_800, 27_500),
        ("plafon 200-800 juta per koperasi", True, 12_000, 48_000),
        ("seed round, USD 400k", True, 400_000, 400_000),
        ("Dana sosial 410 juta", False, 0, 24_600),
        ("dana talangan Rp 1,1 M", True, 66_000, 66_000),
        ("Results-based grant, USD 1.1 million", True, 1_100_000, 1_100_000),
        ("USD 60,000 to 150,000 a year", False, 60_000, 150_000),
    ],
)
def test_money_in_dollars(text, is_need, least, most):
    assert stated_money(text, is_need=is_need) == pytest.approx(("USD", least, most))


@pytest.mark.parametrize(
    "text",
    [
        "Rp 900 per kWh",
        "USD 1.20 a culm",
        "Honor 85 ribu per rumah",
        "Gaji satu juta sebulan",
        "EUR 120 per object and EUR 300 per hour",
        "8 percent to whoever collects",
        "2 million people",
    ],
)
def test_money_for_a_unit_or_of_several_sums_is_unknown(text):
    assert stated_money(text, is_need=False) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Minimal 2 ton sekali angkut", [("kg", 2000, math.inf)]),
        ("500 hectares or more of mangrove", [("ha", 500, math.inf)]),
        ("paling sedikit 300 orang", [("people", 300, math.inf)]),
        ("5 ton seminggu ke atas", [("kg/week", 0, 5000)]),
        ("8 tonnes a month and 20 people", [("kg/month", 0, 8000), ("people", 0, 20)]),
        ("1.500 liter sebulan", [("litre/month", 0, 1500)]),
        ("pipes of 9 km", []),
    ],
)
def test_amounts_by_unit_and_period(text, expected):
    assert stated_amounts(text) == tuple(Amount(*amount) for amount in expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("legal entity and two years of accounts required", Condition(2, must_register=True)),
        ("Dipinjamkan kepada kelompok berbadan hukum", Condition(must_register=True)),
        ("Counterpart must be a registered body", Condition(must_register=True)),
        ("Organisations registered for at least three years", Condition(3)),
        ("lembaga yang sudah berdiri minimal dua tahun", Condition(2)),
        ("with ministry registration and one audited year", Condition(1, must_register=True)),
        ("Grants for 501(c)(3) organisations", Condition(is_for_charities=True)),
        ("Free, non-profits only", Condition(is_for_charities=True)),
        ("hanya untuk yayasan", Condition(is_for_charities=True)),
    ],
)
def test_condition_on_the_other_side(text, expected):
    assert stated_condition(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Membuatkan akta untuk kelompok yang belum berbadan hukum",
        "timbangan digital minimal dua tahun",
        "Peta poligon kebun anggota",
        "for the last three years",
    ],
)
def test_condition_is_not_read_into_other_words(text):
    assert stated_condition(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kami belum berbadan hukum.", True),
        ("tidak ada badan hukumnya, uangnya lewat desa", True),
        ("We are not yet a legal entity", True),
        ("Koperasi berbadan hukum sejak 2010", False),
    ],
)
def test_unregistered_organisations_say_so(text, expected):
    assert says_unregistered(text) is expected


@pytest.mark.parametrize(
    ("text", "accepted", "refused"),
    [
        ("Space for a stall, not for lenders", (), ["lender"]),
        ("Members who share a dryer, no companies", (), ["business"]),
        ("Sponsors, no alcohol or tobacco", (), ["alcohol", "tobacco"]),
        ("We do not accept money from mining or palm oil companies", (), ["mining", "palm_oil"]),
        ("Maps of the coast for public bodies only", ["public"], ()),
        ("Play groups. Schools only; no clinics", ["education"], ()),
        ("Pelatihan, hanya untuk sekolah", ["education"], ()),
        ("Khusus instansi pemerintah", ["public"], ()),
        ("Tidak menerima dana dari perusahaan rokok", (), ["tobacco"]),
        ("Pembeli langsung, bukan untuk tengkulak", (), ["trader"]),
        ("Kami tidak bekerja sama dengan partai politik", (), ["politics"]),
        ("No deed, no bank account", (), ()),
        ("Schools and companies we work with", (), ()),
        ("bank sampah bukan untuk dijual", (), ()),
        ("Tidak ada satu perusahaan pun yang mau menanggung", (), ()),
    ],
)
def test_condition_names_who_is_accepted_or_refused(text, accepted, refused):
    found = stated_condition(text) or Condition()
    assert (sorted(found.accepted), sorted(found.refused)) == ([*accepted], [*refused])


def test_registered_foundations_only_is_for_charities_that_are_registered():
    found = stated_condition("Small grants, registered foundations only")
    assert found == Condition(must_register=True, is_for_charities=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Loans up to 50 million, khusus anggota lama", "Loans up to 50 million, khusus anggota lama"),
        ("A boiler. Must hold a UK ticket.", "Must hold a UK ticket"),
        ("Ruang kelas; wajib dibersihkan", "wajib dibersihkan"),
        ("tidak menerima titipan pasien", "tidak menerima titipan pasien"),
        ("Hibah, khusus Bali", ""),
        ("Schools only", ""),
        ("There must be steel down there", ""),
        ("baut khusus", ""),
    ],
)
def test_open_condition_is_one_that_is_not_read_otherwise(text, expected):
    assert open_condition(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A nurse who visits every week", True),
        ("Pendamping yang datang setiap minggu", True),
        ("Limbah dapur, harus dijemput", True),
        ("Buyers near us", True),
        ("Two containers of salt a month", False),
        ("Pelatihan daring", False),
    ],
)
def test_needs_for_somebody_near_by(text, expected):
    assert is_local(text) is expected


@pytest.mark.parametrize("patterns", ["facts", "cautions"])
def test_patterns_are_in_lower_case_for_texts_in_lower_case(patterns):
    tables = bundled_toml("matcher.features", f"{patterns}.toml")
    listed = [
        (name, pattern)
        for group, table in tables.items()
        if group != "amount"
        for name, pattern in table.items()
        if isinstance(pattern, str)
    ]
    listed += [(name, each) for name, uses in tables.get("groups", {}).items() for each in uses.values()]
    plain = {name: re.sub(r"\\.|\(\?P<\w+>", "", pattern) for name, pattern in listed}
    assert len(plain) > 3
    assert {name: pattern for name, pattern in plain.items() if pattern != pattern.lower()} == {}


@given(st.text())
def test_lowered_keeps_positions(text):
    assert len(lowered(text)) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "COMPANIES ONLY", "companies only", "We cannot accept companies", "will not fund companies",
        "never to companies", "bukan untuk Perusahaan", "Swasta Saja", "khusus perusahaan",
    ],
)  # fmt: skip
def test_condition_of_a_group_is_found_in_any_case(text):
    condition = stated_condition(text)
    assert condition and "business" in condition.accepted | condition.refused
