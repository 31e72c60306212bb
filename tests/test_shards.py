"""Shards: the merged files are those of one run, byte by byte; what cannot be merged is refused."""

import json
import random
import shutil
import sys
import weakref
from pathlib import Path

import processes
import pyarrow.parquet as pq
import pytest
from batches import Done, match_batch, match_shards
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.commands import shards
from matcher.commands.shards import META, Part, merge_shards
from matcher.config import Config
from matcher.errors import ConfigError, OutputError, ShardError
from matcher.matching.pool import BLOCK

TOPICS = ["coffee", "cacao", "clinics", "schools", "seaweed", "solar", "water", "waste", "boats", "fish"]
WORK = ["grow", "sell", "teach", "repair", "fund", "build", "share", "test"]
HEADER = "id,name,kind,mission,needs,offers,pin,capacity_max,updated"


def profiles_of(number, seed=1):
    """Give the lines of a table of organisations, some with notes, rules and few places; one is broken."""
    draw = random.Random(seed)

    def text():
        return f"{draw.choice(WORK)} {draw.choice(TOPICS)} with {draw.choice(TOPICS)}"

    rows = [HEADER]
    for at in range(number):
        pin = "o003" if at == 70 else ""
        capacity = draw.choice(["", "", "1", "2", "many"])
        kind = draw.choice(["business", "social"])
        words = f"{text()},funding: {text()} (4),training: {text()}"
        rows.append(f"o{at:03},Org {at},{kind},{words},{pin},{capacity},2024-01-01")
    return "\n".join([*rows, ",No id,,,,,,,"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("shards")
    (path / "pool.csv").write_text(profiles_of(3 * BLOCK + 5), encoding="utf-8")
    calls = [
        f"call{at},Call,social,{TOPICS[at]} for {WORK[at]},funding: money,,,,2024-01-01" for at in range(5)
    ]
    (path / "calls.csv").write_text("\n".join([HEADER, *calls, ",Broken,,,,,,,"]), encoding="utf-8")
    return path


def command(folder, *arguments):
    return processes.run([Path(sys.executable).with_name("matcher")], *arguments, cwd=folder)


def files_of(out):
    """Give the bytes of a table and of the findings beside it."""
    return {path.name: path.read_bytes() for path in sorted(out.parent.glob(f"{out.name}*"))}


def run_in_parts(folder, encoder, total, out, profiles="pool.csv", **options):
    """Match in several parts, the last first, and merge them; give the report."""
    parts = folder / f"parts-{out}"
    shutil.rmtree(parts, ignore_errors=True)
    for number in range(total, 0, -1):
        match_shards(folder / profiles, parts, f"{number}/{total}", encoder=encoder, **options)
    merged = folder / "merged" / out
    merged.parent.mkdir(exist_ok=True)
    return Done(merge_shards(parts, merged))


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "endings"), [("en", (".csv", ".parquet")), ("id", (".xlsx", ".jsonl"))])
def test_commands_in_processes_of_their_own_write_the_bytes_of_one_run(folder, lang, endings):
    shared = ["pool.csv", "-k", 4, "--lang", lang, "--quiet", "--min-band", "possible"]
    parts = folder / f"parts-{lang}"
    for number in (2, 3, 1):
        done = command(folder, "match", *shared, "--out", parts, "--shard", f"{number}/3")
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    for ending in endings:
        whole, merged = (folder / kind / f"{lang}{ending}" for kind in ("whole", "merged"))
        for path in (whole, merged):
            path.parent.mkdir(exist_ok=True)
        alone = command(folder, "match", *shared, "--out", whole)
        done = command(folder, "merge", parts, "--out", merged, "--lang", lang)
        assert done.returncode == 0, done.stderr
        assert files_of(merged) == files_of(whole)
        assert len(files_of(whole)) == 3
        assert done.stderr == alone.stderr.replace("whole", "merged")


