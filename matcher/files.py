"""Files: written whole or not at all, archives of the same bytes at any time, TOML files read."""

import errno
import io
import json
import os
import re
import secrets
import shutil
import sys
import time
import tomllib
import zipfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import resources
from pathlib import Path
from typing import IO, Any, Final

from matcher.errors import ConfigError, MatcherError, OutputError

if sys.platform != "win32":  # there nobody can remove a file that is open
    import fcntl

_DRAFT: Final = re.compile(r"\..{1,40}\.[0-9a-f]{12}\.matcher\.tmp", re.DOTALL)  # left by killed processes
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def read_toml(path: "str | os.PathLike[str]", noun: str) -> dict[str, Any]:
    """Read a TOML file that a user names, a `noun`; raise `ConfigError` if it cannot be read or is none."""
    name = os.fspath(path)
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as err:
        raise ConfigError(f"{noun} must be a readable file; got {name} ({err.strerror}).") from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise ConfigError(f"{noun} must be TOML in UTF-8; {name} is not: {err}.") from err


@cache
def bundled_toml(package: str, name: str) -> dict[str, Any]:
    """Return a TOML file of a package of the project, such as its words or texts."""
    return tomllib.loads(resources.files(package).joinpath(name).read_text(encoding="utf-8"))


def ending_of(
    path: "str | os.PathLike[str]",
    endings: Iterable[str],
    error: type[MatcherError] = OutputError,
    name: str = "path",
) -> str:
    """Return which ending a path has, in any case, the longest of several; raise the error if none."""
    file, known = Path(path).name.lower(), list(endings)
    found = [ending for ending in known if file.endswith(ending) and file != ending]
    if not found:
        listed = known[0] if len(known) == 1 else f"one of {', '.join(known)}"
        raise error(f"{name} must end in {listed}; got {os.fspath(path)}. Choose another name.")
    return max(found, key=len)


@contextmanager
def replacing(path: "str | os.PathLike[str]") -> Iterator[IO[bytes]]:
    """Give a file beside the target that takes its place when the block ends, and is gone if it raises."""
    target = _target(path)
    draft = _beside(target)
    _remove_drafts(target.parent)
    try:
        with os.fdopen(_create(draft), "wb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(target)
    except OSError as err:
        raise _refusal(path, err) from err
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: "str | os.PathLike[str]", ours: Collection[str]) -> Iterator[Path]:
    """Give an empty folder beside the target that takes its place when the block ends; its parent must exist.

    A link is followed. Of an earlier folder the files named in `ours` are replaced, any others are kept; an
    empty folder is removed. If the block raises, or with an OSError the folder cannot be written, what stood
    there before is untouched.
    """
    target = Path(os.path.realpath(path))
    draft, old = _beside(target), _beside(target, "old")
    _remove_drafts(target.parent)
    holder = -1
    try:
        draft.mkdir()
        if sys.platform != "win32":  # there no folder can be opened
            _lock(holder := os.open(draft, os.O_RDONLY))
        yield draft
        if target.is_dir():
            target.rename(old)
        try:
            draft.rename(target)
        except OSError:
            if old.is_dir():
                old.rename(target)
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if holder >= 0:
            os.close(holder)
    for each in sorted(old.iterdir()) if old.is_dir() else ():
        if each.name in ours:
            each.unlink()
        else:
            each.rename(target / each.name)
    for folder in (old, target):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def write_json(value: Any, path: "str | os.PathLike[str]") -> None:
    """Write plain data as a JSON file, lone surrogates as escapes; errors are those of `replacing`."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    with replacing(path) as handle:
        handle.write(text.encode("utf-8", errors="backslashreplace") + b"\n")


def check_replaceable(path: "str | os.PathLike[str]") -> None:
    """Raise `OutputError` where `replacing` would, before the long work that leads to it."""
    target = _target(path)
    try:
        _remove_drafts(target.parent)
        os.close(_create(probe := _beside(target)))
        probe.unlink()
        target.is_file()  # a name that is too long
    except OSError as err:
        raise _refusal(path, err) from err


def check_target(name: str, path: "str | os.PathLike[str] | None", endings: Iterable[str]) -> None:
    """Raise `OutputError` unless a file has one of the endings and can be written; None is no file."""
    if path is not None:
        ending_of(path, endings, name=name)
        check_replaceable(path)


def save_fixed(document: Any, handle: IO[bytes]) -> None:
    """Save a workbook or a Word document with fixed time stamps: same content, same bytes."""
    draft = io.BytesIO()
    document.save(draft)
    with zipfile.ZipFile(draft) as old, zipfile.ZipFile(handle, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"1980-01-01T00:00:00Z", data)
            new.writestr(zipfile.ZipInfo(entry.filename, _EPOCH), data, zipfile.ZIP_DEFLATED)


def _target(path: "str | os.PathLike[str]") -> Path:
    """Follow links, so that the file is replaced and not the link to it."""
    try:
        target = Path(os.path.realpath(path))
        is_folder, is_in_folder = target.is_dir(), target.parent.is_dir()
    except (OSError, ValueError) as err:  # a name that is too long, or holds a null character
        raise _refusal(path, err) from err
    if is_folder:
        raise OutputError(f"{os.fspath(path)} must be a file; got a folder. Name a file in it.")
    if not is_in_folder:
        raise OutputError(
            f"{os.fspath(path)} must be in a folder that exists; there is none. Create it first."
        )
    return target


def _beside(target: Path, kind: str = "tmp") -> Path:
    # Cut to 40 characters of at most 4 bytes each: names of files have at most 255 bytes.
    return target.with_name(f".{target.name[:40]}.{secrets.token_hex(6)}.matcher.{kind}")


def _create(path: Path) -> int:
    created = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
    _lock(created)
    return created


def _lock(descriptor: int) -> bool:
    """Lock an open file or folder until it is closed; return whether nobody else has locked it."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # locked, or on a drive without locks
        return False
    return True


def _remove_drafts(folder: Path) -> None:
    """Remove the drafts that killed processes left in a folder: their content may be confidential."""
    drafts: list[Path] = []
    with suppress(OSError):
        drafts += [Path(entry) for entry in os.scandir(folder) if _DRAFT.fullmatch(entry.name)]
    for draft in drafts:
        with suppress(OSError):
            is_folder, is_new = draft.is_dir(), time.time() - draft.stat().st_mtime < 1.0
            # A draft that a process still writes is locked, or new.
            if draft.is_symlink() or is_new or (is_folder and sys.platform == "win32"):
                continue
            descriptor = os.open(draft, os.O_RDONLY)
            is_free = _lock(descriptor)
            os.close(descriptor)
            if is_free and is_folder:
                shutil.rmtree(draft)
            elif is_free:
                draft.unlink()


def _refusal(path: "str | os.PathLike[str]", err: OSError | ValueError) -> OutputError:
    reason = getattr(err, "strerror", None) or str(err)
    if getattr(err, "errno", None) == errno.ENAMETOOLONG:
        return OutputError(
            f"{os.fspath(path)} must have a name that fits; got: {reason}. Choose a shorter name for the "
            "file that it is or stands beside."
        )
    return OutputError(
        f"{os.fspath(path)} must be writable; got: {reason}. Choose another folder or free it."
    )
