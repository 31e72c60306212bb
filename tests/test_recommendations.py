"""`Matcher` and `recommend`: what goes in, what comes out, what is refused."""

import copy

import pandas as pd
import pytest

from matcher import Matcher, recommend, recommendations
from matcher.config import Config
from matcher.errors import ConfigError, MatcherError, ProfileError, UnknownSeekerError
from matcher.outcomes import History, read_outcomes
from matcher.profiles import read_profiles
from matcher.ranking import WeightedRanker

pytestmark = pytest.mark.numerical

SCORES = [
    *(
        "seeker",
        "seeker_name",
        "candidate",
        "name",
        "rank",
        "band",
        "score",
        "mutual",
        "seeker_gain",
        "candidate_gain",
    ),
    *("topic", "values", "complementarity", "goals", "expectations", "communication", "conflict", "trust"),
    *("culture", "price", "completeness"),
]
TEXTS = ["reasons_seeker", "reasons_candidate", "concerns", "unknowns"]


def pool():
    return [
        {
            "id": "kopi-lestari",
            "name": "Kopi Lestari",
            "mission": "fair coffee for mountain farmers",
            "needs": [{"category": "training", "text": "courses on drying coffee", "weight": 5}],
            "offers": [{"category": "distribution", "text": "trucks to the harbour", "weight": 4}],
            "languages": ["id"],
            "updated": "2024-01-01",
        },
        {
            "id": "sekolah-tani",
            "name": "Sekolah Tani",
            "mission": "schools where farmers teach farmers",
            "needs": [{"category": "distribution", "text": "trucks to the harbour", "weight": 3}],
            "offers": [{"category": "training", "text": "courses on drying coffee", "weight": 5}],
            "languages": ["id", "en"],
            "updated": "2023-06-01",
        },
        {
            "id": "klinik-laut",
            "name": "Klinik Laut",
            "mission": "clinics on boats for island villages",
            "needs": [{"category": "funding", "text": "money for fuel", "weight": 4}],
            "offers": [{"category": "people", "text": "nurses and doctors", "weight": 4}],
            "languages": ["en"],
            "excludes": ["dana-biru"],
            "updated": "2023-01-01",
        },
        {
            "id": "dana-biru",
            "name": "Dana Biru",
            "mission": "money for clean seas",
            "needs": [{"category": "network", "text": "contacts in island villages", "weight": 2}],
            "offers": [{"category": "funding", "text": "money for fuel", "weight": 5}],
            "languages": ["en", "id"],
            "updated": "2023-03-01",
        },
    ]


BROKEN = {"id": "tanpa-isi", "name": "Tanpa Isi"}


@pytest.fixture
def matcher(encoder):
    return Matcher(encoder=encoder).fit(pool())


@pytest.fixture
def default_encoder(monkeypatch, encoder):
    """Let `recommend`, which takes no encoder, use the fake one."""
    monkeypatch.setattr(recommendations, "open_encoder", lambda _name: encoder)


def value(table, candidate, column):
    return table.set_index("candidate").loc[candidate, column]


def logged(*pairs, stage="agreed"):
    rows = [{"seeker": a, "candidate": b, "stage": stage, "date": date} for a, b, date in pairs]
    return pd.DataFrame(rows)


def test_recommend_columns_are_those_of_the_design_in_order(matcher):
    assert matcher.recommend("kopi-lestari", 2).columns.tolist() == SCORES + TEXTS
    assert matcher.recommend_all(2).columns.tolist() == SCORES + TEXTS


def test_recommend_without_explanations_leaves_the_text_columns_out(matcher):
    assert matcher.recommend("kopi-lestari", 2, explain=False).columns.tolist() == SCORES


def test_recommend_explained_or_not_gives_the_same_numbers(matcher):
    explained = matcher.recommend_all(3)[SCORES]
    pd.testing.assert_frame_equal(explained, matcher.recommend_all(3, explain=False))


def test_recommend_texts_of_the_first_ranks_are_those_of_all(matcher, monkeypatch):
    monkeypatch.setattr("matcher.output.lists.TOP", 1)
    every, first = (matcher.recommend_all(3, explain=explain) for explain in ("all", "top"))
    pd.testing.assert_frame_equal(first[SCORES], every[SCORES])
    pd.testing.assert_frame_equal(first[first["rank"] == 1], every[every["rank"] == 1])
    assert (first.loc[first["rank"] > 1, TEXTS] == "").to_numpy().all()
    pd.testing.assert_frame_equal(matcher.recommend_all(3, explain="none"), every[SCORES])
    monkeypatch.setattr("matcher.output.lists.MOST_EXPLAINED", 2)
    with pytest.warns(UserWarning, match="reasons of the first 1 of each list only"):
        pd.testing.assert_frame_equal(matcher.recommend_all(3), first)
    with pytest.raises(ConfigError, match="none, top or all; got 'some'"):
        matcher.recommend_all(3, explain="some")


