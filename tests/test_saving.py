"""Saved matchers recommend the same bytes; folders that were changed or are another's are refused."""

import json
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from worlds import planted, records_of

from matcher import Matcher
from matcher.config import Config
from matcher.datasets import HISTORY_PATH, load_demo
from matcher.errors import ModelError
from matcher.matching.storage import ARRAYS, FILES, FORMAT, MANIFEST, STATE
from matcher.outcomes import History
from matcher.profiles import read_profiles

SEEKER = {
    "name": "Rumah Belajar",
    "mission": "Kami melatih guru di desa. We train teachers.",
    "needs": "funding: Rp 50 juta (4); volunteers: tutors (2)",
    "offers": "training: teacher courses (5)",
    "excludes": "omah-sareh",
}


def quietly(make):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make()


def assert_same(one, other, *seekers):
    assert_frame_equal(one.recommend_all(4, explain=False), other.recommend_all(4, explain=False))
    for lang in ("en", "id"):
        for seeker in (SEEKER, *seekers):
            ours, theirs = (each.recommend(seeker, 12, lang=lang) for each in (one, other))
            assert_frame_equal(ours, theirs, check_exact=True)
    assert_frame_equal(one.influence(), other.influence(), check_exact=True)
    for name in ("kept", "rejected", "notes", "duplicates", "set_aside"):
        assert_frame_equal(getattr(one.table, name), getattr(other.table, name), check_exact=True)
    assert one.table.n_rows == other.table.n_rows
    assert one.history_note == other.history_note


@pytest.fixture(scope="module")
def demo():
    config = Config(rules={"no_repeats": True, "must": ["language: id"]}, market={"strength": 0.7})
    return quietly(lambda: Matcher(config).fit(load_demo(), HISTORY_PATH))


def test_saved_demo_with_history_recommends_the_same(demo, tmp_path):
    loaded = Matcher.load(demo.save(tmp_path / "pool"))
    assert loaded.config == demo.config
    assert_same(demo, loaded, "omah-sareh")
    explained = loaded.explain(SEEKER, "omah-sareh", lang="id").document()
    assert explained == demo.explain(SEEKER, "omah-sareh", lang="id").document()
    assert_same(demo, Matcher.load(loaded.save(tmp_path / "again"), check=False))


def test_saved_matcher_with_a_learned_ranker_and_extra_columns(trained, encoder, tmp_path):
    records = [{"name": one["id"], **one, "team": ("a", "b")[: n % 3]} for n, one in enumerate(records_of())]
    records[3]["excludes"] = "nobody at all"
    table = read_profiles([*records, {"name": "no content"}])
    history = History([replace(work, text=f"coffee {work.lead}") for work in planted(150)])
    matcher = quietly(lambda: Matcher(ranker=trained.ranker, encoder=encoder).fit(table, history))
    assert matcher.table.n_rejected
    loaded = Matcher.load(matcher.save(tmp_path / "pool"), encoder=encoder)
    assert_same(matcher, loaded, records[0]["id"])
    assert set(loaded.scorer.pool.features) == set(matcher.scorer.pool.features)


def test_arrays_of_a_loaded_matcher_are_mapped_and_cannot_be_changed(small_matcher, encoder, tmp_path):
    organisations = Matcher.load(
        small_matcher.save(tmp_path / "pool"), encoder=encoder
    ).scorer.pool.organisations
    vectors = organisations.passages.vectors.codes
    assert vectors.dtype == np.int8
    assert not vectors.flags.writeable
    base = vectors
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)


def test_saving_replaces_a_saved_pool_and_nothing_else(small_matcher, tmp_path):
    folder = small_matcher.save(tmp_path / "pool")
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    before = {name: (folder / name).read_bytes() for name in (ARRAYS, STATE, "kept.parquet")}
    small_matcher.save(folder)
    assert {name: (folder / name).read_bytes() for name in before} == before
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ModelError, match=r"one that holds a pool and nothing else; .* notes\.txt"):
        small_matcher.save(folder)
    assert (folder / "notes.txt").read_text() == "mine"


def test_what_is_no_data_is_refused_and_leaves_no_folder(pool_of, encoder, tmp_path):
    matcher = Matcher(encoder=encoder).fit(
        pool_of({"id": "a", "mission": "x y"}, {"id": "b", "mission": "z"})
    )
    matcher.table.kept["extra"] = pd.Series([object(), 1], dtype=object)
    with pytest.raises(ModelError, match="pools can hold texts, numbers, dates and lists; got object"):
        matcher.save(tmp_path / "pool")
    assert not [*tmp_path.iterdir()]


def rewrite(name, change):
    def spoil(folder):
        path = folder / name
        path.write_bytes(change(path.read_bytes()))

    return spoil


def restate(**changes):
    return rewrite(MANIFEST, lambda old: json.dumps({**json.loads(old), **changes}).encode())


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / ARRAYS).unlink(), rf"{ARRAYS} is missing or was changed"),
        (rewrite(ARRAYS, lambda old: old[:-1] + b"\7"), rf"{ARRAYS} is missing or was changed"),
        (rewrite("kept.parquet", lambda old: old + b" "), r"kept\.parquet is missing or was changed"),
        (lambda folder: (folder / MANIFEST).unlink(), r"pool must be a folder written by Matcher\.save"),
        (rewrite(MANIFEST, lambda old: old[:-9]), r"is not JSON\. Make the pool again"),
        (restate(kind="ranker"), r"is not of a pool\. Name a folder written by Matcher\.save"),
        (restate(format=FORMAT + 1), rf"format {FORMAT + 1}; this version reads {FORMAT}"),
        (restate(sha256={}), r"does not vouch for"),
        (restate(encoder="other"), r"saved with another encoder"),
        (restate(lexicons={"x.tsv": "1"}), r"saved with another lexicon"),
    ],
)
def test_folders_that_are_not_as_saved_are_refused(small_matcher, encoder, tmp_path, spoil, message):
    folder = small_matcher.save(tmp_path / "pool")
    spoil(folder)
    with pytest.raises(ModelError, match=message):
        Matcher.load(folder, encoder=encoder)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "kept.parquet").unlink(),
        rewrite("notes.parquet", lambda _: b"no table"),
        rewrite(ARRAYS, lambda old: old[:200]),
        rewrite(STATE, lambda old: old[:-100]),
        rewrite(STATE, lambda old: old.replace(b'"Ragged"', b'"Popen"')),
        rewrite(STATE, lambda _: b'{"root": {"object": 5}, "objects": []}'),
    ],
)
def test_unchecked_folders_that_cannot_be_read_give_a_clear_error(small_matcher, encoder, tmp_path, spoil):
    folder = small_matcher.save(tmp_path / "pool")
    spoil(folder)
    with pytest.raises(ModelError, match=r"cannot be read \(.*\)\. Fit and save the pool again"):
        Matcher.load(folder, encoder=encoder, check=False)
