"""Objects of known types as data: JSON, and arrays that can be mapped into memory."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from inspect import getmembers
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyarrow import compress, decompress
from scipy.sparse import csr_matrix, issparse

from matcher.encoders.encoder import UnitRows
from matcher.encoders.lexical import LexicalEncoder, LexicalVectors, Space
from matcher.errors import ModelError
from matcher.features import Organisations, SignalEncoder
from matcher.features.counted_texts import TextFilter
from matcher.features.facts import CodedColumn, FactColumns, Standing
from matcher.features.organisations import Resources
from matcher.features.overlaps import Meetings, Terms
from matcher.features.ragged import Ragged
from matcher.features.signals import Background
from matcher.features.statements import Amount, Area, Condition
from matcher.outcomes import History, JointWork
from matcher.outcomes.reading import StageEvent
from matcher.profiles import Claim, Resource

STATE: Final = "state.json"
ARRAYS: Final = "arrays.safetensors"
_TYPES: Final[Mapping[str, type]] = {
    each.__name__: each
    for each in (
        *(Amount, Area, Background, Claim, CodedColumn, Condition, FactColumns, History, JointWork),
        *(LexicalEncoder, LexicalVectors, Meetings, Organisations, Ragged, Resource, Resources),
        *(SignalEncoder, Space, StageEvent, Standing, Terms, TextFilter, UnitRows),
    )
}
"""Types that are written and read; there is no way to name another."""
_DATES: Final[Mapping[str, Callable[[str], Any]]] = {
    "Timestamp": pd.Timestamp,
    "date": dt.date.fromisoformat,
    "datetime": dt.datetime.fromisoformat,
}
_GROUPS: Final[Mapping[str, Callable[[Iterable[Any]], Any]]] = {
    each.__name__: each for each in (tuple, set, frozenset, dict)
}


def write_data(root: Any, folder: Path, known: Mapping[str, Any]) -> None:
    """Write an object to a folder, as `STATE` and `ARRAYS`; known objects are written as their names only.

    `ModelError` if it holds anything but plain values, lists, tuples, sets, mappings, dates, arrays and
    instances of the types listed here.
    """
    from safetensors.numpy import save_file

    writer = _Writer(known)
    state = {"root": writer.node(root), "objects": writer.objects}
    (folder / STATE).write_text(json.dumps(state), encoding="utf-8")
    save_file(writer.arrays, folder / ARRAYS)


def read_data(folder: Path, known: Mapping[str, Any]) -> Any:
    """Read what `write_data` wrote, else `ModelError`; processes share the arrays, mapped into memory."""
    types = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4", "I8": "i1"}
    types |= {"U64": "<u8", "U8": "u1", "BOOL": "?"}
    with _reading(folder):
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        mapped, arrays = np.memmap(folder / ARRAYS, mode="r"), {}
        start = 8 + int(mapped[:8].view("<u8")[0])
        header = json.loads(mapped[8:start].tobytes())
        header.pop("__metadata__", None)
        for name, one in header.items():
            first, last = (start + offset for offset in one["data_offsets"])
            arrays[name] = np.asarray(mapped[first:last]).view(types[one["dtype"]]).reshape(one["shape"])
        return _Reader(state["objects"], arrays, known).value(state["root"])


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, LookupError, TypeError, ValueError, RecursionError) as err:
        raise ModelError(
            f"{path} cannot be read ({type(err).__name__}). Fit and save the pool again."
        ) from err


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet, cells of object columns as JSON; errors are those of `write_data`."""
    writer, coded = _Writer({}), frame.reset_index(drop=True)
    objects = [name for name in frame if frame[name].dtype == object]
    for name in objects:
        coded[name] = pd.Series([json.dumps(writer.node(cell)) for cell in frame[name]], dtype="str")
    coded.attrs = {"objects": objects}
    coded.to_parquet(path)


def read_frame(path: Path) -> pd.DataFrame:
    """Read what `write_frame` wrote; errors are those of `read_data`."""
    reader = _Reader([], {}, {})
    read = lru_cache(65536)(lambda cell: reader.value(json.loads(cell)))
    with _reading(path):
        frame = pd.read_parquet(path)
        for name in frame.attrs.pop("objects"):
            frame[name] = pd.Series([*map(read, frame[name])], dtype=object)
        return frame


