"""The report of a batch: HTML pages for organisations that decide on partnerships, in English and Indonesian.

The pages hold all that they show, run one small script and ask the network for nothing.
"""
