"""Tables of organisations: read from any format, every cell checked, broken records rejected."""

from matcher.profiles.reading import ProfileTable, check_profile, read_profiles
from matcher.profiles.resources import Claim, Resource

__all__ = ["Claim", "ProfileTable", "Resource", "check_profile", "read_profiles"]
