"""Organisations' tables: reading any format, understanding every cell, setting broken records aside."""

from matcher.profiles.claims import Claim
from matcher.profiles.reading import check_profile, read_profiles
from matcher.profiles.resources import Resource
from matcher.profiles.table import ProfileTable

__all__ = ["Claim", "ProfileTable", "Resource", "check_profile", "read_profiles"]
