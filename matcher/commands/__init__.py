"""The command `matcher` and its subcommands."""
