import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from matcher.config import DEFAULT_WEIGHTS, Config, ValuesSettings, Weights
from matcher.errors import ConfigError

share, positive = st.floats(0, 1), st.floats(0.01, 1e6)
weights = st.fixed_dictionaries({name: st.floats(0, 1e6) for name in Weights.model_fields}).filter(
    lambda drawn: sum(drawn.values()) > 0
)
random_settings = st.fixed_dictionaries(
    {},
    optional={
        "weights": weights,
        "values": st.fixed_dictionaries({"passages": st.floats(0.01, 1), "whole": share, "lexical": share}),
        "trust": st.fixed_dictionaries(
            {"evidence_half_life": positive, "profile_half_life": positive, "best_ties": positive}
        ),
        "market": st.fixed_dictionaries(
            {"strength": share, "neighbours": st.integers(1, 999), "reference": st.integers(2, 9999)}
        ),
        "conflict_strength": share,
        "encoder": st.none() | st.text(max_size=20),
        "as_of": st.none() | st.dates(),
        "seed": st.integers(0, 2**63 - 1),
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(random_settings)
def test_config_any_settings_survive_a_toml_round_trip(tmp_path, drawn):
    config, path = Config.from_dict(drawn), tmp_path / "settings.toml"
    path.write_bytes(config.to_toml().encode())
    assert Config.from_toml(path) == config
    assert Config.from_toml(str(path)).to_toml() == config.to_toml()


def test_config_empty_file_gives_the_defaults(tmp_path):
    path = tmp_path / "empty.toml"
    path.write_text("")
    assert Config.from_toml(path) == Config()


def test_config_partial_file_keeps_other_defaults(tmp_path):
    path = tmp_path / "some.toml"
    path.write_text("as_of = 2024-06-01\n[market]\nstrength = 0.25\n")
    config = Config.from_toml(path)
    assert (config.as_of, config.market.strength) == (dt.date(2024, 6, 1), 0.25)
    assert config.market.neighbours == Config().market.neighbours
    assert config.weights == DEFAULT_WEIGHTS


@given(weights)
def test_weights_any_values_normalise_to_one(drawn):
    normal = Weights(**drawn).normalised()
    assert sum(normal.values()) == pytest.approx(1.0)
    assert all(0.0 <= weight <= 1.0 for weight in normal.values())
    assert set(normal) == set(Weights.model_fields)


def test_weights_huge_values_normalise_to_one_or_are_refused():
    try:
        normal = Config.from_dict({"weights": {"values": 1e308, "trust": 1e308}}).weights.normalised()
    except ConfigError:
        return
    assert sum(normal.values()) == pytest.approx(1.0)


def test_weights_named_ones_replace_the_defaults():
    normal = Config.from_dict({"weights": {"values": 3, "trust": 1}}).weights.normalised()
    assert {name: weight for name, weight in normal.items() if weight} == {"values": 0.75, "trust": 0.25}


def test_weights_defaults_follow_the_design():
    normal = DEFAULT_WEIGHTS.normalised()
    assert normal["culture"] == 0.0
    assert all(weight > 0 for name, weight in normal.items() if name != "culture")


@pytest.mark.parametrize(
    ("given_settings", "name", "value"),
    [
        ({"weights": {"values": -0.5}}, "weights.values", "-0.5"),
        ({"weights": {"trust": float("nan")}}, "weights.trust", "nan"),
        ({"weights": {"trust": float("inf")}}, "weights.trust", "inf"),
        ({"weights": {"trust": "much"}}, "weights.trust", "much"),
        ({"values": {"lexical": 1.5}}, "values.lexical", "1.5"),
        ({"trust": {"best_ties": 0}}, "trust.best_ties", "0"),
        ({"trust": {"evidence_half_life": -3}}, "trust.evidence_half_life", "-3"),
        ({"trust": {"profile_half_life": float("inf")}}, "trust.profile_half_life", "inf"),
        ({"market": {"strength": 2}}, "market.strength", "2"),
        ({"market": {"method": "auction"}}, "market.method", "auction"),
        ({"market": {"beta": 0.001}}, "market.beta", "0.001"),
        ({"market": {"strength": float("nan")}}, "market.strength", "nan"),
        ({"market": {"neighbours": 0}}, "market.neighbours", "0"),
        ({"market": {"neighbours": 2.5}}, "market.neighbours", "2.5"),
        ({"market": {"reference": 1}}, "market.reference", "1"),
        ({"market": 7}, "market", "7"),
        ({"conflict_strength": -0.1}, "conflict_strength", "-0.1"),
        ({"conflict_strength": 1.1}, "conflict_strength", "1.1"),
        ({"encoder": 3}, "encoder", "3"),
        ({"as_of": "soon"}, "as_of", "soon"),
        ({"seed": -1}, "seed", "-1"),
    ],
)
def test_config_value_out_of_range_is_refused_by_name_and_value(given_settings, name, value):
    with pytest.raises(ConfigError) as caught:
        Config.from_dict(given_settings)
    message = str(caught.value)
    assert message.startswith(name)
    assert f"got {value}" in message.replace("'", "")


@pytest.mark.parametrize(
    ("given_settings", "name"),
    [
        ({"valuse": 1}, "valuse"),
        ({"weights": {"valuse": 1, "trust": 1}}, "weights.valuse"),
        ({"weights": {"conflict": 1, "trust": 1}}, "weights.conflict"),
        ({"market": {"strenght": 0.5}}, "market.strenght"),
    ],
)
def test_config_unknown_name_is_refused_by_name(given_settings, name):
    with pytest.raises(ConfigError, match=f"{name} is not a setting"):
        Config.from_dict(given_settings)


@pytest.mark.parametrize(
    ("given_settings", "name"),
    [
        ({"weights": {"values": 0}}, "weights"),
        ({"values": dict.fromkeys(ValuesSettings.model_fields, 0)}, "values"),
    ],
)
def test_config_all_zero_shares_are_refused(given_settings, name):
    with pytest.raises(ConfigError, match=f"^{name}: .*at least one (share|weight) must be above 0"):
        Config.from_dict(given_settings)


def test_config_every_problem_is_listed():
    with pytest.raises(ConfigError) as caught:
        Config.from_dict({"market": {"strength": 2}, "seed": -1, "typo": 1})
    assert all(name in str(caught.value) for name in ("market.strength", "seed", "typo"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"market = [", "must be TOML in UTF-8"),
        (b"encoder = '\xff'", "must be TOML in UTF-8"),
        (b"[market]\nstrength = 2\n", r"market\.strength.*got 2"),
    ],
)
def test_config_broken_file_is_refused_with_its_path(tmp_path, content, message):
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message) as caught:
        Config.from_toml(path)
    assert str(path) in str(caught.value)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_config_unreadable_path_is_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="config must be a readable file; got"):
        Config.from_toml(tmp_path / name)


def test_config_is_frozen():
    config = Config()
    with pytest.raises(ValidationError, match="frozen"):
        config.seed = 1
    with pytest.raises(ValidationError, match="frozen"):
        config.market.strength = 0.1
