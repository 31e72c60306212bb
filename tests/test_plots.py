"""Figures: they show the right numbers, in two languages, and change nothing but their Axes."""

import io
import re
import subprocess
import sys
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.cbook import is_math_text
from matplotlib.figure import Figure

from matcher.documents.language import Messages
from matcher.errors import ConfigError, EvaluationError, UnknownSeekerError
from matcher.evaluation.intervals import measure_calibration
from matcher.evaluation.metrics import measure_exposure
from matcher.explanations.contributions import Account, Contribution
from matcher.features import COMPONENT_NAMES
from matcher.output.plots import (
    plain,
    plot_components,
    plot_contributions,
    plot_lorenz,
    plot_reliability,
    plot_stability,
    save_picture,
)

NASTY = "Costs $5 to $9 \\$x_1^2\n" + "and so on " * 30
AMOUNTS = st.floats(-1.0, 1.0, allow_nan=False)


def new_axes(**options):
    return Figure(figsize=(5, 4)).add_subplot(**options)


def texts(ax):
    """Return every text of an Axes, after drawing it: what cannot be drawn fails here."""
    ax.figure.savefig(io.BytesIO(), format="png", dpi=40)
    legend = ax.get_legend()
    found = [ax.get_title(), ax.get_xlabel(), ax.get_ylabel(), *(one.get_text() for one in ax.texts)]
    found += [label.get_text() for label in (*ax.get_xticklabels(), *ax.get_yticklabels())]
    return found + ([one.get_text() for one in legend.get_texts()] if legend else [])


def explained(amounts, base=0.0, method="exact", lang="en", name="Dapur Bersama", is_probability=False):
    parts = tuple(
        Contribution(feature, float("nan") if place == 1 else 0.5, 0.4, 0.1, amount)
        for place, (feature, amount) in enumerate(zip(COMPONENT_NAMES, amounts, strict=False))
    )
    account = Account(base + sum(amounts), base, parts, method)
    return SimpleNamespace(
        lang=lang,
        seeker={"name": name},
        candidate={"name": "Kampus Timur"},
        is_probability=is_probability,
        seeker_side=SimpleNamespace(account=account),
        candidate_side=SimpleNamespace(account=account),
    )


def table(n_seekers=3, k=4, **columns):
    """Return a table in which seeker s0 sees candidates c1, c2, ... and s1 those from c2 on."""
    rows = [
        {"seeker": f"s{one}", "candidate": f"c{one + rank}", "name": f"Candidate {one + rank}", "rank": rank}
        | {"mutual": 0.9 - 0.1 * rank - 0.01 * one}
        | {name: (place + rank) / 20 for place, name in enumerate(COMPONENT_NAMES)}
        for one in range(n_seekers)
        for rank in range(1, k + 1)
    ]
    return pd.DataFrame(rows).assign(**columns)


def lines(ax, label):
    """Return the x and y of the line whose label begins so."""
    (line,) = [line for line in ax.lines if str(line.get_label()).startswith(label)]
    return line.get_xdata(), line.get_ydata()


# --- Every figure ------------------------------------------------------------------------------------------


def reliability_curve(probability, label, bins=10):
    return measure_calibration(probability, label, np.arange(len(label)), bins=bins, draws=1).curve


def stability(*rows):
    columns = ["spread", "overlap", "least_overlap", "rbo", "least_rbo", "draws"]
    return pd.DataFrame(list(rows), columns=columns)


P, Y = np.linspace(0.02, 0.98, 60), np.tile([0.0, 1.0, 1.0], 20)
IDS = [f"c{number}" for number in range(20)]
FIGURES = {
    "contributions": lambda ax, lang: plot_contributions(explained([0.3, -0.1, 0.2], lang=lang), ax=ax),
    "components": lambda ax, lang: plot_components(table(1), ax=ax, lang=lang),
    "stability": lambda ax, lang: plot_stability(stability((0.2, 0.9, 0.8, 0.95, 0.7, 10)), ax, lang=lang),
    "reliability": lambda ax, lang: plot_reliability(
        reliability_curve(P, Y), measure_calibration(P, Y, P, draws=20), ax, lang=lang
    ),
    "lorenz": lambda ax, lang: plot_lorenz({"mine": measure_exposure(table(), IDS).lorenz}, ax, lang=lang),
}


