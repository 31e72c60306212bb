"""The partnership brief: one page for a first meeting, in English and Indonesian."""

from matcher.briefs.brief import Brief
from matcher.briefs.fitting import PAGE_LINES, count_words, lines_of
from matcher.briefs.making import make_brief
from matcher.briefs.plan import Plan

__all__ = ["PAGE_LINES", "Brief", "Plan", "count_words", "lines_of", "make_brief"]
