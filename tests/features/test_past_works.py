"""Texts of earlier works compared with the profiles of organisations."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from matcher.config import Config
from matcher.features import OrganisationEncoder
from matcher.features.past_works import NEIGHBOURS, best_of_works, likeness_of_works, most_like, nearest_works

pytestmark = pytest.mark.numerical

ENGLISH = "the farmers of the village grow coffee and they sell it with the school"
INDONESIAN = "para petani di desa ini menanam kopi dan menjualnya untuk sekolah mereka"


class OneEncoder:
    """Fake encoder to which all texts mean the same."""

    name = fingerprint = "one"
    is_centred = True
    dimensions = 2

    def encode(self, texts, *, progress=False):
        return np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (len(texts), 1))


@pytest.fixture
def texts_of(encoder, pool_of):
    """Encode missions as a side, and texts of works beside them."""

    def make(missions, works, own=None):
        pool = pool_of(*[{"id": f"o{n:02}", "mission": mission} for n, mission in enumerate(missions)])
        sides = OrganisationEncoder(own or encoder, Config()).fit(pool)
        return sides.encode(pool), sides.encode_texts(works)

    return make


def test_most_like_keeps_the_highest_and_brings_them_to_one():
    kept = most_like(np.array([[0.1, 0.6, 0.2], [0.0, 0.0, 0.0], [0.5, 0.5, 0.5]]), 2)
    np.testing.assert_allclose(kept.toarray(), [[0, 0.75, 0.25], [0, 0, 0], [0.5, 0.5, 0]])


def test_most_like_of_fewer_works_than_wanted_takes_all():
    np.testing.assert_allclose(most_like(np.array([[3.0, 1.0]]), 20).toarray(), [[0.75, 0.25]])


def test_best_of_works_by_hand():
    likeness = np.array([[0.2, 0.9, 0.4], [0.5, 0.0, 0.1]])
    works = csr_matrix(np.array([[1.0, 0, 1], [0, 0, 0], [0, 1, 0]]))
    np.testing.assert_allclose(best_of_works(likeness, works), [[0.4, 0, 0.9], [0.5, 0, 0]])
    assert best_of_works(likeness, csr_matrix((0, 3))).shape == (2, 0)


def test_likeness_of_the_same_text_is_one_and_of_none_zero(texts_of):
    side, works = texts_of([ENGLISH, INDONESIAN], [ENGLISH, INDONESIAN, ""])
    np.testing.assert_allclose(np.diag(likeness_of_works(side, works)), 1.0)
    np.testing.assert_array_equal(likeness_of_works(side, works)[:, 2], 0.0)


def test_likeness_within_a_language_ignores_equal_vectors(texts_of):
    other = "they build a school and a road for the hospital"
    side, works = texts_of([ENGLISH, other], [ENGLISH], own=OneEncoder())
    own, foreign = likeness_of_works(side, works)[:, 0]
    assert own == pytest.approx(1.0)
    assert 0 < foreign < 0.7  # the vectors are the same: by them it would be 1


def test_likeness_across_languages_goes_by_translated_words(texts_of):
    other = "they build bridges and a road for the hospital"
    side, works = texts_of([ENGLISH, INDONESIAN], [ENGLISH, INDONESIAN, other])
    likeness = likeness_of_works(side, works)
    assert min(likeness[0, 1], likeness[1, 0]) > 0.5
    assert likeness[1, 2] < 0.3


def test_likeness_of_words_is_a_power_of_the_cosine(texts_of):
    missions = ["coffee school river", "music data", "coffee school", "health"]
    side, works = texts_of(missions, missions)
    cosines = side.lexical.similarity(side.lexical)
    assert 0 < cosines[0, 2] < 1
    np.testing.assert_allclose(likeness_of_works(side, works), cosines**0.7, atol=1e-7)


def test_likeness_of_works_in_which_nobody_took_part_is_zero(texts_of):
    side, works = texts_of(["coffee school river", "coffee data"], ["coffee school", "coffee"])
    whole = likeness_of_works(side, works)
    some = likeness_of_works(side, works, csr_matrix(np.array([[0.0, 1.0], [0.0, 0.0]])))
    assert (whole > 0).all()
    np.testing.assert_allclose(some, whole * [0, 1], atol=1e-12)


@pytest.mark.parametrize("texts", [[], ["", ""]])
def test_works_without_texts_are_like_nobody(texts_of, texts):
    side, works = texts_of(["coffee", "tea"], texts)
    assert likeness_of_works(side, works).shape == (2, len(texts))
    assert likeness_of_works(side, works).sum() == nearest_works(side, works).sum() == 0


def test_nearest_rows_sum_to_one_and_hold_few_works(texts_of):
    side, works = texts_of(["coffee tea", "zzz"], [f"coffee number{n}" for n in range(NEIGHBOURS + 5)])
    near = nearest_works(side, works)
    np.testing.assert_allclose(near.sum(axis=1).ravel(), [[1.0, near[1].sum()]])
    assert (near[0] > 0).sum() == NEIGHBOURS


def test_nearest_in_blocks_equals_whole(texts_of, monkeypatch):
    side, works = texts_of(["coffee tea", "tea", "data river", "music"], ["coffee", "tea river", "", "music"])
    whole = nearest_works(side, works).toarray()
    monkeypatch.setattr("matcher.features.past_works.BLOCK", 3)
    np.testing.assert_allclose(nearest_works(side, works).toarray(), whole, atol=1e-12)
