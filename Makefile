# The course's commands. Each one sets up what it needs the first time, and only then.
#   make lab              open the course             make lab ARGS="--no-browser --port 8899"
#   make test             every test                  make test ONLY=unit
#   make build NB=06      one notebook from its source, executed

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$python; exit; fi; \
	done; echo python3)
VENV ?= .venv
COLAB_VENV ?= .venv-colab
ARGS ?=
NB ?=
ONLY ?=
RUN = $(VENV)/bin/python
# the first notebook's kernel begins with the server, not with the page: three seconds sooner
WARM = --ServerApp.jpserver_extensions="{'ganlib.warm': True}"
# What the browser's phase needs besides, unless ONLY names another one.
FOR_BROWSER = $(if $(filter browser,$(or $(ONLY),browser)),$(VENV)/.ready-colab $(VENV)/.ready-npm)

.PHONY: help lab test test-slow test-colab build check student stamp bench clean
.DEFAULT_GOAL := help

help: ## list these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 14

lab: $(VENV)/.ready-lab ## open JupyterLab at the first notebook (ARGS="..." goes to jupyter lab)
	@if [ "$$(id -u)" = 0 ]; then echo 'You are root: JupyterLab asks for make lab ARGS="--allow-root" then.'; fi
	$(VENV)/bin/jupyter lab notebooks/00_start_here.ipynb $(WARM) $(ARGS)

test: $(VENV)/.ready-test $(FOR_BROWSER) ## style, layout, types, notebooks against sources, unit tests, every notebook, widgets in a browser
	$(RUN) tools/test.py $(ONLY)

test-slow: $(VENV)/.ready-test ## the tests that make test leaves out
	$(RUN) -m pytest -m slow --timeout 900

test-colab: $(COLAB_VENV)/.ready ## the tests with Colab's versions, in an environment of their own
	$(COLAB_VENV)/bin/python tools/test.py colab

build: $(VENV)/.ready-test ## build and execute the notebooks (NB=06 for one of them)
	$(RUN) tools/build.py build $(NB)

check: $(VENV)/.ready-test ## do the notebooks still agree with their sources and with the course's rules?
	$(RUN) tools/build.py check

student: ## build/student.zip: what students get, without sources, solutions and grader
	@$(PYTHON) tools/student.py

stamp: $(VENV)/.ready-test ## write the course's address and version into badges, set-up cells and CITATION.cff
	$(RUN) tools/build.py stamp

bench: $(VENV)/.ready-test ## how fast is it, beside the usual tutorial code?
	$(RUN) tools/bench.py $(ARGS)

clean: ## remove the environments and caches (not your notebooks, not data/cache)
	rm -rf $(VENV) $(COLAB_VENV) tests/browser/node_modules build dist .pytest_cache .ruff_cache .hypothesis

# A stamp file says what an environment was set up for. It is older than pyproject.toml when that has changed since.
define make_venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "The course needs Python 3.11 or newer, which $(PYTHON) is not: $$($(PYTHON) --version 2>&1)"; \
		echo "Install one and name it, as in: make $(or $(MAKECMDGOALS),lab) PYTHON=python3.12"; exit 1; }
	@test -x $(1)/bin/pip || { echo "Setting up $(1), once: a few minutes"; $(PYTHON) -m venv $(1); } || { \
		echo "Python's venv module does not work here. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
endef

$(VENV)/.ready-lab: pyproject.toml
	$(call make_venv,$(VENV))
	$(RUN) tools/install.py --editable ".[lab]"
	@touch $@

$(VENV)/.ready-test: pyproject.toml
	$(call make_venv,$(VENV))
	$(RUN) tools/install.py --editable ".[test,browser]"
	@touch $@ $(VENV)/.ready-lab

# A kernel with Colab's versions over this environment's packages, and the scripts of the pages that the tests build.
$(VENV)/.ready-colab: constraints-colab.txt tools/install_browser.py | $(VENV)/.ready-test
	$(RUN) tools/install_browser.py colab
	@touch $@

$(VENV)/.ready-npm: tests/browser/package-lock.json | $(VENV)/.ready-test
	$(RUN) tools/install_browser.py npm
	@touch $@

$(COLAB_VENV)/.ready: pyproject.toml constraints-colab.txt
	$(call make_venv,$(COLAB_VENV))
	$(COLAB_VENV)/bin/python tools/install.py --constraint constraints-colab.txt --editable ".[unit]"
	@touch $@
