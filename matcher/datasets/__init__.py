"""The demo: fictional organisations, judged pairs, a simulated history and a simulated programme."""

from matcher.datasets.bundled import (
    DEMO_PATH,
    HISTORY_PATH,
    DemoProgramme,
    load_demo,
    load_judged_pairs,
    load_programme,
)

__all__ = [
    "DEMO_PATH",
    "HISTORY_PATH",
    "DemoProgramme",
    "load_demo",
    "load_judged_pairs",
    "load_programme",
]
