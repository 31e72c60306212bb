#!/usr/bin/env python3
"""Review partnerships and the engine: `matcher review` as a script."""

from matcher.commands.cli import run
from matcher.commands.review import review

if __name__ == "__main__":
    run(review)
