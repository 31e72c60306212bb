#!/usr/bin/env python3
"""Judge the engine on what happened after the profiles' date; the same as `matcher evaluate`."""

from matcher.cli import evaluate, run

if __name__ == "__main__":
    run(evaluate)
