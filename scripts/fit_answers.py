#!/usr/bin/env python3
"""Fit the chance that an offer answers a need on need-offer pairs that were read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import numpy as np
import pandas as pd
import typer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from matcher import Matcher
from matcher.datasets import load_demo
from matcher.explanations.matches import ANSWERED, NEAR, POSSIBLE, NeedMatch

FOLDER: Final = Path(__file__).parent / "benchmarks"
SEEN: Final = ("same_category", "standing", "excess", "n_words")
STEPS: Final = (0.0, 0.25, NEAR, 0.65, POSSIBLE, ANSWERED, 0.95, 1.0)


def main(
    answers: Annotated[Path, typer.Option(help="Need-offer pairs with 1 where the offer answers.")] = FOLDER
    / "answers.csv",
) -> None:
    """Print the constants of `matcher.explanations.matches.CHANCE`, and how often they are right.

    Figures are of cross-validation in which all pairs of a pool are held out together.
    """
    rows = pd.concat([pairs_of(pool, read) for pool, read in pd.read_csv(answers).groupby("pool")])
    model = LogisticRegression(C=10.0)
    fitted = model.fit(rows[[*SEEN]], rows["answers"])
    named = zip(("constant", *SEEN), (*fitted.intercept_, *fitted.coef_[0]), strict=True)
    typer.echo(", ".join(f'"{name}": {value:.2f}' for name, value in named))
    chances = cross_val_predict(
        model,
        rows[[*SEEN]],
        rows["answers"],
        groups=rows["pool"],
        cv=LeaveOneGroupOut(),
        method="predict_proba",
    )[:, 1]
    area = roc_auc_score(rows["answers"], chances)
    typer.echo(f"{len(rows)} pairs, {rows['answers'].mean():.0%} answer, area under the curve {area:.2f}")
    steps = pd.cut(chances, STEPS)
    shares = rows.groupby(steps, observed=True).agg(
        pairs=("answers", "size"),
        answer=("answers", "mean"),
        read=("topic", "count"),
        topic=("topic", "mean"),
    )
    typer.echo(shares.round(2).to_string())


def pairs_of(pool: str, read: pd.DataFrame) -> pd.DataFrame:
    """Return what is seen of the pairs of one pool; those whose closest offer is another now are left out."""
    path = FOLDER / "markets" / pool / "organisations.jsonl"
    matcher = Matcher().fit(path if path.exists() else load_demo())
    rows = []
    for (needing, offering), pairs in read.groupby(["needing", "offering"]):
        needs = {match.need: match for match in matcher.explain(needing, offering).seeker_side.needs}
        for row in pairs.itertuples():
            match = needs.get(row.need)
            if match and match.offer == row.offer:
                rows.append({**seen_of(match), "pool": pool, "answers": row.answers, "topic": row.topic})
    return pd.DataFrame(rows)


def seen_of(match: NeedMatch) -> dict[str, float]:
    """Return what the chance of an answer is estimated from."""
    is_named = match.category and match.offer_category
    same = float(match.category == match.offer_category) if is_named else 0.5
    return dict(zip(SEEN, np.round([same, match.standing, match.excess, match.n_words], 6), strict=True))


if __name__ == "__main__":
    typer.run(main)
