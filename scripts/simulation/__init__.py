"""Simulated outcomes of introductions and simulated programmes; nothing in it describes real partnerships.

The bundled history and programme of `matcher.datasets` are written by `simulation.bundled`.
"""

from simulation.outcomes import simulate_outcomes
from simulation.planted import InputDrift, Miscalibration, OneSided, Truth
from simulation.programme import Programme, simulate_programme
from simulation.rounds import Round

__all__ = [
    "InputDrift",
    "Miscalibration",
    "OneSided",
    "Programme",
    "Round",
    "Truth",
    "simulate_outcomes",
    "simulate_programme",
]
