"""Names of the columns of the tables that an evaluation gives."""

from enum import StrEnum


class Side(StrEnum):
    """Columns of the means seen from both sides; the index is the metric."""

    SEEKERS = "seekers"
    CANDIDATES = "candidates"
    WORSE = "worse"


class Curve(StrEnum):
    """Columns of a Lorenz curve: cumulated shares, from the least shown candidate on."""

    CANDIDATES = "candidates"
    PLACES = "places"


class Slice(StrEnum):
    """Columns of means by groups: one row per attribute, value and metric."""

    BY = "by"
    VALUE = "value"
    METRIC = "metric"
    N = "n"
    MEAN = "mean"
    LOW = "low"
    HIGH = "high"


class Reliability(StrEnum):
    """Columns of a reliability curve: one row per bin."""

    LOWEST = "lowest"
    HIGHEST = "highest"
    PREDICTED = "predicted"
    OBSERVED = "observed"
    N = "n"
    WEIGHT = "weight"
