"""Simulated programmes that the tests share, each simulated once."""

import pytest
from programmes import START

from matcher.datasets import load_demo
from simulation import InputDrift, Miscalibration, OneSided, simulate_programme


@pytest.fixture(scope="session")
def demo():
    return load_demo().kept


@pytest.fixture(scope="session")
def quiet(demo):
    return simulate_programme(demo)


@pytest.fixture(scope="session")
def drifted(demo):
    return simulate_programme(demo, input_drift=InputDrift(START))


@pytest.fixture(scope="session")
def faded(demo):
    return simulate_programme(demo, one_sided=OneSided(START, partnerships=12, per_month=0.4))


@pytest.fixture(scope="session")
def wrong(demo):
    return simulate_programme(demo, miscalibration=Miscalibration(START, shift=1.0))
