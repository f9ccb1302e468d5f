# The commands of this project; `make` alone lists them. POSIX sh and GNU make (3.81 or later).

SHELL = /bin/sh
# Where it is set, every process of every test compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL = help
.NOTPARALLEL:

SETUP = python=$$(sh leadcrm/start/find_python.sh) && "$$python" -I leadcrm/start/environment.py
PY = .venv/bin/python
# The settings of the tests need no keys, and nothing of this checkout's own.
MANAGE = DJANGO_SETTINGS_MODULE=tests.settings "$(CURDIR)/$(PY)" manage.py
CATALOGUE = leadcrm/locale/ko/LC_MESSAGES/django
MAKE_MESSAGES = $(MANAGE) makemessages --locale ko --no-obsolete --ignore var --ignore tests --verbosity 0

heading = @printf '\n== %s\n' "$(1)"

# Every step is run, whatever the others did; the failed ones are named at the end and decide the exit code.
each_of = @failed=; for step in $(1); do $(MAKE) --no-print-directory $$step || failed="$$failed $$step"; done; \
	if [ -n "$$failed" ]; then printf '\nFailed:%s\n' "$$failed"; exit 1; fi; printf '\nPassed: %s\n' "$(1)"

.PHONY: help
help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | while read -r name words; do printf '  make %-16s %s\n' "$$name" "$$words"; done

.PHONY: run
run: ## set up, start everything and print the addresses; Ctrl-C ends it (PORT=8000 SANDBOX_PORT=8009)
	@$(SETUP) run
	@exec $(PY) -m leadcrm.start $(if $(PORT),--port $(PORT)) $(if $(SANDBOX_PORT),--sandbox-port $(SANDBOX_PORT))

.PHONY: setup
setup: ## make .venv with everything for development, and nothing else
	@$(SETUP) test

# ---------------------------------------------------------------------------------------------------------------------

.PHONY: test
test: setup ## run the tests, without the slow ones, on SQLite and on PostgreSQL (ARGS="-k webhook" chooses among all)
	$(call each_of,quick-on-sqlite quick-on-postgresql)

# A module's tests stay together, because they may share what was costly to make.
PYTEST = $(PY) -m pytest -n 2 --dist loadscope
WHOLE_SYSTEM = tests/start tests/flows tests/browser
FAULTS = tests/faults
USES_NO_DATABASE = tests/integrations tests/leadcrm tests/i18n tests/leads/marketplace
# They check what is the same on every database, of code that other tests run on both.
SAME_ON_BOTH = tests/leads/destinations/test_secrets.py tests/leads/admin/test_permissions.py \
	tests/leads/admin/test_team_matrix.py tests/leads/api/v1/test_permissions.py
# What they show of the database, the tests of the folders behind them show as well.
IN_FRONT = tests/leads/admin tests/leads/api/v1 tests/leads/destinations
QUICK = -m 'not slow'
without = $(or $(ARGS),$(addprefix --ignore=,$(WHOLE_SYSTEM) $(FAULTS) $(1)))

.PHONY: azurite
azurite: ## install Microsoft's storage emulator, for Azure in the sandbox and in tests (needs Node and npm)
	@sh integrations/sandbox/azure/emulator/install.sh

.PHONY: quick-on-sqlite
quick-on-sqlite: setup azurite
	$(call heading,Tests on SQLite (without the slow ones))
	@TEST_DATABASE=sqlite $(PYTEST) $(if $(ARGS),,$(QUICK)) $(call without)

.PHONY: quick-on-postgresql
quick-on-postgresql: setup azurite
	$(call heading,Tests on PostgreSQL (without the slow ones, and without what is in front of the database))
	@TEST_DATABASE=postgresql $(PYTEST) $(if $(ARGS),,$(QUICK)) $(call without,$(USES_NO_DATABASE) $(IN_FRONT))

.PHONY: test-sqlite
test-sqlite: setup azurite ## run all tests on SQLite, but those of whole installations
	$(call heading,All tests on SQLite)
	@TEST_DATABASE=sqlite $(PYTEST) $(call without)

.PHONY: test-postgresql
test-postgresql: setup azurite ## run all tests that a database may change on PostgreSQL
	$(call heading,All tests on PostgreSQL (those that use no database are left out))
	@TEST_DATABASE=postgresql $(PYTEST) $(call without,$(USES_NO_DATABASE) $(SAME_ON_BOTH))

.PHONY: test-system
test-system: setup ## run the tests that start whole installations or a browser: on SQLite, then on PostgreSQL
	$(call each_of,system-on-sqlite system-on-postgresql)

