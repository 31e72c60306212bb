"""Which encoder a name stands for, and where encoders keep their files."""

import os
from pathlib import Path
from typing import Final, Literal

from platformdirs import user_cache_path

from matcher.encoders.cache import CachedEncoder
from matcher.encoders.e5 import E5Encoder
from matcher.encoders.encoder import Encoder
from matcher.encoders.static import EMBEDDED, SETTINGS_FILE, StaticEncoder, embedded_model
from matcher.encoders.transformer import TransformerEncoder

DEFAULT_ENCODER: Final = EMBEDDED
"""Name of the encoder used when none is named: it comes with the package."""
E5: Final = "multilingual-e5-small"
"""Name of the transformer that is rebuilt from an installed package, without network."""


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
        None or ``"encoder-id-en"``: the default, which comes with the package. ``"multilingual-e5-small"``:
        the transformer it was distilled from, slower and better within a language, rebuilt on first use
        from an installed package without network. Else the path of an encoder that was trained here, or
        the name or path of a sentence-transformers model; a name may make that library fetch it.
    cache : Path or "off", optional
        Folder for vectors; None means ``vectors`` in `cache_folder`, ``"off"`` keeps them in memory only.
        The rebuilt transformer lies in `cache_folder` in any case. The default needs no folder.
    prefix : str, optional
        Put before every text. None means ``"query: "`` for multilingual-e5-small, nothing for others.
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
        If a named model cannot be loaded.
    ConfigError
        If `batch_size` is below 1.
    """
    if name is None or name == DEFAULT_ENCODER:
        return CachedEncoder(StaticEncoder(embedded_model()), None, progress=progress)
    if (Path(name) / SETTINGS_FILE).is_file():
        return CachedEncoder(StaticEncoder(name), None, progress=progress)
    encoder = _open(name, prefix, batch_size)
    if cache == "off":
        return CachedEncoder(encoder, None, progress=progress)
    return CachedEncoder(encoder, cache or cache_folder() / "vectors", progress=progress)


def _open(name: str, prefix: str | None, batch_size: int) -> Encoder:
    if name != E5:
        return TransformerEncoder(name, prefix=prefix or "", batch_size=batch_size)
    models = cache_folder() / "models"
    if prefix is None:
        return E5Encoder(models, batch_size=batch_size)
    return E5Encoder(models, prefix=prefix, batch_size=batch_size)
