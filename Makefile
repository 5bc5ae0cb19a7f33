# Two commands matter: `make run` and `make test`. Both install what they need and may be repeated.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PYTEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test test-one pytest lint audit types bench docs screenshots proof cluster n8n install install-dev clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install ## Start the demo: migrate, seed, serve, with the sandbox instead of the outside world
	@exec $(PY) -m rapport run

test: install-dev lint types pytest ## Judge everything, on SQLite and on PostgreSQL

pytest: install-dev
	@$(PY) -m pytest -n $(PYTEST_WORKERS) --dist worksteal

test-one: install-dev ## Run one file or test: make test-one T=tests/rooms/people
	@$(PY) -m pytest $(T)

lint: install-dev ## Style, import direction, secrets, static security
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/bandit -q -r src -c pyproject.toml
	@$(PY) -m scripts.leaks

audit: install-dev ## Ask PyPI's advisories about what we depend on; says so where they cannot be reached
	@$(VENV)/bin/uv tool run pip-audit==2.10.1 --require-hashes --disable-pip -r requirements.txt \
		|| echo "audit: not asked, or something was found: see above" >&2

types: install-dev ## mypy, strict where promises are decided
	@$(VENV)/bin/mypy

bench: install-dev ## Measure against the yardstick, in one run on this machine
	@$(PY) -m scripts.bench

proof: install-dev ## The long forms: 200 kills, deep fuzzing, ten thousand examples
	@$(PY) -m scripts.proof

cluster: install-dev ## Three web and three worker processes, PostgreSQL and Redis here, loaded and restarted one by one
	@$(PY) -m tests.faults.cluster

n8n: install-dev ## Run the workflows of integrations/n8n in a real n8n against a real service
	@$(PY) -m scripts.n8n

screenshots: install-dev ## Take the pictures of the console's pages, light and dark, wide and on a phone
	@SCREENSHOTS=docs/screenshots $(PY) -m pytest -q tests/browser/test_console.py -k every_page

docs: install-dev ## Write the generated documents: OpenAPI, settings, errors
	@$(PY) -m scripts.docs

install:
	@$(PYTHON) scripts/install.py

install-dev:
	@$(PYTHON) scripts/install.py --dev

clean: ## Remove the virtual environment and caches; what the service wrote stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis
