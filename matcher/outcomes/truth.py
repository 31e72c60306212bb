"""Former names of what `matcher.outcomes.snapshots` defines."""

from matcher.outcomes.snapshots import Snapshot as Truth
from matcher.outcomes.snapshots import snapshot_date
from matcher.outcomes.snapshots import take_snapshot as gather_truth

__all__ = ["Truth", "gather_truth", "snapshot_date"]
