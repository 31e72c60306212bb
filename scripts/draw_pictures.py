#!/usr/bin/env python3
"""Draw the pictures of README and docs from the demo, with a browser for pages; `make pictures`."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import matplotlib.image
import matplotlib.pyplot as plt
import typer

from matcher.commands.batch import Batch, match_batch
from matcher.commands.terminal import Request
from matcher.datasets import DEMO_PATH, HISTORY_PATH
from matcher.evaluation.metrics import measure_exposure
from matcher.learning.tuning import Tuner
from matcher.output.plots import plot_components, plot_contributions, plot_lorenz, plot_stability
from matcher.recommendations import Matcher

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SEEKER, CANDIDATE = "omah-sareh", "nagamori-elder-care-npo"


def main(
    out: Annotated[Path, typer.Option(help="Folder of the pictures.")] = Path("docs/pictures"),
) -> None:
    """Draw all pictures that show results."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(f"a browser must be installed: {', '.join(BROWSERS)}")
    matcher = Matcher().fit(DEMO_PATH, HISTORY_PATH)
    listed = matcher.recommend_all(10)
    exposure = measure_exposure(listed, matcher.pool["id"])
    figures = {
        "contributions": plot_contributions(matcher.explain(SEEKER, CANDIDATE)),
        "components": plot_components(listed, SEEKER),
        "exposure": plot_lorenz({"demo": exposure.lorenz}),
        "stability": plot_stability(Tuner(matcher, [SEEKER]).stability()),
    }
    for name, axes in figures.items():
        axes.figure.savefig(out / f"{name}.png", dpi=90, bbox_inches="tight")
        plt.close("all")
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder)
        report, brief = inside / "report.html", inside / "brief.html"
        request = Request(DEMO_PATH, history=HISTORY_PATH)
        match_batch(Batch(request, request.settings(), k=10), inside / "matches.csv", report=report)
        matcher.brief(SEEKER, CANDIDATE, lang="id").save(brief)
        (page,) = inside.glob(f"report_files/*-{SEEKER}.html")
        _photograph(browser, page, out / "report-seeker.png", 1150, (0, 1064))
        _photograph(browser, report, out / "report-map.png", 1150, (1165, 2080))
        _photograph(browser, brief, out / "brief.png", 760, (0, 1200))


def _photograph(browser: str, page: Path, picture: Path, width: int, rows: tuple[int, int]) -> None:
    """Save some rows of pixels of a page as a browser shows it."""
    command = [browser, "--headless=new", "--no-sandbox", "--hide-scrollbars"]
    command += [f"--window-size={width},4000", f"--user-data-dir={page.parent / 'browser'}"]
    command += ["--force-device-scale-factor=1", "--virtual-time-budget=4000"]
    command += [f"--screenshot={picture.resolve()}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    matplotlib.image.imsave(picture, matplotlib.image.imread(picture)[slice(*rows)])


if __name__ == "__main__":
    typer.run(main)