@pytest.mark.parametrize("name", FIGURES)
def test_plots_return_the_axes_given_and_leave_settings_alone(name):
    before, backend = dict(mpl.rcParams), mpl.get_backend(auto_select=False)
    ax = new_axes(projection="polar" if name == "components" else None)
    assert FIGURES[name](ax, "en") is ax
    own = FIGURES[name](None, "en")
    assert own.figure is not ax.figure
    assert len(own.figure.axes) == 1
    texts(own)
    assert dict(mpl.rcParams) == before
    assert mpl.get_backend(auto_select=False) == backend


@pytest.mark.parametrize("name", FIGURES)
def test_plots_speak_both_languages_and_label_their_axes(name):
    english, indonesian = (FIGURES[name](None, lang) for lang in ("en", "id"))
    ours, theirs = texts(english), texts(indonesian)
    assert english.get_title() != indonesian.get_title()
    assert set(ours) != set(theirs)
    if name != "components":  # a wheel has no axes to label
        for ax in (english, indonesian):
            assert ax.get_xlabel()
    if name in ("stability", "reliability", "lorenz"):
        assert english.get_ylabel() != indonesian.get_ylabel()
        assert any(re.match(r"0,\d", text) for text in theirs)
        assert any(re.match(r"0\.\d", text) for text in ours)


@pytest.mark.parametrize("name", FIGURES)
def test_plots_refuse_an_unknown_language_and_name_the_extra_without_matplotlib(name, monkeypatch):
    with pytest.raises(ConfigError, match="lang must be one of en, id; got 'de'"):
        FIGURES[name](None, "de")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'partner-matcher\[plots\]'"):
        FIGURES[name](None, "en")


CURVE = reliability_curve([0.4], [1])
REFUSED = [
    (
        lambda: plot_contributions(explained([0.1]), "both"),
        "side must be one of seeker, candidate; got 'both'",
    ),
    (lambda: plot_components(table(2)), "of one seeker, or seeker .*; got 2 seekers"),
    (lambda: plot_components(table(2), "x"), "one of the 2 seekers .*; got 'x'"),
    (lambda: plot_components(table(1).iloc[:0]), "at least one row; got none"),
    (lambda: plot_components(table(1), k=8), "k must be at most 7; got 8"),
    (lambda: plot_components(table(1), k=0), "k must be a whole number of at least 1; got 0"),
    (lambda: plot_components(table(1), ax=new_axes()), "ax must be polar; got rectilinear"),
    (lambda: plot_components(table(1).drop(columns="trust")), r"must have the columns .*\(missing: trust\)"),
    (lambda: plot_stability(stability()), "stability must hold at least one spread; got none"),
    (lambda: plot_reliability(CURVE.iloc[:0]), "curve must hold at least one bin; got none"),
    (lambda: plot_reliability(CURVE.drop(columns="n")), r"curve must have the columns .*\(missing: n\)"),
    (lambda: plot_lorenz(dict.fromkeys("abcdefgh", CURVE)), "curves must be at most 7; got 8"),
]


@pytest.mark.parametrize(("call", "match"), REFUSED)
def test_plots_refuse_what_cannot_be_drawn(call, match):
    with pytest.raises((ConfigError, EvaluationError, UnknownSeekerError), match=match):
        call()


def test_plots_are_not_loaded_with_the_package_and_open_no_window():
    code = "import sys, matcher\nprint('matcher.output.plots' in sys.modules, 'matplotlib' in sys.modules)\n"
    code += "from matcher import Matcher\nimport matcher.output.plots\nprint('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["False", "False", "False"], done.stderr


