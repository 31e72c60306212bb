#!/usr/bin/env python3
"""Learn a ranker from outcomes; the same as `matcher train`."""

from matcher.cli import run, train

if __name__ == "__main__":
    run(train)
