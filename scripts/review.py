#!/usr/bin/env python3
"""Review partnerships and the engine: `matcher review` as a script."""

from matcher.cli import review, run

if __name__ == "__main__":
    run(review)
