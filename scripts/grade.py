#!/usr/bin/env python3
"""Write a sheet of the pairs that are worth grading; the same as `matcher grade`."""

from matcher.commands.cli import run
from matcher.commands.train import grade

if __name__ == "__main__":
    run(grade)
