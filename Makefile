# `make demo` and `make test` set up everything they need in .venv, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check slow lock schema clean

demo: $(STAMP)
	$(BIN)/feedhub demo output/demo

test: $(STAMP)
	$(BIN)/ruff check feedhub tests bench
	$(BIN)/ruff format --check feedhub tests bench
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadfile -q

slow: $(STAMP)
	$(BIN)/pytest -m slow -q

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'feedhub needs Python 3.11 or newer: make PYTHON=python3.12 ...' >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Needs uv. --universal: one file for every Python from 3.11 on and every platform.
lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --quiet --output-file requirements.txt

schema: $(STAMP)
	$(BIN)/python -m feedhub.config > feeds.schema.json

clean:
	rm -rf $(VENV) output/demo