# --- Texts -----------------------------------------------------------------------------------------------


@given(st.text(max_size=80), st.integers(2, 40))
def test_plain_any_text_is_shown_as_it_is_never_as_a_formula(text, length):
    shown = plain(text, length)
    assert not is_math_text(shown) or "$" not in shown
    unescaped = shown.replace(r"\$", "$")
    assert "\n" not in shown
    assert len(unescaped) <= length
    assert all(one.isprintable() for one in shown)
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    assert line.startswith(unescaped.removesuffix("…")) or unescaped == line


def test_plots_write_dollars_and_long_names_on_one_line_each():
    nasty = table(1, name=NASTY, candidate=[f"{NASTY}{place}" for place in range(4)])
    figures = [
        plot_contributions(explained([0.2, 0.1], name=NASTY)),
        plot_components(nasty),
        plot_lorenz({NASTY: measure_exposure(table(), IDS).lorenz}),
    ]
    for ax in figures:
        found = [text for text in texts(ax) if r"Costs \$5 to \$9" in text]
        assert found
        for text in found:
            assert not is_math_text(text)
            assert max(map(len, text.splitlines())) < 75


def test_signed_numbers_have_a_sign_only_where_they_are_not_zero():
    result = [Messages("id").signed(value) for value in (0.1234, -0.5, 0.0, -0.0001)]
    assert result == ["+0,123", "−0,500", "0,000", "0,000"]


# --- Contributions ---------------------------------------------------------------------------------------


@given(st.lists(AMOUNTS, max_size=8), st.floats(0.0, 1.0), st.sampled_from(["seeker", "candidate"]))
@settings(max_examples=40)
def test_contributions_bars_lead_from_the_base_to_the_gain(amounts, base, side):
    ax = plot_contributions(explained(amounts, base, "shapley"), side, new_axes())
    bars = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    gain = bars[-1][1]
    inner = bars[1:-1] if base else bars[:-1]
    assert base + sum(width for _, width in inner) == pytest.approx(gain, abs=1e-9)
    assert sorted(width for _, width in inner) == pytest.approx(sorted(amounts), abs=1e-12)
    at = base
    for start, width in inner:
        assert start == pytest.approx(at, abs=1e-9)
        at += width
    low, high = ax.get_xlim()
    assert low <= min(0.0, at) <= max(0.0, at) <= high


def test_contributions_order_signs_and_the_unknown_are_shown():
    ax = plot_contributions(explained([0.1, -0.05, 0.3]))
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([0.3, 0.1, -0.05, 0.35])
    assert [text.get_text() for text in ax.texts] == ["+0.300", "+0.100", "−0.050", "0.350"]
    assert [bool(bar.get_hatch()) for bar in ax.patches] == [False, False, True, False]
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[1] == "the same field of work\nseen 0.50, usual 0.40"
    assert labels[2] == "shared values\nunknown; usual 0.40"


def test_contributions_method_unit_and_side_are_named():
    exact, shapley = (plot_contributions(explained([0.1], 0.0, method)) for method in ("exact", "shapley"))
    assert "exact terms" in exact.get_title()
    assert "Shapley values" in shapley.get_title()
    assert "What “Dapur Bersama” gains\nfrom “Kampus Timur”" in exact.get_title()
    turned = plot_contributions(explained([0.1], lang="id"), "candidate")
    assert "Manfaat bagi “Kampus Timur”\ndari “Dapur Bersama”" in turned.get_title()
    result = plot_contributions(explained([0.1], is_probability=True)).get_xlabel()
    assert result == "gain, as a probability from 0 to 1"


def test_contributions_of_a_matcher_sum_to_what_it_recommends_by(small_matcher):
    row = small_matcher.recommend("o1", 1, explain=False).iloc[0]
    explanation = small_matcher.explain("o1", row["candidate"])
    for side in ("seeker", "candidate"):
        widths = [bar.get_width() for bar in plot_contributions(explanation, side).patches]
        assert sum(widths[:-1]) == pytest.approx(row[f"{side}_gain"], abs=1e-6)
        assert widths[-1] == pytest.approx(row[f"{side}_gain"], abs=1e-6)


