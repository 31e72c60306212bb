"""The report of a batch: HTML pages for organisations who decide on partnerships, in English and Indonesian.

The pages hold all they show, run one small script of their own and ask the network for nothing.
"""

from matcher.output.report.data import ReportData
from matcher.output.report.writing import check_report, write_report

__all__ = ["ReportData", "check_report", "write_report"]
