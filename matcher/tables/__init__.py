"""Tables in files, databases and frames, and the syntax of their cells."""
