# Every task of the project. `make` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Tests wait for servers most of the time. Each process has servers of its own, and
# a file stays in one of them (`tests/together.py` says which others do as well); the
# long ones come before the many short ones. Fast tests hardly wait: two suffice.
IN_PARALLEL := --dist loadfile --no-loadscope-reorder --numprocesses

# Tests start hundreds of processes: Python keeps what it has compiled, also where the
# environment says otherwise.
COMPILED := env -u PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the tasks
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# Two environments' worth of packages in one folder: what runs, and (only for
# the tasks that need them) what tests. Each stamp is as new as its lock file.
$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Waypost needs Python 3.11 or newer; '$(PYTHON)' is older. Say which: make PYTHON=python3.12 run"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(VENV)/python.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/drivers.stamp: requirements-drivers.lock $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-drivers.lock
	@touch $@

.PHONY: run
run: $(VENV)/run.stamp ## Run the whole product on this machine (Ctrl-C stops it)
	@exec $(BIN)/waypost serve

.PHONY: drivers
drivers: $(VENV)/drivers.stamp ## Install what it takes to use PostgreSQL, Redis, Kafka, ClickHouse and Parquet

.PHONY: setup
setup: $(VENV)/dev.stamp ## Install everything that developing needs

.PHONY: test
test: $(VENV)/dev.stamp ## Run every test and hold the coverage gate
	@$(BIN)/coverage erase
	$(COMPILED) $(BIN)/coverage run -m pytest $(IN_PARALLEL) 3
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

.PHONY: test-fast
test-fast: $(VENV)/dev.stamp ## Run the tests that take no seconds
	$(COMPILED) $(BIN)/pytest -m "not slow" -p no:schemathesis $(IN_PARALLEL) 2

.PHONY: test-loaded
test-loaded: $(VENV)/dev.stamp ## Run every test three times on a busy machine (ROUNDS=n)
	@scripts/loaded.sh $(or $(ROUNDS),3)

.PHONY: mutants
mutants: $(VENV)/dev.stamp ## Change the product, see which changes no test notices
	@exec $(BIN)/python -m scripts.mutants $(FILES) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(if $(JOBS),--jobs $(JOBS)) $(if $(SURVIVORS),--survivors)

.PHONY: check
check: lint ## Check format, types, architecture and dependencies
	$(BIN)/pytest -q tests/architecture

.PHONY: lint
lint: $(VENV)/dev.stamp ## The same without the tests of the architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python -m scripts.audit

.PHONY: audit
audit: $(VENV)/dev.stamp ## Check what dependencies are locked to, and their licences
	@$(BIN)/python -m scripts.audit

.PHONY: format
format: $(VENV)/dev.stamp ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: docs
docs: $(VENV)/dev.stamp ## Write the reference pages anew from the code
	@$(BIN)/python -m scripts.reference

.PHONY: smoke
smoke: ## Clone, run and use the product as a stranger would
	@scripts/smoke.sh

.PHONY: bench
bench: $(VENV)/run.stamp ## Measure redirects against nginx, creates, memory and start
	$(BIN)/python -m bench

.PHONY: cluster
cluster: $(VENV)/dev.stamp ## Run the distributed product here (QUIET=1 KEEP_DATA=dir PORT=n)
	@exec $(BIN)/python -m cluster $(if $(QUIET),--quiet) $(if $(KEEP_DATA),--keep-data '$(KEEP_DATA)') $(if $(PORT),--port $(PORT))

.PHONY: cluster-down
cluster-down: $(VENV)/dev.stamp ## Stop the cluster that another terminal runs
	@$(BIN)/python -m cluster down

.PHONY: chaos
chaos: $(VENV)/dev.stamp ## Hurt a cluster under load, count every click (ROUNDS=n SEED=n)
	@exec $(BIN)/python -m cluster.chaos $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(if $(RATE),--rate $(RATE)) $(if $(KEEP_DATA),--keep-data '$(KEEP_DATA)')

.PHONY: lock
lock: $(VENV)/python.stamp ## Pin the dependencies anew, with hashes
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --upgrade -o requirements.lock pyproject.toml requirements-build.in
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --upgrade --extra dev --extra all --extra services -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --upgrade --extra all -c requirements-dev.lock -o requirements-drivers.lock pyproject.toml

.PHONY: clean
clean: ## Remove the virtual environment and caches (never the data)
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis htmlcov
