# make lab   sets everything up and opens JupyterLab on notebooks/00-start-here.ipynb
# make test  sets everything up and checks everything
# make bench  installs the rivals, measures, and rewrites docs/benchmarks.md; needs npm, wrk and Linux. For Prism name
#   the folder of Twilio's OpenAPI files: make bench MSVC_SPECS=path/to/specs
# make notebooks  runs them in order on a fresh sandbox and stores what they show
# make capabilities  asks the sandbox about all that the installed SDK has, and stores the answers
# make facts      writes docs/facts.md from the tables of facts about Twilio
# make fuzz SPECS="..."  sends the sandbox what Schemathesis makes of Twilio's OpenAPI files, see tests/openapi
# Another Python: make PY=python3.12 lab

PY ?= python3
# Which extras of pyproject.toml are set up: make test EXTRAS=test,spark,warehouse
EXTRAS ?= test
BIN := .venv/bin
READY := .venv/ready-$(EXTRAS)

# A set-up without bytecode would compile every import anew, in every kernel.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: lab test notebooks bench capabilities facts fuzz
.DELETE_ON_ERROR:

lab: $(READY)
	@$(BIN)/msvc lab

test: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

notebooks: $(READY)
	$(BIN)/python docs/store_notebooks.py

capabilities: $(READY)
	$(BIN)/python docs/list_capabilities.py

facts: $(READY)
	$(BIN)/python docs/list_facts.py

fuzz: $(READY)
	@$(PY) -m venv .venv/fuzz
	@.venv/fuzz/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/openapi/requirements.txt
	.venv/fuzz/bin/python tests/openapi/fuzz.py $(SPECS)

bench: $(READY)
	npm ci --prefix benchmarks
	MSVC_SPECS='$(MSVC_SPECS)' $(BIN)/python benchmarks/make_page.py

# As old as the last set-up that went through to its end: anything newer asks for another.
$(READY): pyproject.toml constraints.txt
	@command -v $(PY) >/dev/null || { echo "No $(PY) here. Install Python 3.11 or newer, or name one: make PY=/path/to/python3 lab"; exit 1; }
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PY) is $$($(PY) -V 2>&1), and 3.11 or newer is needed. Name a newer one: make PY=python3.12 lab"; exit 1; }
	@$(PY) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PY) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Setting up .venv (a minute or two, once)"
	@$(PY) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$(EXTRAS)]'
	@touch $@
