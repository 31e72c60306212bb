import json
import sys
from pathlib import Path

import processes
import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "benchmark.py"


def run(*arguments, cwd, fresh=False):
    return processes.run([sys.executable, SCRIPT], *arguments, cwd=cwd, fresh=fresh)


@pytest.mark.slow
def test_benchmark_demo_writes_figures_and_what_made_them(tmp_path):
    done = run("quality", "--part", "demo", "--json", tmp_path / "figures.json", cwd=tmp_path, fresh=True)
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert set(figures) == {"machine", "demo"}
    assert 0.7 < figures["demo"]["good above poor"] <= 1.0
    assert figures["machine"]["seed"] == "0"


@pytest.mark.parametrize("part", ["partners", "settings", "encoder"])
def test_benchmark_without_data_says_what_is_missing(tmp_path, part):
    done = run("quality", "--part", part, cwd=tmp_path)
    assert done.returncode == 2
    assert "--data" in done.stderr
    assert "Traceback" not in done.stderr


def test_benchmark_unknown_part_names_the_parts(tmp_path):
    done = run("quality", "--part", "beauty", cwd=tmp_path)
    assert done.returncode == 2
    assert "encoder" in done.stderr


def test_benchmark_without_graded_pairs_says_what_is_missing(tmp_path):
    done = run("quality", "--part", "languages", cwd=tmp_path)
    assert done.returncode == 2
    assert "--judged" in done.stderr
    assert "Traceback" not in done.stderr
