# Two commands matter: `make serve` and `make test`; each sets up what it needs and does its job.
# `make help` lists the rest.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
LOCKED := .ci/locked
CLIENTS := build/clients
# every file is compared with a hash in the lock; what is built here is built with locked tools, never with the newest
# only what is imported gets compiled, when it is imported first: a third of the time of an installation is saved
INSTALL := $(BIN)/python -P -m pip install --quiet --no-deps --no-build-isolation --no-compile
HOST ?= 127.0.0.1
PORT ?= 8000

.DEFAULT_GOAL := help
# each of some thousand processes of the tests would compile the package again
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup serve test test-all lint coverage bench build check schema docs vendor clients carried wheel release-check lock clean system

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/dev.stamp ## install everything that work on cartkg needs

serve: $(VENV)/serve.stamp vendor ## set up and serve the graph; HOST and PORT may be set
	$(BIN)/cartkg serve --host $(HOST) --port $(PORT)

test: $(VENV)/test.stamp ## set up and run the tests (under 5 minutes)
	$(BIN)/python -m pytest -v -n auto --dist loadfile -m "not whole"

test-all: $(VENV)/dev.stamp docs system clients ## whole W3C suites, attacks, mutations, clients, servers, browser (under 45 minutes)
	$(BIN)/python -m pytest -v -n 4 --dist worksteal -m "whole and not alone" --durations=60
	$(BIN)/python -m pytest -v -m alone

lint: $(VENV)/dev.stamp ## ruff, mypy, the import contract, spelling and style of all texts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -P .ci/wording.py

coverage: $(VENV)/dev.stamp ## run the tests and print which lines they miss; the pages are in build/coverage
	$(BIN)/python -P -m coverage erase
	-$(BIN)/python -P -m coverage run -m pytest -q -n auto -m "not whole"
	$(BIN)/python -P -m coverage combine --quiet
	$(BIN)/python -P -m coverage html --quiet
	$(BIN)/python -P -m coverage report

build: $(VENV)/serve.stamp ## read, reason, check and write the graph
	$(BIN)/cartkg build

check: $(VENV)/serve.stamp ## all diagnostics in ontology, shapes, data and queries
	$(BIN)/cartkg check

schema: $(VENV)/dev.stamp ## generate the JSON Schemas of dossiers and lists, and the page on their fields
	$(BIN)/python .ci/schema.py

docs: $(VENV)/docs.stamp ## write the pages made from the code and build the documentation that the server shows at /docs
	$(BIN)/python -P .ci/reference.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

bench: $(VENV)/dev.stamp ## measure against peers; prints ratios of medians
	for file in tests/bench/bench_*.py; do $(BIN)/python $$file || exit 1; done

vendor: $(VENV)/serve.stamp ## fetch the richer query editor from npm where Node is there
	@if command -v npm >/dev/null 2>&1; then $(BIN)/python -P .ci/vendor.py; \
	else echo "no Node: the query page falls back to a plain form that works"; fi

clients: $(VENV)/serve.stamp ## fetch from PyPI and npm the clients that the whole tests run
	@$(MAKE) --no-print-directory $(CLIENTS)/venv.stamp || echo "no clients from PyPI: the tests that run them will skip and say so"
	$(BIN)/python -P .ci/vendor.py --clients

carried: $(VENV)/serve.stamp ## build the graph that the wheel carries, so that nobody waits for it after an installation
	$(BIN)/cartkg --project . build --packed --out src/cartkg/shipped/build

wheel: carried vendor docs $(VENV)/dev.stamp ## build the wheel that carries graph, data, shapes, queries, editor and documentation
	$(BIN)/python -P -m build --no-isolation --wheel

release-check: vendor $(VENV)/dev.stamp ## rehearse a release: build, install elsewhere, check, query, serve
	$(BIN)/python -P .ci/release_check.py

lock: $(VENV)/pip.stamp ## write the lock files, with hashes, for the versions in .ci/constraints.txt
	$(INSTALL) --require-hashes -r $(LOCKED)/lock.txt
	$(BIN)/python -P .ci/lock.py

system: ## what the whole tests need from Debian: a browser, a proxy, a store and clients
	@$(PYTHON) -P .ci/system.py

clean: ## remove what was made
	rm -rf $(VENV) .cartkg build dist src/cartkg/shipped

$(VENV)/pip.stamp:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cartkg needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -P -m venv $(VENV)
	$(INSTALL) --require-hashes -r $(LOCKED)/install.txt
	touch $@

$(VENV)/serve.stamp: $(VENV)/pip.stamp pyproject.toml $(LOCKED)/install.txt $(LOCKED)/check.txt $(LOCKED)/serve.txt
	$(INSTALL) --require-hashes -r $(LOCKED)/install.txt -r $(LOCKED)/check.txt -r $(LOCKED)/serve.txt
	$(INSTALL) -e .
	touch $@

$(VENV)/test.stamp: $(VENV)/serve.stamp $(LOCKED)/test.txt
	$(INSTALL) --require-hashes -r $(LOCKED)/test.txt
	touch $@

$(VENV)/dev.stamp: $(VENV)/test.stamp $(LOCKED)/dev.txt $(LOCKED)/identifiers.txt
	$(INSTALL) --require-hashes -r $(LOCKED)/dev.txt -r $(LOCKED)/identifiers.txt
	touch $@

$(VENV)/docs.stamp: $(VENV)/serve.stamp $(LOCKED)/docs.txt
	$(INSTALL) --require-hashes -r $(LOCKED)/docs.txt
	touch $@

# an environment of their own: what they need is no part of the project
$(CLIENTS)/venv.stamp: $(VENV)/pip.stamp $(LOCKED)/install.txt $(LOCKED)/clients.txt
	$(PYTHON) -P -m venv --clear $(CLIENTS)/venv
	$(CLIENTS)/venv/bin/python -P -m pip install --quiet --no-deps --no-build-isolation --require-hashes -r $(LOCKED)/install.txt -r $(LOCKED)/clients.txt
	touch $@