def test_recommend_best_candidate_is_the_one_that_meets_the_need(matcher):
    table = matcher.recommend("kopi-lestari", 3)
    assert table.loc[0, "candidate"] == "sekolah-tani"
    assert table.loc[0, "name"] == "Sekolah Tani"
    assert table["rank"].tolist() == [1, 2, 3]
    # The one need, met in full: same category, same words, level 5 of 5.
    assert value(table, "sekolah-tani", "complementarity") == pytest.approx(1.0)
    assert value(table, "klinik-laut", "complementarity") == 0.0


def test_recommend_mutual_is_the_harmonic_mean_of_both_gains(matcher):
    table = matcher.recommend_all(3)
    one, other = table["seeker_gain"], table["candidate_gain"]
    assert table["mutual"].tolist() == pytest.approx((2 * one * other / (one + other)).tolist(), abs=2e-6)


def test_recommend_all_lists_every_organisation_in_the_order_of_ids(matcher):
    table = matcher.recommend_all(2)
    assert table["seeker"].drop_duplicates().tolist() == sorted(one["id"] for one in pool())


def test_recommend_excluded_pair_is_missing_in_both_directions(matcher):
    table = matcher.recommend_all(9)
    pairs = set(zip(table["seeker"], table["candidate"], strict=True))
    assert not {("klinik-laut", "dana-biru"), ("dana-biru", "klinik-laut")} & pairs
    assert len(pairs) == 10


def test_recommend_several_ids_keep_the_order_given(matcher):
    table = matcher.recommend(["sekolah-tani", "dana-biru"], 1)
    assert table["seeker"].tolist() == ["sekolah-tani", "dana-biru"]


def test_recommend_dict_seeker_need_not_be_in_the_pool(matcher):
    seeker = {"kebutuhan": "pendanaan: money for fuel (5)", "misi": "dapur umum"}
    table = matcher.recommend(seeker, 2)
    assert table.loc[0, "candidate"] == "dana-biru"
    assert len(table) == 2


def test_recommend_mixed_list_takes_ids_and_dicts(matcher):
    table = matcher.recommend([{"id": "new", "mission": "fair coffee"}, "dana-biru"], 1)
    assert table["seeker"].tolist() == ["new", "dana-biru"]


@pytest.mark.parametrize("form", [list, pd.DataFrame, read_profiles])
def test_recommend_seekers_as_list_frame_or_table_give_the_same(matcher, form):
    pd.testing.assert_frame_equal(matcher.recommend(form(pool()[:2]), 3), matcher.recommend(pool()[:2], 3))


def test_recommend_row_of_a_table_is_one_seeker(matcher):
    frame = pd.DataFrame(pool())
    expected = matcher.recommend(pool()[0], 3)
    for row in frame.iloc[0], [frame.iloc[0]], next(frame.itertuples(index=False)):
        pd.testing.assert_frame_equal(matcher.recommend(row, 3), expected)
    for ids in frame["id"], frame["id"].to_numpy(), tuple(frame["id"]):
        assert matcher.recommend(ids, 1)["seeker"].drop_duplicates().tolist() == frame["id"].tolist()


@pytest.mark.parametrize("name", ["Kopi Lestari", " kopi  LESTARI", "KOPI-LESTARI", "\u200ekopi-lestari"])
def test_recommend_and_explain_take_a_name(matcher, name):
    pd.testing.assert_frame_equal(matcher.recommend(name, 3), matcher.recommend("kopi-lestari", 3))
    found = matcher.explain(name, "Sekolah Tani")
    assert (found.seeker["id"], found.candidate["id"]) == ("kopi-lestari", "sekolah-tani")
    with pytest.raises(ProfileError, match="another organisation than the seeker"):
        matcher.explain("kopi-lestari", name)


