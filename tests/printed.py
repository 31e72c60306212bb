"""What commands print: the messages of errors, notes, options and docstrings, as the catalogue has them."""

import ast

CALLS = {
    **dict.fromkeys(("reject", "note", "echo", "warn", "Heading", "Paragraph"), 0),
    "note_column": 1,
    "RuleNote": -1,
}
"""Position of the message among the arguments of a function."""
UNTRANSLATED = {
    "module 'matcher' has no attribute {0}",
    "Parquet has no empty records",
    "{0}: {1}",
    "date {0}.",
    "{0} ({1}/{2})",
    "{0} {1}.",
    "{0} {1}",
}
"""Texts without words of their own, and two that nobody reads."""
TYPER = {
    "Usage: ",
    "[OPTIONS]",
    "COMMAND [ARGS]...",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid number, unable to parse string as a number",
    "Input should be {0}, {1} or {2}",
    "Value error, {0}",
    "Show this message and exit.",
    "Missing option {0}.",
    "Missing argument {0}.",
    "Missing command.",
    "No such option: {0}",
    "No such option: {0} Did you mean {1}?",
    "No such option: {0} (Possible options: {1})",
    "No such command {0}.",
    "No such command {0}. Did you mean {1}?",
    "Invalid value for {0}: {1}",
    "Option {0} requires an argument.",
    "Got unexpected extra argument ({0})",
    "Got unexpected extra arguments ({0})",
    "{0} is not in the range {1}.",
    "{0} is not a valid integer.",
    "{0} is not a valid int.",
    "{0} is not a valid float.",
    "{0} is not a valid integer range.",
    "{0} does not match the format {1}.",
    "{0} does not match the formats {1}.",
    "Input should be a valid number",
    "Input should be less than or equal to {0}",
    "Input should be greater than or equal to {0}",
    "Input should be greater than {0}",
    "Input should be less than {0}",
    "Input should be a valid integer",
    "Input should be a valid string",
    "Input should be a finite number",
    "Input should be {0}",
}
"""Messages of typer and pydantic."""


def template_of(node):
    """Return the message of a text or an f-string, with {0}, {1}, … for its values; None of anything else.

    A number keeps its format: {0:,}.
    """
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    parts, count = [], 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(part.value.replace("{", "{{").replace("}", "}}"))
            continue
        spec = ast.unparse(part.format_spec)[2:-1] if part.format_spec else ""
        parts.append(f"{{{count}:{spec}}}" if "," in spec or "." in spec else f"{{{count}}}")
        count += 1
    return "".join(parts)


def texts_in(path):
    """Give every text of a file: constants, messages of f-strings, and paragraphs of docstrings."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (text := template_of(node)) is not None:
            yield text
            yield from (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def messages_in(path):
    """Give the messages of several words that errors, notes, options and `echo` are given directly."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for argument in printed_by(node):
            text = template_of(argument)
            if text is not None and " " in text.strip() and text not in UNTRANSLATED:
                yield text


def printed_by(node):
    """Give the arguments of a statement that become messages."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from node.exc.args[:1]
    elif isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        position = CALLS.get(name)
        if position is not None and len(node.args) > position:
            yield node.args[position]
        yield from (
            word.value for word in node.keywords if name in ("Option", "Argument") and word.arg == "help"
        )
