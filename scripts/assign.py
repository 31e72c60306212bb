#!/usr/bin/env python3
"""Choose who meets whom in a round of introductions; the same as `matcher round draft`."""

from matcher.commands.cli import run
from matcher.commands.round import draft

if __name__ == "__main__":
    run(draft)
