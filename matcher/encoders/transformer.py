"""Encoder on top of sentence-transformers; torch is imported when one is opened, not before."""

import json
import logging
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np

from matcher.arrays import Floats32
from matcher.encoders.encoder import check_texts, has_substance, unit_rows
from matcher.errors import EncoderError

_log = logging.getLogger(__name__)

MAX_CHARACTERS: Final = 8192
"""Longest part of a text that is read; models read about 512 tokens, some 2,000 characters of English."""
BATCH: Final = 32  # texts that are encoded together at most
_NOT_SETTINGS: Final = {"_name_or_path", "transformers_version", "_commit_hash"}


class TransformerEncoder:
    """Any sentence-transformers model, by folder, or by the name that its download cache or hub knows.

    Something that looks like a path never reaches the hub. Among other texts a vector may differ by rounding,
    up to 1.2e-7 a number. Raises `EncoderError` if the model cannot be loaded.
    """

    is_centred = False
    """A sentence transformer's vectors are in a narrow cone."""

    def __init__(self, source: str | Path) -> None:
        self.name = str(source)
        self._model = _open_model(source)
        # Before the first use: tokenizers keep the padding of their last batch.
        self.fingerprint = _fingerprint(self._model)
        self.dimensions = int(self._run(["a"]).shape[1])

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Floats32:
        """Return one unit vector per text; see `Encoder.encode`. No bar: `CachedEncoder` shows one."""
        tidied = [tidy(text) if has_substance(text) else "" for text in check_texts(texts)]
        distinct = sorted({*tidied} - {""}, key=lambda text: (len(text), text))
        vectors: dict[str, Floats32] = {"": np.zeros(self.dimensions, dtype=np.float32)}
        if distinct:
            vectors |= zip(distinct, self._run(distinct), strict=True)
        rows = np.array([vectors[text] for text in tidied], dtype=np.float32)
        return rows.reshape(len(tidied), self.dimensions)

    def _run(self, texts: list[str]) -> Floats32:
        raw = self._model.encode(texts, batch_size=BATCH, show_progress_bar=False)
        rows = unit_rows(np.asarray(raw, dtype=np.float32))
        if unusable := int((~rows.any(axis=1)).sum()):
            _log.warning("the encoder gave no usable vector for %d texts; they count as unknown", unusable)
        return rows


def tidy(text: str) -> str:
    """Make runs of blanks one space, cut to `MAX_CHARACTERS`, replace what UTF-8 cannot hold by '?'."""
    short = " ".join(text.split())[:MAX_CHARACTERS].rstrip()
    return short.encode("utf-8", "replace").decode("utf-8")


def _open_model(source: str | Path) -> Any:
    folder = Path(source).expanduser()
    local = folder.is_dir()
    if not local and _looks_like_path(source):
        raise EncoderError(
            f"encoder must be a model's name or an existing folder; got {str(source)!r}. Check the path."
        )
    try:
        return _load(str(folder), offline=True) if local else _load_named(str(source))
    except EncoderError:
        raise
    except Exception as err:  # the libraries below raise nearly every kind there is
        advice = "that the folder was saved by sentence-transformers and is whole" if local else "the name"
        raise EncoderError(
            f"encoder must be a sentence-transformers model that loads; got {str(source)!r} "
            f"({type(err).__name__}). Check {advice}, or leave the encoder out for the default."
        ) from err


def _looks_like_path(source: str | Path) -> bool:
    text = str(source)
    if isinstance(source, Path) or not text.strip() or Path(text).exists():
        return True
    return text.startswith((".", "~", "/")) or "\\" in text or text.count("/") > 1


def _load_named(name: str) -> Any:
    """Load a model from the download cache, or else from the hub."""
    from huggingface_hub import constants, get_session

    try:
        return _load(name, offline=True)
    except OSError:
        pass
    try:
        # Asked once here: the library itself tries each of several files for half a minute.
        get_session().head(constants.ENDPOINT, timeout=5)
    except Exception as err:
        raise EncoderError(
            f"encoder {name!r} must be in the download cache or on the hub; it is not in "
            f"{constants.HF_HUB_CACHE}, and {constants.ENDPOINT} cannot be reached. Give the path of a "
            "folder that holds the model, connect once to download it, or leave it out for the default."
        ) from err
    return _load(name, offline=False)


def _load(source: str, *, offline: bool) -> Any:
    """Load a model without the bars, reports and warnings of the libraries, and restore their settings."""
    with warnings.catch_warnings(), ExitStack() as after:
        warnings.simplefilter("ignore")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as messages

        sentences = logging.getLogger("sentence_transformers")
        after.callback(messages.set_verbosity, messages.get_verbosity())
        after.callback(sentences.setLevel, sentences.level)
        if messages.is_progress_bar_enabled():
            after.callback(messages.enable_progress_bar)
        messages.set_verbosity_error()
        messages.disable_progress_bar()
        sentences.setLevel(logging.ERROR)
        # Weights that a file lacks are drawn at random: draw them alike, and leave the user's seed alone.
        after.enter_context(torch.random.fork_rng(devices=[]))
        torch.manual_seed(0)
        model = SentenceTransformer(source, device="cpu", local_files_only=offline)
    return model.eval()


def _fingerprint(model: Any) -> str:
    import torch

    configs = {id(part.config): part.config for part in model.modules() if hasattr(part, "config")}
    settings = {
        "characters": MAX_CHARACTERS,
        "tokens": model.max_seq_length,
        "prompt": [model.default_prompt_name, model.prompts],
        "dimensions": model.truncate_dim,
        "modules": [[type(part).__name__, getattr(part, "get_config_dict", dict)()] for part in model],
        "configs": [
            {key: value for key, value in config.to_dict().items() if key not in _NOT_SETTINGS}
            for config in configs.values()
            if hasattr(config, "to_dict")
        ],
    }
    tokenizer = getattr(model.tokenizer, "backend_tokenizer", model.tokenizer)
    known = tokenizer.to_str() if hasattr(tokenizer, "to_str") else sorted(tokenizer.get_vocab().items())
    digest = blake2b(json.dumps([settings, known], sort_keys=True, default=str).encode(), digest_size=32)
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()
