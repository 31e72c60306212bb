"""All that is known of one pair, told from both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import pandas as pd

from matcher.columns import Profile
from matcher.documents import to_html, to_markdown
from matcher.documents.language import Voice
from matcher.explanations.contributions import Account, Contribution
from matcher.explanations.improvements import Improvement
from matcher.explanations.labels import label_of
from matcher.explanations.matches import NeedMatch, PassageMatch
from matcher.explanations.remarks import PairRemarks
from matcher.explanations.telling import explanation_document

SIDES: Final = ("seeker", "candidate")


@dataclass(frozen=True)
class SideExplanation:
    """What the pair is to one side.

    Attributes
    ----------
    account : Account
        The gain, and what each feature adds to it.
    percentile : float
        Share of the pool's pairs whose gain is lower, in [0, 1].
    reasons : tuple of str
        Why the pair serves this side, told to the seeker; the strongest first.
    needs : tuple of NeedMatch
        Each need of this side with the best offer of the other.
    """

    account: Account
    percentile: float
    reasons: tuple[str, ...]
    needs: tuple[NeedMatch, ...]

    @property
    def gain(self) -> float:
        """What this side gets, in [0, 1]."""
        return self.account.gain


@dataclass(frozen=True)
class Explanation:
    """Why a candidate is recommended to a seeker, or not; returned by `Matcher.explain`.

    Attributes
    ----------
    lang : str
        Language of the sentences.
    seeker, candidate : mapping
        The canonical profiles.
    score, mutual, price, completeness : float
        As in a table of recommendations.
    is_probability : bool
        Whether gains and mutual are calibrated probabilities.
    is_eligible : bool
        False where the two are never recommended to each other: an excluded or red-flagged one.
    seeker_side, candidate_side : SideExplanation
    passages : tuple of PassageMatch
        What is close in both profiles, side by side.
    concerns, unknowns : tuple of str
    improvements : tuple of Improvement
        What would raise the match.
    remarks : mapping of str to tuple of Remark
        What reasons, concerns and unknowns say, as codes and parts, by column of the table.
    """

    lang: str
    seeker: Mapping[str, Any]
    candidate: Mapping[str, Any]
    score: float
    mutual: float
    price: float
    completeness: float
    is_probability: bool
    is_eligible: bool
    seeker_side: SideExplanation
    candidate_side: SideExplanation
    passages: tuple[PassageMatch, ...]
    concerns: tuple[str, ...]
    unknowns: tuple[str, ...]
    improvements: tuple[Improvement, ...]
    remarks: PairRemarks

    @property
    def imbalance(self) -> float:
        """How much more one side gains, in [-1, 1]: above 0 the seeker, below 0 the candidate.

        The difference of the gains over the larger one; 0 where both are 0. Own definition.
        """
        ours, theirs = self.seeker_side.gain, self.candidate_side.gain
        larger = max(ours, theirs)
        return (ours - theirs) / larger if larger > 0.0 else 0.0

    def table(self) -> pd.DataFrame:
        """Return every contribution: side, feature, label, value, usual, share, amount.

        The amounts of a side and its base, in the rows of feature "base", sum to its gain.
        """
        voice = Voice(self.lang)
        rows = []
        for name in SIDES:
            account = self._side(name).account
            base = Contribution("base", float("nan"), float("nan"), float("nan"), account.base)
            for part in (base, *account.contributions):
                label = voice.say("a usual pair") if part is base else label_of(part.feature, voice)
                rows.append({"side": name, "feature": part.feature, "label": label, **asdict(part)})
        columns = ["side", "feature", "label", "value", "usual", "share", "amount"]
        return pd.DataFrame(rows, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values that JSON can hold; profiles by id and name, NaN as None."""
        plain: dict[str, Any] = _plain(asdict(self))
        for name in SIDES:
            plain[name] = {"id": plain[name][Profile.ID], "name": plain[name][Profile.NAME]}
            plain[f"{name}_side"]["gain"] = self._side(name).gain
        return plain | {"imbalance": self.imbalance}

    def to_markdown(self) -> str:
        """Return all of it as a Markdown text in the language of the explanation."""
        return to_markdown(explanation_document(self))

    def to_html(self) -> str:
        """Return all of it as one HTML page that loads and runs nothing."""
        return to_html(explanation_document(self))

    def __str__(self) -> str:
        """Return the Markdown text."""
        return self.to_markdown()

    def _repr_markdown_(self) -> str:
        """Show the text in a notebook; as HTML the style of the page would spill over into it."""
        return self.to_markdown()

    def _side(self, name: str) -> SideExplanation:
        return self.seeker_side if name == "seeker" else self.candidate_side


def _plain(value: Any) -> Any:
    """Return a value in what JSON has: NaN and dates that are missing become None, dates ISO texts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, int | str | bool) or value is None:
        return value
    return None if pd.isna(value) else float(value) if isinstance(value, float) else str(value)
