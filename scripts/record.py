#!/usr/bin/env python3
"""Record what became of matches in a log: `matcher record` as a script."""

from matcher.cli import record, run

if __name__ == "__main__":
    run(record)
