"""The embedded encoder as a sentence-transformers module, so that `SentenceTransformer(folder)` opens it."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch
from sentence_transformers.base.modules.input_module import InputModule

from matcher.encoders.static import SETTINGS_FILE, WEIGHTS_FILE, WORDS_FILE, StaticEncoder


class StaticWords(InputModule):  # type: ignore[misc]
    """Texts straight to sentence vectors, by an encoder's folder; there is nothing to train here."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = Path(folder)
        self._encoder = StaticEncoder(folder)

    def preprocess(self, inputs: Sequence[str], prompt: str | None = None, **_: Any) -> dict[str, Any]:
        """Return the vectors of some texts, a prompt put before each."""
        vectors = self._encoder.encode([f"{prompt or ''}{text}" for text in inputs])
        return {"sentence_embedding": torch.from_numpy(vectors)}

    def forward(self, features: Mapping[str, Any], **_: Any) -> Mapping[str, Any]:
        """Return what `preprocess` has made."""
        return features

    def get_embedding_dimension(self) -> int:
        """Return the length of a vector."""
        return self._encoder.dimensions

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Copy the encoder's files."""
        for name in (WEIGHTS_FILE, WORDS_FILE, SETTINGS_FILE):
            shutil.copyfile(self._folder / name, Path(output_path) / name)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", **_: Any) -> Self:
        """Open the encoder in a folder."""
        return cls(str(Path(model_name_or_path) / subfolder))
