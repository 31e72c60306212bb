import ast
import datetime as dt
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from worlds import history_of

import matcher
from matcher.columns import Profile
from matcher.config import Config, Weights
from matcher.features import (
    COMPONENT_NAMES,
    COMPONENTS,
    DECIMALS,
    Context,
    OrganisationEncoder,
    score_pairs,
)
from matcher.output.report.sections import ReportLabels
from matcher.output.results import RECOMMENDATION

pytestmark = pytest.mark.numerical

SYMMETRIC = [name for name in COMPONENT_NAMES if hasattr(import_module(f"matcher.features.{name}"), "score")]
NAMES = list(COMPONENT_NAMES)
PACKAGE = Path(matcher.__file__).parent
LISTS = ("needs", "offers", "products")
HISTORY = history_of([("o001", "o002"), ("o001", "o002"), ("o003", "o000")])


def every(seekers, candidates):
    return np.tile(np.arange(len(candidates)), (len(seekers), 1))


def all_pairs(seekers, candidates, context):
    return score_pairs(seekers, candidates, context, every(seekers, candidates))


def scored(side, history=None, config=None):
    return all_pairs(side, side, Context(config or Config(), history))[0]


def has(records, *columns):
    return np.array([any(record.get(column) for column in columns) for record in records])


def flagged(records):
    return np.array([record.get("flag", "none") != "none" for record in records])


def both(records, *columns):
    return np.logical_and.outer(has(records, *columns), has(records, *columns))


def known_pairs(records):
    """Say which pairs the design calls known, component by component."""
    everyone = np.ones(len(records), dtype=bool)
    return {
        "topic": both(records, "vision", "mission", "values", "goals_short", "goals_long", *LISTS),
        "values": both(records, "vision", "mission", "values"),
        "complementarity": np.logical_and.outer(has(records, "needs"), has(records, "offers")),
        "goals": both(records, "goals_short") | both(records, "goals_long"),
        "expectations": both(records, "indicators") | both(records, "goals_short", "goals_long"),
        "communication": both(records, "languages") | both(records, "channels") | both(records, "region"),
        "conflict": both(records, "products") & both(records, "markets"),
        "trust": np.logical_and.outer(everyone, has(records, "evidence", "updated") | flagged(records)),
        "culture": both(records, "working_style"),
    }


def test_components_are_the_designs_with_one_gate():
    assert set(NAMES) == set(known_pairs([{}]))
    assert [component.name for component in COMPONENTS if component.is_gate] == ["conflict"]
    assert set(Weights.model_fields) == set(NAMES) - {"conflict"}
    assert len(set(NAMES)) == len(NAMES)
    assert SYMMETRIC == ["topic", "communication", "conflict", "culture"]


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_component_texts_are_translated_and_reach_report_and_workbook(component, translated):
    texts = (component.label, component.short_label, component.meaning, component.content)
    assert all(translated.get(text) for text in texts)
    labels, column = ReportLabels("en"), RECOMMENDATION[component.name]
    assert labels.component(component.name).lower() == component.label.lower()
    assert column["text"] == component.content
    assert column.get("good", "")[:4] == {1: "high", 0: "", -1: "low,"}[component.direction]


def test_components_are_listed_in_the_configuration_only():
    # A further component is its own module, a line in the configuration, and translations; only the
    # reasons say something of a component's own.
    listing = []
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        if len(texts & set(NAMES)) > len(NAMES) / 2:
            listing.append(path.relative_to(PACKAGE).as_posix())
    assert sorted(listing) == ["config.py", "explanations/reasons.py"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_score_pairs_random_pool_stays_in_range_and_rounded(side_of, random_records, seed):
    scores = scored(side_of(*random_records(25, seed)), HISTORY)
    known = scores[~np.isnan(scores)]
    assert scores.shape == (25, 25, len(NAMES))
    assert ((known >= 0) & (known <= 1)).all()
    np.testing.assert_array_equal(known, known.round(DECIMALS))
    assert len(np.unique(known)) > 50


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [1, 2])
def test_score_pairs_random_pool_is_nan_exactly_where_an_input_lacks(side_of, random_records, name, seed):
    records = random_records(25, seed)
    scores = scored(side_of(*records))[:, :, NAMES.index(name)]
    np.testing.assert_array_equal(~np.isnan(scores), known_pairs(records)[name])


@pytest.mark.parametrize("name", SYMMETRIC)
def test_score_pairs_declared_symmetry_holds(side_of, random_records, name):
    scores = scored(side_of(*random_records(25, 4)), HISTORY)[:, :, NAMES.index(name)]
    np.testing.assert_allclose(scores, scores.T, atol=10**-DECIMALS)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_score_pairs_equals_the_components_own_score(side_of, random_records, component):
    side, context = side_of(*random_records(12, 5)), Context(Config(), HISTORY)
    own = np.clip(component.both(side, side, context, every(side, side))[0], 0, 1).round(DECIMALS)
    np.testing.assert_array_equal(all_pairs(side, side, context)[0][:, :, NAMES.index(component.name)], own)


