"""`matcher check`, `template` and `demo`: tables of organisations, before any match."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd
import typer

from matcher.columns import Profile
from matcher.commands.terminal import echo, read_columns, show
from matcher.documents.blocks import Block, Document, Heading, Paragraph, Table, Terms
from matcher.documents.language import N_, Messages
from matcher.errors import OutputError, ProfileError
from matcher.files import check_target, replacing
from matcher.profiles.layout import Layout, how, require_columns
from matcher.profiles.reading import read_table, understand
from matcher.profiles.vocabulary import kind_of
from matcher.tables.raw import RawTable, is_blank
from matcher.tables.values import written_out
from matcher.tables.writing import WRITERS, write_table

_SHOWN: Final = 30  # rows of a list that are shown
_SAMPLE: Final = 60  # characters of a sample


def check(
    table: str,
    columns: list[str] | None = None,
    mapping: Path | None = None,
    sheet: str = "",
    header: int = 0,
    save_mapping: Path | None = None,
    query: str | None = None,
    lang: str = "en",
) -> None:
    """Show what is understood of a table: its header, its columns, and what would be rejected and why.

    The text goes to stdout as Markdown; exit code 1 where an organisation would be rejected.
    """
    check_target("save-mapping", save_mapping, (".toml",))
    said = read_columns(columns, mapping)
    said = replace(said, sheet=sheet or said.sheet, header=header or said.header)
    raw, layout = understand(table, query, said)
    headers, found = [*raw.headers], replace(layout, known={**layout.known})  # before ids are made
    messages = Messages(lang)
    say, read, problem = messages.say, None, list[Block]()
    try:
        require_columns(layout)
        read = read_table(raw, layout)
    except ProfileError as err:
        problem.append(Paragraph(messages.render(str(err))))
    facts = [(say("sheet"), raw.sheet), (say("line of the headers"), str(raw.header_line or ""))]
    facts += [(say("organisations read"), str(len(raw)))]
    parts = [Heading(say("Columns")), _columns(raw, headers, found, messages)]
    if read is not None:
        facts += [(say("kept"), str(len(read.kept))), (say("rejected"), str(read.n_rejected))]
        parts += _kinds(raw, found, messages)
        parts += _findings(say("Rejected"), read.rejected, messages)
        parts += _findings(say("Notes"), read.notes, messages)
    parts.append(Paragraph(say("Where a column is read wrongly, --map says what it holds.")))
    terms = Terms(tuple((name, text) for name, text in facts if text))
    named = Path(table).name if "://" not in table else "the database"  # an address may hold a password
    title = say(N_("What is understood of {table}"), table=named)
    show(Document(title, lang, (terms, *problem, *parts)))
    if save_mapping is not None:
        known = {headers[position]: column.value for column, position in found.known.items()}
        unread = {header: column for header, column in said.columns.items() if not column}
        replace(said, columns={**unread, **known}).to_toml(save_mapping)
    if read is None or read.n_rejected:
        raise typer.Exit(1)


def template(out: Path, lang: str = "en") -> None:
    """Write a workbook in which people fill in profiles, with instructions and two examples.

    `matcher match` reads it as it is.
    """
    from matcher.output.forms import write_template

    write_template(out, lang)
    echo(f"fill in the first sheet of {out}")


def demo(out: Path, lang: str = "en") -> None:
    """Write the fictional organisations of the demo, and their history as outcomes.csv beside them."""
    from matcher.datasets import HISTORY_PATH, load_demo

    history = out.with_name("outcomes.csv")
    check_target("path", out, WRITERS)
    for path in (out, history):
        if path.exists():
            raise OutputError(f"{path} must be a new file; there is one already. Choose another folder.")
    write_table(load_demo().kept, out)
    with replacing(history) as handle:
        handle.write(HISTORY_PATH.read_bytes())
    echo(f"the demo's organisations: {out}; their history: {history}")


def _columns(raw: RawTable, headers: list[str], layout: Layout, messages: Messages) -> Block:
    read_as = {position: column for column, position in layout.known.items()}
    rows = []
    for position, header in enumerate(headers):
        cells = [cell for cell in raw.columns[position] if not is_blank(cell)]
        name, sure = messages.say("extra column"), ""
        if column := read_as.get(position):
            name, confidence = column.value, layout.confidence.get(position, 0.0)
            known = messages.say(N_("as said") if confidence > 1.0 else N_("known header"))
            sure = messages.render(how(confidence)) or known
        sample = (written_out(cells[0]) or str(cells[0]))[:_SAMPLE] if cells else ""
        rows.append((header, name, sure, f"{len(cells)}/{len(raw)}", sample))
    titles = (N_("header"), N_("read as"), N_("why"), N_("filled"), N_("first cell"))
    return Table(tuple(map(messages.say, titles)), tuple(rows))


def _kinds(raw: RawTable, layout: Layout, messages: Messages) -> list[Block]:
    cells = raw.columns[layout.known[Profile.KIND]] if Profile.KIND in layout.known else []
    words = Counter(str(cell).strip() for cell in cells if cell)
    rows = tuple((word, kind_of(word)[0] or "other", str(n)) for word, n in words.most_common(_SHOWN) if word)
    titles = (N_("word"), N_("read as"), N_("organisations"))
    return [Heading(messages.say("Kinds")), Table(tuple(map(messages.say, titles)), rows)] if rows else []


def _findings(title: str, findings: pd.DataFrame, messages: Messages) -> list[Block]:
    if findings.empty:
        return []
    rows = tuple(
        (str(line), id_, column, value[:_SAMPLE], messages.render(reason))
        for line, id_, column, value, reason in findings.head(_SHOWN).itertuples(index=False, name=None)
    )
    titles = (N_("line"), N_("id"), N_("column"), N_("value"), N_("reason"))
    title = f"{title} {len(rows)}/{len(findings)}"
    return [Heading(title), Table(tuple(map(messages.say, titles)), rows)]
