"""The voice of the workbooks."""

from matcher.documents.language import Voice


def workbook_voice(lang: str) -> Voice:
    """Return the voice that knows the messages of this package.

    Raises
    ------
    ConfigError
        If there is no catalogue of the language.
    """
    return Voice(lang)
