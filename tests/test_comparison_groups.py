"""Groups of seekers: where a trained ranker loses to the weights, and where there are too few to tell."""

import pandas as pd
import pytest

from matcher.config import Config
from matcher.documents.blocks import rendered
from matcher.documents.writing import to_markdown
from matcher.evaluation.comparison import compare
from matcher.evaluation.document import as_record, make_document
from matcher.features import COMPONENT_NAMES
from matcher.outcomes import JointWork
from matcher.ranking import WeightedRanker

VALUES, COMMUNICATION = COMPONENT_NAMES.index("values"), COMPONENT_NAMES.index("communication")
N_PAIRS = 12
TEXTS_ONLY = Config.from_dict({"weights": {"values": 1.0}, "market": {"strength": 0.0}})


@pytest.fixture
def pool(pool_of):
    """Twelve seekers a0... and the partner b0... of each, which alone is like it; three are from Peru."""
    return pool_of(
        *(
            {
                "id": f"{letter}{place:02}",
                "mission": f"word{place} {letter}{place}",
                "country": "Peru" if place < 3 else "Kenya",
                "languages": ["en"],
                "channels": ["email"] if place % 2 else ["phone"],
                "staff": 5,
                "updated": "2020-01-01",
            }
            for place in range(N_PAIRS)
            for letter in "ab"
        )
    )


WORKS = [
    JointWork((f"a{place:02}", f"b{place:02}"), pd.Timestamp("2020-03-01"), f"a{place:02}")
    for place in range(N_PAIRS)
]


@pytest.fixture
def lost(pool, encoder):
    """Judge a ranker that goes by channels against weights that go by texts."""
    return compare(pool, WORKS, TEXTS_ONLY, encoder, ranker=WeightedRanker({"communication": 1.0}), k=10)


def write_report(comparison):
    return to_markdown(make_document(comparison))


def section(report):
    return report.split("## Groups of seekers\n\n")[1].split("\n\n## ")[0]


def rows_of(report):
    table = [line.strip("| ").split(" | ") for line in section(report).splitlines() if line.startswith("|")]
    return table[0], {tuple(row[:2]): row for row in table[2:]}


def test_groups_show_ranker_weights_tfidf_and_the_paired_difference(lost):
    header, rows = rows_of(write_report(lost))
    systems = ["trained ranker", "analyst weights", "TF-IDF", "trained ranker less analyst weights"]
    assert header == ["by", "value", "seekers", *(f"nDCG at 10 {name}" for name in systems)]
    kenya = rows["newcomer", "newcomer"]
    assert kenya[2] == "12"
    assert kenya[4].startswith("1.000 (")
    by_seeker = [lost.figures[name].by_seeker["nDCG@10"] for name in ("ranker", "analyst")]
    assert kenya[6].startswith(f"\N{MINUS SIGN}{(by_seeker[1] - by_seeker[0]).mean():.3f} (")


def test_groups_where_the_interval_is_below_zero_say_so(lost):
    _, rows = rows_of(write_report(lost))
    assert rows["newcomer", "newcomer"][6].endswith("), loses here")
    told = section(write_report(lost))
    assert "The trained ranker loses to the analyst weights for: " in told
    assert "newcomer newcomer (nDCG at 10)" in told
    assert "country Peru (" not in told


def test_groups_below_zero_are_explained_in_indonesian_too(lost):
    told = to_markdown(rendered(make_document(lost), "id"))
    assert "pemeringkat terlatih kalah dari bobot dari analis untuk: " in told
    assert "Jika seluruh selang pemeringkat terlatih dikurangi bobot dari analis, berpasangan" in told


def test_groups_of_fewer_than_ten_seekers_are_counted_and_said_to_be_too_few(lost):
    header, rows = rows_of(write_report(lost))
    for value, n in (("Peru", "3"), ("Kenya", "9")):
        assert rows["country", value] == ["country", value, n, "too few", "–", "–", "–"]
    assert len(header) == 7
    assert "Groups of fewer than 10 seekers are too few for a figure." in write_report(lost)


def test_groups_without_a_loss_say_so(pool, encoder):
    same = compare(pool, WORKS, TEXTS_ONLY, encoder, ranker=WeightedRanker({"values": 1.0}), k=10)
    told = section(write_report(same))
    assert "In no group does the trained ranker lose to the analyst weights." in told
    assert "loses here\n" not in told
    assert rows_of(write_report(same))[1]["newcomer", "newcomer"][6] == "0.000 (0.000 to 0.000)"


def test_groups_without_a_ranker_have_no_difference(pool, encoder):
    plain = compare(pool, WORKS, TEXTS_ONLY, encoder, k=10)
    header, _ = rows_of(write_report(plain))
    assert header == ["by", "value", "seekers", "nDCG at 10 analyst weights", "nDCG at 10 TF-IDF"]
    assert plain.slice_differences is None
    assert as_record(plain)["slice_differences"] == []
    assert "lose to" not in section(write_report(plain))


def test_record_of_groups_states_where_the_ranker_loses(lost):
    record = as_record(lost)
    assert list(record["slices"]) == ["ranker", "analyst", "tfidf"]
    assert list(record["newcomers"]) == ["ranker", "analyst", "tfidf"]
    told = {(row["by"], row["value"]): row for row in record["slice_differences"]}
    assert told["newcomer", "newcomer"]["loses"] is True
    assert told["newcomer", "newcomer"]["high"] < 0.0
    assert told["country", "Kenya"]["loses"] is None
    assert told["country", "Kenya"]["low"] is None
    assert told["country", "Kenya"]["n"] == 9
    means = {
        name: {(row["by"], row["value"]): row["mean"] for row in record["slices"][name]}
        for name in ("ranker", "analyst")
    }
    for group, row in told.items():
        assert row["mean"] == pytest.approx(means["ranker"][group] - means["analyst"][group])
