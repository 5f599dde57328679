# Every target sets itself up: `make demo` and `make test` work on a fresh clone.
SHELL := /bin/bash
.DEFAULT_GOAL := help

export GOVERNANCE_HOME ?= $(CURDIR)/.governance
export PYTHONPATH := $(CURDIR)$(if $(PYTHONPATH),:$(PYTHONPATH))
# Containers often forbid Python to keep what it compiles: every process of a run would compile it again
export PYTHONDONTWRITEBYTECODE :=
VENV := .venv
RUN := $(VENV)/bin/python

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(VENV)/.installed ## the main job on embedded defaults: demo MLflow -> Airflow DAG -> real Apache Atlas; CATALOG=purview
	@$(RUN) -m include.sandbox demo --catalog $(or $(CATALOG),atlas)

stop: ## end what the demo left running
	@if [ -x $(RUN) ]; then $(RUN) -m include.sandbox stop; fi

clean-demo: stop ## start over: remove the demo's stores, state and reports
	rm -rf "$(GOVERNANCE_HOME)"

catalog: $(VENV)/.installed ## a real Apache Atlas in the foreground (127.0.0.1:21000, admin/admin)
	@exec $(RUN) -m include.sandbox.atlas run

purview: $(VENV)/.installed ## a face of Microsoft Purview in the foreground, in front of the demo's Atlas (127.0.0.1:21444)
	@exec $(RUN) -m include.sandbox.purview

airflow: $(VENV)/.installed ## Airflow's UI with the DAGs loaded (http://127.0.0.1:8080)
	@exec $(RUN) -m include.sandbox.airflow_ui

check: $(VENV)/.installed ## test every connection of the configuration
	@$(RUN) -m include.governance check

env: ## .env for docker-compose.yaml, with random secrets where it has none
	@PYTHONPATH=$(CURDIR) $(or $(PYTHON),python3) -m include.compose env

lint: $(VENV)/.installed-dev ## style, types, dependencies between packages, dead code
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo
	$(VENV)/bin/vulture

# Two for each of two cores: a part of the tests' time is waiting for servers and timeouts
WORKERS ?= 4

# An order that failed is repeated with its seed
ifeq ($(ORDER),random)
SEED := $(or $(SEED),$(shell od -An -N3 -tu4 /dev/urandom | tr -d ' '))
SHUFFLED := -p randomly --randomly-seed=$(SEED)
endif

test: lint browser ## lint, types and all tests but the heavy ones; ORDER=random shuffles them, SEED=n repeats an order
	@$(if $(SHUFFLED),echo "Random order: make test ORDER=random SEED=$(SEED)")
	$(RUN) -m pytest -n $(WORKERS) --dist loadfile $(SHUFFLED)

test-heavy: $(VENV)/.installed-dev postgres browser ## the long tests
	THOROUGH=1 $(RUN) -m pytest -m 'heavy or property'

bench: $(VENV)/.installed-dev ## measure scrubbing, reading, judging and publishing
	$(RUN) -m benchmarks.scrub
	$(RUN) -m benchmarks.read_mlflow small large
	$(RUN) -m benchmarks.read_azure small
	$(RUN) -m benchmarks.resolve_judge
	$(RUN) -m benchmarks.publish_atlas small

lock: $(VENV)/.installed-dev ## write include/constraints.txt anew from the requirements
	sed '/^-[cr] /d' requirements.txt requirements-dev.txt > $(VENV)/requirements.in
	$(VENV)/bin/python -m uv pip compile --universal -p 3.11 $(VENV)/requirements.in -o include/constraints.txt --no-annotate --no-header --upgrade -q

# A browser for the page tests: the one that is there, Debian's, or Playwright's own
browser: $(VENV)/.installed-dev
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get update -qq; apt-get install -y -qq chromium >/dev/null; }; } \
	  || $(RUN) -m playwright install chromium

# A PostgreSQL for the tests of the state database: the one that is there, or Debian's
postgres:
	@command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get update -qq; apt-get install -y -qq postgresql >/dev/null; }; } \
	  || { echo "No PostgreSQL was found: install one (Debian: apt-get install postgresql)." >&2; exit 1; }

$(VENV)/.installed: requirements.txt include/constraints.txt
	@include/sandbox/install.sh $(VENV) requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt include/constraints.txt
	@include/sandbox/install.sh $(VENV) requirements-dev.txt
	@touch $@ $(VENV)/.installed

.PHONY: help lint demo stop clean-demo catalog purview airflow check env test test-heavy bench lock browser postgres
