"""Encoder on top of sentence-transformers; torch is imported when one is made, not before."""

import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np
from tqdm import tqdm

from matcher.encoders.encoder import Vectors
from matcher.encoders.texts import (
    MAX_CHARACTERS,
    by_length,
    check_texts,
    has_substance,
    in_batches,
    tidy,
    unit_rows,
)
from matcher.errors import ConfigError, EncoderError

_log = logging.getLogger(__name__)

_NOT_SETTINGS: Final = {"_name_or_path", "transformers_version", "_commit_hash"}


class TransformerEncoder:
    """Any sentence-transformers model, by name or path.

    Parameters
    ----------
    source : str or Path
        A folder on disk, or a model's name, which sentence-transformers looks up in its own download
        cache and, where it is not there, on its model hub. Something that looks like a path never
        reaches the hub.
    name : str, optional
        What to call it; the source as given when left out.
    prefix : str, default ""
        Put before every text (E5 models want ``"query: "``), besides whatever default prompt the
        model's own configuration asks for.
    batch_size : int, default 32
        Texts encoded at once, at least 1.
    device : str, default "cpu"
        Where torch runs it. torch's own number of threads is left alone.

    Raises
    ------
    EncoderError
        If the model cannot be found or loaded.
    ConfigError
        If `batch_size` is below 1.

    Notes
    -----
    Only the first `MAX_CHARACTERS` characters of a text are read, and of those what the model's token
    limit allows (often 512). Memory: the model, plus one batch. The same set of texts gives the same
    bits; in other company a text's vector may differ by rounding (measured: up to 1.2e-7 a number).
    """

    def __init__(
        self,
        source: str | Path,
        *,
        name: str | None = None,
        prefix: str = "",
        batch_size: int = 32,
        device: str = "cpu",
    ) -> None:
        self._batch_size = check_batch_size(batch_size)
        self._prefix = prefix
        self._name = name or str(source)
        self._model = _open_model(source, device)
        # Before the first use: tokenizers remember the padding of their last batch.
        self._fingerprint = _fingerprint(self._model, prefix)
        self._dimensions = int(self._run(["a"]).shape[1])

    @property
    def name(self) -> str:
        """Name as given."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Digest of weights, tokenizer, module settings, prompt, prefix and character limit."""
        return self._fingerprint

    @property
    def is_centred(self) -> bool:
        """No: a sentence transformer's vectors lie in a narrow cone."""
        return False

    @property
    def dimensions(self) -> int:
        """Length of each vector."""
        return self._dimensions

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        """Give one unit vector a text, in the order of the texts; each distinct text is run once.

        Parameters
        ----------
        texts : sequence of str
        progress : bool, default False
            Show a bar on stderr that counts distinct texts.

        Returns
        -------
        vectors : ndarray of shape (n_texts, dimensions), float32
            Unit rows, or zeros for a text without letters or digits.

        Raises
        ------
        EncoderError
            If `texts` is one string or holds something else than strings.
        """
        tidied = [tidy(text) if has_substance(text) else "" for text in check_texts(texts)]
        distinct = by_length([text for text in set(tidied) if text])
        rows = np.zeros((len(distinct) + 1, self._dimensions), dtype=np.float32)
        with tqdm(total=len(distinct), desc="encoding", unit="text", disable=not progress) as bar:
            start = 0
            for batch in in_batches(distinct, self._batch_size):
                rows[start : start + len(batch)] = self._run(batch)
                start += len(batch)
                bar.update(len(batch))
        places = {text: place for place, text in enumerate(distinct)}
        # The last row stays zero, for texts without substance.
        return rows[[places.get(text, -1) for text in tidied]]

    def _run(self, batch: list[str]) -> Vectors:
        prefixed = [self._prefix + text for text in batch]
        raw = self._model.encode(prefixed, batch_size=len(prefixed), show_progress_bar=False)
        rows = unit_rows(np.asarray(raw, dtype=np.float32))
        if silent := int((~rows.any(axis=1)).sum()):
            _log.warning("the encoder gave no usable vector for %d texts; they count as unknown", silent)
        return rows


def check_batch_size(batch_size: int) -> int:
    """Return `batch_size`, or raise ConfigError if it is no whole number of at least 1."""
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise ConfigError(
            f"batch_size must be a whole number of at least 1; got {batch_size!r}. Leave it out to use 32."
        )
    return batch_size


