"""Commands run in processes of their own, which one process with the libraries loaded forks.

A command has its own arguments, folder, environment, streams and exit code, as if it had been started by a
shell; what is saved are the two seconds in which pandas, SciPy and scikit-learn load. Each script and each
entry point is started once without this by a test that asks for `fresh`.
"""

import atexit
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

SECONDS = 300
ALONE = {"NO_COLOR": "1", "COLUMNS": "200", "HF_HUB_OFFLINE": "1"}
LOADED = (
    "pandas",
    "scipy.stats",
    "sklearn.linear_model",
    "sqlalchemy",
    "openpyxl",
    "docx",
    "babel",
    "jinja2",
)


def run(command, *arguments, cwd, fresh=False, **variables):
    """Run a command, a Python script first, and return what it printed and its exit code."""
    line = [*map(str, command), *map(str, arguments)]
    environment = {**os.environ, **ALONE, **variables}
    if fresh:
        return subprocess.run(
            line, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=SECONDS
        )
    line = line[1:] if line[0] == sys.executable else line
    with TemporaryDirectory() as folder:
        streams = [Path(folder) / name for name in ("out", "err")]
        order = {"line": line, "cwd": str(cwd), "environment": environment, "streams": [*map(str, streams)]}
        pipe = server()
        print(json.dumps(order), file=pipe.stdin, flush=True)
        code = int(pipe.stdout.readline())
        return subprocess.CompletedProcess(line, code, *(path.read_text("utf-8") for path in streams))


@cache
def server():
    """Start the process that forks; it ends with this one."""
    started = subprocess.Popen(
        [sys.executable, __file__],
        env={**os.environ, "OMP_NUM_THREADS": "1"},  # a process with threads cannot be forked safely
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(started.communicate)
    return started


def serve():
    """Fork once per line of standard input; in the child, return what it is to do."""
    import matcher

    for name in matcher.__all__:
        getattr(matcher, name)
    for name in LOADED:
        __import__(name)
    gc.freeze()  # or every child would spend half a second on what is loaded here
    for text in sys.stdin:
        child = os.fork()
        if not child:
            return json.loads(text)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    return None


def become(order):
    """Take on the folder, environment, streams and arguments of a command, and run it."""
    signal.alarm(SECONDS)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    for number, path in enumerate([os.devnull, *order["streams"]]):
        opened = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = order["line"]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__" and (order := serve()):
    become(order)
