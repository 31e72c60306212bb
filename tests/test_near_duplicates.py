"""Near-duplicates never take two places of a list, nor are they recommended to each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize

from matcher import Matcher, read_profiles
from matcher.config import Config
from matcher.encoders.lexical import LexicalVectors
from matcher.features.near_duplicates import ROUNDING, _bounds, near_duplicates, twins_of
from matcher.matching.pool import EncodedPool
from matcher.matching.selection import select_best, without_twins

FARMS = (
    "We train hill farmers to prune coffee, dry cherries on raised tables, taste every lot and sell green "
    "beans to roasters abroad through a cooperative warehouse near the harbour"
)
SCHOOL = (
    "Our village school teaches deaf children sign language, prints story books, builds wooden toys and "
    "lends a small library bus to islands without teachers every dry season"
)
ROASTER = (
    "A city roaster buys green coffee beans from farmers, pays before harvest, tastes every lot and trains "
    "baristas who sell cups in twelve small shops beside the station"
)


def rows(**changed):
    made = [
        {"id": "farm", "name": "Hill farm", "mission": FARMS},
        {"id": "farm-2", "name": "Hill farm two", "mission": f"{FARMS} again"},
        {"id": "roaster", "name": "Roaster", "mission": ROASTER},
        {"id": "school", "name": "School", "mission": SCHOOL},
    ]
    stated = {"offers": ["people: hands"]}
    return [{**row, **stated, **changed.get(row["id"].replace("-", "_"), {})} for row in made]


def listed(table, seeker):
    return table.loc[table["seeker"] == seeker, "candidate"].tolist()


@pytest.fixture
def matched(encoder):
    return lambda *records: Matcher(encoder=encoder).fit(records).recommend_all(9)


def test_a_list_has_the_better_of_two_near_duplicates_and_names_the_other(matched):
    table = matched(*rows())
    for seeker in ("roaster", "school"):
        found = listed(table, seeker)
        assert len({*found} & {"farm", "farm-2"}) == 1
        assert len(found) == 2
    kept = table[table["candidate"].str.startswith("farm")].iloc[0]
    other = "Hill farm" if kept["candidate"] == "farm-2" else "Hill farm two"
    assert f"nearly the same as that of “{other}”: a list shows one of the two" in kept["concerns"]


def test_explained_ranks_are_those_of_the_list(encoder):
    matcher = Matcher(encoder=encoder).fit(rows())
    for row in matcher.recommend("roaster", 9).itertuples():
        assert matcher.explain("roaster", row.candidate).rank == row.rank


def test_explanation_names_the_near_duplicate_that_is_in_the_list_instead(encoder):
    matcher = Matcher(encoder=encoder).fit(rows())
    (kept,) = {"farm", "farm-2"} & {*listed(matcher.recommend("roaster", 9), "roaster")}
    (other,) = {"farm", "farm-2"} - {kept}
    left_out = matcher.explain("roaster", other)
    assert (left_out.listed_instead, left_out.rank, left_out.is_eligible) == (kept, 0, True)
    assert f"not in your list, where {kept} has its place" in left_out.to_markdown()
    assert f"tempatnya diisi {kept}" in matcher.explain("roaster", other, lang="id").to_markdown()
    assert "; number " not in left_out.to_markdown()
    assert matcher.explain("roaster", kept).listed_instead == ""
    assert "has its place" not in matcher.explain("roaster", kept).to_markdown()


def test_near_duplicates_are_noted_by_id_without_texts(encoder):
    records = [*rows(), *({**rows()[0], "id": f"copy-{n}"} for n in range(6))]
    plain = read_profiles(records)
    with pytest.warns(UserWarning, match=r"profiles nearly the same .*: 8; Matcher.table.notes says which"):
        table = Matcher(encoder=encoder).fit(plain).table
    notes = table.notes.set_index("id")["reason"]
    assert {*notes.index} == {"farm", "farm-2", *(f"copy-{n}" for n in range(6))}
    assert notes["farm"] == (
        "nearly the same as copy-0, copy-1, copy-2, copy-3, copy-4, …: a list has one of them"
    )
    assert "coffee" not in table.notes.to_csv()
    assert plain.notes.empty


def test_profiles_without_needs_and_offers_are_no_near_duplicates(matched):
    table = matched(*rows(farm={"offers": []}))
    assert {"farm", "farm-2"} <= {*listed(table, "roaster")}


def test_near_duplicates_are_not_recommended_to_each_other_and_explained(encoder):
    matcher = Matcher(encoder=encoder).fit(rows())
    assert listed(matcher.recommend_all(9), "farm") == ["roaster", "school"]
    assert not matcher.explain("farm", "farm-2").is_eligible
    new = {"id": "new", "name": "New", "mission": FARMS, "offers": ["people: hands"]}
    assert {*listed(matcher.recommend(new, 9), "new")} == {"roaster", "school"}


def test_a_red_flagged_near_duplicate_takes_no_place_and_is_named(matched):
    table = matched(*rows(farm={"flag": "red"}))
    found = table[(table["seeker"] == "roaster") & (table["candidate"] == "farm-2")]
    assert "nearly the same as that of “Hill farm”, which carries a red flag" in found["concerns"].item()


def test_profiles_of_few_words_are_no_near_duplicates(matched):
    short = {"farm": {"mission": "We dry coffee"}, "farm_2": {"mission": "We dry coffee"}}
    assert {*listed(matched(*rows(**short)), "roaster")} == {"farm", "farm-2", "school"}


@pytest.mark.parametrize("copies", [1, 5])
def test_copies_take_one_place_whatever_their_number_and_the_order_of_rows(matched, copies):
    records = [*rows(), *({**rows()[0], "id": f"copy-{n}", "name": f"Copy {n}"} for n in range(copies))]
    table, turned = matched(*records), matched(*records[::-1])
    assert table.equals(turned)
    assert len(listed(table, "roaster")) == 2


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=6, max_size=6), min_size=1, max_size=4),
    st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] < pair[1])),
    st.integers(1, 6),
)
def test_selection_has_no_two_twins_and_leaves_out_twins_only(score, pairs, k):
    score = np.array(score)
    twins = {}
    for one, other in pairs:
        twins.setdefault(one, []).append(other)
        twins.setdefault(other, []).append(one)
    twins = {one: np.array(sorted(others)) for one, others in twins.items()}
    found = select_best(score, k, twins)
    everyone = select_best(score, 6)
    for row in range(len(score)):
        kept = found.positions[found.rows == row].tolist()
        expected = []
        for position in everyone.positions[everyone.rows == row].tolist():
            if not any(position in twins.get(one, ()) for one in expected):
                expected.append(position)
        assert kept == expected[:k]


def test_scores_are_left_as_they_were():
    score = np.array([[0.5, 0.4]])
    without_twins(score, {0: np.array([1]), 1: np.array([0])})
    assert score.tolist() == [[0.5, 0.4]]


@pytest.mark.parametrize("many", [1, 10**9], ids=["threads", "one"])
def test_twins_are_those_that_are_near_duplicates_whatever_the_block(encoder, monkeypatch, many):
    monkeypatch.setattr("matcher.features.near_duplicates.MANY", many)
    copies = [{**row, "id": f"{row['id']}-{number}"} for number in range(3) for row in rows()]
    pool = EncodedPool(read_profiles(copies).kept, Config(), encoder)
    close = near_duplicates(pool.organisations, pool.organisations)
    np.fill_diagonal(close, False)
    for block in (1, 5, 512):
        found = twins_of(pool.organisations, block)
        assert {row: others.tolist() for row, others in found.items()} == {
            row: np.flatnonzero(close[row]).tolist() for row in np.flatnonzero(close.any(axis=1)).tolist()
        }


@given(st.integers(0, 99), st.integers(1, 3), st.integers(1, 7), st.sampled_from([1.0, 0.6]))
def test_no_bound_is_below_a_similarity(seed, n_languages, groups, scale):
    rng = np.random.default_rng(seed)
    counts = [rng.poisson(0.5, (20, 9)).astype(float) for _ in range(n_languages)]
    shares = rng.dirichlet(np.full(n_languages, 0.5), 20)
    shares[0] = np.eye(n_languages)[0]
    lexical = LexicalVectors([csr_matrix(normalize(each)) for each in counts], shares, scale)
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("matcher.features.near_duplicates.GROUPS", groups)
        vectors, factors = _bounds(lexical)
    assert ((vectors * factors) @ vectors.T >= lexical.similarity(lexical) - ROUNDING).all()


def test_similarity_of_pairs_is_that_of_all_pairs(encoder):
    lexical = EncodedPool(read_profiles(rows()).kept, Config(), encoder).organisations.lexical
    ones, others = np.indices((4, 4)).reshape(2, -1)
    found = lexical.similarity_of_pairs(lexical, ones, others)
    assert found == pytest.approx(lexical.similarity(lexical).ravel(), abs=1e-12)
