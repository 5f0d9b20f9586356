# Two commands: `make run` shows the programme alive on http://localhost:8000, `make test` proves it.
# Prerequisites: Python 3.11 or newer with its venv module, and make. Everything else is installed here, from locked versions.

.DELETE_ON_ERROR:
.PHONY: run test prove bench setup lock clean format
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
HOST ?= 127.0.0.1
PORT ?= 8000
export PATH := $(CURDIR)/$(BIN):$(PATH)
export ASAE_DATABASE_URL ?= sqlite:///$(CURDIR)/var/asae.db

say = @printf '→ %s\n' "$(1)"

run: setup var/asae.db
	@$(BIN)/asae upgrade
	@$(BIN)/asae demo --accounts
	@$(BIN)/asae serve --host $(HOST) --port $(PORT)

setup: .venv/.installed web/static/build/.built web/translations/.compiled

.venv/.created:
	@test -n "$(PYTHON)" || { echo "Python 3.11 ou plus récent est nécessaire (aucun trouvé). Indiquez-le : make run PYTHON=/chemin/vers/python3"; exit 1; }
	$(call say,Environnement Python)
	@$(PYTHON) -m venv .venv || { echo "Le module venv de Python manque. Sur Debian ou Ubuntu : apt install python3-venv"; rm -rf .venv; exit 1; }
	@touch $@

.venv/.installed: .venv/.created requirements.lock pyproject.toml
	$(call say,Bibliothèques Python (verrouillées par empreinte))
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.installed: .venv/.installed package.json package-lock.json .npmrc
	$(call say,Bibliothèques des pages)
	@npm ci --silent
	@touch $@

web/static/build/.built: node_modules/.installed assets.mjs $(shell find web/assets asae_engine/feel -name '*.js' -not -path '*/build/*' -o -path 'web/assets/*.css')
	$(call say,Pages : scripts et styles)
	@npm run --silent build
	@touch $@

web/translations/.compiled: .venv/.installed $(shell find web/translations -name '*.po' 2>/dev/null)
	$(call say,Traductions)
	@$(BIN)/pybabel --quiet compile -d web/translations
	@touch $@

# The demonstration is lived into a file aside, then put in place whole: stopped halfway, it begins again.
var/asae.db: | setup
	@mkdir -p var
	@rm -f $@.new $@.new-wal $@.new-shm
	$(call say,Base de données)
	@ASAE_DATABASE_URL=sqlite:///$(CURDIR)/$@.new $(BIN)/asae upgrade
	$(call say,Démonstration : dix ans de parcours inventés$(comma) vécus par les vrais processus)
	@$(BIN)/asae demo --database-url sqlite:///$(CURDIR)/$@.new
	@mv $@.new $@

.venv/.tested: .venv/.installed requirements-test.lock
	$(call say,Outils de test (dont PostgreSQL))
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

test: setup .venv/.tested
	@tests/find-chromium
	$(call say,Style)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	$(call say,Types)
	@$(BIN)/mypy
	$(call say,Sens des flèches)
	@$(BIN)/lint-imports --no-cache
	$(call say,Tests)
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m pytest -n $(or $(WORKERS),auto) --dist loadgroup --cov --cov-report= --cov-fail-under=95

# What `make test` does in seconds, at length: 5,000 walks beside the token game, hostile input forty times over.
prove: setup .venv/.tested
	@$(BIN)/python -m tests.bpmn.prove
	@$(BIN)/python -m tests.bpmn.prove --programme --walks 1000
	@ASAE_EXAMPLES=40 $(BIN)/python -m pytest -q -n $(or $(WORKERS),auto) -k test_any_ tests

bench: setup .venv/.tested
	@$(BIN)/python -m benchmarks

format:
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

# Locks hold versions and hashes, no download addresses. Needs `uv`.
lock:
	uv pip compile --quiet pyproject.toml --no-strip-extras --extra build --generate-hashes --no-header --universal --python-version 3.11 --no-emit-index-url -o requirements.lock
	uv pip compile --quiet pyproject.toml --no-strip-extras --extra build --extra test --generate-hashes --no-header --universal --python-version 3.11 --no-emit-index-url -c requirements.lock -o requirements-test.lock
	npm install --package-lock-only

clean:
	rm -rf .venv node_modules web/static/build asae_engine/feel/build

comma := ,
