#!/usr/bin/env python3
"""Learn a ranker from outcomes; the same as `matcher train`."""

from matcher.commands.cli import run
from matcher.commands.train import train

if __name__ == "__main__":
    run(train)
