# The lab's table of contents: `make` prints it. What a recipe does stands in
# lab/ (Python) and scripts/ (shell); here are only the names.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
LAB := $(PYTHON) -m lab
LOCKS := requirements.txt pyproject.toml $(wildcard *-svc/pyproject.toml mock-upstream/pyproject.toml)
ARCHIVE ?= lab-images.tar

##@ The lab

.PHONY: help
help: ## Print this list
	@awk -f scripts/help.awk $(MAKEFILE_LIST)

.PHONY: up
up: ## Start the lab and wait until it is healthy (RUNTIME=docker|local, PROFILE=variants, LOAD_WORKERS=3)
	@$(LAB) up --profile "$(PROFILE)"

.PHONY: down
down: ## Stop the lab and leave nothing behind
	@$(LAB) down

.PHONY: ps
ps: ## Show what runs and whether it is healthy
	@$(LAB) ps

.PHONY: logs
logs: ## Show what the programs wrote (FOLLOW=1 goes on)
	@$(LAB) logs $(if $(FOLLOW),--follow)

.PHONY: demo
demo: ## See the effect in under 90 seconds (REPEATS=3, JSON=file)
	@$(LAB) demo $(if $(REPEATS),--repeats "$(REPEATS)") $(if $(JSON),--json "$(JSON)")

##@ The room

.PHONY: doctor
doctor: ## Check this machine, and say what to do
	@$(LAB) doctor

.PHONY: base-image
base-image: ## Make the base image from Debian packages, where no registry can be reached
	@scripts/base-image

.PHONY: save-images
save-images: ## Write the lab's images to one file (ARCHIVE=lab-images.tar)
	@$(LAB) save-images "$(ARCHIVE)"

.PHONY: load-images
load-images: ## Read the lab's images from that file
	@$(LAB) load-images "$(ARCHIVE)"

##@ The code

.PHONY: diff
diff: ## Show the two services side by side: the difference is the lesson
	@scripts/twins $(WIDTH)

.PHONY: count
count: ## Count the code that the same routes take, into the services' READMEs (JSON=file)
	@$(LAB) count --write $(if $(JSON),--json "$(JSON)")

.PHONY: test
test: .venv ## Run the tests; layers without an engine or a browser are named and left out
	@.venv/bin/python -m pytest $(ARGS)

.PHONY: lint
lint: .venv ## Check style and types
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@.venv/bin/mypy

.PHONY: bench
bench: .venv ## Measure the lab's own speed against its targets (minutes)
	@.venv/bin/python -m bench

.PHONY: pictures
pictures: .venv ## Photograph the dashboard in real runs, for the documents (minutes)
	@$(LAB) up
	@.venv/bin/python scripts/pictures.py

.PHONY: lock
lock: .venv ## Resolve the newest versions into the lock files
	@scripts/lock

.PHONY: clean
clean: down ## Remove what was made here: environment, caches, logs, images
	@scripts/clean

.venv: $(LOCKS)
	@scripts/venv $(PYTHON)
