import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from benchmark import app
from benchmarks import judged, languages
from benchmarks.judged import (
    BARRED,
    STUFFED,
    TRAP,
    judge_bands,
    judge_judged,
    judge_lists,
    mean_ratio,
    popularity,
    random_order,
    summarise,
    with_grades,
    write_unread,
    z_scores,
)
from benchmarks.languages import Graded, ranked_lists, tfidf
from matcher import read_profiles

ENGLISH = "We train the farmers of the hills in the use of pumps"
PROFILES = [
    {"id": "a", "mission": ENGLISH},
    {"id": "b", "mission": "We sell the pumps that are used by the farmers of the hills"},
    {"id": "c", "mission": "Kami melatih para petani di pesisir dengan pompa"},
    {"id": "d", "mission": "We mend the boats of the coast"},
    {"id": "e", "mission": "We are the lenders of the coast", "flag": "red"},
    {"id": "f", "mission": "Kami menjual pompa untuk para petani di desa"},
]
TRUTH = [
    ("a", "b", 3, "same-words"),
    ("a", "c", 2, "cross-language"),
    ("a", "d", 1, "trap"),
    ("a", "e", 0, "flagged"),
    ("c", "f", 2, "other-words"),
    ("c", "a", 2, "cross-language"),
    ("d", "a", 0, "stuffed"),
    ("e", "a", 0, "flagged"),
]
LISTS = {
    "a": ["d", "b", "e", "f", "c"],
    "c": ["a", "b", "d", "e", "e2", "f"],
    "d": ["a"],
    "e": ["a", "b"],
}


def pairs():
    return pd.DataFrame(TRUTH, columns=["seeker", "candidate", "grade", "kind"])


def pool():
    return read_profiles([{"name": row["id"], **row} for row in PROFILES]).kept


def market():
    return Graded(pool(), pairs(), complete=True)


def demo():
    return Graded(pool(), pairs().drop(columns="kind"))


def means(sums):
    figures = summarise({"market x": dict.fromkeys(("engine", *judged.BASELINES), sums)})
    return {name: figure["mean"] for name, figure in figures["figures"]["market x"]["engine"].items()}


def test_lists_worked():
    figures = means(judge_lists([LISTS], market()))
    # a: gains 7 and 3 at ranks 2 and 5, best at 1 and 2; c: one of two gains of 3, first; d, e: none good.
    of_a = (7 / np.log2(3) + 3 / np.log2(6)) / (7 + 3 / np.log2(3))
    assert figures["nDCG@5"] == pytest.approx((of_a + 3 / (3 + 3 / np.log2(3))) / 2)
    assert figures["P@1"] == 0.5
    assert figures["recall@3"] == 0.5
    assert figures["recall@5"] == 0.75


def test_groups_worked():
    figures = means(judge_lists([LISTS], market()))
    assert figures["English-English"] == figures["same-words"] == 1.0
    assert figures["Indonesian-Indonesian"] == figures["other-words"] == 0.0
    assert figures["across languages"] == figures["cross-language"] == 1.0


def test_traps_are_counted_over_lists_of_seekers_without_a_red_flag():
    figures = means(judge_lists([LISTS], market()))
    assert figures[TRAP] == figures[STUFFED] == pytest.approx(1 / 3)
    assert [figures[name] for name in BARRED] == pytest.approx([1 / 3, 1 / 3])
    later = {**LISTS, "a": ["b", "c", "d", "f", "x", "e"]}
    figures = means(judge_lists([later], market()))
    assert figures[TRAP] == figures[BARRED[0]] == 0.0
    assert figures[BARRED[1]] == pytest.approx(1 / 3)


def test_a_good_partner_is_no_trap():
    truth = pairs().assign(kind="trap")
    assert means(judge_lists([{"a": ["b"]}], Graded(pool(), truth, complete=True)))[TRAP] == 0.0


def test_an_empty_list_finds_nothing():
    figures = means(judge_lists([{}], market()))
    assert figures["P@1"] == figures["recall@5"] == figures["nDCG@5"] == figures[TRAP] == 0.0


def test_several_lists_are_averaged():
    figures = means(judge_lists([LISTS, {**LISTS, "a": ["b", "c"]}], market()))
    assert figures["P@1"] == 0.75
    assert figures["recall@3"] == 0.625


def test_share_read_counts_all_graded_seekers():
    figures = means(judge_lists([LISTS], demo()))
    # a: d, b, e, c of five; c: a of five (f is sixth); d: a of one; e: a of two.
    assert figures["read"] == pytest.approx(7 / 13)
    assert TRAP not in figures
    assert "read" not in means(judge_lists([LISTS], market()))


def test_unread_pairs_of_the_first_five_are_written(tmp_path):
    write_unread(LISTS, demo(), tmp_path / "new" / "unread.csv")
    unread = pd.read_csv(tmp_path / "new" / "unread.csv")
    assert unread.to_numpy().tolist() == [
        ["a", "f"],
        ["c", "b"],
        ["c", "d"],
        ["c", "e"],
        ["c", "e2"],
        ["e", "b"],
    ]


def test_differences_are_paired_and_markets_count_alike():
    better = judge_lists([LISTS], market())
    worse = judge_lists([{**LISTS, "c": ["b"]}], market())
    against = dict.fromkeys(judged.BASELINES, worse)
    sums = {"demo": {"engine": better, **against}, "market x": {"engine": worse, **against}}
    sums["market y"] = {"engine": better, **against}
    differences = summarise(sums)["differences"]
    found = {name: row["untrained sum"]["P@1"]["mean"] for name, row in differences.items()}
    assert found == {"demo": 0.5, "market x": 0.0, "market y": 0.5, "mean of markets": 0.25}
    same = differences["market x"]["untrained sum"]["nDCG@5"]
    assert same["low"] == same["high"] == 0.0


