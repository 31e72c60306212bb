"""Terms of a joint work: further columns of a log, found by name whatever its case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Listed = tuple[str, ...]


class Terms(Mapping[str, Listed]):
    """Further columns of a joint work, such as sector or programme.

    A column is found whatever the case of its name, so that `Programme` of a profile and `programme`
    of a log meet; names are told in lower case.

    Parameters
    ----------
    terms : mapping of str to tuple of str
        Names that differ in case only are one column.

    Examples
    --------
    >>> Terms({"Programme": ("Coast",)}).get("PROGRAMME")
    ('Coast',)
    """

    def __init__(self, terms: Mapping[str, Listed]) -> None:
        self._listed: dict[str, Listed] = {}
        for name, listed in terms.items():
            known = self._listed.get(name.casefold(), ())
            self._listed[name.casefold()] = tuple(dict.fromkeys((*known, *listed)))

    def __getitem__(self, name: str) -> Listed:
        """Return the terms of a column."""
        return self._listed[name.casefold()]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of columns, in lower case."""
        return iter(self._listed)

    def __len__(self) -> int:
        """Count the columns."""
        return len(self._listed)

    def __repr__(self) -> str:
        """Show the columns."""
        return f"Terms({self._listed!r})"