def test_recommend_name_of_several_is_refused_with_their_ids(encoder):
    twice = [{**pool()[0], "id": "kopi-2", "country": "MY"}, *pool()]
    matcher = Matcher(encoder=encoder).fit(twice)
    with pytest.raises(UnknownSeekerError, match=r"several have this name: 'kopi-2', 'kopi-lestari'"):
        matcher.recommend("Kopi Lestari")
    assert len(matcher.recommend("kopi-2", 1)) == 1


def test_recommend_opportunity_borrows_what_it_leaves_empty_from_its_lead(matcher):
    call = {"id": "call", "mission": "fair coffee for mountain farmers", "lead": "kopi-lestari"}
    own, lent = matcher.recommend("kopi-lestari", 3), matcher.recommend(call, 3)
    same = ["candidate", "complementarity", "communication", "seeker_gain", "candidate_gain", "mutual"]
    pd.testing.assert_frame_equal(lent[same], own[same])
    assert "kopi-lestari" not in set(lent["candidate"])
    assert lent["seeker"].unique().tolist() == ["call"]


def test_recommend_opportunity_keeps_what_it_says_itself(matcher):
    call = {"id": "call", "needs": "funding: money for fuel (5)", "languages": "en", "lead": "kopi-lestari"}
    table = matcher.recommend(call, 3)
    assert value(table, "dana-biru", "complementarity") == pytest.approx(1.0)
    assert value(table, "sekolah-tani", "complementarity") == 0.0


def test_recommend_opportunity_obeys_whom_its_lead_excludes(matcher):
    call = {"id": "call", "mission": "boats", "lead": "klinik-laut", "excludes": ["kopi-lestari"]}
    assert set(matcher.recommend(call, 9)["candidate"]) == {"sekolah-tani"}


def test_recommend_opportunity_borrows_the_history_of_its_lead(encoder):
    history = logged(("kopi-lestari", "dana-biru", "2022-05-01"))
    matcher = Matcher(encoder=encoder).fit(pool(), history)
    table = matcher.recommend({"id": "call", "mission": "coffee", "lead": "kopi-lestari"}, 3)
    assert value(table, "dana-biru", "trust") > value(table, "sekolah-tani", "trust")


def test_recommend_opportunity_of_an_unknown_lead_stands_for_itself(matcher):
    table = matcher.recommend({"id": "call", "mission": "fair coffee", "lead": "nobody"}, 9)
    assert len(table) == 4


def test_recommend_unknown_id_is_refused_with_the_closest_ids(matcher):
    with pytest.raises(UnknownSeekerError, match=r"got 'kopi-lestary'\. Did you mean 'kopi-lestari'"):
        matcher.recommend("kopi-lestary")
    with pytest.raises(UnknownSeekerError, match=r"Did you mean 'kopi-lestari' \(Kopi Lestari\)"):
        matcher.recommend("Koppi Lestarri")


def test_recommend_unlike_id_is_refused_without_a_guess(matcher):
    with pytest.raises(UnknownSeekerError, match=r"one of the 4 profiles; got '0000'\.$"):
        matcher.recommend("0000")


def test_recommend_id_of_a_rejected_row_says_that_it_was_rejected(encoder):
    matcher = Matcher(encoder=encoder).fit([*pool(), BROKEN])
    for named in ("tanpa-isi", BROKEN["name"]):
        message = f"'{named}' is in the profiles, but its row was rejected; vision, mission.*: must"
        with pytest.raises(UnknownSeekerError, match=message):
            matcher.recommend(named)


@pytest.mark.parametrize("k", [0, -1, True, 2.5, "3", None])
def test_recommend_wrong_k_is_refused(matcher, default_encoder, k):
    message = rf"k must be a whole number of at least 1; got {k!r}\."
    with pytest.raises(ConfigError, match=message):
        matcher.recommend("kopi-lestari", k)
    with pytest.raises(ConfigError, match=message):
        recommend(pool(), "kopi-lestari", k)


def test_recommend_unknown_language_is_refused(matcher):
    with pytest.raises(ConfigError, match=r"lang must be one of en, id; got 'fr'"):
        matcher.recommend("kopi-lestari", lang="fr")


def test_recommend_empty_list_is_refused(matcher):
    with pytest.raises(ProfileError, match="at least one organisation; got an empty list"):
        matcher.recommend([])


def test_recommend_unusable_dict_is_refused_with_its_column(matcher):
    with pytest.raises(ProfileError, match=r"founded: must be a year .*; got 3000"):
        matcher.recommend({"mission": "coffee", "founded": 3000})