def test_mean_ratio_draws_seekers_within_each_data_set():
    figure = mean_ratio([([1.0, 0.0, 5.0], [1.0, 1.0, 0.0]), ([2.0], [4.0])])
    assert figure["mean"] == 0.5
    assert figure["n"] == 6.0
    assert (figure["low"], figure["high"]) == (0.25, 0.75)
    assert figure == mean_ratio([([1.0, 0.0, 5.0], [1.0, 1.0, 0.0]), ([2.0], [4.0])])


RECOMMENDED = pd.DataFrame(
    [("a", "d", 1, "strong"), ("a", "b", 2, "strong"), ("a", "f", 3, "weak"), ("d", "a", 1, "strong")],
    columns=["seeker", "candidate", "rank", "band"],
)


def test_bands_worked():
    bands = judge_bands(with_grades(RECOMMENDED, demo()))
    assert (bands["strong"]["rows"], bands["strong"]["read"]) == (3, 3)
    good = bands["strong"]["good"]
    # Wilson: (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n) with p = 1/3, n = 3.
    assert good["mean"] == pytest.approx(1 / 3)
    assert (good["low"], good["high"]) == pytest.approx((0.0615, 0.7923), abs=1e-4)
    assert bands["weak"] == {"rows": 1, "read": 0}
    assert bands["no good partner"] == {"seekers": 1, "strong": 1}


def test_bands_of_a_market_count_pairs_that_are_not_listed_as_poor():
    bands = judge_bands(with_grades(RECOMMENDED, market()))
    assert bands["weak"]["read"] == 1
    assert bands["weak"]["good"]["mean"] == 0.0


def test_z_scores_leave_the_seeker_out_and_take_equal_scores():
    scores = pd.DataFrame([[np.nan, 1.0, 3.0], [2.0, np.nan, 2.0]])
    assert z_scores(scores).iloc[0, 1:].tolist() == [-1.0, 1.0]
    assert z_scores(scores).iloc[1, [0, 2]].tolist() == [0.0, 0.0]


def test_popularity_gives_everybody_one_order():
    scores = popularity(pool(), ["a", "b"])
    similar = tfidf(pool(), list("abcdef"))
    assert scores.loc["a", "c"] == scores.loc["b", "c"] == pytest.approx(similar["c"].mean())
    assert np.isnan(scores.loc["a", "a"])


def test_random_orders_follow_the_seed():
    orders = [ranked_lists(random_order(seed)(pool(), ["a"])) for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]


@pytest.fixture
def folders(tmp_path, monkeypatch):
    for folder in (tmp_path / "markets" / "b", tmp_path / "judged" / "market"):
        folder.mkdir(parents=True)
        lines = [json.dumps({"name": row["id"], **row}) for row in PROFILES]
        (folder / "organisations.jsonl").write_text("\n".join(lines), encoding="utf-8")
        pairs().to_csv(folder / "truth.csv", index=False)
    (tmp_path / "markets" / "empty").mkdir()
    monkeypatch.setattr(languages, "MARKETS", tmp_path / "markets")
    return tmp_path


@pytest.mark.slow
def test_data_sets_that_are_not_there_are_named(folders, capsys):
    results = judge_judged(folders / "judged")
    printed = capsys.readouterr().out
    assert "demo: left out, for" in printed
    assert "market a: left out" not in printed
    assert list(results["figures"]) == ["market a", "market b", "mean of markets"]
    assert set(results["figures"]["market b"]) == {"engine", *judged.SYSTEMS}
    assert results["figures"]["market a"] == results["figures"]["market b"]
    assert results["figures"]["market b"]["engine"][BARRED[1]]["mean"] == 0.0
    assert "| mean of markets | untrained sum | +" in printed


def test_bands_are_shown_if_recommendations_have_them(folders, capsys, monkeypatch):
    recommend = judged.Matcher.recommend

    def banded(self, *arguments, **options):
        table = recommend(self, *arguments, **options)
        return table.assign(band=np.where(table["rank"] == 1, "strong", "weak"))

    monkeypatch.setattr(judged.Matcher, "recommend", banded)
    results = judge_judged(folders)
    assert list(results["bands"]) == ["market b", "all markets"]
    assert results["bands"]["market b"]["strong"]["rows"] == 4
    assert results["bands"]["market b"]["no good partner"] == {"seekers": 2, "strong": 2}
    assert "| market b | strong | 4 | 4 |" in capsys.readouterr().out


@pytest.mark.slow
def test_command_judges_the_demo_and_writes_what_is_unread(folders, monkeypatch):
    monkeypatch.setattr(judged, "load_demo", lambda: [{"name": row["id"], **row} for row in PROFILES])
    pairs().drop(columns="kind").to_csv(folders / "judged" / "demo_grades.csv", index=False)
    files = folders / "figures.json", folders / "unread.csv"
    options = ["--judged", folders / "judged", "--json", files[0], "--unread", files[1]]
    done = CliRunner().invoke(app, ["quality", "--part", "judged", *map(str, options)])
    assert done.exit_code == 0, done.output
    assert "left out" not in done.output
    figures = json.loads(files[0].read_text(encoding="utf-8"))["judged"]["figures"]
    assert list(figures) == ["demo", "market a", "market b", "mean of markets"]
    unread = pd.read_csv(files[1])
    read = figures["demo"]["engine"]["read"]
    # The lists of a, c and d have the four others that carry no red flag; that of e has five.
    assert len(unread) == pytest.approx((1.0 - read["mean"]) * read["n"])
    assert read["n"] == 4 + 4 + 4 + 5
