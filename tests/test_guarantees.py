"""The guarantees of the design (section 6) as properties over small random pools."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from matcher import Matcher
from matcher.profiles.vocabulary import CATEGORIES

pytestmark = pytest.mark.numerical

WORDS = ["water", "school", "farmers", "books", "health", "solar", "music", "rice", "clinic", "harbour"]
RANGED = ["score", "mutual", "seeker_gain", "candidate_gain", "price", "completeness"]
CLOSE = 2e-6
"""Scores are rounded to six decimals: two roundings may lie one step apart."""

# The shared fake encoder keeps no state, so one for all examples of a property is right. Shrinking is
# left out: each step fits two pools, and a failure would keep everybody waiting for minutes.
PROPERTY = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

sentences = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
resources = st.fixed_dictionaries(
    {
        "category": st.sampled_from(CATEGORIES[:4]),
        "text": phrases,
        "weight": st.integers(min_value=1, max_value=5),
    }
)
claims = st.fixed_dictionaries(
    {
        "text": phrases,
        "source": st.sampled_from(["", "annual report"]),
        "date": st.sampled_from(["", "2021-05-01", "2024-02-29"]),
    }
)
bodies = st.fixed_dictionaries(
    {
        "vision": phrases,
        "mission": sentences,
        "values": st.lists(st.sampled_from(WORDS), max_size=2),
        "goals_short": sentences,
        "goals_long": sentences,
        "indicators": sentences,
        "working_style": sentences,
        "region": st.sampled_from(["", "Maluku", "Papua"]),
        "languages": st.lists(st.sampled_from(["id", "en", "jv"]), max_size=2, unique=True),
        "channels": st.lists(st.sampled_from(["email", "visits"]), max_size=2, unique=True),
        "products": st.lists(st.sampled_from(WORDS), max_size=2),
        "markets": st.lists(st.sampled_from(WORDS), max_size=2),
        "needs": st.lists(resources, max_size=3),
        "offers": st.lists(resources, max_size=3),
        "evidence": st.lists(claims, max_size=2),
        "updated": st.sampled_from(["", "2022-01-15", "2024-03-01"]),
    }
)


@st.composite
def pools(draw, barred=True):
    """Draw 3 to 12 profiles; the first two never bar each other, so some pair is always eligible."""
    records = draw(st.lists(bodies, min_size=3, max_size=12))
    ids = [f"o{place:02}" for place in range(len(records))]
    pool = []
    for place, record in enumerate(records):
        free = place < 2 or not barred
        excludes = [] if free else draw(st.lists(st.sampled_from(ids), max_size=2, unique=True))
        flag = "none" if free else draw(st.sampled_from(["none", "none", "observation", "yellow", "red"]))
        pool.append(
            {"id": ids[place], "name": f"Org {ids[place]}", **record, "excludes": excludes, "flag": flag}
        )
    return pool


def ranked(encoder, pool, k=20, explain=False):
    return Matcher(encoder=encoder).fit(pool).recommend_all(k, explain=explain)


def allowed(seeker, candidate):
    """Say by the rules, not by the code, whether a candidate may be recommended to a seeker."""
    itself = {seeker["id"], seeker.get("lead", "")} - {""}
    return (
        candidate["id"] not in itself
        and candidate["id"] not in seeker.get("excludes", [])
        and not itself & set(candidate["excludes"])
        and candidate["flag"] != "red"
    )


def shown(table, seeker):
    return set(table.loc[table["seeker"] == seeker, "candidate"])


def by_pair(table):
    return table.set_index(["seeker", "candidate"]).sort_index()


@pytest.mark.slow
@PROPERTY
@given(pool=pools(), data=st.data())
def test_guarantees_rows_in_another_order_give_the_same_output(encoder, pool, data):
    shuffled = data.draw(st.permutations(pool))
    pd.testing.assert_frame_equal(
        ranked(encoder, pool, explain=True), ranked(encoder, shuffled, explain=True), check_exact=True
    )


@pytest.mark.slow
@PROPERTY
@given(pool=pools())
def test_guarantees_any_block_size_gives_the_same_output(encoder, pool):
    tables = []
    for block in (64, 2, 1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("matcher.matching.pool.BLOCK", block)
            tables.append(ranked(encoder, pool, explain=True))
    pd.testing.assert_frame_equal(tables[0], tables[1], check_exact=True)
    pd.testing.assert_frame_equal(tables[0], tables[2], check_exact=True)


@pytest.mark.slow
@PROPERTY
@given(pool=pools())
def test_guarantees_profiles_as_seekers_see_only_those_allowed(encoder, pool):
    table = ranked(encoder, pool)
    for seeker in pool:
        assert shown(table, seeker["id"]) == {one["id"] for one in pool if allowed(seeker, one)}


@pytest.mark.slow
@PROPERTY
@given(pool=pools(), data=st.data())
def test_guarantees_opportunities_never_see_their_lead_nor_whom_it_bars(encoder, pool, data):
    lead = data.draw(st.sampled_from(pool))
    own = data.draw(st.lists(st.sampled_from([one["id"] for one in pool]), max_size=2, unique=True))
    call = {"id": "call-1", "name": "Call", "mission": "water rice", "lead": lead["id"], "excludes": own}
    table = Matcher(encoder=encoder).fit(pool).recommend(call, 20, explain=False)
    rules = {**call, "excludes": [*own, *lead["excludes"]]}
    assert shown(table, "call-1") == {one["id"] for one in pool if allowed(rules, one)}
    assert lead["id"] not in shown(table, "call-1")


@pytest.mark.slow
@PROPERTY
@given(pool=pools(barred=False))
def test_guarantees_swapped_pair_swaps_gains_and_keeps_mutual(encoder, pool):
    table = by_pair(ranked(encoder, pool))
    for seeker, candidate in table.index:
        one, other = table.loc[(seeker, candidate)], table.loc[(candidate, seeker)]
        assert one["seeker_gain"] == pytest.approx(other["candidate_gain"], abs=CLOSE)
        assert one["mutual"] == pytest.approx(other["mutual"], abs=CLOSE)
        assert one["completeness"] == pytest.approx(other["completeness"], abs=CLOSE)


@pytest.mark.slow
@PROPERTY
@given(pool=pools(barred=False), need=resources, offer=resources, place=st.integers(min_value=0, max_value=3))
def test_guarantees_added_offer_that_meets_a_need_lowers_the_match_by_topic_only(
    encoder, pool, need, offer, place
):
    # Somebody new, so that the words of the pool count the same before and after.
    needy, giver = dict(pool[0]), dict(pool[1])
    needy["needs"] = [*needy["needs"], need]
    giver["offers"] = [*giver["offers"], offer]
    wanted = needy["needs"][place % len(needy["needs"])]
    richer = {**giver, "offers": [*giver["offers"], {**wanted, "weight": 5}]}
    matcher = Matcher(encoder=encoder).fit([needy, *pool[2:]])
    before, after = (
        matcher.recommend(record, len(pool), explain=False).set_index("candidate").loc[needy["id"]]
        for record in (giver, richer)
    )
    # Whole texts are compared by a cosine: a further text that is not about the same may lower it.
    lost = max(0.0, before["topic"] - after["topic"])
    assert after["candidate_gain"] >= before["candidate_gain"] - lost - CLOSE
    assert after["mutual"] >= before["mutual"] - 2 * lost - CLOSE


@pytest.mark.slow
@PROPERTY
@given(pool=pools(barred=False), beyond=st.integers(min_value=0, max_value=50))
def test_guarantees_k_above_the_pool_returns_the_pool(encoder, pool, beyond):
    table = ranked(encoder, pool, k=len(pool) + beyond)
    assert len(table) == len(pool) * (len(pool) - 1)


@pytest.mark.slow
@PROPERTY
@given(pool=pools(), k=st.integers(min_value=1, max_value=4))
def test_guarantees_batch_equals_one_by_one(encoder, pool, k):
    matcher = Matcher(encoder=encoder).fit(pool)
    together = matcher.recommend_all(k)
    single = [matcher.recommend(seeker["id"], k) for seeker in pool]
    pd.testing.assert_frame_equal(together, pd.concat(single, ignore_index=True), check_exact=True)


@pytest.mark.slow
@PROPERTY
@given(pool=pools())
def test_guarantees_seeker_given_as_a_record_equals_its_id(encoder, pool):
    matcher = Matcher(encoder=encoder).fit(pool)
    pd.testing.assert_frame_equal(matcher.recommend(pool, 20), matcher.recommend_all(20), check_exact=True)


@pytest.mark.slow
@PROPERTY
@given(pool=pools(), k=st.integers(min_value=1, max_value=12))
def test_guarantees_scores_stay_in_range_and_ranks_follow_them(encoder, pool, k):
    table = ranked(encoder, pool, k=k)
    numbers = table.drop(columns=["seeker", "seeker_name", "candidate", "name", "rank", "band"])
    assert numbers[RANGED].notna().all(axis=None)
    assert ((numbers >= 0) & (numbers <= 1) | numbers.isna()).all(axis=None)
    assert (table["score"] <= table["mutual"]).all()
    for _, own in table.groupby("seeker"):
        assert own["rank"].tolist() == list(range(1, len(own) + 1))
        assert own["score"].is_monotonic_decreasing
        assert len(own) <= k


@pytest.mark.slow
@PROPERTY
@given(pool=pools(), k=st.integers(min_value=1, max_value=5))
def test_guarantees_smaller_k_is_the_head_of_a_larger_one(encoder, pool, k):
    matcher = Matcher(encoder=encoder).fit(pool)
    longer = matcher.recommend_all(20, explain=False)
    head = longer[longer["rank"] <= k].reset_index(drop=True)
    pd.testing.assert_frame_equal(matcher.recommend_all(k, explain=False), head, check_exact=True)


@pytest.mark.slow
@PROPERTY
@given(pool=pools(), body=bodies)
def test_guarantees_unrelated_organisation_changes_nobody_else_s_eligibility(encoder, pool, body):
    stranger = {**body, "id": "zz", "name": "Stranger", "excludes": [], "flag": "none"}
    before, after = ranked(encoder, pool), ranked(encoder, [*pool, stranger])
    for seeker in pool:
        assert shown(after, seeker["id"]) - {"zz"} == shown(before, seeker["id"])
        assert "zz" in shown(after, seeker["id"])