class _Writer:
    """Turns objects into JSON, and collects the arrays in them."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.objects: list[Any] = []
        self.arrays: dict[str, NDArray[Any]] = {}
        self._nodes: dict[int, Any] = {id(one): {"known": name} for name, one in known.items()}
        self._kept: list[Any] = []  # an id holds as long as its object

    def node(self, value: Any) -> Any:
        """Return the JSON of a value; arrays and instances that are met again are the same on reading."""
        value = _plain(value)
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if id(value) in self._nodes:
            return self._nodes[id(value)]
        if kind is list:
            return [*map(self.node, value)]
        if kind.__name__ in _DATES and isinstance(value, dt.date):
            return {kind.__name__: value.isoformat()}
        if kind is dict:
            return {"dict": [[self.node(key), self.node(one)] for key, one in value.items()]}
        if kind.__name__ in _GROUPS:
            listed = [*map(self.node, value)]
            return {kind.__name__: listed if kind is tuple else sorted(listed, key=json.dumps)}
        if isinstance(value, tuple) and kind.__name__ in _TYPES:
            return {kind.__name__: [*map(self.node, value)]}
        return self._object(value)

    def _object(self, value: Any) -> Any:
        self._kept.append(value)
        number = len(self.objects)
        self._nodes[id(value)] = node = {"object": number}
        self.objects.append(None)
        self.objects[number] = self._described(value)
        return node

    def _described(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return self._array(value)
        if issparse(value):
            arrays = [self.node(part) for part in (value.data, value.indices, value.indptr)]
            return {"csr": arrays, "shape": list(value.shape)}
        name = type(value).__name__
        if _TYPES.get(name) is not type(value):
            raise ModelError(f"pools can hold texts, numbers, dates and lists; got {name}. Leave it out.")
        state = {key: one for key, one in vars(value).items() if key not in _derived(name)}
        return {"type": name, "state": {key: self.node(one) for key, one in state.items()}}

    def _array(self, values: NDArray[Any]) -> Any:
        name = str(len(self.arrays))
        if values.dtype != object:
            self.arrays[name] = np.ascontiguousarray(values)
            return {"array": name}
        encoded = [text.encode("utf-8", "surrogatepass") for text in values.tolist()]
        self.arrays[name] = np.frombuffer(compress(b"".join(encoded), "zstd", asbytes=True), dtype=np.uint8)
        self.arrays[f"{name}.offsets"] = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        return {"texts": name}


def _plain(value: Any) -> Any:
    """Return a name of a column as text, a number of an array as one of Python, and no date as None."""
    if value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        return value.item()
    return str(value) if isinstance(value, str) else value


@dataclass
class _Reader:
    """Makes the objects of JSON and arrays."""

    objects: list[Any]
    arrays: Mapping[str, NDArray[Any]]
    known: Mapping[str, Any]
    made: dict[int, Any] = field(default_factory=dict)

    def value(self, node: Any) -> Any:
        """Return the value that `_Writer.node` described."""
        if isinstance(node, list):
            return [*map(self.value, node)]
        if not isinstance(node, dict):
            return node
        ((kind, content),) = node.items()
        if kind == "known":
            return self.known[content]
        if kind == "object":
            return self._object(content)
        if kind in _DATES:
            return _DATES[kind](content)
        if kind in _GROUPS:
            return _GROUPS[kind](map(self.value, content))
        return _TYPES[kind](*map(self.value, content))

    def _object(self, number: int) -> Any:
        if number not in self.made:
            described = self.objects[number]
            if "type" in described:
                made: Any = object.__new__(_TYPES[described["type"]])
                self.made[number] = made
                vars(made).update({key: self.value(one) for key, one in described["state"].items()})
            else:
                self.made[number] = self._read_array(described)
        return self.made[number]

    def _read_array(self, described: Mapping[str, Any]) -> Any:
        if "csr" in described:
            return csr_matrix(tuple(map(self.value, described["csr"])), described["shape"], copy=False)
        if "array" in described:
            return self.arrays[described["array"]]
        name = described["texts"]
        offsets = self.arrays[f"{name}.offsets"].tolist()
        data = decompress(self.arrays[name].tobytes(), offsets[-1], "zstd", asbytes=True)
        texts = np.empty(len(offsets) - 1, dtype=object)
        texts[:] = [data[start:stop].decode("utf-8", "surrogatepass") for start, stop in pairwise(offsets)]
        return texts


@lru_cache(64)
def _derived(name: str) -> frozenset[str]:
    """Return the attributes of a type that are made from others: not written, and made again when needed."""
    return frozenset(dict(getmembers(_TYPES[name], lambda one: isinstance(one, cached_property))))
