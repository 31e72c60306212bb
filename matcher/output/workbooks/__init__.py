"""Workbooks for people who work in spreadsheets."""

from matcher.output.workbooks.results import write_recommendations

__all__ = ["write_recommendations"]
