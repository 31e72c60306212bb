"""Files are written whole or not at all, and what killed processes leave is removed."""

import os
import signal
import subprocess
import sys
import time

import pytest

from matcher.errors import OutputError
from matcher.files import check_replaceable, ending_of, replacing, replacing_folder

KILLED = """
import os, signal, sys
from matcher.files import replacing, replacing_folder
with replacing(sys.argv[1]) as handle, replacing_folder(sys.argv[2], ()) as folder:
    handle.write(b"confidential"); handle.flush()
    (folder / "page.html").write_text("confidential")
    print("ready", flush=True)
    signal.pause()
"""
FOREIGN = (".out.csv.tmp", "out.csv.0123456789ab.matcher.tmp", ".~lock.out.csv#", ".out.csv.0123456789ab.tmp")


@pytest.fixture
def writer(tmp_path):
    """Start a process that is writing a file and a folder; return it and their drafts."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path / "out.csv", tmp_path / "pages"], stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n"
    drafts = [path for path in tmp_path.iterdir() if path.name.endswith(".tmp")]
    for path in drafts:
        os.utime(path, (time.time() - 60,) * 2)
    yield process, drafts
    process.kill()
    process.communicate()


def write(path):
    with replacing(path) as handle:
        handle.write(b"x")


def write_folder(path):
    with replacing_folder(path, ()) as draft:
        (draft / "x").touch()


@pytest.mark.parametrize("begin", [write, write_folder, check_replaceable])
def test_drafts_of_killed_processes_are_removed_and_nothing_else(tmp_path, writer, begin):
    process, drafts = writer
    for name in FOREIGN:
        (tmp_path / name).write_text("foreign")
    begin(tmp_path / "another")
    assert all(path.exists() for path in drafts)  # the process is still writing
    process.send_signal(signal.SIGKILL)
    process.wait()
    begin(tmp_path / "another")
    assert len(drafts) == 2
    assert {path.name for path in tmp_path.iterdir()} - {"another"} == {*FOREIGN}


def test_folder_that_was_replaced_when_killed_is_never_removed(tmp_path):
    write_folder(tmp_path / "pages")
    kept = tmp_path / ".pages.0123456789ab.matcher.old"
    (tmp_path / "pages").rename(kept)
    os.utime(kept, (0, 0))
    write(tmp_path / "out.csv")
    assert (kept / "x").exists()


@pytest.mark.parametrize("name", ["a" * 256, "é" * 128, "a" * 300])
def test_name_that_is_too_long_is_refused_with_what_to_do(tmp_path, name):
    with pytest.raises(OutputError, match="Choose a shorter name"):
        check_replaceable(tmp_path / name)
    write(tmp_path / ("é" * 127))
    assert [path.name for path in tmp_path.iterdir()] == ["é" * 127]


def test_ending_of_a_path_is_the_longest_in_any_case():
    assert ending_of("out/T.JSONL.GZ", (".gz", ".jsonl", ".jsonl.gz")) == ".jsonl.gz"


@pytest.mark.parametrize("name", ["t", "t.doc", ".csv", "csv", ""])
def test_ending_of_a_path_without_one_of_them_is_refused(name):
    with pytest.raises(OutputError, match=r"out must end in \.csv; got"):
        ending_of(name, (".csv",), name="out")
