"""The partnership brief: one page for a first meeting, in English and Indonesian."""

from matcher.output.briefs.brief import Brief
from matcher.output.briefs.fitting import PAGE_LINES, count_words, lines_of
from matcher.output.briefs.making import make_brief
from matcher.output.briefs.plan import Plan

__all__ = ["PAGE_LINES", "Brief", "Plan", "count_words", "lines_of", "make_brief"]
