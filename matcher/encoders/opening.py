"""Opens the encoder that a name means, and gives the folder of its files."""

import os
from pathlib import Path
from typing import Final, Literal

from platformdirs import user_cache_path

from matcher.encoders.cache import CachedEncoder
from matcher.encoders.static import EMBEDDED, SETTINGS_FILE, StaticEncoder, bundled_model
from matcher.encoders.transformer import TransformerEncoder

DEFAULT_ENCODER: Final = EMBEDDED
"""Name of the encoder used when none is named: it comes with the package."""


def cache_folder() -> Path:
    """Return the folder for files that can be made again: $MATCHER_CACHE, or the user's cache folder."""
    named = os.environ.get("MATCHER_CACHE", "").strip()
    return Path(named).expanduser() if named else user_cache_path("matcher", appauthor=False)


def open_encoder(
    name: str | None = None, *, cache: Path | Literal["off"] | None = None, prefix: str = ""
) -> CachedEncoder:
    """Open an encoder and keep the vectors that it makes.

    Parameters
    ----------
    name : str, optional
        None or ``"encoder-id-en"``: the default, which comes with the package. Else the path of an encoder
        that `scripts/train_encoder.py` trained, or the name or path of a sentence-transformers model. A
        model that is not in the download cache of that library is fetched from its hub.
    cache : Path or "off", optional
        Folder for vectors; None means ``vectors`` in `cache_folder`, ``"off"`` keeps them in memory only.
        Static encoders are fast and never write.
    prefix : str, default ""
        Put before every text, for models that ask for it (E5: ``"query: "``).

    Raises
    ------
    EncoderError
        If the named model cannot be found or loaded.
    """
    if name is None or name == DEFAULT_ENCODER:
        return CachedEncoder(StaticEncoder(bundled_model()), None)
    if (Path(name) / SETTINGS_FILE).is_file():
        return CachedEncoder(StaticEncoder(name), None)
    folder = None if cache == "off" else cache or cache_folder() / "vectors"
    return CachedEncoder(TransformerEncoder(name, prefix=prefix), folder)
