# `make run` starts Videoshare; README.md says the rest. Each installing and building step leaves a stamp file and
# is skipped until what it was made from changes.

PORT ?= 8000
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
PIP = .venv/bin/python -m pip install --disable-pip-version-check --no-input -qq --require-hashes

# The version is in the name: after an upgrade of the system's Python everything is installed again.
PYTHON_VERSION := $(lastword $(shell .venv/bin/python --version 2>/dev/null))
INSTALLED = .venv/.installed-$(PYTHON_VERSION)
INSTALLED_DEV = .venv/.installed-dev-$(PYTHON_VERSION)

# Folders are among the sources, because deleting or renaming a file changes only its folder.
SCRIPTS := $(shell find apps -path '*/ts*' \( -type d -o -name '*.ts' \))
STATIC := $(shell find apps -path '*/static*' ! -name '.*')
SUITES = tests/core tests/accounts tests/workspaces tests/videos tests/sharing tests/uploads tests/comments tests/insights tests/attention tests/pages
BROWSER = e2e and not services and not long
# More than a small machine has cores: about half of the time tests wait, for a page, a clock or a process that ends.
# A browser that only shows and plays waits less, and a recorder does not: its pictures come thirty times a second.
WORKERS ?= 4
BROWSERS ?= 3
RECORDERS ?= 2
RECORDING = $(wildcard tests/e2e/test_record*.py) tests/e2e/test_first_hour.py tests/e2e/test_spool.py

export PORT

.PHONY: run install build check test test-services test-long fuzz bench openapi pins help

run: build/.collected  ## start everything in this terminal: make run [PORT=8000] [VIDEOSHARE_DATA=var]
	@exec .venv/bin/python -m videoshare.supervisor

install: $(INSTALLED) node_modules/.installed  ## install what the product needs, into .venv and node_modules

build: build/.collected  ## build the pages' scripts and collect the static files

$(INSTALLED): requirements.txt
	@sh .ci/ground.sh product "$(PYTHON)"
	@echo "Installing Python packages into .venv"
	@$(PYTHON) -m venv .venv
	@$(PIP) -r requirements.txt
	@touch ".venv/.installed-$$(.venv/bin/python --version | cut -d ' ' -f 2)"

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED)
	@echo "Installing what the tests need into .venv"
	@$(PIP) -r requirements.txt -r requirements-dev.txt
	@touch ".venv/.installed-dev-$$(.venv/bin/python --version | cut -d ' ' -f 2)"

node_modules/.installed: package.json package-lock.json .npmrc
	@sh .ci/ground.sh product "$(PYTHON)"
	@echo "Installing npm packages into node_modules"
	@npm ci --no-progress --loglevel=error
	@touch $@

build/.built: node_modules/.installed build.mjs $(SCRIPTS)
	@echo "Building the pages' scripts"
	@npm run --silent build
	@touch $@

build/.collected: $(INSTALLED) build/.built $(STATIC)
	@.venv/bin/python manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

check: $(INSTALLED_DEV) node_modules/.installed  ## linters and types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/mypy .
	npx tsc --noEmit

test: check build/.collected  ## everything that needs no server of another kind; installs ffmpeg and Chromium as root
	@sh .ci/ground.sh tests
	npm test
	.venv/bin/pytest -m "not services and not long and not e2e" -n $(WORKERS) --dist worksteal
	CHROMIUM="$$(command -v chromium-headless-shell || command -v chromium)" \
		.venv/bin/pytest -m "$(BROWSER)" -n $(BROWSERS) --dist loadfile $(filter-out $(RECORDING),$(wildcard tests/e2e/test_*.py))
	.venv/bin/pytest -m "$(BROWSER)" -n $(RECORDERS) --dist worksteal $(RECORDING)

# Publish many films, or walk the protocol for minutes. On servers `make test-long` runs them: what they ask of a
# database is asked by the other tests of the same suites, too.
FILMED = $(addprefix tests/videos/test_,clearing.py illustrating.py kill_points.py made_again.py publishing.py sound.py) \
	tests/uploads/test_protocol.py tests/uploads/test_store_faults.py
ON_SERVERS = sh .ci/on-servers.sh .venv/bin/pytest -n $(WORKERS) --dist worksteal -m "django_db and not e2e and not long and not services"

# Of the suites, those tests that ask the database: the others have no server to say anything about.
test-services: $(INSTALLED_DEV) build/.collected  ## the same on PostgreSQL, Redis, RabbitMQ and an S3 server
	@sh .ci/ground.sh tests
	.venv/bin/pytest -m services -n 2 --dist loadfile tests/services tests/faults
	$(ON_SERVERS) $(wildcard $(SUITES)) $(FILMED:%=--ignore=%)

test-long: $(INSTALLED_DEV) build/.collected  ## what takes long: faults at every step, long sources, films on servers
	@sh .ci/ground.sh tests
	.venv/bin/pytest -m long
	$(ON_SERVERS) $(FILMED)

fuzz: $(INSTALLED_DEV) build/.collected  ## broken recordings through the engine: make fuzz N=2000 SEED=1
	@sh .ci/ground.sh tests
	FUZZ_N=$(or $(N),2000) FUZZ_SEED=$(or $(SEED),1) .venv/bin/pytest -m long -s tests/e2e/test_fuzz.py

bench: $(INSTALLED_DEV) build/.collected  ## measure, and write docs/performance.md
	@sh .ci/ground.sh tests
	.venv/bin/python -m tests.bench

openapi: $(INSTALLED)  ## write docs/openapi.yaml anew from the code
	.venv/bin/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

screenshots: $(INSTALLED_DEV) build/.collected  ## pictures of the pages, into build/screenshots and docs/watch.png: make screenshots [PAGES="watch library"]
	@sh .ci/ground.sh tests
	.venv/bin/python -m tests.screenshots $(PAGES)

# Extras stay in the pins: an older pip (Debian 12's 23.0) takes the newest `coverage[toml]` beside a pinned `coverage`.
pins: $(INSTALLED_DEV)  ## compile requirements.in and requirements-dev.in, with hashes
	for name in requirements requirements-dev; do \
		.venv/bin/uv pip compile --generate-hashes --universal --python-version 3.11 --no-strip-extras --no-header \
			--no-emit-index-url --no-emit-find-links -q $$name.in -o $$name.txt || exit 1; done

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | column -t -s '|'
