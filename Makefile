# Every command of the project; `make` alone lists them. What a command needs is set up
# once, in .venv, and again when pyproject.toml changes.

BOOKS ?=
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
LAB = $(PY) -m jupyterlab --ServerApp.root_dir=. --LabApp.default_url=/$(1)/00_welcome.ipynb \
	$(if $(filter 0,$(shell id -u)),--allow-root)

# Git shows and merges notebooks by cell; without .venv it goes back to plain text.
NBDIME := $(PY) -m nbdime.vcs.git
NOTEBOOK_GIT = git config diff.jupyternotebook.command "$(NBDIME).diffdriver diff -O -I -D"; \
	git config merge.jupyternotebook.name "notebooks, cell by cell"; \
	git config merge.jupyternotebook.driver "$(NBDIME).mergedriver merge %O %A %B %L %P"
PLAIN_GIT = for s in diff merge; do git config --remove-section $$s.jupyternotebook; done; \
	$(PY) -m pre_commit uninstall

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

lab: .venv/ready ## open your workbook in JupyterLab (PREDICT=1: the text under a cell is folded)
	@$(PY) -m micrograd.course.workbook $(if $(filter 1,$(PREDICT)),--predict) $(BESIDE:%=--beside %)
	$(call LAB,lab/tree/workbook) $(ARGS)

edit: .venv/ready ## open the chapters themselves, to change them; clean when they are saved
	@$(PY) -m nbformat.sign notebooks/*.ipynb > .venv/trust.log
	@[ ! -e .git ] || $(PY) -m pre_commit install >> .venv/setup.log 2>&1 || true
	$(call LAB,lab/tree/notebooks) --ContentsManager.pre_save_hook=micrograd.course.notebooks.clean_on_save $(ARGS)

workshop: .venv/ready ## write all that a workshop hands out: make workshop PLAN=half START=09:00
	@$(PY) -m micrograd.course.kit $(PLAN:%=--plan %) $(START:%=--start %) $(ARGS)

hub: .venv/ready ## a room on one machine, by JupyterHub (PASSWORD=…; ARGS="--ip 0.0.0.0" opens it)
	@$(PY) -m micrograd.course.hub $(PLAN:%=--plan %) $(START:%=--start %) $(ARGS)

teach: export JUPYTER_CONFIG_DIR := $(CURDIR)/build/teach
teach: .venv/ready ## clean chapters in JupyterLab for a projector (KEEP=1: those of the last time)
	@$(PY) -m micrograd.course.projector $(if $(filter 1,$(KEEP)),--keep) $(if $(filter 1,$(PREDICT)),--predict)
	$(call LAB,doc/tree/workbook/teach) --custom-css $(ARGS)

offline: .venv/ready ## a folder for a stick: make offline PLATFORM=windows PYVERSION=3.12
	@$(PY) -m micrograd.course.offline $(PLATFORM) $(PYVERSION:%=--python %) $(PLAN:%=--plan %) $(START:%=--start %)

slides: .venv/ready ## the sections of a timetable as slides: make slides PLAN=half
	@$(PY) -m micrograd.course.slides $(PLAN)

site: .venv/site ## the course as web pages, in build/site (ARGS=--serve shows them)
	@$(PY) -m micrograd.course.site $(ARGS)

nb: .venv/ready ## run a Python file with cells, as a notebook beside it: make nb FILE=note.py
	@$(PY) -m micrograd.course.script $(if $(filter 1,$(ONCE)),--once) "$(FILE)"

test: check ## check, then run every notebook and compare every output
	$(PY) -m pytest $(ARGS)

run: .venv/ready ## run notebooks in place (BOOKS="notebooks/03*" for some of them)
	@$(PY) -m micrograd.course.notebooks run $(BOOKS)

export: .venv/ready ## write the package, micrograd/, out of the notebooks
	@$(PY) -m micrograd.course.export

check: .venv/ready ## is the package in step, are the notebooks clean, what is heavy?
	@$(PY) -m micrograd.course.export --check
	@$(PY) -m micrograd.course.notebooks check
	@$(PY) -m micrograd.course.plan --check

format: .venv/ready ## format and clean the notebooks, then export
	@$(PY) -m micrograd.course.notebooks format && $(PY) -m micrograd.course.export

bench: .venv/ready ## time the engines, NumPy and PyTorch side by side (three minutes)
	@$(PY) -m micrograd.course.bench

extras: .venv/ready ## add PyTorch, JAX and Keras, for chapter 09 (ARGS goes to pip)
	@echo "Installing PyTorch, JAX and Keras; they are large."
	@$(PY) -m pip install --disable-pip-version-check --quiet --retries 3 -e ".[torch,frameworks]" $(ARGS)

clean: ## delete what was set up and built; never your workbook
	@[ ! -e .git ] || { $(PLAIN_GIT); } > /dev/null 2>&1 || true
	rm -rf .venv build .pytest_cache .ruff_cache micrograd/__pycache__ micrograd/course/__pycache__ notebooks/.ipynb_checkpoints

# The set-up. What pip says goes to .venv/setup.log; what you have to know is one line.
.venv/ready: pyproject.toml | micrograd/course/export.py
	@$(PYTHON) $(NEW) 2>/dev/null || $(TOO_OLD)
	@echo "Setting up .venv; this takes a minute or two, once."
	@$(PYTHON) -m venv .venv || { echo "Python can't make environments here; on Debian and Ubuntu:" \
	  "apt install python3-venv"; exit 1; }
	@$(PY) -m pip install --disable-pip-version-check --retries 3 -e ".[course]" > .venv/setup.log 2>&1 || { \
	  if grep -qiE 'connection|resol|timed out|ssl' .venv/setup.log; \
	  then echo "The packages can't be downloaded: no network? Connect and run the same command again."; \
	  else tail -n 3 .venv/setup.log; fi; exit 1; }
	@$(PY) -m jupyterlab.labextensions disable --level=sys_prefix @jupyterlab/apputils-extension:announcements >> .venv/setup.log 2>&1
	@[ ! -e .git ] || { $(NOTEBOOK_GIT); }
	@touch $@

.venv/site: .venv/ready
	@echo "Adding what the site needs, once."
	@$(PY) -m pip install --disable-pip-version-check --quiet --retries 3 -e ".[site]"
	@touch $@

# The exporter is itself exported. Git has it, should it be lost.
micrograd/course/export.py:
	git checkout -- micrograd

.PHONY: help lab edit workshop hub teach offline slides site nb test run export check format bench extras clean
.DELETE_ON_ERROR:
