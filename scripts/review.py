#!/usr/bin/env python3
"""Review partnerships and the engine: `matcher review` as a script."""

from matcher.commands import review
from matcher.commands.cli import run

if __name__ == "__main__":
    run(review)
