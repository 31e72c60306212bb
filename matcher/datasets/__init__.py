"""The demo: fictional organisations, judged pairs, and outcomes and programmes by an open simulation."""

from matcher.datasets.bundled import DEMO_PATH, HISTORY_PATH, load_demo, load_judged_pairs
from matcher.datasets.programme import Programme, simulate_programme
from matcher.datasets.rounds import Round
from matcher.datasets.simulation import simulate_outcomes
from matcher.datasets.troubles import InputDrift, Miscalibration, OneSided, Truth

__all__ = [
    "DEMO_PATH",
    "HISTORY_PATH",
    "InputDrift",
    "Miscalibration",
    "OneSided",
    "Programme",
    "Round",
    "Truth",
    "load_demo",
    "load_judged_pairs",
    "simulate_outcomes",
    "simulate_programme",
]
