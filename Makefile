# 国合基地流程平台 — every command a developer or operator needs. `make` lists them.
SHELL := /bin/bash
PY := .venv/bin/python
T ?= tests
PORT ?= 8000
JOBS ?= 2
# Which databases the tests run on: both, sqlite or postgres. One test alone: `.venv/bin/python -m pytest tests/…` (SQLite).
DB ?= both
# The demonstration has a database, files and anchors of its own: var/guohe.db is never touched by it.
DEMO = GUOHE_PROFILE=demo GUOHE_DATABASE=sqlite:///var/demo.db GUOHE_FILES=var/demo-files GUOHE_ANCHORS=var/demo-anchors

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run demo check test quick long lint fmt cover bench articles clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/.installed: requirements.lock pyproject.toml
	@tools/setup python
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	@tools/setup python-dev
	@touch $@

setup: .venv/.installed  ## virtual environment, locked packages, front-end assets
	@$(PY) -m webapp.assets build

setup-test: .venv/.installed-dev setup
	@tools/setup browser
	@tools/setup postgres

run: setup  ## serve http://127.0.0.1:$(PORT) with the demonstration province
	@$(DEMO) exec $(PY) -m webapp serve --demo --port $(PORT)

demo: setup  ## throw the demonstration data away and load it afresh
	@rm -rf var/demo-files var/demo-anchors
	@$(DEMO) $(PY) -m webapp demo --fresh

check: setup  ## diagrams, forms, handlers and roles agree
	@$(PY) -m webapp check bpmn/*.bpmn bpmn/*.dmn

test: setup-test lint check  ## the whole suite on SQLite and PostgreSQL, browser included (what CI calls); T=path selects
	@GUOHE_TEST_DB=$(DB) $(PY) -m pytest $(T) -n $(JOBS) --dist loadgroup

quick: .venv/.installed-dev  ## what runs in a minute, on SQLite
	@GUOHE_TEST_DB=sqlite $(PY) -m pytest $(T) -n $(JOBS) --dist loadgroup -m "not slow and not browser and not postgres"

long: setup-test  ## the long fuzz, kill and race runs
	@GUOHE_LONG=1 GUOHE_TEST_DB=$(DB) $(PY) -m pytest $(T) -n $(JOBS) --dist loadgroup

lint: .venv/.installed-dev  ## style, strict types, import contracts, templates, spelling
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-cache
	@$(PY) -m djlint webapp/templates --lint --quiet
	@.venv/bin/codespell

fmt: .venv/.installed-dev  ## mend what can be mended
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

cover: setup-test  ## branch coverage
	@GUOHE_TEST_DB=$(DB) $(PY) -m pytest $(T) -n $(JOBS) --cov --cov-branch --cov-report=term-missing:skip-covered

articles: setup  ## each paragraph of the regulation → elements, tables, forms, rules, tests
	@$(PY) -m webapp articles

bench: setup  ## performance as ratios in one run
	@$(PY) -m webapp bench

clean:  ## forget everything that was built (the database stays)
	@rm -rf .venv node_modules webapp/frontend/node_modules webapp/static/dist build *.egg-info
