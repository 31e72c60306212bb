"""What `import matcher` may cost and change; each check in a process of its own."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import matcher

HEAVY = ["torch", "transformers", "sentence_transformers", "pandas", "numpy", "scipy", "sklearn", "pyarrow"]
HEAVY += ["sqlalchemy", "openpyxl", "rapidfuzz", "babel", "pydantic", "typer", "matplotlib", "joblib"]


def python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_alone_loads_nothing_heavy():
    code = f"import sys, matcher; print([name for name in {HEAVY} if name in sys.modules])"
    assert python(code) == "[]"


def test_import_of_the_command_line_loads_nothing_heavy():
    heavy = [name for name in HEAVY if name != "typer"]
    code = f"import sys, matcher.commands; print([name for name in {heavy} if name in sys.modules])"
    assert python(code) == "[]"


def test_import_of_matching_loads_no_model_library():
    heavy = ["torch", "transformers", "sentence_transformers", "matplotlib"]
    code = "import sys\nfrom matcher import Matcher, recommend, read_profiles, read_outcomes\n"
    assert python(f"{code}print([name for name in {heavy} if name in sys.modules])") == "[]"


def test_import_changes_no_global_state():
    code = """
import locale, logging, os, random, signal, sys, warnings
def state():
    return (list(warnings.filters), logging.root.level, list(logging.root.handlers), dict(os.environ),
            random.getstate(), sys.excepthook, signal.getsignal(signal.SIGINT), locale.getlocale())
before = state()
import matcher
print(state() == before)
"""
    assert python(code) == "True"


def test_import_of_matching_leaves_the_warning_filters_of_numpy_users_alone():
    code = """
import warnings, numpy, pandas, sklearn.base, scipy.sparse, tqdm, rapidfuzz
before, settings = list(warnings.filters), numpy.geterr()
from matcher import Matcher
print(list(warnings.filters) == before and numpy.geterr() == settings)
"""
    assert python(code) == "True"


def test_import_star_gives_every_public_name():
    names = python("from matcher import *\nprint(sorted(name for name in dir() if name[0] != '_'))")
    assert names == str(sorted(matcher.__all__))


@pytest.mark.parametrize("name", ["Matcher", "recommend", "read_profiles", "read_outcomes"])
def test_import_public_name_exists(name):
    assert name in matcher.__all__
    assert callable(getattr(matcher, name))


def test_import_every_listed_name_exists_and_is_shown_by_dir():
    assert all(getattr(matcher, name) is not None for name in matcher.__all__)
    assert set(matcher.__all__) <= set(dir(matcher))


def test_import_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'matcher' has no attribute 'recomend'"):
        matcher.recomend  # noqa: B018


def test_package_imports_no_private_module_of_another():
    private = []
    for path in Path(matcher.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            private += [(path.name, name) for name in names if name and "._" in name]
    assert private == []
