"""Organisations' tables: reading any format, understanding every cell, setting broken records aside."""

from matcher.profiles.reading import ProfileTable, check_profile, read_profiles
from matcher.profiles.resources import Claim, Resource

__all__ = ["Claim", "ProfileTable", "Resource", "check_profile", "read_profiles"]
