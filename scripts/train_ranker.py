#!/usr/bin/env python3
"""Learn a ranker from outcomes; the same as `matcher train`."""

from matcher.commands import train
from matcher.commands.cli import run

if __name__ == "__main__":
    run(train)