.PHONY: system-on-sqlite
system-on-sqlite: setup
	$(call heading,Whole installations on SQLite)
	@TEST_DATABASE=sqlite $(PYTEST) $(WHOLE_SYSTEM)

.PHONY: system-on-postgresql
system-on-postgresql: setup
	$(call heading,Whole installations on PostgreSQL)
	@TEST_DATABASE=postgresql $(PYTEST) tests/flows

.PHONY: faults
faults: setup ## do harm to whole installations on both databases, and write docs/reliability.md (20 minutes)
	$(call heading,Faults)
	@$(PY) -m tests.faults

.PHONY: faults-quick
faults-quick: setup
	$(call heading,The quick ones of the faults)
	@$(PY) -m tests.faults --quick

.PHONY: check
check: setup ## everything CI checks: format, lint, types, imports, migrations, deployment, translations, tests
	$(call each_of,format-check lint types imports migrations deployment translations compiled-translations test-sqlite test-postgresql \
	system-on-sqlite system-on-postgresql faults-quick)

.PHONY: format-check
format-check: setup
	$(call heading,Format)
	@$(PY) -m ruff format --check .

.PHONY: lint
lint: setup
	$(call heading,Lint)
	@$(PY) -m ruff check .

.PHONY: types
types: setup
	$(call heading,Types)
	@$(PY) -m mypy .

.PHONY: imports
imports: setup
	$(call heading,Import contracts)
	@.venv/bin/lint-imports

.PHONY: migrations
migrations: setup
	$(call heading,Migrations match the models)
	@$(MANAGE) makemigrations --check --dry-run

# The product's own settings, as behind HTTPS, with keys that are made for this one call.
KEY = $$($(PY) -c 'import secrets; print(secrets.token_urlsafe(32))')
DEPLOYED = DJANGO_SETTINGS_MODULE=leadcrm.settings LEADCRM_READ_LOCAL_ENV=false \
	LEADCRM_PUBLIC_URL=https://leads.example.com LEADCRM_SECRET_KEY=$(KEY)$(KEY) LEADCRM_FIELD_KEYS=$(KEY)=

.PHONY: deployment
deployment: setup
	$(call heading,Deployment checks)
	@$(DEPLOYED) $(PY) manage.py check --deploy --fail-level WARNING

# Texts are collected in a copy, so that checking changes nothing.
.PHONY: translations
translations: setup
	$(call heading,Every text is translated)
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && \
	cp -R manage.py leadcrm leads integrations templates tests "$$copy" && (cd "$$copy" && $(MAKE_MESSAGES)) && \
	msgcmp $(CATALOGUE).po "$$copy/$(CATALOGUE).po"

.PHONY: compiled-translations
compiled-translations: setup
	$(call heading,Translations are compiled)
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && \
	msgfmt --check --output-file="$$copy/fresh.mo" $(CATALOGUE).po && msgunfmt "$$copy/fresh.mo" > "$$copy/fresh" && \
	msgunfmt $(CATALOGUE).mo | cmp - "$$copy/fresh" || { echo "Run \`make messages\`."; exit 1; }

# ---------------------------------------------------------------------------------------------------------------------

.PHONY: messages
messages: setup ## collect the texts for translation, and compile the catalogue (needs gettext)
	@mkdir -p $(dir $(CATALOGUE)) && $(MAKE_MESSAGES) && msgfmt --check --output-file=$(CATALOGUE).mo $(CATALOGUE).po

.PHONY: openapi
openapi: setup ## write docs/openapi.yaml anew from the API
	@$(MANAGE) spectacular --lang en --fail-on-warn --validate --file docs/openapi.yaml

# The locks hold hashes for every platform and no address; they name what pyproject.toml asks for.
LOCK = uv pip compile --quiet --universal --generate-hashes --python-version 3.12 --no-annotate --no-header pyproject.toml

.PHONY: lock
lock: ## write requirements/*.lock anew from pyproject.toml (needs uv; ARGS=--upgrade takes new versions)
	@$(LOCK) $(ARGS) --output-file requirements/run.lock
	@$(LOCK) $(ARGS) --group test --constraint requirements/run.lock --output-file requirements/test.lock

.PHONY: format
format: setup ## bring the code into its form, and mend what the linter can
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

.PHONY: clean
clean: ## remove .venv, .azurite and the caches; what is kept in var/ stays
	@rm -rf .azurite .venv .venv.lock .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage htmlcov test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
