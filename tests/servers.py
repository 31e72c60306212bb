"""A PostgreSQL server of the tests' own, in a temporary folder, reached by a socket in it."""

import atexit
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy

NUMBERS = itertools.count()


def database():
    """Return the address of a new, empty database; skip the test where there is no server."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'partner-matcher[postgres]'")
    folder = server()
    if isinstance(folder, str):
        pytest.skip(folder)
    name = f"log_{next(NUMBERS)}"
    engine = sqlalchemy.create_engine(address(folder, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return address(folder, name)


def address(folder, name):
    return f"postgresql+psycopg://tester@/{name}?host={folder}"


@cache
def server():
    """Start a server once a process and return its folder, or say why there is none."""
    tools = {name: _tool(name) for name in ("initdb", "pg_ctl")}
    missing = [name for name, path in tools.items() if path is None]
    if missing:
        return f"no PostgreSQL server here: {', '.join(missing)} not found"
    user = _user()
    if os.geteuid() == 0 and user is None:
        return "no PostgreSQL server here: it refuses to run as root, and there is no other user"
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if user:
        shutil.chown(folder, user)

    def call(tool, *arguments):
        done = subprocess.run(
            [tools[tool], "-D", folder / "data", *arguments],
            cwd=folder,
            user=user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stderr

    init = call("initdb", "-A", "trust", "-U", "tester", "-E", "UTF8", "--locale=C", "--no-sync")
    # The server would keep a pipe open: its words go to a file.
    start = call("pg_ctl", "-w", "-l", folder / "log", "-o", f"-k {folder} -h '' -F", "start")
    if init[0] or start[0]:
        shutil.rmtree(folder, ignore_errors=True)
        return f"no PostgreSQL server here: it did not start ({init[1][:200]} {start[1][:200]})"

    @atexit.register
    def stop():
        call("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)

    return folder


def _tool(name):
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[-3]))
    return str(places[-1]) if places else shutil.which(name)


def _user():
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)
