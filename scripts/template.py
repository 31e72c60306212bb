#!/usr/bin/env python3
"""Write a workbook in which people fill in profiles; the same as `matcher template`."""

from matcher.commands.check import template
from matcher.commands.cli import run

if __name__ == "__main__":
    run(template)
