#!/usr/bin/env python3
"""Draft the one-page brief of a pair: `matcher brief` as a script."""

from matcher.commands.cli import run
from matcher.commands.questions import brief

if __name__ == "__main__":
    run(brief)
