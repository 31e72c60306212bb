# Two commands on a fresh machine with Python 3.11 or later: `make match` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= out
KERNEL ?= Nehalem
FUZZ_MINUTES ?= 10
SHELL := /usr/bin/env bash
# pip shows its progress. Only a later run, where most is there, leaves out the lines that say so.
INSTALL = set -o pipefail; $(BIN)/python -m pip install --disable-pip-version-check \
	--constraint constraints.txt --editable $(1) \
	$(if $(wildcard $(VENV)/.installed*),| grep -v '^Requirement already satisfied')

.PHONY: help match test rules rounds soak fuzz kills test-kernels coverage lint format benchmark alarms pictures clean
help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

match: $(VENV)/.installed  ## match the bundled demo and say where table and report are
	@mkdir -p $(OUT)
	$(BIN)/matcher match $$($(BIN)/python -c "from matcher.datasets import DEMO_PATH, HISTORY_PATH; print(DEMO_PATH, '--history', HISTORY_PATH)") --out $(OUT)/matches.xlsx --report $(OUT)/report.html

test: $(VENV)/.installed-dev  ## run every test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

rules: $(VENV)/.installed-dev  ## check the rules on a million generated pairs
	PAIRS=1000000 $(BIN)/python -m pytest tests/test_rules_generated.py

rounds: $(VENV)/.installed-dev  ## check the limits of 100,000 generated rounds; about ten minutes
	ROUNDS=50000 $(BIN)/python -m pytest tests/test_assignment.py -k generated_rounds

soak: $(VENV)/.installed-dev  ## read and match 5,000 generated tables as people bring them; about an hour
	TABLES=5000 $(BIN)/python -m pytest tests/test_tables_generated.py

fuzz: $(VENV)/.installed-dev  ## feed all readers with random input for FUZZ_MINUTES (10)
	FUZZ_MINUTES=$(FUZZ_MINUTES) $(BIN)/python -m pytest tests/fuzz/readers.py

kills: $(VENV)/.installed-dev  ## kill a run at 50 moments and resume it each time; about ten minutes
	KILLS=50 $(BIN)/python -m pytest tests/test_backends.py -k killed_at_any_moment

test-kernels: $(VENV)/.installed-dev  ## run the numerical tests under another BLAS kernel, where OpenBLAS has it
	OPENBLAS_CORETYPE=$(KERNEL) OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive $(BIN)/python -m pytest -n auto --maxprocesses 4 \
		--dist loadfile --hypothesis-profile kernels -m "numerical and not slow" $$(grep -rl --include='test_*.py' 'mark\.numerical' tests)

coverage: $(VENV)/.installed-dev  ## run every test and print the share of lines that they reach, per room
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --cov=matcher --cov-report=
	@for room in matcher/[a-z]*/; do \
		echo "$$room $$($(BIN)/coverage report --include "$$room*" --precision 1 --format total) %"; done
	@echo "all $$($(BIN)/coverage report --precision 1 --format total) %"

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
	$(BIN)/python scripts/benchmark.py attacks --json $(OUT)/attacks.json

alarms: $(VENV)/.installed-dev  ## how often reviews of simulated programmes are alarmed; minutes
	$(BIN)/python scripts/benchmark.py alarms --json $(OUT)/alarms.json

pictures: $(VENV)/.installed-dev  ## draw the pictures of README and docs anew; needs a browser
	$(BIN)/python scripts/draw_pictures.py

clean:  ## remove the environment and everything that was written
	rm -rf $(VENV) $(OUT) build dist *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(call INSTALL,.)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(call INSTALL,'.[dev]')
	@touch $@ $(VENV)/.installed
