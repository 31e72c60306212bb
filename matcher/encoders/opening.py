"""Opens the encoder that a name means, and gives the folder of its files."""

import os
from pathlib import Path

from platformdirs import user_cache_path

from matcher.encoders.cache import CachedEncoder
from matcher.encoders.static import EMBEDDED, SETTINGS_FILE, StaticEncoder, bundled_model
from matcher.encoders.transformer import TransformerEncoder


def cache_folder() -> Path:
    """Return the folder for files that can be made again: $MATCHER_CACHE, or the user's cache folder."""
    named = os.environ.get("MATCHER_CACHE", "").strip()
    return Path(named).expanduser() if named else user_cache_path("matcher", appauthor=False)


def open_encoder(name: str | None = None) -> CachedEncoder:
    """Open an encoder and keep the vectors that it makes: those of a transformer in `cache_folder`.

    None or ``"encoder-id-en"`` is the default, which comes with the package. Else `name` is the folder of an
    encoder of `scripts/train_encoder.py`, or the folder or name of a sentence-transformers model; one that is
    not in the download cache of that library is fetched from its hub. Raises `EncoderError` if none loads.
    """
    if name is None or name == EMBEDDED:
        return CachedEncoder(StaticEncoder(bundled_model()), None)
    if (Path(name) / SETTINGS_FILE).is_file():
        return CachedEncoder(StaticEncoder(name), None)
    return CachedEncoder(TransformerEncoder(name), cache_folder() / "vectors")
