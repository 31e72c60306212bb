"""Signals: by hand where they can be, in range, and never depending on rows, blocks or the future."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from matcher.config import Config
from matcher.features import OrganisationEncoder, SignalEncoder
from matcher.features.past_works import mean_of_best
from matcher.outcomes import History, JointWork
from matcher.profiles import read_profiles

pytestmark = pytest.mark.numerical

TODAY = dt.date(2021, 1, 1)
FROM_HISTORY = (
    *("ties", "common_partners", "adamic_adar", "loyalty", "works", "sought_after"),
    *("led", "joined", "missing_lead", "recency", "last_tie", "recent_ties", "activity", "trend"),
)


def work(members, date, text="", **terms):
    return JointWork(tuple(sorted(members)), pd.Timestamp(date), members[0], text, terms)


class Fitted:
    """A pool with its signals, asked by ids."""

    def __init__(self, encoder, pool, works, as_of=TODAY):
        self.pool = pool
        self.sides = OrganisationEncoder(encoder, Config()).fit(pool)
        self.encoded = self.sides.encode(pool)
        self.signals = SignalEncoder(self.sides).fit(pool, self.encoded, History(works), as_of)
        self.names = self.signals.names
        self.scores = self.signals.score(self.signals.pool, self.signals.pool)

    def of(self, name, seeker, candidate):
        ids = self.pool["id"].tolist()
        return self.scores[ids.index(seeker), ids.index(candidate), self.names.index(name)]

    def part(self, rows):
        """Return the background of some organisations of the pool."""
        return self.signals.encode(self.pool.iloc[rows], self.encoded.take(np.asarray(rows)))

    def seek(self, frame):
        """Return the signals of seekers from outside against the pool."""
        return self.signals.score(self.signals.encode(frame, self.sides.encode(frame)), self.signals.pool)


@pytest.fixture
def fitted(encoder, pool_of):
    def make(records, works=(), as_of=TODAY):
        return Fitted(encoder, pool_of(*records), works, as_of)

    return make


RECORDS = [
    {"id": "a", "mission": "coffee school", "kind": "business", "country": "Chad", "tags": ["tea", "rice"]},
    {
        "id": "b",
        "mission": "coffee farm",
        "kind": "business",
        "country": "Kenya",
        "tags": ["tea"],
        "staff": 4,
    },
    {"id": "c", "mission": "music data", "kind": "social", "country": "Kenya", "staff": 16},
    {"id": "d", "mission": "women health", "kind": "social", "tags": ["Rice"], "grants": 3},
    {"id": "e", "mission": "forest", "tags": ["salt"], "grants": 12},
]
WORKS = [
    work("ab", "2018-01-01", "coffee for all", tags=("tea",)),
    work("bc", "2019-01-01", "music for all", tags=("song", "tea")),
    work("cd", "2020-01-01"),
]


def test_signals_names_state_what_pool_and_history_give(fitted):
    columns = ["same_sector", "same_tags", "same_kind", "same_country", "same_region"]
    numbers = ["ratio_staff", "ratio_grants"]
    assert fitted(RECORDS).names == (*columns, *numbers, "all_text")
    assert fitted(RECORDS, WORKS).names == (
        *columns,
        *numbers,
        "all_text",
        *FROM_HISTORY,
        *("pairs_kind", "pairs_country", "pairs_region"),
        *("similar_work", "similar_works", "recent_similar_works"),
        *("missing_kind", "missing_country", "missing_region", "neighbour_works"),
        *("works_same_tags", "local_works_tags_country", "local_works_tags_region"),
        "similar_work_same_tags",
    )


def test_signals_without_texts_or_date_are_fewer(fitted):
    names = fitted(RECORDS, [WORKS[2]], as_of=None).names
    assert not {
        "recency",
        "last_tie",
        "recent_ties",
        "activity",
        "trend",
        "similar_work",
        "neighbour_works",
        "works_same_tags",
    } & {*names}
    assert {"ties", "works", "pairs_kind"} <= {*names}


def test_signals_of_history_by_hand(fitted):
    made = fitted(RECORDS, WORKS)
    assert made.of("ties", "a", "b") == 0.5  # one of one
    assert made.of("ties", "a", "a") == made.of("ties", "a", "c") == 0
    # a and c share b, who has two partners: 1/2 over 1/2 + 1/4.
    assert made.of("common_partners", "a", "c") == pytest.approx(2 / 3, abs=1e-6)
    assert made.of("works", "a", "b") == made.of("works", "e", "b") == pytest.approx(2 / 5)
    assert made.of("works", "a", "e") == 0
    # b leads the work with c, a the one with b, c the one with d.
    assert [made.of("sought_after", "e", other) for other in "abcde"] == [0, 0.25, 0.25, 0.25, 0]
    assert made.of("recency", "a", "d") == pytest.approx(0.5 ** (366 / 365.25), abs=1e-6)
    assert made.of("recency", "a", "e") == 0


def test_signals_of_groups_by_hand(fitted):
    made = fitted(RECORDS, WORKS)
    # a and c share b, who has two partners; of c's two works b was in one, and one more is added.
    shared = 1 / np.log(3)
    assert made.of("adamic_adar", "a", "c") == pytest.approx(shared / (shared + 1), abs=1e-6)
    assert made.of("loyalty", "c", "b") == pytest.approx(1 / 3, abs=1e-6)
    assert made.of("loyalty", "e", "b") == 0
    years = [(pd.Timestamp(TODAY) - pd.Timestamp(f"{year}-01-01")).days / 365.25 for year in (2018, 2019)]
    first, second = (0.5 ** (each / 3) for each in years)
    assert made.of("recent_ties", "a", "b") == pytest.approx(first / (first + 1), abs=1e-6)
    assert made.of("activity", "e", "b") == pytest.approx((first + second) / (first + second + 1), abs=1e-6)
    assert made.of("trend", "e", "b") == pytest.approx((first + second) / 3, abs=1e-6)
    # b has two works, of which one is like c's text; the mean is over three.
    assert 0 < made.of("similar_works", "a", "b") < made.of("similar_work", "a", "b")
    assert made.of("recent_similar_works", "a", "b") < made.of("similar_works", "a", "b")
    # Both works with a text had a business; c is none itself, a is one. Kinds of e are unknown.
    assert made.of("missing_kind", "c", "a") == 1
    assert made.of("missing_kind", "a", "b") == 0
    assert np.isnan(made.of("missing_kind", "e", "a"))


def test_roles_by_hand(fitted):
    made = fitted(RECORDS, WORKS)
    # a led its one work, b one of two, c one of two, d none of one; one work is added to each number.
    shares = [[made.of(name, "e", other) for other in "abcde"] for name in ("led", "joined")]
    expected = [[1 / 2, 1 / 3, 1 / 3, 0, 0], [0, 1 / 3, 1 / 3, 1 / 2, 0]]
    np.testing.assert_allclose(shares, expected, atol=1e-6)
    # What d and e lack altogether, a lacks by half.
    assert made.of("missing_lead", "d", "a") == made.of("missing_lead", "e", "a") == 1 / 2
    assert made.of("missing_lead", "a", "b") == pytest.approx(1 / 6, abs=1e-6)


def test_last_tie_by_hand(fitted):
    again = work("ba", "2020-01-01")
    made = fitted(RECORDS, [*WORKS, again, JointWork(("d", "e"))])
    assert made.of("last_tie", "a", "b") == made.of("last_tie", "b", "a")
    assert made.of("last_tie", "a", "b") == pytest.approx(0.5 ** (366 / 365.25), abs=1e-6)  # the later one
    assert made.of("last_tie", "b", "c") == pytest.approx(0.5 ** (731 / 365.25), abs=1e-6)
    assert made.of("last_tie", "a", "c") == made.of("last_tie", "d", "e") == 0  # none, and none that is dated


def test_local_works_by_hand(fitted):
    works = [work("be", "2018-01-01", tags=("tea",)), work("ae", "2019-01-01", tags=("tea", "rice"))]
    works += [work("ce", "2020-01-01", tags=("rice",)), work("de", "2020-06-01", tags=("tea",))]
    made = fitted(RECORDS, works)
    # b says tea and is in Kenya: of the works on tea only its own with e had somebody from Kenya.
    assert [made.of("local_works_tags_country", "b", other) for other in "acde"] == [0, 0, 0, 1 / 4]
    assert made.of("works_same_tags", "b", "e") == 1 / 2
    # a says tea and rice and is in Chad; of c no tag is known, of d no country.
    assert [made.of("local_works_tags_country", "a", other) for other in "ce"] == [0, 1 / 4]
    assert made.of("local_works_tags_country", "c", "e") == made.of("local_works_tags_country", "d", "e") == 0


def test_all_text_is_unknown_without_words(fitted):
    made = fitted([*RECORDS, {"id": "f", "mission": "1 2", "vision": ""}])
    assert made.of("all_text", "a", "a") == pytest.approx(1)
    assert made.of("all_text", "a", "b") > made.of("all_text", "a", "c") == 0


def test_mean_of_best_by_hand():
    works = csr_matrix([[1, 1, 1, 1], [0, 1, 0, 0], [0, 0, 0, 0]])
    likeness = np.array([[0.1, 0.5, 0.4, 0.3], [0.0, 0.0, 0.6, 0.0]])
    expected = [[0.4, 0.5 / 3, 0], [0.2, 0, 0]]
    np.testing.assert_allclose(mean_of_best(likeness, works), expected)


def test_columns_by_hand(fitted):
    made = fitted(RECORDS, WORKS)
    # Of five organisations two say tea, two rice.
    assert made.of("same_tags", "a", "b") == 0.5
    assert made.of("same_tags", "b", "a") == 1
    assert made.of("same_tags", "a", "d") == 0.5
    assert made.of("same_tags", "a", "e") == 0
    assert np.isnan(made.of("same_tags", "a", "c"))
    assert (made.of("same_kind", "a", "b"), made.of("same_kind", "a", "c")) == (1, 0)
    assert (made.of("same_country", "b", "c"), made.of("same_country", "a", "b")) == (1, 0)
    assert np.isnan(made.of("same_country", "a", "d"))
    assert made.of("ratio_staff", "b", "c") == 0.25
    assert np.isnan(made.of("ratio_staff", "a", "b"))
    # Business met business once, business social once, social social once; the seeker's own works do not
    # count, and a place in no work met nobody.
    one = pytest.approx(1 / 6, abs=1e-6)
    assert [made.of("pairs_kind", *pair) for pair in ("ab", "ac", "ad", "ca", "cd")] == [0, one, one, 0, 0]
    assert [made.of("pairs_kind", *pair) for pair in ("db", "dc")] == [one, 0]
    assert made.of("pairs_country", "a", "b") == 0
    assert np.isnan(made.of("pairs_country", "a", "d"))
    assert np.isnan(made.of("same_sector", "a", "b"))


def test_works_of_the_same_terms_by_hand(fitted):
    made = fitted(RECORDS, WORKS)
    # a says tea and rice; b took part in two works on tea, c in one, d in one that names none.
    assert [made.of("works_same_tags", "a", other) for other in "abcde"] == [0.25, 0.4, 0.25, 0, 0]
    assert made.of("works_same_tags", "e", "b") == 0
    assert made.of("similar_work_same_tags", "a", "b") == made.of("similar_work", "a", "b") > 0
    assert made.of("similar_work_same_tags", "d", "b") == 0  # rice: no work was on that


def test_similar_work_is_that_of_the_candidate(fitted):
    made = fitted(RECORDS, WORKS)
    assert made.of("similar_work", "a", "b") > made.of("similar_work", "a", "c")
    assert made.of("similar_work", "a", "d") == made.of("similar_work", "a", "e") == 0
    assert made.of("neighbour_works", "a", "b") == pytest.approx(1)  # in all works with a text
    assert made.of("neighbour_works", "a", "e") == 0


def test_signals_of_seekers_that_lack_a_column_are_nan_there_only(fitted):
    made = fitted(RECORDS, WORKS)
    seekers = read_profiles([{"id": "x", "name": "x", "mission": "coffee", "kind": "business"}]).kept
    assert not {"tags", "grants"} & {*seekers.columns}
    unknown = np.isnan(made.seek(seekers)[0]).all(axis=0)
    lacking = {"same_sector", "same_tags", "same_country", "same_region", "ratio_staff", "ratio_grants"}
    lacking |= {f"{kind}_{column}" for kind in ("pairs", "missing") for column in ("country", "region")}
    assert {name for name, is_nan in zip(made.names, unknown, strict=True) if is_nan} == lacking


def test_signals_of_an_opportunity_borrow_the_history_of_its_lead(fitted):
    made = fitted(RECORDS, WORKS)
    call = read_profiles([{"id": "x", "name": "x", "mission": "coffee", "lead": "a"}]).kept
    own = made.scores[0, :, [made.names.index(name) for name in FROM_HISTORY]]
    np.testing.assert_array_equal(made.seek(call)[0, :, [made.names.index(n) for n in FROM_HISTORY]], own)


def test_signals_of_a_term_that_the_pool_never_named_are_unknown(fitted):
    made = fitted(RECORDS, WORKS)
    seekers = read_profiles([{"id": "x", "name": "x", "mission": "x", "tags": ["neverheard"]}]).kept
    assert np.isnan(made.seek(seekers)[0, :, made.names.index("same_tags")]).all()


def test_signals_without_columns_or_history_are_none(encoder, pool_of):
    pool = pool_of({"id": "a", "mission": "x"}, {"id": "b", "mission": "y"}).drop(columns="sector")
    side = OrganisationEncoder(encoder, Config()).fit(pool)
    signals = SignalEncoder(side).fit(pool, side.encode(pool), None, None)
    scores = signals.score(signals.pool, signals.pool)
    assert np.isnan(scores[..., [name != "all_text" for name in signals.names]]).all()


WORDS = ("farm", "school", "river", "coffee", "music")
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
records = st.fixed_dictionaries(
    {"mission": texts},
    optional={
        "kind": st.sampled_from(["business", "social"]),
        "country": st.sampled_from(["Kenya", "Chad"]),
        "tags": st.lists(st.sampled_from(WORDS), max_size=3),
        "form": st.sampled_from(["firm", "club"]),
        "grants": st.integers(0, 5),
        "staff": st.integers(0, 50),
    },
)
pools = st.lists(records, min_size=2, max_size=5).map(
    lambda drawn: read_profiles([{**r, "id": f"o{n}", "name": f"o{n}"} for n, r in enumerate(drawn)]).kept
)
joint_works = st.builds(
    lambda members, days, text, tags: JointWork(
        tuple(sorted(members)),
        None if days is None else pd.Timestamp("2020-01-01") + pd.Timedelta(days=days),
        min(members),
        text,
        {"tags": tuple(tags)} if tags else {},
    ),
    st.sets(st.sampled_from([f"o{n}" for n in range(6)]), min_size=1, max_size=3),
    st.none() | st.integers(0, 300),
    st.just("") | texts,
    st.lists(st.sampled_from(WORDS), max_size=2),
)
histories = st.lists(joint_works, max_size=5)
few = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(pools, histories)
def test_signals_any_pool_lie_between_zero_and_one_or_are_unknown(encoder, pool, works):
    made = Fitted(encoder, pool, works)
    told = made.scores[~np.isnan(made.scores)]
    assert made.scores.shape == (len(pool), len(pool), len(made.names))
    assert ((told >= 0) & (told <= 1)).all()
    always = [made.names.index(name) for name in made.names if name in FROM_HISTORY]
    assert not np.isnan(made.scores[:, :, always]).any()


@few
@given(pools, histories, st.randoms(use_true_random=False))
def test_signals_shuffled_rows_and_works_change_nothing(encoder, pool, works, random):
    order = list(range(len(pool)))
    random.shuffle(order)
    turned_works = random.sample(works, len(works))
    one = Fitted(encoder, pool, works)
    other = Fitted(encoder, pool.iloc[order].reset_index(drop=True), turned_works)
    assert other.names == one.names
    np.testing.assert_allclose(other.scores, one.scores[order][:, order], atol=2e-6)


@few
@given(pools, histories)
def test_signals_block_by_block_equals_all_together(encoder, pool, works):
    made = Fitted(encoder, pool, works)
    background = made.signals.pool
    singles = [made.part([place]) for place in range(len(pool))]
    by_seeker = np.concatenate([made.signals.score(one, background) for one in singles])
    by_candidate = np.concatenate([made.signals.score(background, one) for one in singles], axis=1)
    np.testing.assert_allclose(by_seeker, made.scores, atol=2e-6)
    np.testing.assert_allclose(by_candidate, made.scores, atol=2e-6)


@few
@given(pools, histories, st.data())
def test_signals_permuted_candidates_permute_columns(encoder, pool, works, data):
    made = Fitted(encoder, pool, works)
    order = np.array(data.draw(st.permutations(range(len(pool)))), dtype=np.int64)
    permuted = made.signals.score(made.signals.pool, made.part(order))
    np.testing.assert_allclose(permuted, made.scores[:, order], atol=2e-6)


@few
@given(pools, histories, histories)
def test_signals_as_of_a_date_never_see_works_after_it(encoder, pool, works, more):
    known = [w for w in works if w.day <= pd.Timestamp("2020-06-01")]
    future = [w for w in more if w.day > pd.Timestamp("2020-06-01")]
    one = Fitted(encoder, pool, known, dt.date(2020, 6, 1))
    cut = History([*known, *future]).until(dt.date(2020, 6, 1)).works
    other = Fitted(encoder, pool, cut, dt.date(2020, 6, 1))
    assert other.names == one.names
    np.testing.assert_array_equal(other.scores, one.scores)
    # The test can fail: the works of the future do show where they are known.
    if any(len(w.members) > 1 and {*w.members} <= {*pool["id"]} for w in future):
        seen = Fitted(encoder, pool, [*known, *future], dt.date(2020, 6, 1))
        assert seen.names != one.names or not np.array_equal(seen.scores, one.scores, equal_nan=True)
