# Every command of the project; `make` alone lists them. What a command needs is set up
# once, in .venv, and again when pyproject.toml changes.

BOOKS ?= notebooks/*.ipynb
PY := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)/python

# Python 3.11 or newer: the first one found, or the one you name (make lab PYTHON=python3.12).
NEW := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON := $(or $(PYTHON),$(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p $(NEW) 2>/dev/null && echo $$p && exit; done; echo python3))
TOO_OLD = { echo "The course needs Python 3.11 or newer; '$(PYTHON)' is" \
	"$$($(PYTHON) -V 2>/dev/null || echo missing). Name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }

# Windows' terminals aren't all UTF-8 by themselves.
export PYTHONUTF8 := 1

# The whole folder is served, so that notebooks find images/; root (in a container) is allowed.
LAB := --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/00_welcome.ipynb \
	$(if $(filter 0,$(shell id -u)),--allow-root)

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

lab: .venv/ready ## open the course in JupyterLab
	@$(PY) -m nbformat.sign notebooks/*.ipynb > .venv/trust.log
	$(PY) -m jupyterlab $(LAB) $(ARGS)

test: check ## check, then run every notebook and compare every output
	$(PY) -m pytest $(ARGS)

run: .venv/ready ## run notebooks in place (BOOKS="notebooks/03*" for some of them)
	@$(PY) -m micrograd.course run $(BOOKS)

export: ## write the package, micrograd/, out of the notebooks
	@$(PYTHON) $(NEW) 2>/dev/null || $(TOO_OLD)
	@$(PYTHON) -c "$$BOOTSTRAP"

check: .venv/ready ## is the package in step, are the notebooks clean?
	@$(PY) -m micrograd.tangle --check
	@$(PY) -m micrograd.course check
	@$(PY) -m ruff check -q . && $(PY) -m ruff format -q --check . || { echo "run: make format"; exit 1; }

format: .venv/ready ## format and clean the notebooks, then export
	@$(PY) -m ruff format -q notebooks; $(PY) -m ruff check -q --fix notebooks
	@$(PY) -m micrograd.course clean && $(PY) -m micrograd.tangle

bench: .venv/ready ## time the engines, NumPy and PyTorch side by side (three minutes)
	@$(PY) -m micrograd.bench

extras: .venv/ready ## add PyTorch, JAX and Keras, for chapter 09 (ARGS goes to pip)
	@echo "Installing PyTorch, JAX and Keras; they are large."
	@$(PY) -m pip install --disable-pip-version-check --quiet --retries 3 -e ".[torch,frameworks]" $(ARGS)

clean: ## delete what was set up and built
	rm -rf .venv build .pytest_cache .ruff_cache micrograd/__pycache__ notebooks/.ipynb_checkpoints

# The set-up. What pip says goes to .venv/setup.log; what you have to know is one line.
.venv/ready: pyproject.toml | micrograd/tangle.py
	@$(PYTHON) $(NEW) 2>/dev/null || $(TOO_OLD)
	@echo "Setting up .venv; this takes a minute or two, once."
	@$(PYTHON) -m venv .venv || { echo "Python can't make environments here; on Debian and Ubuntu:" \
	  "apt install python3-venv"; exit 1; }
	@$(PY) -m pip install --disable-pip-version-check --retries 3 -e . > .venv/setup.log 2>&1 || { \
	  if grep -qiE 'connection|resol|timed out|ssl' .venv/setup.log; \
	  then echo "The packages can't be downloaded: no network? Connect and run the same command again."; \
	  else tail -n 3 .venv/setup.log; fi; exit 1; }
	@$(PY) -m jupyterlab.labextensions disable --level=sys_prefix @jupyterlab/apputils-extension:announcements >> .venv/setup.log 2>&1
	@touch $@

# The exporter is itself exported: notebook 99 runs it, so that it works where micrograd/ is lost.
micrograd/tangle.py:
	@$(MAKE) -s export

define BOOTSTRAP
import json, sys
try:
    book = json.load(open("notebooks/99_tangle.ipynb", encoding="utf-8"))
except (OSError, ValueError) as error:
    sys.exit(f"notebooks/99_tangle.ipynb, which holds the exporter, can't be read: {error}")
cells = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
exec("\n\n".join(cell for cell in cells if cell.startswith(("#| export fold", "#| export tangle"))))
sys.exit(main([]))
endef
export BOOTSTRAP

.PHONY: help lab test run export check format bench extras clean
.DELETE_ON_ERROR:
