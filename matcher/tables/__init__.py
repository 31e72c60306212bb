"""Tables as people bring them: files, databases and frames, and the cells in them, before any meaning."""
