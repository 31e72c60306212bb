"""Reports on disk: the pages of seekers first, the index last; nothing is touched that no report wrote."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from matcher.errors import OutputError
from matcher.files import check_replaceable, replacing, replacing_folder
from matcher.output.report.data import ReportData
from matcher.output.report.pages import Pages

LIST: Final = "pages.json"
"""Names the files of a folder that a report wrote; a folder without it is not replaced."""
_OURS: Final = re.compile(r"[0-9]{4,}(-[a-z0-9-]+)?\.html")


def write_report(data: ReportData, path: str | os.PathLike[str], *, lang: str = "en") -> None:
    """Write the report of a batch.

    Parameters
    ----------
    data : ReportData
        The batch.
    path : str or path
        Ends in .html. Where there are more than `pages.ONE_FILE` seekers, each has a page of its own in
        the folder `<stem>_files` beside it.
    lang : {"en", "id"}, default "en"
        Language of the report.

    Raises
    ------
    OutputError
        If the path does not end in .html or cannot be written, or the folder beside it holds files that no
        report wrote. What stood there before is untouched then.
    ConfigError
        If the language is unknown.

    Notes
    -----
    The same batch gives the same bytes. Files of other names in the folder are kept.
    """
    check_report(path)
    target = Path(os.path.realpath(path))
    folder = pages_folder(target)
    pages = Pages(data, lang, target.name, folder.name)
    with replacing(target) as handle:
        handle.write(pages.index().encode("utf-8"))
        handle.flush()
        with replacing_folder(folder, {*_listed(folder), LIST}) as draft:
            for name, page in pages.seekers():
                (draft / name).write_bytes(page.encode("utf-8"))
            if pages.names:
                (draft / LIST).write_text(json.dumps(pages.names, indent=0), encoding="utf-8")


def check_report(path: str | os.PathLike[str]) -> None:
    """Check that a report can be written, before the long work that leads to it.

    Raises
    ------
    OutputError
        As `write_report` would.
    """
    if Path(path).suffix.lower() != ".html":
        raise OutputError(f"report must end in .html; got {os.fspath(path)}. Choose another name.")
    check_replaceable(path)
    folder = pages_folder(Path(os.path.realpath(path)))
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise OutputError(f"{folder} must be a folder or not exist; got another file. Move it.")
    if folder.is_dir() and _has_strangers(folder):
        raise OutputError(
            f"{folder} must hold pages of a report or nothing; got other files. Move them, or choose another "
            "name for the report."
        )


def pages_folder(path: Path) -> Path:
    """Return the folder for the pages of a report's seekers.

    Examples
    --------
    >>> pages_folder(Path("out/report.html")).name
    'report_files'
    """
    return path.with_name(f"{path.stem}_files")


def _has_strangers(folder: Path) -> bool:
    """Say whether a folder is none of a report's, or holds pages that its list does not name."""
    names = {each.name for each in folder.iterdir()}
    if not names:
        return False
    return LIST not in names or bool({name for name in names if _OURS.fullmatch(name)} - set(_listed(folder)))


def _listed(folder: Path) -> Iterable[str]:
    """Return the pages that a report says it wrote; names that no report gives are not believed."""
    try:
        names = json.loads((folder / LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    listed = names if isinstance(names, list) else []
    return [name for name in listed if isinstance(name, str) and _OURS.fullmatch(name)]
