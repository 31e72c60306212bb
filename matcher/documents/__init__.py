"""Documents of headings, lists, quotes and tables, written as Markdown, HTML or Word files.

A document says of each block where it comes from: words taken from a profile, a proposal, or the engine's
own finding. Every writer shows that, and every writer takes each text as plain words, whatever it holds.
"""
