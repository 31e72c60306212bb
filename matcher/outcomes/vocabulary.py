"""Words that logs use for columns and stages, in English and Indonesian.

Data only. Every word is compared after folding (case, spaces, underscores, hyphens and other signs are
dropped), so one spelling of each is enough. A canonical name always stands for itself.
"""

from typing import Final

from matcher.columns import Outcome, Profile

LEAD: Final = "lead"
PARTNERS: Final = "partners"
REASON: Final = "reason"
"""Why a pair came to a stage, in the words of whoever recorded it; only a log keeps it."""

HEADERS: Final[dict[str, tuple[str, ...]]] = {
    Outcome.SEEKER: ("pencari", "pencari mitra"),
    Outcome.CANDIDATE: ("kandidat", "kandidat mitra", "calon", "calon mitra"),
    Outcome.STAGE: ("tahap", "tahapan"),
    Outcome.DATE: ("tanggal", "tgl"),
    Outcome.SEEKER_RATING: ("penilaian pencari", "nilai pencari"),
    Outcome.CANDIDATE_RATING: ("penilaian kandidat", "nilai kandidat", "penilaian calon", "nilai calon"),
    REASON: ("alasan",),
    PARTNERS: ("mitra", "para mitra", "daftar mitra"),
    Profile.NAME: ("nama", "judul"),
    Profile.VISION: ("visi",),
    Profile.MISSION: ("misi", "teks"),
}
"""Other names of each column; the canonical name itself is not repeated here."""

SHARED: Final = (Profile.LEAD, Profile.SECTOR, Profile.LANGUAGES, Profile.COUNTRY, Profile.REGION)
"""Columns that logs and profiles name alike: the profiles' words stand for them too."""

STAGES: Final[dict[str, tuple[str, ...]]] = {
    "invited": ("diundang", "mengundang"),
    "declined": ("menolak", "ditolak"),
    "replied": ("membalas", "dibalas", "menjawab"),
    "met": ("bertemu",),
    "agreed": ("sepakat", "disepakati", "setuju"),
    "active": ("aktif", "berjalan"),
    "renewed": ("diperpanjang",),
    "ended": ("berakhir", "selesai"),
}
"""Other words for each stage."""
