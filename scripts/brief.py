#!/usr/bin/env python3
"""Draft the one-page brief of a pair: `matcher brief` as a script."""

from matcher.commands import brief
from matcher.commands.cli import run

if __name__ == "__main__":
    run(brief)