@pytest.mark.parametrize("block", [1, 3, 7])
def test_score_pairs_in_blocks_equals_whole(side_of, random_records, block):
    side, context = side_of(*random_records(20, 6)), Context(Config(), HISTORY)
    whole, turned = all_pairs(side, side, context)
    rows = [np.arange(start, min(start + block, 20)) for start in range(0, 20, block)]
    by_seeker = np.concatenate([all_pairs(side.take(part), side, context)[0] for part in rows])
    by_candidate = np.concatenate([all_pairs(side, side.take(part), context)[0] for part in rows], axis=1)
    np.testing.assert_array_equal(by_seeker, whole)
    np.testing.assert_array_equal(by_candidate, whole)
    np.testing.assert_allclose(turned, whole.swapaxes(0, 1), atol=10**-DECIMALS)


@pytest.mark.parametrize("history", [None, HISTORY])
@pytest.mark.parametrize("seed", range(6))
def test_score_pairs_of_lists_equals_those_of_all_pairs(side_of, random_records, seed, history):
    side, rng = side_of(*random_records(30, seed)), np.random.default_rng(seed)
    rows = rng.integers(30, size=12)
    columns = np.sort([rng.permutation(30)[:9] for _ in rows], axis=1)
    context = Context(Config(), history)
    whole, seekers = all_pairs(side, side, context), side.take(rows)
    listed = score_pairs(seekers, side, context, columns)
    for one, every in zip(listed, whole, strict=True):
        np.testing.assert_allclose(one, every[rows[:, None], columns], atol=1.01 * 10**-DECIMALS)
    first = score_pairs(seekers.take(np.arange(1)), side, context, columns[:1])
    np.testing.assert_array_equal(first[0], listed[0][:1])


def test_score_pairs_taken_in_any_order_equals_those_rows(side_of, random_records):
    side, context = side_of(*random_records(15, 7)), Context(Config(), HISTORY)
    places = np.array([4, 0, 9, 9, 14])
    part, _ = all_pairs(side.take(places), side.take(places[::-1]), context)
    whole, _ = all_pairs(side, side, context)
    np.testing.assert_array_equal(part, whole[places][:, places[::-1]])


def test_score_pairs_shuffled_pool_gives_the_same_scores(encoder, pool_of, random_records):
    pool = pool_of(*[{"id": f"o{place:03}", **record} for place, record in enumerate(random_records(15, 8))])
    order = np.random.default_rng(0).permutation(15)
    turned = pool.iloc[order].reset_index(drop=True)
    one, other = [
        scored(OrganisationEncoder(encoder, Config()).fit(p).encode(p), HISTORY) for p in (pool, turned)
    ]
    np.testing.assert_array_equal(other, one[order][:, order])


def test_score_pairs_reordered_needs_offers_and_lists_give_the_same_scores(side_of, random_records):
    records = random_records(15, 9)
    lists = ("needs", "offers", "products", "markets", "languages", "channels", "evidence")
    turned = [{k: v[::-1] if k in lists else v for k, v in record.items()} for record in records]
    np.testing.assert_allclose(
        scored(side_of(*turned), HISTORY), scored(side_of(*records), HISTORY), atol=10**-DECIMALS
    )


def test_score_pairs_pool_of_bare_profiles_knows_only_what_is_there(side_of):
    scores = scored(side_of({"vision": "farm school"}, {"vision": "farm river"}))
    assert NAMES[:2] == ["topic", "values"]
    assert not np.isnan(scores[:, :, :2]).any()
    assert np.isnan(scores[:, :, 2:]).all()


def test_side_take_keeps_every_field_aligned(side_of, random_records):
    side = side_of(*random_records(10, 10))
    places = np.array([7, 2])
    part = side.take(places)
    assert list(part.ids) == ["o007", "o002"]
    assert len(part) == len(part.passages) == len(part.needs) == len(part.lexical) == 2
    np.testing.assert_array_equal(part.freshness, side.freshness[places])


def test_side_encoder_dates_count_from_the_latest_in_the_pool(encoder, pool_of):
    pool = pool_of(
        {"id": "a", "vision": "x", "updated": "2020-05-01"},
        {"id": "b", "vision": "x", "evidence": "claim (source, 2021-06-01)"},
    )
    assert str(OrganisationEncoder(encoder, Config()).fit(pool).as_of) == "2021-06-01"
    fixed = Config(as_of=dt.date(2022, 1, 1))
    assert str(OrganisationEncoder(encoder, fixed).fit(pool).as_of) == "2022-01-01"


def test_side_encoder_pool_without_dates_never_ages_a_dated_seeker(encoder, pool_of):
    # The pool names no date, so no age can be known: a dated seeker is not centuries old.
    sides = OrganisationEncoder(encoder, Config()).fit(
        pool_of({"id": "a", "vision": "x"}, {"id": "b", "vision": "y"})
    )
    seeker = sides.encode(pool_of({"id": "s", "vision": "x", "updated": "2024-01-01"}))
    assert not seeker.freshness[0] < 0.01


def test_side_encoder_encodes_each_distinct_text_in_one_call(encoder, pool_of):
    calls = []

    class Counting(type(encoder)):
        def encode(self, texts, *, progress=False):
            calls.append(list(texts))
            return super().encode(texts, progress=progress)

    pool = pool_of({"id": "a", "vision": "farm school river solar", "needs": "funding: cash"})
    OrganisationEncoder(Counting(), Config()).fit(pool).encode(pool)
    assert [sorted(texts) for texts in calls] == [["cash", "farm school river solar"]]
    assert pool[Profile.ID].tolist() == ["a"]