@pytest.mark.parametrize("seeker", [7, None, 2.5])
def test_recommend_seeker_of_a_wrong_type_is_refused(matcher, seeker):
    with pytest.raises(MatcherError, match="seeker must be"):
        matcher.recommend(seeker)


def test_recommend_table_whose_rows_are_all_broken_is_refused(matcher):
    with pytest.raises(ProfileError, match="seeker"):
        matcher.recommend(pd.DataFrame([{**BROKEN, "mission": ""}]))


def test_recommend_weights_and_ranker_together_are_refused(default_encoder):
    with pytest.raises(ConfigError, match="weights and ranker must not both be given"):
        recommend(pool(), "kopi-lestari", weights={"trust": 1}, ranker=WeightedRanker())


def check_gain_follows_only(table, name):
    """Check that gains are ordered by one component; nothing is known of conflicts."""
    assert table["conflict"].isna().all()
    gains = table.groupby(name)["seeker_gain"].agg(["min", "max"])
    assert gains["min"].tolist() == gains["max"].tolist()
    assert gains["min"].is_monotonic_increasing
    assert gains["min"].nunique() > 1


def test_recommend_weights_replace_the_defaults_as_a_whole(default_encoder):
    table = recommend(pool(), "kopi-lestari", weights={"communication": 3})
    check_gain_follows_only(table, "communication")


def test_recommend_ranker_is_used_and_left_as_it_was(default_encoder):
    ranker = WeightedRanker({"complementarity": 1.0})
    table = recommend(pool(), "kopi-lestari", ranker=ranker)
    check_gain_follows_only(table, "complementarity")
    assert not hasattr(ranker, "means_")


@pytest.mark.parametrize("weights", [{"charm": 1}, {"trust": -1}, {"trust": 0}, {}])
def test_recommend_wrong_weights_are_refused(default_encoder, weights):
    with pytest.raises(ConfigError, match="weights"):
        recommend(pool(), "kopi-lestari", weights=weights)


def test_recommend_function_equals_matcher(default_encoder, matcher):
    table = recommend(pool(), "dana-biru", 2, lang="id")
    pd.testing.assert_frame_equal(table, matcher.recommend("dana-biru", 2, lang="id"))
    assert len(recommend(pool(), "dana-biru")) == 2


def test_recommend_history_raises_the_trust_of_earlier_partners(encoder):
    elsewhere = logged(("sekolah-tani", "klinik-laut", "2022-05-01"))
    joint = pd.concat([elsewhere, logged(("dana-biru", "kopi-lestari", "2022-05-01"))])
    tables = [
        Matcher(encoder=encoder).fit(pool(), past).recommend("kopi-lestari") for past in (elsewhere, joint)
    ]
    assert value(tables[1], "dana-biru", "trust") > value(tables[0], "dana-biru", "trust")
    assert value(tables[1], "sekolah-tani", "trust") == value(tables[0], "sekolah-tani", "trust")


def test_fit_without_needs_and_offers_lets_joint_work_count_more(encoder):
    profiles = [{**profile, "needs": [], "offers": []} for profile in pool()]
    history = logged(("kopi-lestari", "dana-biru", "2022-05-01"))

    def settings(matcher, **given):
        ranker = matcher.fit(profiles, **given).scorer.ranker
        return dict(zip(ranker.features_, ranker.weights_.round(2), strict=True))[
            "trust"
        ], ranker.conduct_limit

    assert settings(Matcher(encoder=encoder), history=history) == (0.24, 0.12)
    assert settings(Matcher(encoder=encoder)) == (0.04, 0.04)
    own = Config.from_dict({"weights": {"topic": 0.9, "trust": 0.1}})
    assert settings(Matcher(own, encoder=encoder), history=history) == (0.1, 0.04)


def test_recommend_who_meets_the_need_stands_above_many_peers(encoder):
    need, offer = "loans for farm machines", "farm groups"
    peers = [
        {"id": f"f{n}", "name": f"Farm group {n}", "mission": f"We farm rice in village {n}."}
        | {"needs": f"funding: {need} (5)", "offers": f"network: {offer} (3)"}
        for n in range(12)
    ]
    bank = {"id": "bank", "name": "Bank", "mission": "We lend to farms."}
    bank |= {"needs": f"network: {offer} (3)", "offers": f"funding: {need} (5)"}
    table = Matcher(encoder=encoder).fit([bank, *peers]).recommend([peer["id"] for peer in peers], 1)
    assert set(table["candidate"]) == {"bank"}


