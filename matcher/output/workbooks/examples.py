"""Two made-up organisations that need each other, as each language would write them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from matcher.columns import Profile

Example = Mapping[Profile, Any]

_FOUNDATION: Final = {
    Profile.ID: "lentera-pesisir",
    Profile.STAFF: 14,
    Profile.BUDGET: 1_850_000_000,
    Profile.FOUNDED: 2011,
    Profile.CAPACITY_MIN: 1,
    Profile.CAPACITY_MAX: 4,
    Profile.EXCLUDES: "contoh-abadi",
    Profile.UPDATED: dt.date(2024, 9, 12),
}
_COMPANY: Final = {
    Profile.ID: "rasa-nusa",
    Profile.STAFF: 86,
    Profile.BUDGET: 24_000_000_000,
    Profile.FOUNDED: 2006,
    Profile.CAPACITY_MIN: 1,
    Profile.CAPACITY_MAX: 3,
    Profile.UPDATED: dt.date(2024, 10, 3),
}

_ENGLISH: Final[tuple[Example, Example]] = (
    {
        **_FOUNDATION,
        Profile.NAME: "Lentera Pesisir Foundation",
        Profile.VISION: "Fishing families live on their catch without emptying the sea.",
        Profile.MISSION: "We accompany 34 groups of fishers and women fish smokers on the north coast of "
        "Java: cleaner processing, honest scales, and savings instead of debts to middlemen.",
        Profile.NEEDS: "distribution: a buyer who takes 2 tonnes of smoked fish a month at a written price "
        "(5); technology: smoking ovens that burn half as much wood (4); "
        "training: food safety courses for 120 smokers (3)",
        Profile.OFFERS: "network: 34 organised groups, 910 families, in 11 villages (5); "
        "data: monthly catch by village since 2017 (3); "
        "people: 6 field workers who speak Javanese (4)",
        Profile.KIND: "social",
        Profile.SECTOR: "small-scale fisheries; food processing; savings groups",
        Profile.COUNTRY: "Indonesia",
        Profile.REGION: "Central Java",
        Profile.LANGUAGES: "Indonesian; English; Javanese",
        Profile.VALUES: "openness about money; patience; women decide too",
        Profile.GOALS_SHORT: "By next August, ten smokehouses sell under one label.",
        Profile.GOALS_LONG: "In five years half of the families need no loan from a middleman.",
        Profile.INDICATORS: "Price for the smoker in rupiah a kilo; families without debts to a middleman.",
        Profile.PRODUCTS: "smoked fish; advice to fishers' groups",
        Profile.MARKETS: "village markets; households in Semarang",
        Profile.CHANNELS: "WhatsApp; monthly meeting; email",
        Profile.WORKING_STYLE: "By consensus with the groups; informal, but everything is written down.",
        Profile.EVIDENCE: "losses in smoking fell from 18 to 7 percent in 9 villages (district fisheries "
        "office, 2024-05-20); annual accounts audited without remarks (public accountant, 2024-03-01)",
        Profile.FLAG: "none",
    },
    {
        **_COMPANY,
        Profile.NAME: "PT Rasa Nusa Pangan",
        Profile.VISION: "Indonesian seafood that can be traced from the plate back to the boat.",
        Profile.MISSION: "We process and pack fish in Semarang and supply 140 shops and canteens in Java.",
        Profile.NEEDS: "materials: smoked and fresh fish of known origin, 3 tonnes a month (5); "
        "data: which village lands what, and when (3); "
        "reputation: a partner whom fishers trust (4)",
        Profile.OFFERS: "distribution: refrigerated trucks to 140 shops and canteens (5); "
        "training: hygiene and packing, in our own kitchen (4); "
        "funding: advance payment of up to 150 million rupiah a season (3)",
        Profile.KIND: "business",
        Profile.SECTOR: "food processing; seafood trade",
        Profile.COUNTRY: "Indonesia",
        Profile.REGION: "Central Java",
        Profile.LANGUAGES: "Indonesian; English",
        Profile.VALUES: "quality; contracts that are kept; traceability",
        Profile.GOALS_SHORT: "Within the year, trace a third of our fish back to the village.",
        Profile.GOALS_LONG: "By the fifth year buy only from groups with whom we have a contract.",
        Profile.INDICATORS: "Share of fish of known origin; complaints per 1,000 packs.",
        Profile.PRODUCTS: "packed smoked fish; fish balls; frozen fillets",
        Profile.MARKETS: "supermarkets; hospital and factory canteens",
        Profile.CHANNELS: "email; WhatsApp; quarterly meeting",
        Profile.WORKING_STYLE: "Quick decisions, written agreements, fixed contact persons.",
        Profile.EVIDENCE: "HACCP certificate renewed (certification body, 2024-02-11)",
        Profile.FLAG: "none",
    },
)

_INDONESIAN: Final[tuple[Example, Example]] = (
    {
        **_FOUNDATION,
        Profile.NAME: "Yayasan Lentera Pesisir",
        Profile.VISION: "Keluarga nelayan hidup layak dari hasil laut tanpa menguras laut.",
        Profile.MISSION: "Kami mendampingi 34 kelompok nelayan dan perempuan pengasap ikan di pantai utara "
        "Jawa: pengolahan yang lebih bersih, timbangan yang jujur, dan tabungan sebagai pengganti utang "
        "kepada tengkulak.",
        Profile.NEEDS: "distribusi: pembeli yang menyerap 2 ton ikan asap per bulan dengan harga tertulis "
        "(5); teknologi: tungku asap yang menghemat separuh kayu bakar (4); "
        "pelatihan: keamanan pangan untuk 120 pengasap ikan (3)",
        Profile.OFFERS: "jaringan: 34 kelompok, 910 keluarga, di 11 desa (5); "
        "data: catatan hasil tangkapan bulanan per desa sejak 2017 (3); "
        "tenaga: 6 pendamping lapangan yang fasih berbahasa Jawa (4)",
        Profile.KIND: "sosial",
        Profile.SECTOR: "perikanan skala kecil; pengolahan pangan; kelompok simpan pinjam",
        Profile.COUNTRY: "Indonesia",
        Profile.REGION: "Jawa Tengah",
        Profile.LANGUAGES: "Indonesia; Inggris; Jawa",
        Profile.VALUES: "keterbukaan soal uang; kesabaran; perempuan ikut memutuskan",
        Profile.GOALS_SHORT: "Paling lambat Agustus tahun depan, sepuluh rumah asap memakai satu merek.",
        Profile.GOALS_LONG: "Dalam lima tahun, separuh keluarga dampingan lepas dari pinjaman tengkulak.",
        Profile.INDICATORS: "Harga di tingkat pengasap (rupiah per kilogram); jumlah keluarga yang bebas "
        "utang tengkulak.",
        Profile.PRODUCTS: "ikan asap; pendampingan kelompok nelayan",
        Profile.MARKETS: "pasar desa; rumah tangga di Semarang",
        Profile.CHANNELS: "WhatsApp; rapat bulanan; email",
        Profile.WORKING_STYLE: "Musyawarah dengan kelompok; santai, tetapi semuanya dicatat.",
        Profile.EVIDENCE: "susut pengasapan turun dari 18 menjadi 7 persen di 9 desa (dinas perikanan "
        "kabupaten, 2024-05-20); laporan keuangan tahunan diaudit tanpa catatan (akuntan publik, 2024-03-01)",
        Profile.FLAG: "tidak ada",
    },
    {
        **_COMPANY,
        Profile.NAME: "PT Rasa Nusa Pangan",
        Profile.VISION: "Hasil laut Indonesia yang dapat dilacak dari piring sampai ke perahu.",
        Profile.MISSION: "Kami mengolah dan mengemas ikan di Semarang untuk 140 toko dan kantin di Jawa.",
        Profile.NEEDS: "bahan baku: ikan asap dan ikan segar yang jelas asalnya, 3 ton per bulan (5); "
        "data: jenis dan musim tangkapan setiap desa (3); "
        "reputasi: mitra yang dipercaya nelayan (4)",
        Profile.OFFERS: "distribusi: truk berpendingin ke 140 toko dan kantin (5); "
        "pelatihan: kebersihan dan pengemasan di dapur kami sendiri (4); "
        "pendanaan: uang muka sampai 150 juta rupiah per musim (3)",
        Profile.KIND: "bisnis",
        Profile.SECTOR: "pengolahan pangan; perdagangan hasil laut",
        Profile.COUNTRY: "Indonesia",
        Profile.REGION: "Jawa Tengah",
        Profile.LANGUAGES: "Indonesia; Inggris",
        Profile.VALUES: "mutu; kontrak ditepati; asal-usul yang jelas",
        Profile.GOALS_SHORT: "Dalam setahun, sepertiga ikan kami dapat dilacak sampai ke desa asalnya.",
        Profile.GOALS_LONG: "Pada tahun kelima, kami hanya membeli dari kelompok yang terikat kontrak.",
        Profile.INDICATORS: "Persentase ikan yang jelas asalnya; jumlah keluhan per 1.000 kemasan.",
        Profile.PRODUCTS: "ikan asap kemasan; bakso ikan; filet beku",
        Profile.MARKETS: "swalayan; kantin rumah sakit dan pabrik",
        Profile.CHANNELS: "email; WhatsApp; rapat triwulanan",
        Profile.WORKING_STYLE: "Keputusan cepat, perjanjian tertulis, narahubung tetap.",
        Profile.EVIDENCE: "sertifikat HACCP diperpanjang (lembaga sertifikasi, 2024-02-11)",
        Profile.FLAG: "tidak ada",
    },
)

EXAMPLES: Final[Mapping[str, tuple[Example, Example]]] = {"en": _ENGLISH, "id": _INDONESIAN}
"""By language; every cell as people write it."""

LEAD_EXAMPLE: Final = "lentera-pesisir"
"""Example of the one column that neither organisation fills."""