@pytest.mark.parametrize(
    ("total", "options"),
    [
        (5, {"k": 1}),
        (2, {"k": 3, "config": Config.from_dict({"min_band": "strong"})}),
        (1, {"seeker": ("o003", "o170", "o004", "o003")}),
        (2, {"seekers": "calls.csv", "k": 7}),
    ],
    ids=["more parts than blocks", "pinned", "named", "calls"],
)
def test_merged_parts_are_one_run(folder, encoder, options, total):
    if "seekers" in options:
        options = {**options, "seekers": folder / options["seekers"]}
    merged = run_in_parts(folder, encoder, total, "m.csv", **options)
    alone = match_batch(folder / "pool.csv", folder / "m.csv", encoder=encoder, **options)
    assert str(merged) == str(alone).replace(str(folder), str(folder / "merged"))
    assert files_of(folder / "merged" / "m.csv") == files_of(folder / "m.csv")


def test_merging_keeps_one_shard_in_memory(folder, encoder, monkeypatch):
    read, alive = shards.read_shards, []

    def watched(*asked):
        tables = []
        for table in read(*asked):
            tables.append(weakref.ref(table))
            yield table
            del table
            alive.append(sum(each() is not None for each in tables))

    monkeypatch.setattr(shards, "read_shards", watched)
    run_in_parts(folder, encoder, 3, "streamed.csv")
    assert len(alive) == 3
    assert max(alive) <= 1


def test_merged_parts_of_a_pool_without_any_eligible_pair_are_an_empty_table(tmp_path, encoder):
    (tmp_path / "pool.csv").write_text("id,name,mission,excludes\na,A,coffee,b\nb,B,coffee,\n")
    merged = run_in_parts(tmp_path, encoder, 2, "m.parquet")
    match_batch(tmp_path / "pool.csv", tmp_path / "m.parquet", encoder=encoder)
    assert (merged.n_recommendations, merged.n_alone) == (0, 2)
    assert files_of(tmp_path / "merged" / "m.parquet") == files_of(tmp_path / "m.parquet")


def test_a_shard_is_the_same_bytes_at_any_time(folder, encoder):
    run = {"encoder": encoder, "k": 2}
    names = [folder / name for name in ("once", "again")]
    for name in names:
        match_shards(folder / "pool.csv", name, "2/4", **run)
    assert files_of(names[0] / "shard-2-of-4.parquet") == files_of(names[1] / "shard-2-of-4.parquet")
    assert [path.name for path in names[0].iterdir()] == ["shard-2-of-4.parquet"]


@given(st.integers(0, 2000), st.integers(1, 40))
def test_parts_are_whole_blocks_and_hold_each_seeker_once(n_seekers, total):
    cuts = [Part(number, total).of(n_seekers) for number in range(1, total + 1)]
    assert [at for cut in cuts for at in range(n_seekers)[cut]] == list(range(n_seekers))
    assert all(cut.start % BLOCK == 0 or cut.start == cut.stop for cut in cuts)


@pytest.mark.parametrize(
    "text", ["0/3", "4/3", "1/0", "-1/3", "1", "1/2/3", "a/b", "", "1.0/2", "01/2", "1/9999999"]
)
def test_part_that_is_none_is_refused(text):
    with pytest.raises(ConfigError, match="must be a part such as 1/8"):
        Part.parse(text)


def change(path, **changes):
    """Change what a shard says of its run."""
    table = pq.read_table(path)
    meta = json.loads(table.schema.metadata[META])
    meta["run"] |= changes
    pq.write_table(table.replace_schema_metadata({META: json.dumps(meta)}), path)


def other_run(folder, encoder, parts, **options):
    match_shards(folder / options.pop("profiles", "pool.csv"), parts, "2/3", encoder=encoder, **options)


