"""Write the simulated files that `matcher.datasets` bundles: `python -m simulation.bundled` in scripts/."""

from pathlib import Path
from typing import Final

import pandas as pd

from matcher.datasets import DEMO_FOLDER, HISTORY_PATH, PROGRAMME_FOLDER, DemoProgramme, load_demo
from simulation.outcomes import simulate_outcomes
from simulation.planted import Miscalibration, OneSided
from simulation.programme import simulate_programme

SEED: Final = 1  # of the programme; the history has the default seed, 0
FADING: Final = OneSided(start=2, partnerships=8, per_month=0.5)
TOO_HIGH: Final = Miscalibration(start=0, shift=0.7)


def write_bundled(folder: Path) -> None:
    """Write history.csv and the programme's tables to a folder laid out as `DEMO_FOLDER`."""
    profiles = load_demo().kept
    history = simulate_outcomes(profiles)
    history.to_csv(folder / HISTORY_PATH.name, index=False, lineterminator="\n")
    programme = simulate_programme(profiles, seed=SEED, one_sided=FADING, miscalibration=TOO_HIGH)
    fading = pd.DataFrame(programme.truth.fades)[["seeker", "candidate", "side", "begins"]]
    tables = DemoProgramme(programme.outcomes, programme.shown, programme.reviews, fading)
    target = folder / PROGRAMME_FOLDER.name
    target.mkdir(exist_ok=True)
    for name, table in tables._asdict().items():
        table.to_csv(target / f"{name}.csv", index=False, lineterminator="\n", float_format="%.4g")


if __name__ == "__main__":
    write_bundled(DEMO_FOLDER)
