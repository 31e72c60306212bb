import json
import shutil

import numpy as np
import pytest

from matcher.encoders.lexicon import LEXICON, Lexicon, open_lexicon, tabulate
from matcher.encoders.static import bundled_model
from matcher.encoders.words import stems_of
from matcher.errors import EncoderError


@pytest.fixture(scope="module")
def lexicon():
    return open_lexicon()


def translate(lexicon, source, target, phrase):
    """The translations of a phrase as a whole, by probability."""
    found = lexicon.directions[source, target].of(" ".join(stems_of(phrase, source)))
    return sorted(found, key=found.get, reverse=True)


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("rumah sakit", "hospital"),
        ("air bersih", "water"),
        ("air bersih", "clean"),
        ("orang tua", "parent"),
        ("koperasi", "cooperative"),
        ("bibit", "seedling"),
        ("pendampingan", "mentoring"),
        ("puskesmas", "health"),
        ("umkm", "small"),
    ],
)
def test_lexicon_translates_words_and_phrases_of_the_field(lexicon, phrase, expected):
    (stem,) = stems_of(expected, "en")
    assert stem in translate(lexicon, "id", "en", phrase)[:6]


@pytest.mark.parametrize(
    ("phrase", "expected"), [("tissue culture", "jaringan"), ("seaweed", "rumput"), ("teacher", "guru")]
)
def test_lexicon_translates_back(lexicon, phrase, expected):
    (stem,) = stems_of(expected, "id")
    assert stem in translate(lexicon, "en", "id", phrase)[:6]


def test_lexicon_rare_senses_do_not_come_first(lexicon):
    assert "takeov" not in translate(lexicon, "id", "en", "sisa")[:5]


@pytest.mark.parametrize("direction", [("en", "id"), ("id", "en")])
def test_lexicon_probabilities_sum_to_one(lexicon, direction):
    translations = lexicon.directions[direction]
    sums = np.asarray(translations.table.sum(axis=1)).ravel()
    filled = np.diff(translations.table.indptr) > 0
    np.testing.assert_allclose(sums[filled], 1.0, atol=1e-9)


def test_lexicon_without_a_direction_has_none(lexicon):
    assert ("id", "ms") not in lexicon.directions
    assert lexicon.directions["id", "en"].of("qqqq") == {}


def test_cover_takes_the_longest_phrases_from_the_left(lexicon):
    translations = lexicon.directions["id", "en"]
    stems = stems_of("rumah sakit baru di desa butuh air bersih", "id")
    pieces = translations.cover(stems)
    assert " ".join(stems_of("rumah sakit", "id")) in pieces
    assert " ".join(stems_of("air bersih", "id")) in pieces
    assert " ".join(pieces).split(" ") == [*stems]


def test_tabulate_shares_an_entry_among_the_words_of_its_translation():
    phrase = ["rumah", "sakit"]
    translations = tabulate("id", "en", [(phrase, ["hospit"], 3.0), (phrase, ["sick", "hous"], 1.0)])
    assert translations.of("rumah sakit") == pytest.approx({"hospit": 0.75, "sick": 0.125, "hous": 0.125})


@pytest.fixture
def copied(tmp_path):
    return shutil.copytree(bundled_model(LEXICON), tmp_path / "lexicon")


def test_open_copied_lexicon_is_the_same(copied, lexicon):
    assert translate(open_lexicon(copied), "id", "en", "guru") == translate(lexicon, "id", "en", "guru")


@pytest.mark.parametrize("name", ["lexicon.safetensors", "units.en.txt", "units.id.txt"])
def test_open_damaged_or_missing_file_is_refused(copied, name):
    content = (copied / name).read_bytes()
    (copied / name).write_bytes(content[:-3])
    with pytest.raises(EncoderError, match=f"{name}"):
        open_lexicon(copied)
    (copied / name).unlink()
    with pytest.raises(EncoderError, match=f"{name}"):
        open_lexicon(copied)


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"languages": ["en"]})])
def test_open_damaged_manifest_is_refused(copied, content):
    (copied / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(EncoderError, match="must hold a lexicon"):
        open_lexicon(copied)


def pairs_file(tmp_path, text):
    path = tmp_path / "pairs.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_open_pairs_with_weights(tmp_path):
    rows = ("en\tms\tweight", "office\tpejabat\t3", "office\tkantor\t1", "money\twang\t", "the\tialah\t")
    lexicon = open_lexicon(pairs_file(tmp_path, "\n".join(rows)))
    found = lexicon.directions["en", "ms"].of(*stems_of("office", "en"))
    assert found == pytest.approx({stems_of("pejabat", "ms")[0]: 0.75, stems_of("kantor", "ms")[0]: 0.25})
    assert lexicon.function_words == {"ms": frozenset({"ialah"})}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must name two languages"),
        ("english\tmalay\na\tb\n", "must name two languages"),
        ("en\tms\tfr\na\tb\tc\n", "must name two languages"),
        ("en\tms\tweight\noffice\tpejabat\tmuch\n", "line 2: weight must be a number above 0"),
        ("en\tms\tweight\noffice\tpejabat\t0\n", "line 2: weight must be a number above 0"),
        ("en\tms\nthe\tialah\n", "must hold words of en and ms"),
    ],
)
def test_open_unusable_pairs_are_refused(tmp_path, text, message):
    with pytest.raises(EncoderError, match=message):
        open_lexicon(pairs_file(tmp_path, text))


def test_open_missing_path_is_refused(tmp_path):
    with pytest.raises(EncoderError, match="must be a lexicon's folder or a TSV"):
        open_lexicon(tmp_path / "missing")


def test_pairs_of_two_other_languages_have_no_function_words():
    assert Lexicon.from_pairs(("nl", "de"), [("huis", "haus", 1.0)]).function_words == {}