def test_recommend_history_after_the_profiles_latest_date_is_ignored(encoder):
    past = logged(("sekolah-tani", "klinik-laut", "2022-05-01"))
    future = logged(("dana-biru", "kopi-lestari", "2024-01-02"))
    without = Matcher(encoder=encoder).fit(pool(), past).recommend_all()
    with_future = Matcher(encoder=encoder).fit(pool(), pd.concat([past, future])).recommend_all()
    pd.testing.assert_frame_equal(with_future, without)


def test_recommend_history_forms_are_all_taken(encoder, tmp_path):
    log = logged(("dana-biru", "kopi-lestari", "2022-05-01"))
    path = tmp_path / "history.csv"
    log.to_csv(path, index=False)
    table = read_outcomes(log)
    forms = [log, path, str(path), table, History(table.works)]
    first, *others = [Matcher(encoder=encoder).fit(pool(), form).recommend_all() for form in forms]
    for other in others:
        pd.testing.assert_frame_equal(other, first)


def test_recommend_path_as_profiles_equals_frame(encoder, tmp_path):
    path = tmp_path / "profiles.jsonl"
    pd.DataFrame(pool()).to_json(path, orient="records", lines=True)
    table = Matcher(encoder=encoder).fit(path).recommend_all()
    pd.testing.assert_frame_equal(table, Matcher(encoder=encoder).fit(pd.DataFrame(pool())).recommend_all())


@pytest.mark.parametrize("profiles", [[pool()[0]], [pool()[0], BROKEN]])
def test_fit_single_usable_profile_is_refused(encoder, profiles):
    message = rf"at least two usable organisations; got 1 of {len(profiles)} rows"
    with pytest.raises(ProfileError, match=message):
        Matcher(encoder=encoder).fit(profiles)


@pytest.mark.parametrize("bar", [{"excludes": ["klinik-laut"]}, {"flag": "red"}])
def test_recommend_pool_without_any_eligible_pair_gives_an_empty_table(encoder, bar):
    barred = [{**one, **bar} for one in pool()[1:3]]
    table = Matcher(encoder=encoder).fit(barred).recommend_all()
    assert table.columns.tolist() == SCORES + TEXTS
    assert len(table) == 0


def test_recommend_seeker_without_any_eligible_candidate_gets_an_empty_table(matcher):
    everybody = [one["id"] for one in pool()]
    table = matcher.recommend({"id": "x", "mission": "boats", "excludes": everybody})
    assert table.columns.tolist() == SCORES + TEXTS
    assert len(table) == 0


def test_recommend_red_flagged_seeker_is_served_but_never_recommended(encoder):
    flagged = [{**one, "flag": "red"} if one["id"] == "dana-biru" else one for one in pool()]
    table = Matcher(encoder=encoder).fit(flagged).recommend_all()
    assert "dana-biru" not in set(table["candidate"])
    assert "dana-biru" in set(table["seeker"])


def test_recommend_caller_s_data_stay_unchanged(encoder):
    frame, seekers, history = pd.DataFrame(pool()), pool()[:1], logged(("dana-biru", "sekolah-tani", "2022"))
    before = copy.deepcopy((frame, seekers, history))
    matcher = Matcher(encoder=encoder).fit(frame, history)
    first = matcher.recommend_all()
    attributes = set(vars(matcher))
    kept = matcher.pool.copy(deep=True)
    matcher.recommend(seekers)
    matcher.recommend({"id": "call", "mission": "boats", "lead": "klinik-laut"})
    pd.testing.assert_frame_equal(frame, before[0])
    assert seekers == before[1]
    pd.testing.assert_frame_equal(history, before[2])
    pd.testing.assert_frame_equal(matcher.pool, kept)
    assert set(vars(matcher)) == attributes
    pd.testing.assert_frame_equal(matcher.recommend_all(), first)


def test_recommend_market_strength_zero_scores_by_mutual_alone(encoder):
    free = Config.from_dict({"market": {"strength": 0.0}})
    table = Matcher(free, encoder=encoder).fit(pool()).recommend_all()
    assert table["score"].tolist() == table["mutual"].tolist()
    assert table["price"].max() > 0


def test_fit_again_forgets_the_former_pool(encoder):
    matcher = Matcher(encoder=encoder).fit(pool())
    matcher.fit(pool()[:2])
    assert matcher.recommend_all()["candidate"].tolist() == ["sekolah-tani", "kopi-lestari"]
