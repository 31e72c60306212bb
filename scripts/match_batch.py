#!/usr/bin/env python3
"""Rank partners for every organisation of a table: `matcher match` as a script."""

from matcher.cli import match, run

if __name__ == "__main__":
    run(match)
