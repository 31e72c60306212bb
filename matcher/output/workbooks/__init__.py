"""Workbooks for people who work in spreadsheets: recommendations to read, a template to fill in."""

from matcher.output.workbooks.results import write_recommendations
from matcher.output.workbooks.template import write_template

__all__ = ["write_recommendations", "write_template"]