def _open_model(source: str | Path, device: str) -> Any:
    folder = Path(source).expanduser()
    if not folder.is_dir() and _looks_like_path(source):
        raise EncoderError(
            f"encoder must be a model's name or an existing folder; got {str(source)!r}. Check the path."
        )
    try:
        if folder.is_dir():
            return _load(str(folder), device, offline=True)
        return _load_named(str(source), device)
    except EncoderError:
        raise
    except ModuleNotFoundError as err:
        raise EncoderError(
            f"encoder {str(source)!r} needs sentence-transformers and torch; got no module {err.name!r}. "
            "Install the package again: pip install partner-matcher."
        ) from err
    except Exception as err:  # the libraries below raise nearly every kind there is
        raise EncoderError(
            f"encoder must be a sentence-transformers model that loads; got {str(source)!r} "
            f"({type(err).__name__}). {_advice(local=folder.is_dir())}"
        ) from err


def _looks_like_path(source: str | Path) -> bool:
    text = str(source)
    if isinstance(source, Path) or not text.strip() or Path(text).exists():
        return True
    return text.startswith((".", "~", "/")) or "\\" in text or text.count("/") > 1


def _load_named(name: str, device: str) -> Any:
    """Load a model from the download cache, or else from the hub."""
    try:
        return _load(name, device, offline=True)
    except OSError as err:
        if missing := _unreachable_hub():
            raise EncoderError(
                f"encoder {name!r} must be in the download cache or on the hub; it is not in {missing[0]}, "
                f"and {missing[1]} cannot be reached. Give the path of a folder that holds the model, "
                "connect once so that it is downloaded, or leave the name out for the default."
            ) from err
    return _load(name, device, offline=False)


def _unreachable_hub() -> tuple[str, str] | None:
    """Return download cache and address of the hub if it gives no answer within 5 seconds."""
    from huggingface_hub import constants, get_session

    try:
        # Asked once here: the library itself tries each of several files for half a minute.
        get_session().head(constants.ENDPOINT, timeout=5)
    except Exception:
        return constants.HF_HUB_CACHE, constants.ENDPOINT
    return None


def _advice(*, local: bool) -> str:
    if local:
        return "Check that the folder was saved by sentence-transformers and is whole."
    return "Check the name, give a local folder, or leave the name out for the default."


def _load(source: str, device: str, *, offline: bool) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from sentence_transformers import SentenceTransformer

        # Weights that a file lacks are drawn at random: draw them alike, and leave the user's seed alone.
        with _quiet(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = SentenceTransformer(source, device=device, local_files_only=offline)
    return model.eval()


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back the loading bars and reports of transformers, and put its settings back after."""
    from transformers.utils import logging as talk

    level, bars = talk.get_verbosity(), talk.is_progress_bar_enabled()
    talk.set_verbosity_error()
    talk.disable_progress_bar()
    try:
        yield
    finally:
        talk.set_verbosity(level)
        if bars:
            talk.enable_progress_bar()


def _fingerprint(model: Any, prefix: str) -> str:
    import torch

    digest = blake2b(digest_size=32)
    digest.update(json.dumps(_settings(model, prefix), sort_keys=True, default=str).encode())
    digest.update(_tokenizer_state(model).encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _settings(model: Any, prefix: str) -> dict[str, Any]:
    configs = {id(part.config): part.config for part in model.modules() if hasattr(part, "config")}
    return {
        "prefix": prefix,
        "characters": MAX_CHARACTERS,
        "tokens": model.max_seq_length,
        "prompt": [model.default_prompt_name, model.prompts],
        "dimensions": model.truncate_dim,
        "modules": [[type(part).__name__, _module_config(part)] for part in model],
        "configs": [_model_config(config) for config in configs.values()],
    }


def _module_config(part: Any) -> Any:
    return part.get_config_dict() if hasattr(part, "get_config_dict") else None


def _model_config(config: Any) -> Any:
    if not hasattr(config, "to_dict"):
        return None
    return {key: value for key, value in config.to_dict().items() if key not in _NOT_SETTINGS}


def _tokenizer_state(model: Any) -> str:
    tokenizer = model.tokenizer
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if hasattr(backend, "to_str"):
        return str(backend.to_str())
    vocabulary = tokenizer.get_vocab() if hasattr(tokenizer, "get_vocab") else {}
    return json.dumps([type(tokenizer).__name__, vocabulary], sort_keys=True, default=str)
