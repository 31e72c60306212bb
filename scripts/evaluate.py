#!/usr/bin/env python3
"""Judge the engine on what happened after the profiles' date; the same as `matcher evaluate`."""

from matcher.commands import evaluate
from matcher.commands.cli import run

if __name__ == "__main__":
    run(evaluate)
