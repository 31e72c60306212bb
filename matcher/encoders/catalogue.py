"""Which encoder a name stands for, and where encoders keep their files."""

import os
from pathlib import Path
from typing import Final, Literal

from platformdirs import user_cache_path

from matcher.encoders.cache import CachedEncoder
from matcher.encoders.e5 import E5Encoder
from matcher.encoders.protocol import Encoder
from matcher.encoders.transformer import TransformerEncoder

DEFAULT_ENCODER: Final = "multilingual-e5-small"
"""Name of the encoder used when none is named: rebuilt from an installed package, no network."""


def cache_folder() -> Path:
    """Return the folder for vectors and the rebuilt model: $MATCHER_CACHE, or the user's cache folder."""
    named = os.environ.get("MATCHER_CACHE", "").strip()
    return Path(named).expanduser() if named else user_cache_path("matcher", appauthor=False)


def open_encoder(
    name: str | None = None,
    *,
    cache: Path | Literal["off"] | None = None,
    prefix: str | None = None,
    batch_size: int = 32,
    progress: bool = False,
) -> CachedEncoder:
    """Open an encoder that remembers the vectors it made.

    Parameters
    ----------
    name : str, optional
        None or ``"multilingual-e5-small"``: the default, rebuilt on first use from an installed package
        without network. Else the name or path of a sentence-transformers model; a name may make that
        library fetch it.
    cache : Path or "off", optional
        Folder for vectors; None means ``vectors`` in `cache_folder`, ``"off"`` keeps them in memory only.
        The rebuilt default model lies in `cache_folder` in any case.
    prefix : str, optional
        Put before every text. None means ``"query: "`` for the default and nothing for others.
    batch_size : int, default 32
        Texts encoded at once, at least 1.
    progress : bool, default False
        Show a bar on stderr whenever texts are encoded.

    Returns
    -------
    encoder : CachedEncoder

    Raises
    ------
    EncoderError
        If a named model cannot be loaded. The default loads when the first text needs it.
    ConfigError
        If `batch_size` is below 1.
    """
    encoder = _open(name, prefix, batch_size)
    if cache == "off":
        return CachedEncoder(encoder, None, progress=progress)
    return CachedEncoder(encoder, cache or cache_folder() / "vectors", progress=progress)


def _open(name: str | None, prefix: str | None, batch_size: int) -> Encoder:
    if name is not None and name != DEFAULT_ENCODER:
        return TransformerEncoder(name, prefix=prefix or "", batch_size=batch_size)
    models = cache_folder() / "models"
    if prefix is None:
        return E5Encoder(models, batch_size=batch_size)
    return E5Encoder(models, prefix=prefix, batch_size=batch_size)
