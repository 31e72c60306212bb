"""The report of a batch: HTML pages for organisations that decide on partnerships, in English and Indonesian.

The pages hold all that they show, run one small script and ask the network for nothing.
"""

from matcher.output.report.pages import check_pages, check_report, write_pages, write_report
from matcher.output.report.sections import ReportData

__all__ = ["ReportData", "check_pages", "check_report", "write_pages", "write_report"]
