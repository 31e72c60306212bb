#!/usr/bin/env python3
"""Rank partners for every organisation of a table: `matcher match` as a script."""

from matcher.commands.cli import run
from matcher.commands.match import match

if __name__ == "__main__":
    run(match)
