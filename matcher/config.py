"""Settings of the engine: one frozen, range-checked model per stage, with a TOML round trip."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from matcher.columns import LISTS, Profile
from matcher.errors import ConfigError
from matcher.files import read_toml, replacing

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Weight = Annotated[float, Field(ge=0.0, le=1e6)]
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Pin = Annotated[tuple[str, str, Annotated[int, Field(ge=0)]], Field(strict=False)]


class Settings(BaseModel):
    """Base of all settings: frozen, and an unknown name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> Self:
        """Return the checked settings; raise `ConfigError` that lists every problem."""
        try:
            return cls.model_validate(settings)
        except ValidationError as err:
            lines = []
            for problem in err.errors():
                where = ".".join(map(str, problem["loc"])) or "config"
                if problem["type"] == "extra_forbidden":
                    lines.append(f"{where} is not a setting; remove it or correct its name")
                else:
                    lines.append(f"{where}: {problem['msg']}; got {problem['input']!r}")
            raise ConfigError("; ".join(lines) + ".") from err

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read settings from a TOML file; raise `ConfigError` if it cannot be read or a setting is wrong."""
        settings = read_toml(path, "config")
        try:
            return cls.from_dict(settings)
        except ConfigError as err:
            raise ConfigError(f"{path}: {err}") from err

    def to_toml(self) -> str:
        """Return the settings as TOML text that `from_toml` reads back to an equal object."""
        return tomli_w.dumps(self.model_dump(exclude_none=True))

    def save(self, path: str | Path) -> None:
        """Write the settings as a TOML file, whole or not at all."""
        with replacing(path) as handle:
            handle.write(self.to_toml().encode())


COMPONENT_NAMES: Final = (
    "topic", "values", "complementarity", "goals", "expectations", "communication", "conflict", "trust",
    "culture",
)  # fmt: skip
"""Components in the order of their columns; the module `matcher.features.<name>` defines each one."""


class Weights(Settings):
    """How much each component counts in a gain; the sum is brought to 1. Gates have no weight.

    Named weights replace the defaults as a whole: a component that is not named weighs 0.
    Why the defaults are what they are: docs/scores.md.
    """

    topic: Weight = 0.0
    values: Weight = 0.0
    complementarity: Weight = 0.0
    goals: Weight = 0.0
    expectations: Weight = 0.0
    communication: Weight = 0.0
    trust: Weight = 0.0
    culture: Weight = 0.0

    @model_validator(mode="after")
    def _check_sum(self) -> Self:
        if sum(self.as_dict().values()) <= 0:
            raise ValueError("at least one weight must be above 0")
        return self

    def as_dict(self) -> dict[str, float]:
        """Return the weights by component, as they were given."""
        return self.model_dump()

    def normalised(self) -> dict[str, float]:
        """Return the weights by component, each in [0, 1], summing to 1."""
        total = sum(self.as_dict().values())
        return {name: weight / total for name, weight in self.as_dict().items()}


DEFAULT_WEIGHTS = Weights(
    topic=0.44, complementarity=0.4, values=0.04, goals=0.04, trust=0.04, communication=0.03,
    expectations=0.01,
)  # fmt: skip


class ValuesSettings(Settings):
    """How the parts of the `values` component are mixed; the shares are brought to sum 1."""

    passages: Share = 0.3
    """Share of the best-matching passages."""
    whole: Share = 0.2
    """Share of the cosine of whole texts."""
    lexical: Share = 0.5
    """Share of lexical similarity (`matcher.encoders.lexical`)."""

    @model_validator(mode="after")
    def _check_sum(self) -> Self:
        if self.passages + self.whole + self.lexical <= 0:
            raise ValueError("at least one share must be above 0")
        return self


class TrustSettings(Settings):
    """How evidence, freshness and earlier work together make the `trust` component."""

    evidence_half_life: Positive = 5.0
    """Years after which a dated claim counts half."""
    profile_half_life: Positive = 2.0
    """Years after which a profile's freshness is half."""
    best_ties: Positive = 3.0
    """Number of earlier joint works at which familiarity helps most (inverted U)."""


class MarketSettings(Settings):
    """How strongly a sought-after candidate is priced."""

    method: Literal["csls", "sinkhorn", "tu"] = "csls"
    """How prices are made: docs/scores.md says which to choose."""
    strength: Share = 0.6
    """0 = no price; 1 = the full correction. Opportunities pay no price: docs/scores.md."""
    beta: Annotated[float, Field(ge=0.01, le=1.0)] = 0.05
    """Of sinkhorn and tu: differences of mutual scores below it hardly count in who gets whom."""
    floor: Annotated[int, Field(ge=0)] = 0
    """Lists of the whole pool that everybody who may be recommended is in at least, where it is possible."""
    neighbours: Annotated[int, Field(ge=1)] = 10
    """Number of strongest suitors whose mean is the price."""
    reference: Annotated[int, Field(ge=2)] = 512
    """Number of organisations drawn as suitors; all of them where the pool is smaller."""


