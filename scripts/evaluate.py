#!/usr/bin/env python3
"""Judge the engine on what happened after the profiles' date; the same as `matcher evaluate`."""

from matcher.commands.cli import run
from matcher.commands.train import evaluate

if __name__ == "__main__":
    run(evaluate)
