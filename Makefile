# Two commands on a fresh machine with Python 3.11 or later: `make match` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= out

.PHONY: help match test lint format benchmark alarms clean
help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

match: $(VENV)/.installed  ## match the bundled demo and say where table and report are
	@mkdir -p $(OUT)
	$(BIN)/matcher match $$($(BIN)/python -c "from matcher.datasets import DEMO_PATH; print(DEMO_PATH)") --history $$($(BIN)/python -c "from matcher.datasets import HISTORY_PATH; print(HISTORY_PATH)") --out $(OUT)/matches.xlsx --report $(OUT)/report.html

test: $(VENV)/.installed-dev  ## run every test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/.installed-dev  ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.installed-dev  ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmark: $(VENV)/.installed-dev  ## quality and speed on the public data beside the checkout; minutes
	$(BIN)/python scripts/benchmark.py quality --json $(OUT)/quality.json
	$(BIN)/python scripts/benchmark.py speed --json $(OUT)/speed.json

alarms: $(VENV)/.installed-dev  ## how often reviews of simulated programmes are alarmed; minutes
	$(BIN)/python scripts/benchmark.py alarms --json $(OUT)/alarms.json

clean:  ## remove the environment and everything that was written
	rm -rf $(VENV) $(OUT) build dist *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/.installed
