# Vigie: the commands that build, run, check and test it. `make` alone lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-dev packages run test check format soak bench lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# A stamp is written only after its step has succeeded, so a step that was cut short is done again.
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev

help: ## List these commands
	@echo "Vigie, an AIS watch. Usage: make COMMAND"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Variables: PYTHON=python3.12 (which Python), ARGS='...' (passed on by run, test, soak and bench),"
	@echo "VIGIE_RECORDINGS=DIR (folder of real recordings for the tests that want them)."

setup: $(READY) ## Make .venv and install Vigie in it, from the locked requirements
	@echo "Vigie is installed: $(BIN)/vigie --help"

setup-dev: $(READY_DEV) ## The same, with everything that tests and checks need from Python
	@echo "Vigie is installed, with what tests and checks need: make test, make check"

$(BIN)/python:
	@scripts/python-fit "$(PYTHON)"
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)

$(READY): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing Vigie and its requirements into $(VENV), about a minute the first time"
	@$(PIP) install --quiet --require-hashes --requirement requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(READY_DEV): requirements-dev.lock $(READY)
	@echo "Installing what tests and checks need into $(VENV)"
	@$(PIP) install --quiet --require-hashes --requirement requirements-dev.lock
	@touch $@

packages:
	@scripts/debian-packages chromium mosquitto openssl iproute2:ip gpsd-clients:gpsdecode faketime

run: $(READY) ## Replay the bundled recording at 10x and serve it on 127.0.0.1:8000
	@$(BIN)/vigie run --demo $(ARGS) || [ $$? -eq 130 ] # ended by Ctrl-C, as it should be

test: $(READY_DEV) packages ## Run the tests; installs the Debian packages they need, or names them
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: $(READY_DEV) ## Formatting, lint, types, and which room imports which
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY_DEV) ## Format the code and mend what lint can mend by itself
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

soak: $(READY_DEV) packages ## The long forms of the tests: many seeds, many kills; takes hours
	VIGIE_SOAK=1 $(BIN)/python -m pytest --timeout=0 $(ARGS)

bench: $(READY) ## Measure speed and size against peers, in the same run
	@$(BIN)/vigie bench $(ARGS)

lock: $(READY_DEV) ## Resolve the lock files anew from pyproject.toml; ARGS=--upgrade takes newer versions
	@scripts/lock $(BIN)/uv $(ARGS)

clean: ## Remove .venv and everything else that these commands made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
