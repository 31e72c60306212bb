"""The generator of large pools, and the benchmark of sizes on small ones."""

import json

import pytest

from benchmarks.shards import time_shards
from benchmarks.sizes import generate, time_sizes
from matcher import read_profiles


def test_generated_organisations_are_usable_profiles_and_the_same_each_time(tmp_path):
    rows = list(generate(300))
    path = tmp_path / "p.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    table = read_profiles(path)
    assert len(table.kept) == 300
    assert len(table.rejected) == 0
    assert rows == list(generate(300))
    assert rows != list(generate(300, seed=1))


@pytest.mark.filterwarnings("ignore")
def test_sizes_are_timed_by_stage_with_peak_memory(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.sizes.MOST_SEARCHED", 100)
    found = time_sizes([60, 120], 1, tmp_path / "sizes.svg")
    assert {"read", "fit", "lists", "write", "all", "peak", "one", "one with reasons"} <= found["120"][
        "medians"
    ].keys()
    assert "product" in found["60"]["medians"]
    assert {run["FAISS kernel"] for run in found["120"]["runs"]} == {"not run"}
    shown = capsys.readouterr()
    assert "growth exponent of lists" in shown.out
    assert (tmp_path / "sizes.svg").stat().st_size > 1000


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_shards_are_timed_with_bytes_and_a_model(capsys):
    found = time_shards([60])
    steps = {"fit", "pool", "load", "seeker", "merge", "bytes", "peak", "add", "add many", "remove"}
    assert steps == found["sizes"]["60"].keys()
    assert "| 100,000,000 |" in capsys.readouterr().out
