# Evlock. `make demo` and `make test` set up all that they need in .venv and contracts/.
#   make demo    two meters make one trade on the virtual board  (ARGS="--seed 3 --json" …)
#   make test    every test, in two halves side by side  (ARGS="tests/firmware" … for some)
#   make check   format, lint, types, import rules, contract artefacts
#   make bench   measurements beside a named peer
#   make gen     compile the contracts again
#   make slither static analysis of the contracts; make mythril symbolic execution (minutes each)
#   make anvil   brings Foundry's anvil (npm); with it `make test` reorganises chains, too
#   make fuzz    coverage-guided fuzzing of the secure world's boundary (MINUTES=10)
#   make hostile a trader that was taken over, a million requests (ARGS="--meter --seed 2")

SHELL := /bin/bash
ARGS ?=
MINUTES ?= 10
FUZZED := session transaction rules fields readings rlp
VENV ?= .venv
BIN := $(VENV)/bin
ifndef PYTHON
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
endif
READY := $(VENV)/.ready
DEVELOPER := $(VENV)/.developer
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check bench gen slither mythril anvil fuzz hostile format clean python

demo: $(READY)
	@$(BIN)/evlock demo $(ARGS)

test: $(DEVELOPER)
	$(BIN)/python -m $(if $(ARGS),pytest $(ARGS),tests.run)

check: $(DEVELOPER)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m contracts.gen --check

bench: $(DEVELOPER)
	@for file in benchmarks/*.py; do \
		echo "== $$file"; $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

gen: $(DEVELOPER)
	$(BIN)/python -m contracts.gen

slither: $(DEVELOPER)
	$(BIN)/python -m contracts.slither $(ARGS)

mythril: $(DEVELOPER)
	$(BIN)/python -m contracts.mythril $(ARGS)

anvil: $(DEVELOPER)
	@$(BIN)/python -m tests.chain.anvil

fuzz: $(DEVELOPER)
	@$(BIN)/python -c "import atheris" 2>/dev/null || $(BIN)/pip install -qq --editable '.[fuzz]'
	@for target in $(FUZZED); do echo "== $$target"; \
		$(BIN)/python -m tests.fuzz.run $$target $$(( $(MINUTES) * 10 )) || exit 1; done

hostile: $(DEVELOPER)
	$(BIN)/python -m tests.conformance.hostile $(ARGS)

format: $(DEVELOPER)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) contracts/node_modules tests/chain/anvil/node_modules build dist *.egg-info

$(READY): setup.py pyproject.toml | python
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "The venv module of Python is missing: apt install python3-venv" >&2; exit 2; }
	@echo "Installing Evlock into $(VENV) (once, one to three minutes) …" >&2
	@$(BIN)/pip install -qq --editable .
	@touch $@

$(DEVELOPER): $(READY)
	@echo "Installing the developer's tools into $(VENV) …" >&2
	@$(BIN)/pip install -qq --editable '.[dev]'
	@touch $@

python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt install python3 python3-venv" >&2; \
		exit 2; }