DAMAGES = {
    "missing": (
        lambda _, parts, __: (parts / "shard-2-of-3.parquet").unlink(),
        "of 3 shards 1 are missing in .*: 2. Run matcher match --shard for each",
    ),
    "empty folder": (
        lambda _, parts, __: [path.unlink() for path in parts.iterdir()],
        "must be a folder of shards; got none",
    ),
    "copy": (
        lambda _, parts, __: shutil.copy(parts / "shard-1-of-3.parquet", parts / "copy.parquet"),
        "shards must be in .* once",
    ),
    "other version": (
        lambda _, parts, __: change(parts / "shard-3-of-3.parquet", version="0.0.1"),
        "shard-3-of-3.parquet differs from .*shard-1-of-3.parquet in version",
    ),
    "other k and language": (
        lambda folder, parts, encoder: other_run(folder, encoder, parts, k=3, lang="id"),
        "differs from .* in k, lang",
    ),
    "other settings": (
        lambda folder, parts, encoder: other_run(
            folder, encoder, parts, k=2, config=Config.from_dict({"market": {"strength": 0.5}})
        ),
        "differs from .* in strength|differs from .* in ranker, strength|in market",
    ),
    "other pool": (
        lambda folder, parts, encoder: other_run(folder, encoder, parts, k=2, profiles="other.csv"),
        "differs from .* in .*profiles",
    ),
    "other division": (
        lambda folder, parts, encoder: match_shards(folder / "pool.csv", parts, "2/4", encoder=encoder, k=2),
        "differs from .* in shards",
    ),
    "cut": (
        lambda _, parts, __: (parts / "shard-2-of-3.parquet").write_bytes(b"PAR1" + bytes(99)),
        "shard-2-of-3.parquet must be a whole shard of matcher match --shard",
    ),
    "other metadata": (
        lambda _, parts, __: pq.write_table(
            pq.read_table(parts / "shard-1-of-3.parquet").replace_schema_metadata({META: "[1]"}),
            parts / "shard-1-of-3.parquet",
        ),
        "shard-1-of-3.parquet must be a whole shard",
    ),
    "other file": (
        lambda folder, parts, encoder: match_batch(
            folder / "pool.csv", parts / "x.parquet", encoder=encoder, k=1
        ),
        "x.parquet must be a whole shard of matcher match --shard",
    ),
}


@pytest.fixture(scope="module")
def parts(folder, encoder):
    made = folder / "parts"
    for number in (1, 2, 3):
        match_shards(folder / "pool.csv", made, f"{number}/3", encoder=encoder, k=2)
    (folder / "other.csv").write_text(profiles_of(3 * BLOCK + 5, seed=2), encoding="utf-8")
    return made


@pytest.mark.parametrize("damage", DAMAGES)
def test_merge_refuses_what_is_not_complete_or_not_of_one_run(folder, parts, encoder, tmp_path, damage):
    act, message = DAMAGES[damage]
    copied = shutil.copytree(parts, tmp_path / "parts")
    act(folder, copied, encoder)
    (tmp_path / "m.csv").write_text("kept")
    with pytest.raises(ShardError, match=message):
        merge_shards(copied, tmp_path / "m.csv")
    assert (tmp_path / "m.csv").read_text() == "kept"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["merge", "nowhere", "--out", "m.csv"], "error: nowhere must be a folder of shards; got none."),
        (
            ["merge", "nowhere", "--out", "m.csv", "--lang", "id"],
            "kesalahan: nowhere harus berupa folder berisi bagian",
        ),
        (["merge", "nowhere", "--out", "m.doc"], "must end in one of"),
        (
            ["match", "pool.csv", "--out", "parts", "--shard", "3/2"],
            "error: --shard must be a part such as 1/8",
        ),
        (["match", "pool.csv", "--out", "pool.csv", "--shard", "1/2"], "must be a folder for shards"),
        (
            ["match", "pool.csv", "--out", "s", "--shard", "1/2", "--report", "r.html"],
            "must not go with --report",
        ),
    ],
)
def test_errors_of_commands_are_one_line_and_code_2(folder, arguments, message):
    done = command(folder, *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert message in done.stderr


def test_shard_into_a_path_below_a_file_is_refused(folder, encoder):
    with pytest.raises(OutputError, match="must be a folder for shards"):
        match_shards(folder / "pool.csv", Path(folder / "pool.csv" / "parts"), "1/2", encoder=encoder)


def test_shards_of_pools_with_other_prices_are_not_merged(folder, encoder, tmp_path):
    """Updates in another order leave the same profiles with other prices."""
    matcher = Matcher(encoder=encoder).fit(folder / "pool.csv")
    for number in (1, 2):
        matcher.save(tmp_path / f"pool{number}")
        match_shards(tmp_path / f"pool{number}", tmp_path / "parts", f"{number}/2", encoder=encoder, k=2)
        matcher.scorer.prices = matcher.scorer.prices + 0.001
    with pytest.raises(ShardError, match="in prices"):
        merge_shards(tmp_path / "parts", tmp_path / "out.csv")
