"""What reading gives: the profiles kept, the ones rejected and why, and what is worth telling."""

from dataclasses import dataclass

import pandas as pd

from matcher.columns import Rejection


@dataclass(frozen=True, eq=False, repr=False)
class ProfileTable:
    """A table of organisations after reading and checking.

    Parameters
    ----------
    kept : DataFrame
        One row an organisation, in the order of the source, RangeIndex. Every column of
        `matcher.columns.Profile`, then the extra columns. Text "" where missing (flag: "none"); lists are
        tuples of str, needs and offers tuples of `Resource`, evidence tuples of `Claim`; numbers are
        float64, `updated` is datetime64[ns].
    rejected : DataFrame
        Columns of `matcher.columns.Rejection`, one row a problem, in line order; a record may have several.
    notes : DataFrame
        Same columns: what was kept but is worth telling. Line 0 speaks of the whole table.
    duplicates : DataFrame
        id, other_id, name, other_name, similarity (0 to 100) of organisations that may be one.
    n_rows : int
        Records read; equals ``len(kept) + n_rejected``.
    """

    kept: pd.DataFrame
    rejected: pd.DataFrame
    notes: pd.DataFrame
    duplicates: pd.DataFrame
    n_rows: int

    @property
    def n_rejected(self) -> int:
        """Number of records rejected, each counted once."""
        return int(self.rejected[Rejection.LINE.value].nunique())

    def summary(self) -> str:
        """Say in one line how many records were read, kept and rejected; no text of any profile."""
        return (
            f"{self.n_rows:,} records read: {len(self.kept):,} kept, {self.n_rejected:,} rejected "
            f"({len(self.rejected):,} problems), {len(self.notes):,} notes, "
            f"{len(self.duplicates):,} possible duplicates"
        )

    def __repr__(self) -> str:
        """Show the counts only."""
        return f"ProfileTable({self.summary()})"
