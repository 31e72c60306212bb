"""`Matcher.explain` and `compare`: true to the table, from both sides, with clear errors."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from villages import FISH, ICE, MUSIC, SHOP

from matcher import Matcher
from matcher.config import Config, Weights
from matcher.datasets import load_demo
from matcher.errors import ConfigError, ProfileError, UnknownSeekerError
from matcher.explanations.matches import most_open
from matcher.profiles import Resource


def rows(*changed):
    by_id = {record["id"]: record for record in (FISH, ICE, SHOP, MUSIC)}
    return [*(by_id | {record["id"]: record for record in changed}).values()]


@pytest.fixture
def matcher(encoder):
    return Matcher(encoder=encoder).fit(rows())


def test_explain_agrees_with_the_table(demo):
    table = demo.recommend("omah-sareh", 5)
    for row in table.itertuples():
        told = demo.explain("omah-sareh", row.candidate)
        assert [told.score, told.mutual, told.seeker_side.gain, told.candidate_side.gain] == pytest.approx(
            [row.score, row.mutual, row.seeker_gain, row.candidate_gain], abs=1e-6
        )
        assert (told.rank, told.band) == (row.rank, row.band)
        assert " | ".join(told.seeker_side.reasons) == row.reasons_seeker
        assert " | ".join(told.candidate_side.reasons) == row.reasons_candidate
        assert " | ".join(told.concerns) == row.concerns
        assert " | ".join(told.unknowns) == row.unknowns


def test_explain_turned_pair_swaps_the_sides(matcher):
    ours, theirs = matcher.explain("desa", "pabrik"), matcher.explain("pabrik", "desa")
    assert ours.mutual == pytest.approx(theirs.mutual, abs=1e-12)
    assert ours.imbalance == pytest.approx(-theirs.imbalance)
    assert ours.seeker_side.account == theirs.candidate_side.account
    assert ours.seeker_side.needs == theirs.candidate_side.needs
    assert ours.seeker_side.percentile == theirs.candidate_side.percentile


def test_explain_table_sums_to_both_gains(demo):
    told = demo.explain("omah-sareh", "arafura-polytechnic")
    sums = told.table().groupby("side")["amount"].sum()
    assert sums["seeker"] == pytest.approx(told.seeker_side.gain, abs=1e-9)
    assert sums["candidate"] == pytest.approx(told.candidate_side.gain, abs=1e-9)


def test_explain_needs_are_all_there_with_levels_and_the_best_offer(matcher):
    needs = matcher.explain("desa", "pabrik").seeker_side.needs
    assert [need.need for need in needs] == ["cold store for fish", "boats"]
    first = needs[0]
    assert (first.category, first.importance, first.offer_category, first.level) == (
        "facilities",
        5,
        "facilities",
        4,
    )
    # Half by meaning: 4 of 7 words shared, 4 / sqrt(4 x 7); half by words: all but "near" and "pier" shared.
    assert 0.5 * 4 / np.sqrt(28) < first.likeness < 0.5 * 4 / np.sqrt(28) + 0.5
    # same category: .3 + .7 x likeness; level 4 of 5
    assert first.met == pytest.approx((0.3 + 0.7 * first.likeness) * 0.8)
    assert {(word.ours, word.theirs) for word in first.words} == {(w, w) for w in ("cold", "store", "fish")}
    assert sum(word.share for word in first.words) == pytest.approx(1.0)
    assert [need.answer for need in needs] == ["answered", "open"]


def test_explain_without_offers_leaves_needs_open(encoder):
    silent = {**ICE, "offers": ""}
    needs = Matcher(encoder=encoder).fit(rows(silent)).explain("desa", "pabrik").seeker_side.needs
    assert [(need.offer, need.level, need.met) for need in needs] == [("", 0, 0.0), ("", 0, 0.0)]


def test_explain_passages_stand_side_by_side_with_the_words_that_carry_them(matcher):
    (match,) = matcher.explain("desa", "pabrik").passages
    texts = match.quotes.ours.text, match.quotes.theirs.text
    assert (match.aspect, *texts) == ("values", FISH["mission"], ICE["mission"])
    assert match.likeness == pytest.approx(4 / 6)  # villages that sell fish, of six words each
    assert {ours for ours, _ in match.words} <= {"villages", "sell", "fish"}
    assert match.words


def test_explain_percentile_is_the_share_of_pairs_below(matcher):
    gains = []
    for row in matcher.pool["id"]:
        table = matcher.recommend(row, 9, explain=False)
        gains += [*table["seeker_gain"], *table["candidate_gain"]]
    told = matcher.explain("desa", "pabrik").seeker_side
    below = np.mean(np.array(gains) < round(told.gain, 6))
    assert told.percentile == pytest.approx(below, abs=0.05)


def test_explain_improvement_of_a_need_comes_true():
    """What an offer is said to bring is what it brings when it is made, in a pool that stays as it is."""
    config = Config(weights=Weights(complementarity=1.0))  # nor what it adds to the topic
    matcher = Matcher(config).fit(load_demo())
    seeker = next(record for record in matcher.table.kept.to_dict("records") if len(record["offers"]) == 3)
    listed = matcher.recommend(seeker, 60, explain=False)["candidate"][20:]
    told = (matcher.explain(seeker, candidate) for candidate in listed)
    before, change = next(
        (one, each) for one in told for each in one.improvements if each.kind == "their_need"
    )
    need = most_open(before.candidate_side.needs)
    offers = [*seeker["offers"], Resource(need.category, need.need, 5)]
    after = matcher.explain({**seeker, "offers": offers}, before.candidate["id"])
    assert after.mutual == pytest.approx(change.mutual, abs=1e-3)


def test_explain_improvements_all_raise_the_match_the_most_first(demo):
    for candidate in demo.recommend("omah-sareh", 8, explain=False)["candidate"]:
        told = demo.explain("omah-sareh", candidate)
        assert all(change.mutual > told.mutual for change in told.improvements)
        assert all(one.mutual >= other.mutual for one, other in pairwise(told.improvements))


def test_explain_excluded_pair_is_stated_but_not_eligible(encoder):
    matcher = Matcher(encoder=encoder).fit(rows({**FISH, "excludes": "pabrik"}))
    told = matcher.explain("desa", "pabrik")
    assert not told.is_eligible
    assert np.isnan(told.score)
    assert told.mutual > 0.0
    with pytest.raises(ProfileError, match="got 'pabrik': you exclude them"):
        matcher.compare("desa", "pabrik", "toko")


def test_explain_a_seeker_who_is_not_in_the_pool(matcher):
    told = matcher.explain({"id": "baru", "name": "Baru", "needs": "facilities: cold store"}, "pabrik")
    assert told.seeker["name"] == "Baru"
    assert told.seeker_side.gain > 0.0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("nobody", "desa"), UnknownSeekerError, "seeker must be the id or name of one of the 4 profiles"),
        (("desa", "pabrikk"), UnknownSeekerError, "candidate must be .*Did you mean 'pabrik'"),
        (("desa", "desa"), ProfileError, "another organisation than the seeker; got 'desa' for both"),
    ],
)
def test_explain_wrong_ids_are_refused(matcher, arguments, error, message):
    with pytest.raises(error, match=message):
        matcher.explain(*arguments)


def test_explain_unknown_language_or_unfitted_is_refused(matcher, encoder):
    with pytest.raises(ConfigError, match="lang must be one of en, id; got 'fr'"):
        matcher.explain("desa", "pabrik", lang="fr")
    with pytest.raises(NotFittedError, match="fitted"):
        Matcher(encoder=encoder).explain("desa", "pabrik")


def test_compare_parts_sum_to_the_difference_of_scores(demo):
    first, second = demo.recommend("omah-sareh", 2, explain=False).itertuples()
    both = demo.compare("omah-sareh", first.candidate, second.candidate)
    assert sum(both.score_parts.values()) == pytest.approx(first.score - second.score, abs=2e-6)
    gains = both.table().groupby("side")["difference"].sum()
    assert gains["seeker"] == pytest.approx(first.seeker_gain - second.seeker_gain, abs=2e-6)
    assert gains["candidate"] == pytest.approx(first.candidate_gain - second.candidate_gain, abs=2e-6)
    assert second.name in str(both)


def test_compare_turned_round_turns_every_sign(matcher):
    there, back = matcher.compare("desa", "pabrik", "toko"), matcher.compare("desa", "toko", "pabrik")
    assert there.score_parts == pytest.approx({part: -value for part, value in back.score_parts.items()})
    assert "stands" in there.sentences()[0]
    assert "above" in there.sentences()[0]
    assert "below" in back.sentences()[0]
    assert any(sentence.startswith("you gain more") for sentence in there.sentences())


def test_compare_is_written_in_indonesian(matcher):
    told = str(matcher.compare("desa", "pabrik", "toko", lang="id"))
    assert "berada" in told
    assert "manfaat bagi Anda lebih besar: +0," in told
