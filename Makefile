# `make` prints the targets. Everything is installed into .venv from requirements.lock.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Three workers for two cores, because acceptance tests wait much of their time.
WORKERS ?= 3
PORT ?= 8000
# `loadfile`: the tests of a file share a server, so one worker runs them all. The first files are those of the slowest folder, acceptance.
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

.PHONY: help
help: ## print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

# ── running ──────────────────────────────────────────────────────────────────

.PHONY: run demo
run: $(INSTALLED) ## serve on http://127.0.0.1:$PORT (8000), filled with the demo on first use
	@exec $(BIN)/gql-leads serve --demo --port $(PORT)

demo: $(INSTALLED) ## fill the database with the demo's partners, members and leads
	@exec $(BIN)/gql-leads demo

# ── checking ─────────────────────────────────────────────────────────────────

.PHONY: unit test check lint types current bench
unit: $(INSTALLED) ## run the tests that need neither a server process nor PostgreSQL nor much time, in under a minute
	GQL_LEADS_TEST_DATABASE=sqlite $(PYTEST) -m "not slow" tests/domain tests/graphql_server tests/api tests/test_architecture.py

test: export PYTHONDONTWRITEBYTECODE := # set by some build machines; hundreds of processes would each compile every module
test: $(INSTALLED) ## run every test on SQLite, then the tests of the database again on PostgreSQL
	GQL_LEADS_TEST_DATABASE=sqlite $(PYTEST)
	GQL_LEADS_TEST_DATABASE=postgres $(PYTEST) tests/acceptance tests/events tests/notifications tests/services tests/store

check: lint types current ## run every check but the tests: lint, types, and that schema.graphql is current

lint: $(INSTALLED) ## check style and layout with ruff
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(INSTALLED) ## check the types with mypy
	$(BIN)/mypy

current: $(INSTALLED)
	@$(BIN)/gql-leads schema | diff -u schema.graphql - || { echo "schema.graphql is not current: run 'make schema'" >&2; exit 1; }

bench: $(INSTALLED) ## measure speed against hand-written code and print the ratios
	@$(BIN)/python -m tests.benchmarks

# ── making ───────────────────────────────────────────────────────────────────

.PHONY: install format schema lock clean
install: $(INSTALLED) ## install the packages of requirements.lock into .venv

format: $(INSTALLED) ## format the code and fix what ruff can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

schema: $(INSTALLED) ## write schema.graphql
	@$(BIN)/gql-leads schema > schema.graphql.new
	@mv schema.graphql.new schema.graphql

lock: $(INSTALLED) ## pin the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --group dev --generate-hashes --no-header \
		pyproject.toml --output-file requirements.lock

clean: ## remove .venv and every cache, and keep the databases
	rm -rf $(VENV) .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	find gql_leads tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ── installing ───────────────────────────────────────────────────────────────

# The first Python that is new enough and has venv (on Debian the package python3-venv).
PYTHON = $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

$(INSTALLED): requirements.lock pyproject.toml
	@echo "Installing into $(VENV) ..."
	@$(BIN)/python -c 'import uv' 2>/dev/null || { \
		python="$(PYTHON)"; \
		[ -n "$$python" ] || { echo "gql_leads needs Python 3.11 or newer with venv (Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; } && \
		$$python -m venv --clear $(VENV) && \
		awk '/^[^ #]/ { wanted = /^uv==/ } wanted && !/#/' requirements.lock > $(VENV)/uv.lock && \
		$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes --requirement $(VENV)/uv.lock; }
	@UV_COMPILE_BYTECODE=1 $(BIN)/uv pip sync --python $(BIN)/python --quiet --require-hashes requirements.lock
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@touch $@
