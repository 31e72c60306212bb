"""Texts to unit vectors: the only room that knows sentence-transformers and torch."""

from matcher.encoders.cache import CachedEncoder
from matcher.encoders.encoder import Encoder
from matcher.encoders.opening import open_encoder

__all__ = ["CachedEncoder", "Encoder", "open_encoder"]
