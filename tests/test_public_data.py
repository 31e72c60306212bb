"""Real tables, where they lie beside the checkout; their content is never copied here."""

from pathlib import Path

import pytest

from matcher import Matcher
from matcher.outcomes import read_outcomes
from matcher.profiles import read_profiles

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no public data at {DATA}: nothing real was read"),
]


@pytest.mark.parametrize(
    ("name", "n_rows", "n_rejected"),
    [
        ("charities/profiles", 4203, 99),  # ids that repeat in the source
        ("grants/profiles", 4889, 0),
        ("interreg/profiles", 3626, 0),
        ("interreg/opportunities", 115, 0),
    ],
)
def test_public_profiles_counts_in_equal_counts_out(name, n_rows, n_rejected):
    table = read_profiles(DATA / f"{name}.jsonl.gz")
    assert (table.n_rows, table.n_rejected) == (n_rows, n_rejected)
    assert len(table.kept) + table.n_rejected == n_rows
    assert table.kept["id"].is_unique


@pytest.mark.parametrize(("name", "n_rows"), [("grants", 18110), ("interreg", 883)])
def test_public_history_is_read_whole(name, n_rows):
    table = read_outcomes(DATA / name / "history.jsonl.gz")
    assert (table.n_rows, table.n_rejected) == (n_rows, 0)
    assert len({id_ for work in table.works for id_ in work.members}) > 1000


@pytest.mark.slow
def test_public_calls_get_full_lists_without_their_leads(encoder):
    pool = read_profiles(DATA / "interreg" / "profiles.jsonl.gz").kept
    calls = read_profiles(DATA / "interreg" / "opportunities.jsonl.gz").kept
    matcher = Matcher(encoder=encoder).fit(pool.head(600))
    table = matcher.recommend(calls.head(20), 10, explain=False)
    assert table.groupby("seeker").size().eq(10).all()
    leads = dict(zip(calls["id"], calls["lead"], strict=True))
    assert (table["candidate"] != table["seeker"].map(leads)).all()
