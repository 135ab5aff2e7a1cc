# Everything a contributor or an installer types. `make run` and `make test` need nothing but Python 3.11+.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# A mirror or a folder of wheels stands in for the registry by pip's own settings (PIP_INDEX_URL, PIP_NO_INDEX,
# PIP_FIND_LINKS); `make bundle` makes such a folder.
PIP := $(PY) -m pip --disable-pip-version-check --quiet
# The pip that Python 3.11 brings takes much longer to look through an index.
NEWER_PIP := pip==26.3
# What published methods say, beside ours in the tests. Without what it asks for: its summaries of texts, which nothing
# here uses, would bring sixty megabytes of language models' code.
CROWD_KIT := crowd-kit==1.4.2
# What pip installs is compiled beside the first run and on first use, not before it: that is a third of its time.
# Where this is set, every start compiles every module anew: twice the time.
unexport PYTHONDONTWRITEBYTECODE
KILLS ?= 50
JOBS ?= 2

.PHONY: help run setup test lint format bench bench-quality torture bundle clean

help: ## what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/'

$(VENV)/.run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make run PYTHON=python3.12"; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@echo "Installing what it runs on (once) ..."
	@$(PIP) install --no-compile $(NEWER_PIP) || echo "Going on with the pip that Python brought."
	@$(PIP) install --no-compile -r requirements.txt
	@touch $@
	@nice -n 19 $(PY) -m compileall -q -j 0 -x '/tests?/' $(VENV)/lib >/dev/null 2>&1 &

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "Installing what it is tested with (once) ..."
	@$(PIP) install --no-compile -r requirements-dev.txt
	@$(PIP) install --no-compile --no-deps $(CROWD_KIT)
	@touch $@

setup: $(VENV)/.run ## the virtual environment with the pinned requirements

run: $(VENV)/.run ## sets up, loads the demo project and serves the app
	@exec $(PY) -m relevance serve --demo

test: $(VENV)/.dev ## sets up and runs all tests, two files at a time: make test JOBS=4
	@$(PY) -m pytest -n $(JOBS) --dist loadfile

lint: $(VENV)/.dev ## ruff and mypy
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy

format: $(VENV)/.dev ## puts the code into shape
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

bench: $(VENV)/.dev ## the benchmarks, written into docs/performance.md: make bench NAME=answers
	@$(PY) -m tests.bench $(NAME)

bench-quality: $(VENV)/.dev ## the statistics on real crowds, written into docs/quality.md
	@$(PY) -m tests.bench.quality

torture: $(VENV)/.dev ## kill -9 under load: make torture KILLS=50
	@$(PY) -m tests.torture --kills $(KILLS)

bundle: $(VENV)/.run ## a folder of wheels for machines without a registry: PIP_NO_INDEX=1 PIP_FIND_LINKS=wheels make run
	@$(PIP) download --dest wheels $(NEWER_PIP) -r requirements.txt -r requirements-dev.txt
	@$(PIP) download --dest wheels --no-deps $(CROWD_KIT)

clean: ## removes the virtual environment and caches, never data
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
