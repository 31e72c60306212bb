"""Texts to unit vectors: the only room that knows sentence-transformers and torch."""

from matcher.encoders.cache import CachedEncoder
from matcher.encoders.catalogue import DEFAULT_ENCODER, open_encoder
from matcher.encoders.protocol import Encoder

__all__ = ["DEFAULT_ENCODER", "CachedEncoder", "Encoder", "open_encoder"]