class ScaleSettings(Settings):
    """How pools are ranked that are too large to score every pair (docs/scores.md)."""

    exhaustive: Annotated[int, Field(ge=0)] = 20_000
    """Organisations up to which every pair is scored."""
    candidates: Annotated[int, Field(ge=1)] = 200
    """In larger pools, organisations per seeker whose pairs are scored."""


class BandSettings(Settings):
    """From where recommendations are strong or possible; `matcher evaluate --grades` fits it to grades."""

    strong_places: Annotated[int, Field(ge=1, le=5)] = 2
    """Place in both lists up to which a pair is strong."""
    strong_met: Share = 0.25
    """`complementarity` of either side from which a pair is strong: an important need is met."""
    possible_places: Annotated[int, Field(ge=1, le=5)] = 5
    """Place in both lists up to which a pair is possible."""


class ListSettings(Settings):
    """How lists are kept from being filled with organisations that are alike."""

    diversity: Share = 0.0
    """Weight of the likeness to those listed above, beside the score; 0 for none."""


class RuleSettings(Settings):
    """Rules of a run, beside those that the table of organisations states."""

    must: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Conditions that every candidate meets, such as "kind: education"."""
    never: Annotated[tuple[Annotated[tuple[str, ...], Field(strict=False)], ...], Field(strict=False)] = ()
    """Groups of ids or names of which no two are paired."""
    no_repeats: bool = False
    """Whether pairs of the history that met, declined or worked together are left out."""
    at_most: dict[str, Annotated[int, Field(ge=1)]] = {}
    """Organisations at most of one value of a column in a list, such as {"sector": 3, "country": 5}."""
    groups: str = ""
    """Column that names the parent of an organisation: of a parent and its branches a list has one."""
    pins: Annotated[tuple[Pin, ...], Field(strict=False)] = ()
    """Seeker, candidate and rank of pairs that stay in a list; rank 0 for where the score puts it."""


GROUPED: Final = (Profile.KIND, Profile.COUNTRY, Profile.REGION, *LISTS[:6])
"""Columns whose values may be limited in a round."""


class RoundSettings(Settings):
    """Limits of a round of introductions (docs/rounds.md)."""

    capacity: Annotated[int, Field(ge=1)] = 3
    """Meetings at most of an organisation that states no `capacity_max`."""
    slots: Annotated[int, Field(ge=1)] = 1
    """Time slots, in each of which an organisation has one meeting at most; 1 for no time slots."""
    at_most: dict[str, Annotated[int, Field(ge=1)]] = {}
    """Meetings at most of an organisation with partners of one value of a column, such as {"sector": 2}."""
    min_mutual: Share = 0.0
    """Pairs of a lower mutual score do not meet unless they are pinned or fixed."""
    minimum: Literal["preferred", "required"] = "preferred"
    """Whether `capacity_min` is reached as far as possible, or there is no round that does not reach it."""

    @field_validator("at_most")
    @classmethod
    def _check_columns(cls, at_most: dict[str, int]) -> dict[str, int]:
        if unknown := [name for name in at_most if name not in GROUPED]:
            raise ValueError(f"columns must be among {', '.join(GROUPED)}, not {', '.join(unknown)}")
        return at_most


class Config(Settings):
    """All settings of a matching run.

    Examples
    --------
    >>> Config(weights={"values": 2, "trust": 2}).weights.normalised()["trust"]
    0.5
    """

    weights: Weights = DEFAULT_WEIGHTS
    values: ValuesSettings = ValuesSettings()
    trust: TrustSettings = TrustSettings()
    market: MarketSettings = MarketSettings()
    scale: ScaleSettings = ScaleSettings()
    bands: BandSettings = BandSettings()
    lists: ListSettings = ListSettings()
    rules: RuleSettings = RuleSettings()
    round: RoundSettings = RoundSettings()
    conflict_strength: Share = 0.5
    """By how much a full collision of products and markets lowers a gain."""
    conduct_limit: Share = 0.04
    """By how much trust, communication and culture together may raise or lower a gain."""
    min_band: Literal["strong", "possible", "weak"] = "weak"
    """Recommendations of a lower band are left out of lists."""
    encoder: str | None = None
    """A sentence-transformers name or path; None for the default encoder."""
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    """What searches the candidates of large pools (`scale`); auto: cuda where PyTorch finds it, else cpu."""
    lexicons: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Further lexicons beside English-Indonesian: folders or TSV files of word pairs (docs/languages.md)."""
    as_of: dt.date | None = None
    """Date from which ages are counted; None for the latest date in the profiles."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides which organisations are drawn where not all are used."""

    @model_validator(mode="after")
    def _check_floor(self) -> Self:
        if self.market.floor and (self.lists.diversity or self.rules.at_most or self.rules.groups):
            raise ValueError("market.floor cannot go with lists.diversity, rules.at_most or rules.groups")
        return self
