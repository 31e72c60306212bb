"""Names of the columns that the stages hand to each other; no other module spells them."""

from enum import StrEnum
from typing import Final


class Profile(StrEnum):
    """Columns of a table of organisations (profiles) or calls (opportunities)."""

    ID = "id"
    NAME = "name"
    KIND = "kind"
    SECTOR = "sector"
    PRODUCTS = "products"
    MARKETS = "markets"
    LANGUAGES = "languages"
    CHANNELS = "channels"
    VALUES = "values"
    EXCLUDES = "excludes"
    COUNTRY = "country"
    REGION = "region"
    WORKING_STYLE = "working_style"
    VISION = "vision"
    MISSION = "mission"
    GOALS_SHORT = "goals_short"
    GOALS_LONG = "goals_long"
    INDICATORS = "indicators"
    NEEDS = "needs"
    OFFERS = "offers"
    STAFF = "staff"
    BUDGET = "budget"
    CURRENCY = "currency"
    FOUNDED = "founded"
    CAPACITY_MIN = "capacity_min"
    CAPACITY_MAX = "capacity_max"
    EVIDENCE = "evidence"
    FLAG = "flag"
    UPDATED = "updated"
    LEAD = "lead"
    MUST = "must"
    NEVER = "never"
    PIN = "pin"


LISTS: Final = (
    Profile.SECTOR, Profile.PRODUCTS, Profile.MARKETS, Profile.LANGUAGES, Profile.CHANNELS, Profile.VALUES,
    Profile.EXCLUDES, Profile.MUST, Profile.NEVER, Profile.PIN,
)  # fmt: skip
RESOURCES: Final = (Profile.NEEDS, Profile.OFFERS)
TEXTS: Final = (
    Profile.COUNTRY, Profile.REGION, Profile.WORKING_STYLE, Profile.VISION, Profile.MISSION,
    Profile.GOALS_SHORT, Profile.GOALS_LONG, Profile.INDICATORS,
)  # fmt: skip
NUMBERS: Final = (Profile.STAFF, Profile.BUDGET, Profile.FOUNDED, Profile.CAPACITY_MIN, Profile.CAPACITY_MAX)
SUBSTANCE: Final = (Profile.VISION, Profile.MISSION, Profile.NEEDS, Profile.OFFERS)
"""A profile must fill at least one of these: there is nothing to match on otherwise."""

KINDS: Final = ("business", "education", "social", "public", "other")
FLAGS: Final = ("none", "observation", "yellow", "red")


class Recommendation(StrEnum):
    """Columns of a recommendation table, in their order; the components come before `price`."""

    SEEKER = "seeker"
    SEEKER_NAME = "seeker_name"
    CANDIDATE = "candidate"
    NAME = "name"
    RANK = "rank"
    BAND = "band"
    SCORE = "score"
    MUTUAL = "mutual"
    SEEKER_GAIN = "seeker_gain"
    CANDIDATE_GAIN = "candidate_gain"
    PRICE = "price"
    COMPLETENESS = "completeness"
    REASONS_SEEKER = "reasons_seeker"
    REASONS_CANDIDATE = "reasons_candidate"
    CONCERNS = "concerns"
    UNKNOWNS = "unknowns"


BANDS: Final = ("strong", "possible", "weak")  # the best first: `matcher.matching.selection`

REMARKS: Final = (
    Recommendation.REASONS_SEEKER, Recommendation.REASONS_CANDIDATE, Recommendation.CONCERNS,
    Recommendation.UNKNOWNS,
)  # fmt: skip
"""Columns that explanations fill."""


class Outcome(StrEnum):
    """Columns of an outcome log in pair rows."""

    SEEKER = "seeker"
    CANDIDATE = "candidate"
    STAGE = "stage"
    DATE = "date"
    SEEKER_RATING = "seeker_rating"
    CANDIDATE_RATING = "candidate_rating"


STAGES: Final = ("invited", "declined", "replied", "met", "agreed", "active", "renewed", "ended")


class Answer(StrEnum):
    """Columns of a side's answers about a partnership: one row per pair, side and day."""

    SEEKER = "seeker"
    CANDIDATE = "candidate"
    SIDE = "side"
    DATE = "date"
    GOALS_REACHED = "goals_reached"
    COMMUNICATION = "communication"
    TRUST = "trust"
    BENEFIT = "benefit"
    INDICATORS_ON_TRACK = "indicators_on_track"
    CHANGES_WANTED = "changes_wanted"


SIDES: Final = ("seeker", "candidate")
ANSWERS: Final = (
    Answer.GOALS_REACHED, Answer.COMMUNICATION, Answer.TRUST, Answer.BENEFIT, Answer.INDICATORS_ON_TRACK,
)  # fmt: skip
"""Answered from 1 (not at all) to 5 (fully); empty where not answered."""


class Shown(StrEnum):
    """Columns of the lists that were shown: one row per seeker, candidate and run."""

    RUN = "run"
    DATE = "date"
    SEEKER = "seeker"
    CANDIDATE = "candidate"
    RANK = "rank"
    SCORE = "score"
    MUTUAL = "mutual"
    SEEKER_GAIN = "seeker_gain"
    CANDIDATE_GAIN = "candidate_gain"


class Rejection(StrEnum):
    """Columns of a quarantine file: one row per problem."""

    LINE = "line"
    ID = "id"
    COLUMN = "column"
    VALUE = "value"
    REASON = "reason"
