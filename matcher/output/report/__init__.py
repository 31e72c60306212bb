"""The report of a batch: HTML pages that hold all that they show and ask the network for nothing."""
