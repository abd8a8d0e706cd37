# make study   run the main job; make test   lint, type-check and test.
# Both make .venv on first use and are fast afterwards.

PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(p) -c 'import sys, venv, ensurepip; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin

.PHONY: study test types suite clean

study: $(VENV)/.installed
	$(BIN)/python workflows/lco_lno_lgps.py

test: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory --jobs=2 types suite

types: $(VENV)/.installed-test
	$(BIN)/mypy

suite: $(VENV)/.installed-test
	$(BIN)/pytest -n 2 --dist worksteal

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed; install it, or name one: make $(MAKECMDGOALS) PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $(VENV)/.installed $@

clean:
	rm -rf $(VENV) interfacekit/data/*.npz results build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
