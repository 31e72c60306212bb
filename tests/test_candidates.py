"""Large pools: the pairs that are scored, and what lists are worth."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import processes
import pytest

from benchmarks.sizes import generate
from matcher import Matcher, read_profiles
from matcher.config import Config
from matcher.encoders.device import open_device
from matcher.errors import ConfigError
from matcher.features import COMPONENT_NAMES
from matcher.learning.grading import draw_pairs, rank_graded
from matcher.matching.candidates import CandidateSearch, list_values, nth_highest

MATCHER = str(Path(sys.executable).with_name("matcher"))
KEYS = ["seeker", "candidate"]


def settings(size, **further):
    return Config.from_dict({"scale": {"exhaustive": 0, "candidates": size}, **further})


@pytest.fixture(scope="module")
def table():
    return read_profiles(list(generate(400)))


@pytest.fixture(scope="module")
def exhaustive(table):
    return Matcher().fit(table).recommend_all(10, explain=False)


def scores_of(lists):
    return lists.set_index(KEYS)["score"]


@pytest.mark.filterwarnings("ignore")
def test_pairs_of_a_large_pool_have_the_scores_of_all_pairs(table, exhaustive):
    matcher = Matcher(settings(60)).fit(table)
    found = matcher.recommend_all(10, explain=False)
    both = found.merge(exhaustive, on=KEYS, suffixes=["", "_all"])
    assert len(found) == len(exhaustive)
    assert len(both) >= 0.9 * len(exhaustive)
    for name in (*COMPONENT_NAMES, "seeker_gain", "candidate_gain", "mutual"):
        np.testing.assert_allclose(both[name], both[f"{name}_all"], atol=2e-6)
    # Of the reference seekers, those with the highest estimates make a price: a wrong choice lowers it.
    less = both["price_all"] - both["price"]
    assert less.min() >= -2e-6
    assert less.mean() < 0.002
    value = matcher.scorer.search.value
    assert value.is_enough
    assert matcher.scorer.search.fit_quality > 0.5


@pytest.mark.parametrize("candidates", [30, 400], ids=["chosen", "all pairs"])
@pytest.mark.filterwarnings("ignore")
def test_threads_do_not_matter(table, monkeypatch, candidates):
    monkeypatch.setattr("matcher.matching.pool.TOGETHER", 1000)
    lists = []
    for n_threads in (1, 2, 4):
        monkeypatch.setattr("numba.get_num_threads", lambda n=n_threads: n)
        lists.append(Matcher(settings(candidates)).fit(table).recommend_all(10, explain=False))
    assert lists[0].equals(lists[1])
    assert lists[0].equals(lists[2])


@pytest.mark.parametrize(("width", "n"), [(50, 7), (700, 3), (701, 20), (64, 64)])
def test_nth_highest_is_that_of_sorted_rows(width, n):
    rows = np.random.default_rng(width).integers(0, 99, (5, width)).astype(np.float32)
    rows[1, 5:] = -np.inf
    np.testing.assert_array_equal(nth_highest(rows, n), np.sort(rows, axis=1)[:, -n])


@pytest.mark.filterwarnings("ignore")
def test_a_pool_no_larger_than_the_number_of_candidates_is_scored_whole(table, exhaustive):
    matcher = Matcher(settings(400)).fit(table)
    assert matcher.scorer.search is None
    assert matcher.recommend_all(10, explain=False).equals(exhaustive)


@pytest.mark.filterwarnings("ignore")
def test_order_of_rows_and_blocks_does_not_matter(table):
    matcher = Matcher(settings(30)).fit(table)
    whole = matcher.recommend_all(10, explain=False)
    other = (
        Matcher(settings(30))
        .fit(table.kept.sample(frac=1.0, random_state=1))
        .recommend_all(10, explain=False)
    )
    assert whole.equals(other)
    alone = matcher.recommend(matcher.pool["id"].tolist()[5:7], 10, explain=False)
    expected = whole[whole["seeker"].isin(alone["seeker"])].reset_index(drop=True)
    columns = [*KEYS, "rank", "score", "band"]
    assert alone[columns].equals(expected[columns])


@pytest.mark.filterwarnings("ignore")
def test_rules_and_explanations_reach_beyond_the_candidates():
    rows = list(generate(120))
    rows[0]["excludes"] = [rows[1]["id"]]
    pins = {"pins": [[rows[2]["id"], rows[90]["id"], 1]]}
    matcher = Matcher(settings(15, rules=pins)).fit(read_profiles(rows))
    lists = matcher.recommend_all(10, explain=False)
    pairs = {*zip(lists["seeker"], lists["candidate"], strict=True)}
    assert not pairs & {(rows[0]["id"], rows[1]["id"]), (rows[1]["id"], rows[0]["id"])}
    assert (rows[2]["id"], rows[90]["id"]) in pairs
    explanation = matcher.explain(rows[3]["id"], rows[100]["id"])
    assert explanation.candidate["id"] == rows[100]["id"]
    calls = matcher.recommend([{"id": "call", "name": "Call", "mission": "sekolah dan air bersih"}], 5)
    assert len(calls) == 5


@pytest.mark.filterwarnings("ignore")
def test_a_saved_or_changed_large_pool_gives_its_lists(table, tmp_path):
    matcher = Matcher(settings(60)).fit(table)
    lists = matcher.recommend_all(5, explain=False)
    matcher.save(tmp_path / "pool")
    loaded = Matcher.load(tmp_path / "pool")
    assert loaded.recommend_all(5, explain=False).equals(lists)
    *_, before, last = table.kept["id"].tolist()
    for changed in (matcher, loaded):
        changed.remove([last])
        changed.update(
            read_profiles([{"id": before, "name": "Changed", "mission": "sekolah dan air bersih"}])
        )
    after = matcher.recommend_all(5, explain=False)
    assert last not in {*after["candidate"]}
    assert loaded.recommend_all(5, explain=False).equals(after)


@pytest.mark.filterwarnings("ignore")
def test_what_chooses_candidates_is_kept_when_a_large_pool_is_changed_or_loaded(table, tmp_path, monkeypatch):
    matcher = Matcher(settings(60)).fit(table)
    value = matcher.scorer.search.value
    matcher.save(tmp_path / "pool")

    def fail(*_):
        raise AssertionError("fitted again")

    monkeypatch.setattr(CandidateSearch, "__init__", fail)
    for changed in (matcher, Matcher.load(tmp_path / "pool")):
        changed.remove(table.kept["id"].tolist()[:1])
        assert len(changed.recommend(table.kept["id"].tolist()[1], 5)) == 5
        assert changed.scorer.search.value == value


@pytest.mark.filterwarnings("ignore")
def test_pairs_to_be_graded_are_drawn_and_ranked_in_a_large_pool():
    matcher = Matcher(settings(15)).fit(read_profiles(list(generate(120))))
    drawn = draw_pairs(matcher, 40)
    eligible = matcher.scorer.pool.rules.eligible(matcher.pool)
    ids = matcher.pool["id"].tolist()
    assert len({frozenset(pair) for pair in drawn}) == 40
    assert all(eligible[ids.index(seeker), ids.index(candidate)] for seeker, candidate in drawn)
    far = pd.DataFrame(
        [(ids[0], ids[at], 2.0) for at in range(1, 100)], columns=["seeker", "candidate", "grade"]
    )
    lists = rank_graded(matcher, far)
    barred = {*matcher.scorer.pool.twins.get(0, ())}
    assert lists["grade"].notna().sum() >= 80 - len(barred)


@pytest.mark.filterwarnings("ignore")
def test_the_command_line_says_what_lists_are_worth(tmp_path):
    path, config = tmp_path / "p.jsonl", tmp_path / "c.toml"
    path.write_text("\n".join(map(json.dumps, generate(150))))
    config.write_text("[scale]\nexhaustive = 0\ncandidates = 5\n")
    asked = [path, "--out", tmp_path / "o.csv", "--config", config, "--explain", "none", "--lang", "id"]
    done = processes.run([MATCHER, "match"], *asked, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"(5|7|10|14|20|28|40) calon per pencari mitra dinilai: daftar bernilai rata-rata [01],", done.stderr
    )


@pytest.mark.filterwarnings("ignore")
def test_vectors_hold_the_highest_weight_of_each_category():
    pool = Matcher().fit(read_profiles(list(generate(30)))).scorer.pool
    blocks = pool.composite.blocks(pool.composite.vectors)
    for column, found in (("needs", blocks[-2]), ("offers", blocks[-1])):
        stated = pool.frame[column].tolist()
        named = sorted(
            {one.category for cell in [*pool.frame["needs"], *pool.frame["offers"]] for one in cell}
        )
        expected = [
            [max([one.weight for one in cell if one.category == name], default=0) for name in named]
            for cell in stated
        ]
        np.testing.assert_allclose(found, np.array(expected) / 5.0, rtol=1e-6)


def test_check_raises_the_number_of_candidates_by_steps_until_it_is_enough():
    search = object.__new__(CandidateSearch)
    search._least = 2
    # The best of all pairs has the third highest estimate: 2 are too few, 3 are enough.
    search.check(np.array([[5.0, 4.0, 3.0, 2.0]], dtype=np.float32), np.array([[0.1, 0.1, 0.9, 0.0]]))
    assert search.size == search.value.size == 3
    assert search.value.is_enough


def test_value_of_lists_by_hand():
    estimates = np.array([[3.0, 2.0, 1.0, -np.inf]], dtype=np.float32)
    scores = np.array([[0.1, 0.2, 0.5, -np.inf]])
    two, three = list_values(estimates, scores, (2, 3))
    assert (two.mean, two.low) == pytest.approx((0.3 / 0.8, 0.3 / 0.8))
    assert two.kept == pytest.approx(2 / 3)
    assert (three.mean, three.kept) == (1.0, 1.0)
    assert three.is_enough
    assert not two.is_enough


def has_cuda():
    return open_device("auto") == "cuda"


@pytest.mark.filterwarnings("ignore")
def test_estimates_of_a_device_are_those_of_the_processor(table, monkeypatch):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    matcher = Matcher(settings(60)).fit(table)
    search, pool = matcher.scorer.search, matcher.scorer.pool
    seekers, eligible = pool.organisations.take(np.arange(50)), np.ones((50, len(pool)), dtype=bool)
    eligible[:, :5] = False
    expected = search.estimates(seekers, eligible, np.ones(50))
    # Without a GPU the same code runs on the device "cpu" of PyTorch, under its longer name.
    monkeypatch.setattr(search, "_device", "cuda" if has_cuda() else "cpu:0")
    found = search.estimates(seekers, eligible, np.ones(50))
    assert isinstance(search._on_device, torch.Tensor)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    chosen = (np.argsort(-each, axis=1, kind="stable")[:, :60] for each in (found, expected))
    same = [np.isin(*pair).mean() for pair in zip(*chosen, strict=True)]
    assert min(same) >= 0.98


@pytest.mark.filterwarnings("ignore")
def test_lists_of_a_gpu_are_those_of_the_processor(table):
    if not has_cuda():
        pytest.skip("PyTorch finds no CUDA device: lists of a GPU are not compared")
    lists = [
        Matcher(settings(60, device=device)).fit(table).recommend_all(10, explain=False)
        for device in ("cpu", "cuda")
    ]
    both = scores_of(lists[0]).to_frame("ours").join(scores_of(lists[1]), how="inner")
    assert len(both) >= 0.99 * len(lists[0])
    np.testing.assert_allclose(both["ours"], both["score"], atol=2e-6)


def test_a_device_that_is_missing_is_an_error():
    if has_cuda():
        pytest.skip("PyTorch finds a CUDA device, which is no error")
    assert open_device("auto") == open_device("cpu") == "cpu"
    with pytest.raises(ConfigError, match="device must be one that PyTorch finds here; got cuda"):
        open_device("cuda")


def test_a_device_is_known_without_pytorch(monkeypatch):
    monkeypatch.setattr("matcher.encoders.device.find_spec", lambda name: None)
    assert open_device("auto") == "cpu"
    with pytest.raises(ConfigError, match=r"got cuda\. Choose auto or cpu"):
        open_device("cuda")
