# make lab    sets everything up and opens JupyterLab on notebooks/00-start-here.ipynb
# make web    sets everything up and opens the notebooks' forms as web pages
# make test   sets everything up and checks everything that needs neither a browser, Node, Java nor Spark
# make check  the part of that which takes a minute: linters, types, import contracts, fast tests
# make fast-tests TESTS="tests/rules tests/senders"  those of some folders alone
# make coverage  how much of the package the fast tests run, file by file
# make test-more EXTRAS=test,spark,warehouse  the tests that need a browser, Node, Java 17, Spark or another database
# make bench  installs the rivals, measures, and rewrites docs/benchmarks.md; needs npm, wrk and Linux. For Prism name
#   the folder of Twilio's OpenAPI files: make bench MSVC_SPECS=path/to/specs
# make notebooks  runs them in order on a fresh sandbox and stores what they show
# make capabilities  asks the sandbox about all that the installed SDK has, and stores the answers
# make facts      writes docs/facts.md from the tables of facts about Twilio
# make architecture  draws docs/architecture.md's picture from the imports in the code
# make docs     builds the pages of docs/, the notebooks and the reference as a website in build/site, and checks its links
# make drills   sends to lists and changes accounts while kernels are killed and the line fails, and prints what came of it
# make fuzz SPECS="..."  sends the sandbox what Schemathesis makes of Twilio's OpenAPI files, see tests/openapi
# Another Python: make lab PY=python3.12
# More extras of pyproject.toml: make lab EXTRAS=spark

PY ?= python3
BIN := .venv/bin
# Two more workers than cores: a test that starts a kernel or a server waits for it.
PYTEST = $(BIN)/python -m pytest --numprocesses=$(shell $(PY) -c 'import os; print((os.cpu_count() or 1) + 2)') --dist=worksteal
MORE := browser or node or clients or spark or warehouse or clone
LAB_READY := .venv/ready-$(or $(EXTRAS),lab)
READY := .venv/ready-$(or $(EXTRAS),test)
COMPILED := .venv/compiled
# What needs a browser or the like is left out, and what imports only for that is not even collected.
# test_typing.py runs after mypy, which has checked the package for it.
ALONE := -m 'not ($(MORE))' --ignore=tests/browser --ignore=tests/test_typing.py
FAST := -m 'not (slow or $(MORE))' --ignore=tests/browser

# With these set, every kernel and every test process would compile what it imports again, or read it elsewhere.
unexport PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX

.PHONY: lab web test check test-more static tests fast-tests coverage notebooks bench capabilities facts architecture docs drills fuzz
.DELETE_ON_ERROR:

lab: $(LAB_READY)
	@$(BIN)/msvc lab

web: .venv/ready-web
	@$(BIN)/msvc web

test: $(READY)
	@$(MAKE) --no-print-directory --jobs=2 static tests

check: $(READY)
	@$(MAKE) --no-print-directory --jobs=2 static fast-tests

# Browsers and Spark keep more than one core busy, so that one worker for each core is enough.
test-more: $(READY)
	$(PYTEST) --numprocesses=$(shell $(PY) -c 'import os; print(os.cpu_count() or 1)') -m '$(MORE)'

tests: $(COMPILED)
	$(PYTEST) $(ALONE)

fast-tests: $(COMPILED)
	$(PYTEST) $(FAST) $(TESTS)

coverage: $(COMPILED)
	$(PYTEST) $(FAST) -p pytest_cov --cov=msvc_toolkit --cov-report=term:skip-covered

static: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet tests/test_typing.py
	$(BIN)/lint-imports

notebooks: $(READY)
	$(BIN)/python docs/store_notebooks.py

capabilities: $(READY)
	$(BIN)/python docs/list_capabilities.py

facts: $(READY)
	$(BIN)/python docs/list_facts.py

architecture: $(READY)
	$(BIN)/python docs/draw_architecture.py

docs: .venv/ready-docs
	$(BIN)/python -m sphinx --quiet --fresh-env --fail-on-warning --keep-going -c docs . build/site

drills: $(READY)
	$(BIN)/python tests/drills/send_many.py
	$(BIN)/python tests/drills/change_account.py

fuzz: $(READY)
	@$(PY) -m venv .venv/fuzz
	@.venv/fuzz/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/openapi/requirements.txt
	.venv/fuzz/bin/python tests/openapi/fuzz.py $(SPECS)

bench: $(READY)
	npm ci --prefix benchmarks
	MSVC_SPECS='$(MSVC_SPECS)' $(BIN)/python benchmarks/make_page.py

# In a fresh clone one process compiles what the tests import, before every worker does; what cannot be imported, they say.
$(COMPILED): $(READY)
	@$(BIN)/python -m pytest --quiet --collect-only $(ALONE) >/dev/null || true
	@touch $@

# As old as the last set-up that went through to its end: anything newer asks for another.
.venv/ready-%: pyproject.toml constraints.txt scripts/set_up.py
	@command -v $(PY) >/dev/null || { echo "No $(PY) here. Install Python 3.11 or newer, or name one: make lab PY=/path/to/python3"; exit 1; }
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PY) is $$($(PY) -V 2>&1), and 3.11 or newer is needed. Name a newer one: make lab PY=python3.12"; exit 1; }
	@$(PY) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PY) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Setting up .venv: a minute or two"
	@$(PY) scripts/set_up.py '$(filter-out lab,$*)'
	@touch $@
