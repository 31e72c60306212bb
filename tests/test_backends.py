"""Shards in processes: the bytes of one run with any number of them, also after kills; real clusters.

`make kills` kills a run at 50 moments (`KILLS`) instead of a few.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from batches import match_shards
from test_shards import profiles_of

from matcher.commands import shards as runs
from matcher.commands.shards import Part, divide
from matcher.errors import ConfigError, MissingExtraError, ShardError
from matcher.matching.pool import BLOCK

KILLS = int(os.environ.get("KILLS", "2"))
N = 3 * BLOCK + 3
MATCHER = Path(sys.executable).with_name("matcher")
ALONE = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("spread")
    (path / "pool.csv").write_text(profiles_of(N), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def whole(folder):
    """The table of one run in one process, and the seconds that it took."""
    began = time.monotonic()
    start(folder, folder / "whole.csv").communicate()
    return (folder / "whole.csv").read_bytes(), time.monotonic() - began


def start(folder, out, *arguments):
    """Start a run in a process group of its own."""
    line = [MATCHER, "match", folder / "pool.csv", "--out", out, "-k", "3", "--quiet", *map(str, arguments)]
    return subprocess.Popen(
        line, cwd=folder, env=ALONE, start_new_session=True, stderr=subprocess.PIPE, encoding="utf-8"
    )


def finish(folder, out, *arguments):
    """Run to the end, and give what was printed."""
    started = start(folder, out, *arguments)
    _, err = started.communicate(timeout=300)
    assert started.returncode == 0, err
    return err


@pytest.mark.parametrize(
    ("n_seekers", "total"), [(0, 1), (1, 1), (64, 1), (200, 4), (4000, 16), (10_000, 19), (10**6, 128)]
)
def test_number_of_shards(n_seekers, total):
    parts = divide(n_seekers)
    assert parts == [Part(number, total) for number in range(1, total + 1)]
    assert sum(part.of(n_seekers).stop - part.of(n_seekers).start for part in parts) == n_seekers


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--jobs", 2], ["--resume"]], ids=str)
def test_run_in_shards_gives_the_bytes_of_one_run_and_leaves_no_folder(folder, whole, tmp_path, arguments):
    finish(folder, tmp_path / "m.csv", *arguments)
    assert (tmp_path / "m.csv").read_bytes() == whole[0]
    assert not (tmp_path / "m.csv.shards").exists()


@pytest.mark.slow
def test_run_that_is_killed_at_any_moment_is_resumed_to_the_same_bytes(folder, whole, tmp_path):
    draw, done = random.Random(9), set()
    for number in range(KILLS):
        out, jobs = tmp_path / f"{number}.csv", ["--resume", "--jobs", 1 + number % 2]
        started = start(folder, out, *jobs)
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.wait(draw.uniform(0.1, 1.0) * whole[1] * 1.5)
        if number % 3:
            with contextlib.suppress(ProcessLookupError):  # it may have ended by then
                os.killpg(started.pid, signal.SIGKILL)
        else:  # its workers live on for a while
            started.kill()
        started.communicate()
        shards = Path(f"{out}.shards")
        done.add(len([*shards.glob("*.parquet")]) if shards.exists() else -1)
        assert not out.exists() or out.read_bytes() == whole[0]
        finish(folder, out, *jobs)
        assert out.read_bytes() == whole[0]
        assert not shards.exists()
    assert KILLS < 20 or len(done) > 3, "the moments must differ"


@pytest.fixture
def left(folder, tmp_path, encoder, monkeypatch):
    """Break a run off after its second shard; give the arguments to run it again."""
    write, written = runs.write_shard, []

    def write_or_end(*arguments, **settings):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(write(*arguments, **settings))

    with monkeypatch.context() as patched:
        patched.setattr(runs, "write_shard", write_or_end)
        with pytest.raises(KeyboardInterrupt):
            match_shards(folder / "pool.csv", tmp_path / "m.csv", encoder=encoder, k=3, resume=True)
    return {"profiles": folder / "pool.csv", "out": tmp_path / "m.csv", "encoder": encoder, "k": 3}


def test_finished_shards_are_kept_and_used(left, monkeypatch, folder):
    shards = Path(f"{left['out']}.shards")
    stamps = {path.name: path.stat().st_mtime_ns for path in shards.glob("*.parquet")}
    assert len(stamps) == 2
    written, write = [], runs.write_shard
    monkeypatch.setattr(
        runs,
        "write_shard",
        lambda *given, **how: written.append(given[2].number) or write(*given, **how),
    )
    match_shards(**left, resume=True)
    assert written == [3, 4]
    match_shards(**{**left, "out": left["out"].with_name("whole.csv")})
    assert left["out"].read_bytes() == left["out"].with_name("whole.csv").read_bytes()
    assert not shards.exists()


def test_left_shards_are_reported_and_not_used_without_resume(left):
    with pytest.raises(ShardError, match=r"m.csv.shards must be empty; got 2 shards of an earlier run"):
        match_shards(**left, jobs=2)
    assert len([*Path(f"{left['out']}.shards").glob("*.parquet")]) == 2


def test_left_shards_of_another_run_are_refused(left):
    with pytest.raises(ShardError, match=r"shards to resume must be of this run; .* differs in k"):
        match_shards(**{**left, "k": 2}, resume=True)


def test_backend_that_is_unknown_is_refused(folder, encoder, tmp_path):
    with pytest.raises(ConfigError, match="--backend must be one of local, ray, dask; got slurm"):
        match_shards(folder / "pool.csv", tmp_path / "m.csv", encoder=encoder, backend="slurm")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("backend", "library"), [("ray", "ray"), ("dask", "distributed")])
def test_backend_that_is_not_installed_names_its_extra(
    folder, encoder, tmp_path, monkeypatch, backend, library
):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'partner-matcher\[{backend}\]'"):
        match_shards(folder / "pool.csv", tmp_path / "m.csv", encoder=encoder, k=3, backend=backend)


def workers_of(backend):
    """Give the process ids of workers of a cluster that this process has started."""
    if backend == "dask":
        from distributed import default_client

        return [worker["pid"] for worker in default_client().run(lambda: {"pid": os.getpid()}).values()]
    found = subprocess.run(
        ["ps", "-eo", "pid,args"], capture_output=True, encoding="utf-8", check=True
    ).stdout
    return [int(line.split()[0]) for line in found.splitlines() if "ray::_run" in line]


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "library"), [("ray", "ray"), ("dask", "distributed")])
def test_cluster_of_two_workers_of_which_one_is_killed_gives_the_same_bytes(
    folder, whole, tmp_path, monkeypatch, backend, library
):
    pytest.importorskip(library, reason=f"the extra {backend} is not installed")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    out, killed = tmp_path / "m.csv", []

    def kill_one():
        shards = Path(f"{out}.shards")
        while not [*shards.glob("*.parquet")]:
            time.sleep(0.05)
        for pid in workers_of(backend)[:1]:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    killer = threading.Thread(target=kill_one, daemon=True)
    killer.start()
    match_shards(folder / "pool.csv", out, k=3, jobs=2, backend=backend)
    killer.join(10)
    assert len(killed) == 1
    assert out.read_bytes() == whole[0]
    if backend == "ray":
        import ray

        ray.shutdown()
