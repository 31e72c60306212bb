#!/usr/bin/env python3
"""Record what became of matches in a log: `matcher record` as a script."""

from matcher.commands.cli import run
from matcher.commands.record import record

if __name__ == "__main__":
    run(record)
