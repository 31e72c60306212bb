"""The demo: fictional organisations, pairs judged one by one, and outcomes by an open simulation."""

from matcher.datasets.bundled import DEMO_PATH, HISTORY_PATH, load_demo, load_judged_pairs
from matcher.datasets.simulation import simulate_outcomes

__all__ = ["DEMO_PATH", "HISTORY_PATH", "load_demo", "load_judged_pairs", "simulate_outcomes"]
