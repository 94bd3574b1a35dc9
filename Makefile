# `make demo` shows the product, `make test` proves it. Neither needs anything but Python and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
# Twice quiet: errors only.
INSTALL := $(BIN)/pip install --quiet --quiet --constraint constraints.txt

.PHONY: help demo test check bench screenshots chaos fuzz constraints clean

help:
	@echo "make demo    install, then turn an example page into a published article"
	@echo "make test    install what the tests need, then run them"
	@echo "make check   format, lint, types, layers"
	@echo "make bench   measure, and print ratios"
	@echo "make screenshots   take the README's pictures anew; needs Chromium"
	@echo "make chaos   kill workers at every boundary, resume through every door; most of an hour"
	@echo "make fuzz    throw twenty times as much at every parser of foreign input; some minutes"
	@echo "make constraints   take the newest of every dependency; then make test"
	@echo "make clean   remove the environment and caches"

demo: $(VENV)/.installed
	@$(BIN)/scribe-dagster process examples/article.html --categories "1:Transport,2:Culture"
	@echo "Open the page above in a browser. Then try:"
	@echo "  $(BIN)/scribe-dagster runs          what has been run"
	@echo "  $(BIN)/scribe-dagster runs show 1   how it went, stage by stage"
	@echo "  $(BIN)/scribe-dagster dev           the same in Dagster's UI"

test: $(VENV)/.installed-dev
	$(BIN)/pytest

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks

# It drives the browser, and fakes the API, with what the tests do so with.
screenshots: $(VENV)/.installed-dev
	PYTHONPATH=tests $(BIN)/python -m docs.screenshots

chaos: $(VENV)/.installed-dev
	PYTHONPATH=tests $(BIN)/python -m chaos

fuzz: $(VENV)/.installed-dev
	$(BIN)/pytest tests/fuzz --hypothesis-profile=thorough

constraints:
	rm -rf $(VENV)-newest
	$(PYTHON) -m venv $(VENV)-newest
	$(VENV)-newest/bin/pip install --quiet --editable '.[dev]'
	head -2 constraints.txt > $(VENV)-newest/constraints.txt
	$(VENV)-newest/bin/pip freeze --exclude-editable >> $(VENV)-newest/constraints.txt
	mv $(VENV)-newest/constraints.txt constraints.txt
	rm -rf $(VENV)-newest

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "scribe-dagster needs Python 3.11 or later: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(INSTALL) --editable '.[dev]'
	@touch $@
