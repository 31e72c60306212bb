"""Pairs to learn from: counted against the snapshots, and blind to what is planted of the future."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from matcher.config import Config
from matcher.features import COMPONENT_NAMES
from matcher.learning.training_pairs import gather_pairs
from matcher.outcomes import JointWork
from matcher.outcomes.snapshots import take_snapshots

pytestmark = pytest.mark.numerical

N = 14
IDS = [f"o{place:02}" for place in range(N)]
WORDS = ("farm", "school", "river", "coffee", "music", "health", "forest")


def works_of(n, seed=0, text=False):
    """Return n works of two or three, one a month from 2010."""
    rng = np.random.default_rng(seed)
    works = []
    for place, day in enumerate(pd.date_range("2010-01-01", periods=n, freq="MS")):
        members = rng.choice(IDS, 2 + place % 2, replace=False).tolist()
        mission = f"work number {place} on {' and '.join(rng.choice(WORDS, 3))}" if text else ""
        works.append(JointWork(tuple(sorted(members)), day, members[0], mission))
    return works


def records_of(updated="2020-01-01"):
    return [
        {
            "id": id_,
            "mission": " ".join(WORDS[place % 5 : place % 5 + 3]),
            "kind": ["business", "social"][place % 2],
            "country": ["Kenya", "Chad"][place % 3 % 2],
            "updated": updated,
        }
        for place, id_ in enumerate(IDS)
    ]


@pytest.fixture(autouse=True)
def few_windows(monkeypatch):
    monkeypatch.setattr("matcher.outcomes.snapshots.WINDOWS", 3)


@pytest.fixture
def pool(pool_of):
    return pool_of(*records_of())


@pytest.fixture
def few_drawn(monkeypatch):
    """Draw so few other candidates that each stands for several."""
    monkeypatch.setattr("matcher.learning.training_pairs.HARD", 2)
    monkeypatch.setattr("matcher.learning.training_pairs.RANDOM", 3)
    monkeypatch.setattr("matcher.learning.training_pairs.MOST_PAIRS", 0)


def others_of(snapshots):
    """Count, for each seeker, those that it may meet and that are not partners by a work of another."""
    counts = []
    for snapshot in snapshots:
        ids = snapshot.pool["id"].to_numpy(dtype=object)
        for id_, lead in snapshot.seekers[["id", "lead"]].itertuples(index=False):
            known = snapshot.history.ties(np.array([id_], object), ids)[0] > 0
            after = {m for work in snapshot.after if id_ in work.members for m in work.members}
            known |= np.isin(ids, list(after - snapshot.partners[id_]))
            counts.append((~np.isin(ids, [id_, lead]) & ~known).sum())
    return np.array(counts)


def sums(pairs, values):
    return np.bincount(pairs.seeker, weights=values, minlength=pairs.n_seekers)


def column(pairs, name):
    """Return a feature of both sides, NaN where a snapshot lacks it."""
    return np.concatenate(pairs.columns([name])) if name in pairs.features else np.array([np.nan])


def assert_alike(one, other):
    assert one.features == other.features
    for name in ("seeker_side", "candidate_side", "label", "weight", "seeker", "newcomer", "n_found"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.date == other.date).all()
    assert (one.cluster == other.cluster).all()


@pytest.mark.parametrize("text", [False, True])
def test_pairs_labels_are_the_partners_in_the_pool(encoder, pool, text):
    snapshots = take_snapshots(pool, works_of(40, text=text))
    pairs = gather_pairs(snapshots, Config(), encoder)
    expected = [len(found) for snapshot in snapshots for found in snapshot.partners.values()]
    assert sum(expected) > 20
    assert pairs.n_labels == sum(expected)
    np.testing.assert_array_equal(sums(pairs, pairs.label), expected)
    np.testing.assert_array_equal(pairs.n_found, expected)
    assert pairs.n_seekers == len(expected)
    assert (np.diff(pairs.seeker) >= 0).all()


@pytest.mark.parametrize("text", [False, True])
def test_pairs_weights_sum_to_the_candidates_they_stand_for(encoder, pool, few_drawn, text):
    snapshots = take_snapshots(pool, works_of(40, text=text))
    pairs = gather_pairs(snapshots, Config(), encoder)
    others = others_of(snapshots)
    np.testing.assert_allclose(sums(pairs, pairs.weight * (1 - pairs.label)), others - pairs.n_found)
    assert (pairs.weight[pairs.label == 1] == 1).all()
    np.testing.assert_array_equal(sums(pairs, 1 - pairs.label), np.minimum(5, others - pairs.n_found))
    assert pairs.weight.max() > 1


def test_pairs_never_count_a_partner_of_a_work_that_another_led_as_a_negative(pool, encoder):
    # o00 seeks o01, and joins a work of o02 with o03 in the same days.
    day = pd.Timestamp("2021-01-01")
    works = [JointWork(("o00", "o01"), day, "o00"), JointWork(("o00", "o02", "o03"), day, "o02")]
    snapshots = take_snapshots(pool, works)
    pairs = gather_pairs(snapshots, Config(), encoder)
    seekers = [id_ for snapshot in snapshots for id_ in snapshot.partners]
    at = pairs.seeker == seekers.index("o00")
    # Itself and the two of the other work are left out.
    assert (at.sum(), pairs.label[at].sum()) == (N - 3, 1)
    assert (pairs.seeker == seekers.index("o02")).sum() == N - 1


def test_pairs_of_a_small_pool_hold_everybody_once(encoder, pool):
    snapshots = take_snapshots(pool, works_of(40))
    pairs = gather_pairs(snapshots, Config(), encoder)
    assert (pairs.weight == 1).all()
    np.testing.assert_array_equal(np.bincount(pairs.seeker), others_of(snapshots))


def test_pairs_thinned_keep_partners_and_stand_for_all(encoder, pool, monkeypatch):
    monkeypatch.setattr("matcher.learning.training_pairs.HARD", 2)
    pairs = gather_pairs(take_snapshots(pool, works_of(40, text=True)), Config(), encoder)
    monkeypatch.setattr("matcher.learning.training_pairs.RANDOM", 3)
    thin = pairs.thin()
    assert (thin.n_labels, thin.n_seekers) == (pairs.n_labels, pairs.n_seekers)
    assert len(thin.label) < len(pairs.label)
    np.testing.assert_array_equal(sums(thin, thin.hard), sums(pairs, pairs.hard))
    np.testing.assert_allclose(sums(thin, thin.weight), sums(pairs, pairs.weight))
    assert (sums(thin, (thin.label == 0) & ~thin.hard) <= 3).all()


def test_pairs_date_cluster_and_newcomer_are_those_of_the_snapshot(encoder, pool):
    works = [*works_of(40), JointWork(("o00", "o01"), pd.Timestamp("2009-01-01"))]
    snapshots = take_snapshots(pool, works)
    pairs = gather_pairs(snapshots, Config(), encoder)
    n_seekers = [len(snapshot.seekers) for snapshot in snapshots]
    days = np.repeat([snapshot.labelled_from.to_datetime64() for snapshot in snapshots], n_seekers)
    assert (pairs.date == days).all()
    abouts = [f"{s.labelled_from:%Y-%m-%d} {about}" for s in snapshots for about in s.works.values()]
    assert pairs.cluster.tolist() == abouts
    # Without sampling each seeker meets all others: those without a past are the newcomers.
    start = 0
    for snapshot in snapshots:
        ids = snapshot.pool["id"].tolist()
        fresh = snapshot.history.n_works(np.array(ids, object)) == 0
        for seeker in snapshot.seekers["id"]:
            others = [flag for id_, flag in zip(ids, fresh, strict=True) if id_ != seeker]
            assert pairs.newcomer[pairs.seeker == start].sum() == sum(others)
            start += 1
    assert start == pairs.n_seekers


def test_pairs_ineligible_candidates_never_appear(encoder, pool_of):
    # Those who may not be recommended are a thousand times larger than all others.
    barred = {"o01": {"flag": "red"}, "o02": {"excludes": ["o00"]}, "o03": {}}
    records = [
        {**record, "staff": 1000 if record["id"] in barred else 1, **barred.get(record["id"], {})}
        for record in records_of("2009-01-01")
    ]
    records[0]["excludes"] = ["o03"]
    day = pd.Timestamp("2010-01-01")
    works = [JointWork(("o00", other), day, "o00") for other in ("o01", "o02", "o03", "o05")]
    pairs = gather_pairs(take_snapshots(pool_of(*records), works), Config(), encoder)
    assert (pairs.n_seekers, pairs.n_labels, len(pairs.label)) == (1, 1, N - 4)
    assert (column(pairs, "ratio_staff") == 1).all()


def test_pairs_of_a_call_leave_out_its_lead_and_whom_it_excludes(encoder, pool_of):
    records = records_of("2009-01-01")
    records[0]["excludes"] = ["o03"]
    work = JointWork(("o00", "o01", "o03"), pd.Timestamp("2010-01-01"), "o00", "a farm and a school")
    pairs = gather_pairs(take_snapshots(pool_of(*records), [work]), Config(), encoder)
    # Calls led by o00, o01 and o03: the first and the last may not go to each other.
    np.testing.assert_array_equal(np.bincount(pairs.seeker), [N - 2, N - 1, N - 2])
    np.testing.assert_array_equal(pairs.n_found, [1, 2, 1])
    assert len(set(pairs.cluster)) == 1


def test_pairs_take_numbers_the_seekers_anew(encoder, pool):
    pairs = gather_pairs(take_snapshots(pool, works_of(40)), Config(), encoder)
    wanted = np.arange(pairs.n_seekers) % 3 == 1
    part = pairs.take(wanted)
    rows = np.isin(pairs.seeker, np.flatnonzero(wanted))
    assert part.n_seekers == wanted.sum()
    np.testing.assert_array_equal(np.unique(part.seeker), np.arange(part.n_seekers))
    np.testing.assert_array_equal(part.seeker_side, pairs.seeker_side[rows])
    np.testing.assert_array_equal(part.candidate_side, pairs.candidate_side[rows])
    np.testing.assert_array_equal(sums(part, part.label), part.n_found)
    assert (part.cluster == pairs.cluster[wanted]).all()
    assert (part.date == pairs.date[wanted]).all()
    assert_alike(pairs.take(np.ones(pairs.n_seekers, bool)), pairs)
    assert pairs.take(np.zeros(pairs.n_seekers, bool)).n_seekers == 0


def test_pairs_columns_picks_by_name_in_the_order_asked(encoder, pool):
    pairs = gather_pairs(take_snapshots(pool, works_of(40)), Config(), encoder)
    names = ["same_kind", "ties", "communication"]
    ours, theirs = pairs.columns(names)
    for place, name in enumerate(names):
        column = pairs.features.index(name)
        np.testing.assert_array_equal(ours[:, place], pairs.seeker_side[:, column])
        np.testing.assert_array_equal(theirs[:, place], pairs.candidate_side[:, column])


def test_pairs_same_seed_same_pairs_and_another_seed_others(encoder, pool, few_drawn):
    snapshots = take_snapshots(pool, works_of(40))
    one = gather_pairs(snapshots, Config(), encoder, seed=1)
    assert_alike(gather_pairs(snapshots, Config(), encoder, seed=1), one)
    other = gather_pairs(snapshots, Config(), encoder, seed=2)
    assert not np.array_equal(one.candidate_side, other.candidate_side, equal_nan=True)


def test_pairs_shuffled_pool_and_works_give_the_same(encoder, pool, few_drawn):
    rng = np.random.default_rng(0)
    works = works_of(20, text=True)
    turned_pool = pool.iloc[rng.permutation(N)].reset_index(drop=True)
    turned_works = [works[place] for place in rng.permutation(len(works))]
    made = [
        gather_pairs(take_snapshots(p, w), Config(), encoder)
        for p, w in ((pool, works), (turned_pool, turned_works))
    ]
    assert_alike(*made)


def test_pairs_features_are_float32_in_range_and_named(encoder, pool):
    pairs = gather_pairs(take_snapshots(pool, works_of(40, text=True)), Config(), encoder)
    assert pairs.features[: len(COMPONENT_NAMES)] == COMPONENT_NAMES
    for side in (pairs.seeker_side, pairs.candidate_side):
        assert side.dtype == np.float32
        known = side[~np.isnan(side)]
        assert ((known >= 0) & (known <= 1)).all()


def test_pairs_hard_ones_do_not_depend_on_which_seeker_comes_first(encoder, pool_of, monkeypatch):
    monkeypatch.setattr("matcher.learning.training_pairs.HARD", 4)
    # Candidates of unknown languages count as the mean: of all, not of the first seeker alone, whom nobody
    # understands.
    works, records = works_of(40), records_of("2011-01-01")
    first = take_snapshots(pool_of(*records), works)[-1].seekers["id"].iloc[0]
    for place, record in enumerate(records):
        record["languages"] = "fr" if record["id"] == first else ["id", ""][place % 2]
    snapshot = take_snapshots(pool_of(*records), works)[-1]
    turned = replace(snapshot, seekers=snapshot.seekers[::-1].reset_index(drop=True))
    made = []
    for one in (snapshot, turned):
        pairs = gather_pairs([one], Config(), encoder)
        hard = [pairs.seeker_side[(pairs.seeker == seeker) & pairs.hard] for seeker in range(pairs.n_seekers)]
        made.append(dict(zip(one.seekers["id"], hard, strict=True)))
    assert made[0].keys() == made[1].keys()
    for id_, rows in made[0].items():
        np.testing.assert_array_equal(rows, made[1][id_])


def planted(records, works, day):
    """Write into every profile what comes of it from a day on: how many works, and with whom."""
    seen = []
    for record in records:
        later = [w for w in works if w.date >= day and record["id"] in w.members]
        n = len(later)
        met = sorted({member for w in later for member in w.members} - {record["id"]})
        seen.append(
            {
                **record,
                "n_later": n,
                "staff": n,
                "budget": 100 * n,
                "will_work": n > 5,
                "next_partner": met[0] if met else "nobody",
                "next_partners": met,
                "sector": met,
                "mission": " ".join(["met", *met]),
                "values": met,
                "products": met,
                "markets": met,
                "needs": [{"category": "funding", "text": other} for other in met],
                "offers": [{"category": "funding", "text": record["id"]}],
                "indicators": " ".join(met),
                "goals_short": " ".join(met),
                "working_style": " ".join(met),
                "channels": met,
                "evidence": [{"text": "work", "source": "log", "date": f"{w.date:%Y-%m-%d}"} for w in later],
                "flag": "none" if n > 5 else "yellow",
                "updated": "2020-01-01" if n > 5 else "2009-06-01",
            }
        )
    return seen


def test_pairs_of_the_past_are_blind_to_what_profiles_say_of_the_future(encoder, pool_of, few_drawn):
    works = works_of(40)
    day = works[10].date
    plain, leaky = records_of(), planted(records_of(), works, day)
    blind, made = [
        gather_pairs(take_snapshots(pool_of(*records), works), Config(), encoder)
        for records in (plain, leaky)
    ]
    assert made.n_labels > 20
    for name in made.features:
        if name in blind.features:
            for ours, theirs in zip(made.columns([name]), blind.columns([name]), strict=True):
                np.testing.assert_array_equal(ours, theirs, err_msg=name)
        else:
            assert np.isnan(column(made, name)).all(), name
    np.testing.assert_array_equal(made.label, blind.label)


def test_pairs_of_the_past_never_know_a_number_of_later_works_but_today_does(encoder, pool_of):
    works = works_of(40)
    today = works[30].date
    records = [{**record, "updated": f"{today:%Y-%m-%d}"} for record in records_of()]
    n_later = {id_: sum(id_ in w.members for w in works if w.date > today) for id_ in IDS}
    pool = pool_of(*[{**record, "n_later": n_later[record["id"]]} for record in records])
    snapshots = take_snapshots(pool, works)
    pairs = gather_pairs(snapshots, Config(), encoder)
    rolling = pairs.take(pairs.date <= today.to_datetime64())
    assert rolling.n_labels > 10
    assert np.isnan(column(rolling, "ratio_n_later")).all()
    now = pairs.take(pairs.date > today.to_datetime64())
    assert now.n_labels > 5
    assert not np.isnan(column(now, "ratio_n_later")).any()
    # The test can fail: taken as stable, the number is in the past as well.
    stable = gather_pairs(take_snapshots(pool, works, stable=True)[:1], Config(), encoder)
    assert not np.isnan(column(stable, "ratio_n_later")).any()


@pytest.mark.parametrize("stable", [False, True])
def test_pairs_planted_future_separates_labels_only_if_profiles_are_taken_as_stable(encoder, pool_of, stable):
    # Two groups that work only among themselves later; a further column says which group one is in.
    groups = {id_: ["red team", "blue team"][place % 2] for place, id_ in enumerate(IDS)}
    early = [JointWork((a, b), pd.Timestamp("2010-01-01")) for a, b in zip(IDS[:7], IDS[7:], strict=True)]
    early += [JointWork((IDS[0], IDS[2]), pd.Timestamp("2010-02-01"))]
    late = [
        JointWork((one, other), pd.Timestamp("2015-01-01"), one)
        for one, other in zip(IDS[:-4], IDS[4:], strict=True)
    ]
    pool = pool_of(*[{**record, "team": groups[record["id"]]} for record in records_of()])
    pairs = gather_pairs(take_snapshots(pool, [*early, *late], stable=stable), Config(), encoder)
    same = column(pairs, "same_team")
    if stable:
        labels = np.concatenate([pairs.label, pairs.label])
        assert same[labels == 1].mean() > 0.9 > 0.5 > same[labels == 0].mean()
    else:
        assert np.isnan(same).all()


def test_pairs_ages_count_from_the_snapshots_day_whatever_day_is_set(encoder, pool):
    snapshots = take_snapshots(pool, works_of(40))
    pairs = gather_pairs(snapshots, Config(), encoder)
    assert_alike(gather_pairs(snapshots, Config(as_of=dt.date(2035, 1, 1)), encoder), pairs)
    assert np.nanmax(column(pairs, "recency")) > 0.8  # some worked weeks before, none years after
