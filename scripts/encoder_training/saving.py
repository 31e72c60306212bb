"""Writes a trained encoder in the form that `matcher.encoders.static` reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Floats32
from matcher.encoders.static import EMBEDDED, SETTINGS_FILE, WEIGHTS_FILE, WORDS_FILE


def save_static(
    folder: Path, words: Sequence[str], rows: Mapping[str, Floats32], *, unknown_weight: float
) -> None:
    """Write a trained encoder in 8 bits.

    `rows` are "words" (n_words, n_dims), "ngrams" (N_BUCKETS, n_dims) and "word_weights" (n_words,); a word
    that is not in the vocabulary has `unknown_weight`.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    own, own_scales = _quantise(rows["words"])
    ngrams, ngram_scales = _quantise(rows["ngrams"])
    tensors: dict[str, NDArray[Any]] = {
        "words": own,
        "word_scales": own_scales,
        "ngrams": ngrams,
        "ngram_scales": ngram_scales,
        "word_weights": rows["word_weights"].astype(np.float16),
    }
    save_file(tensors, folder / WEIGHTS_FILE)
    (folder / WORDS_FILE).write_text("\n".join(words), encoding="utf-8")
    settings = {"name": EMBEDDED, "unknown_weight": unknown_weight}
    (folder / SETTINGS_FILE).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def write_manifest(out: Path, content: Mapping[str, Any]) -> None:
    """Write what a model is and how it was made, and the digest of each of its files."""
    files = sorted(path for path in out.iterdir() if path.name not in ("manifest.json", "README.md"))
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    text = json.dumps({**content, "sha256": digests}, indent=1)
    (out / "manifest.json").write_text(f"{text}\n", encoding="utf-8")


def _quantise(rows: Floats32) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Return rows in 8 bits and the scale of each; an empty row keeps a small scale, not 0."""
    scales = (np.maximum(np.abs(rows).max(axis=1), 0.01) / 127).astype(np.float16)
    steps = np.round(rows / scales.astype(np.float32)[:, None])
    return np.clip(steps, -127, 127).astype(np.int8), scales