# --- Components ------------------------------------------------------------------------------------------


def test_components_lines_hold_the_table_and_close():
    ax = plot_components(table(2), "s1", k=2)
    assert len(ax.lines) == 2
    listed = table(2).query("seeker == 's1'")[list(COMPONENT_NAMES)].to_numpy()
    for values, line in zip(listed, ax.lines, strict=False):
        np.testing.assert_allclose(line.get_ydata(), [*values, values[0]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["1  Candidate 2", "2  Candidate 3"]
    assert len({(line.get_linestyle(), line.get_marker()) for line in ax.lines}) == 2


def test_components_unknown_is_a_gap_that_is_named():
    unknown = table(1, k=3, trust=np.nan, goals=[0.5, np.nan, 0.5])
    ax = plot_components(unknown)
    places = [COMPONENT_NAMES.index(name) for name in ("trust", "goals")]
    gaps = [np.isnan(line.get_ydata()[places]).tolist() for line in ax.lines]
    assert gaps == [[True, False], [True, True], [True, False]]
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels[places[0]].endswith("[unknown]")
    assert labels[places[1]].endswith("[unknown: 2]")
    assert "[belum diketahui]" in plot_components(unknown, lang="id").get_xticklabels()[places[0]].get_text()


def test_components_follow_rank_not_the_order_of_rows():
    first = plot_components(table(1), k=1).lines[0].get_ydata()
    turned = plot_components(table(1).iloc[::-1], k=1).lines[0].get_ydata()
    np.testing.assert_array_equal(first, turned)


def test_components_single_row_and_k_above_the_list_are_drawn():
    assert len(plot_components(table(1, k=1), k=7).lines) == 1
    assert plot_components(table(1, k=1)).get_title().startswith("The first candidate\n")


# --- Stability -------------------------------------------------------------------------------------------


def test_stability_lines_start_at_agreement_and_hold_the_means():
    ax = plot_stability(stability((0.5, 0.7, 0.5, 0.65, 0.4, 5), (0.2, 0.9, 0.8, 0.95, 0.7, 5)))
    x, overlap = lines(ax, "shared by the first 10 ranks")
    assert list(x) == [0.0, 0.2, 0.5]
    assert list(overlap) == [1.0, 0.9, 0.7]
    assert list(lines(ax, "rank-biased overlap")[1]) == [1.0, 0.95, 0.65]
    bands = [band.get_paths()[0].vertices[:, 1].min() for band in ax.collections[:2]]
    assert bands == [0.5, 0.4]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0%", "±20%", "±50%"]
    assert ax.get_ylim()[0] <= 0.4
    assert "down to the lowest of 5 draws" in texts(ax)


# --- Reliability -----------------------------------------------------------------------------------------


def bars(ax):
    """Return the lower and upper end of each interval."""
    return np.array([segment[:, 1] for segment in ax.collections[0].get_segments()])


def test_reliability_points_intervals_and_counts_are_those_of_the_curve():
    curve = reliability_curve(P, Y, bins=4)
    ax = plot_reliability(curve)
    x, y = lines(ax, "observed, with 95 % interval")
    np.testing.assert_allclose(x, curve["predicted"])
    np.testing.assert_allclose(y, curve["observed"])
    assert (bars(ax)[:, 0] < curve["observed"]).all() and (curve["observed"] < bars(ax)[:, 1]).all()
    assert ax.get_legend().get_texts()[1].get_text().endswith("(4 bins of 15 pairs)")
    assert not ax.texts


def test_reliability_unlike_counts_are_written_beside_points():
    probability = np.repeat([0.1, 0.5, 0.9], [10, 1200, 30])
    ax = plot_reliability(reliability_curve(probability, probability > 0.4), lang="id")
    assert [text.get_text() for text in ax.texts] == ["10", "1.200", "30"]
    assert "(3 kelompok berisi 10–1.200 pasangan)" in ax.get_legend().get_texts()[1].get_text()


def test_reliability_names_the_errors_of_a_calibration():
    measured = measure_calibration(P, Y, P, draws=20)
    title = plot_reliability(reliability_curve(P, Y), measured).get_title()
    one = measured.ece
    assert f"ECE {one.mean:.3f} [{one.low:.3f}–{one.high:.3f}], Brier {measured.brier.mean:.3f}" in title


def test_reliability_on_logarithmic_axes_shows_empty_bins_hollow_on_the_edge():
    probability = np.repeat([0.0, 0.001, 0.01, 0.3], 100)
    label = np.concatenate([np.zeros(200), np.arange(100) < 2, np.arange(100) < 30])
    ax = plot_reliability(reliability_curve(probability, label), log=True)
    assert ax.get_xscale() == ax.get_yscale() == "log"
    hollow = [line for line in ax.lines if line.get_fillstyle() == "none"]
    assert len(hollow[0].get_xdata()) == 2
    assert set(hollow[0].get_ydata()) == {ax.get_ylim()[0]}
    assert "0.01" in texts(ax)


def test_reliability_one_bin_is_drawn():
    ax = plot_reliability(reliability_curve([0.4], [1]))
    assert lines(ax, "observed")[1].tolist() == [1.0]


def test_reliability_intervals_equal_the_published_example():
    # Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3.
    shares, sizes = [81 / 263, 15 / 148, 0 / 20], [263, 148, 20]
    curve = pd.DataFrame({"predicted": 0.1, "observed": shares, "n": sizes}).assign(
        lowest=0, highest=1, weight=1
    )
    expected = [(0.2553, 0.3662), (0.0624, 0.1605), (0.0, 0.1611)]
    np.testing.assert_allclose(bars(plot_reliability(curve)), expected, atol=5e-5)


# --- Exposure --------------------------------------------------------------------------------------------


@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 5), st.integers(1, 6))
@example(5, 1, 3, 1)  # a coefficient halfway between two hundredths
@settings(max_examples=30)
def test_lorenz_curve_ends_at_one_and_names_the_gini_of_the_evaluation(n_seekers, length, more, k):
    given_ = table(n_seekers, length)
    ids = sorted(set(given_["candidate"])) + [f"x{place}" for place in range(more)]
    ax = plot_lorenz({"mine": measure_exposure(given_, ids, k).lorenz}, new_axes())
    x, y = lines(ax, "mine")
    assert (x[0], y[0]) == (0.0, 0.0)
    assert (list(x)[-1], list(y)[-1]) == (1.0, 1.0)
    assert (np.asarray(y) <= np.asarray(x) + 1e-9).all()
    gini = measure_exposure(given_, ids, k).gini
    assert 1.0 - 2.0 * np.trapezoid(y, x) == pytest.approx(gini, abs=1e-9)
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert f"mine (Gini {Messages('en').number(round(gini, 12))})" in legend


def test_lorenz_several_curves_differ_without_colour():
    drawn = plot_lorenz({name: measure_exposure(table(), IDS).lorenz for name in "ab"}).lines
    assert len(drawn) == 3
    assert drawn[1].get_linestyle() != drawn[2].get_linestyle()


def test_lorenz_without_recommendations_is_empty_but_labelled():
    ax = plot_lorenz({"none": measure_exposure(table().iloc[:0], ["c1", "c2"]).lorenz})
    assert len(ax.lines) == 1
    assert ax.get_title() == "Who gets shown: no ranks to share out"
    assert ax.get_xlabel()


def test_equal_figures_give_equal_bytes(tmp_path):
    ax = plot_contributions(explained([0.3, -0.1, 0.2]))
    for name in ("one.svg", "other.svg"):
        save_picture(ax.figure, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()
