# The lab's table of contents: `make` prints it. What a recipe does stands in
# lab/ (Python) and scripts/ (shell); here are only the names.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Meant for somebody's other work: with these, Python finds other modules, or behaves otherwise.
unexport PYTHONHOME PYTHONPATH PYTHONSAFEPATH PYTHONOPTIMIZE PYTHONIOENCODING PYTHONSTARTUP
unexport PYTHONWARNINGS PYTHONDEVMODE PYTHONINSPECT PYTHONNOUSERSITE PYTHONPLATLIBDIR

PYTHON ?= python3
# In the shell's place, so that a signal which make passes on reaches the lab.
LAB := exec $(PYTHON) -m lab
WORKSHOP := exec $(PYTHON) -m workshop
QUICKLY = $(if $(QUICK),--quick)
IN_SERIES = $(if $(SERIES),--series=$(call quoted,$(SERIES))) $(if $(SEED),--seed=$(call quoted,$(SEED)))
PARTS ?= 1
SLOW_TAIL ?= 0
QUERY ?= 0
MAX_CONNECTIONS ?= 100
# A value as one word of the shell, whatever it holds.
quoted = '$(subst ','\'',$(1))'
FIRST := demo up down run report exercise test doctor
LOCKS := requirements.txt pyproject.toml $(wildcard *-svc/pyproject.toml mock-upstream/pyproject.toml postgres/pyproject.toml)
ARCHIVE ?= lab-images.tar
BUNDLE ?= flask-or-fastapi-lab.tar

##@ The lab

.PHONY: help
help: ## Print the eight commands to begin with
	@awk -v first="$(FIRST)" -f scripts/help.awk $(MAKEFILE_LIST)

.PHONY: help-all
help-all: ## Print every command
	@awk -f scripts/help.awk $(MAKEFILE_LIST)

.PHONY: up
up: ## Start the lab and its dashboard (RUNTIME=docker|local, PROFILE=variants,database, LOAD_WORKERS=3)
	@$(LAB) up --profile=$(call quoted,$(PROFILE))

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
demo: ## See the effect in the terminal: a minute and a half (REPEATS=3, JSON=file)
	@$(LAB) demo $(if $(REPEATS),--repeats=$(call quoted,$(REPEATS))) $(if $(JSON),--json=$(call quoted,$(JSON)))

.PHONY: headless
headless: ## The load without the page (ARGS="-u 40 -t 30s")
	@$(LAB) headless --args=$(call quoted,$(ARGS))

##@ The experiments

.PHONY: experiments
experiments: ## List the experiments, with the minutes they take (QUICK=1)
	@$(LAB) experiments $(QUICKLY)

.PHONY: run
run: ## Run one experiment and judge it: EXP=02 (QUICK=1, SERIES=5, SEED=1, SET="FLASK_WORKERS=8")
	@$(LAB) run $(QUICKLY) $(IN_SERIES) --set=$(call quoted,$(SET)) -- $(call quoted,$(EXP))

.PHONY: report
report: ## Run all experiments, judge every claim, on one page: 40 minutes, 6 with QUICK=1 (ONLY="02 05", SERIES=5, SEED=1)
	@$(LAB) report $(QUICKLY) $(IN_SERIES) --only=$(call quoted,$(ONLY))

.PHONY: page
page: ## Make a report's page again, from its files: RUN=results/...-report
	@$(LAB) render -- $(call quoted,$(RUN))

.PHONY: check-run
check-run: ## Judge a run or a report again, from its files: RUN=results/...
	@$(LAB) check-run -- $(call quoted,$(RUN))

.PHONY: compare
compare: ## Two runs side by side, A=results/... B=results/... (FORCE=1 where they are not alike)
	@$(LAB) compare $(if $(FORCE),--force) -- $(call quoted,$(A)) $(call quoted,$(B))

.PHONY: plan
plan: ## What each server shape needs, and what breaks first: RATE=200 DELAY=1 (PARTS=2, SLOW_TAIL=1, QUERY=0.02, MAX_CONNECTIONS=100)
	@$(LAB) plan --rate=$(call quoted,$(RATE)) --delay=$(call quoted,$(DELAY)) \
		--parts=$(call quoted,$(PARTS)) --slow-tail=$(call quoted,$(SLOW_TAIL)) \
		--query=$(call quoted,$(QUERY)) --max-connections=$(call quoted,$(MAX_CONNECTIONS))

##@ The workshop

.PHONY: exercise
exercise: ## Explain an exercise and set its stage: N=03 (AGAIN=1 from the start, N=off ends it)
	@$(WORKSHOP) exercise $(if $(AGAIN),--again) -- $(call quoted,$(N))

.PHONY: check
check: ## Measure what you made of it, and say PASS or NOT YET: N=03
	@$(WORKSHOP) check --not-yet-is-fine -- $(call quoted,$(N))

.PHONY: join
join: ## Show your passes on the instructor's page: ROOM=http://10.0.0.5:8089 NAME=Ada
	@$(WORKSHOP) join --room=$(call quoted,$(ROOM)) -- $(call quoted,$(NAME))

.PHONY: leave
leave: ## Report no more passes
	@$(WORKSHOP) leave

.PHONY: handouts
handouts: ## Build the handouts: pages, booklet, slides (ROOM=http://10.0.0.5, RUN=results/...-report)
	@$(WORKSHOP) handouts --room=$(call quoted,$(ROOM)) --run=$(call quoted,$(RUN))

.PHONY: rehearse
rehearse: ## Do what the handouts say and compare; exercises are reset (PAGE=01)
	@$(WORKSHOP) rehearse -- $(foreach each,$(PAGE),$(call quoted,$(each)))

.PHONY: bundle
bundle: ## Write one archive for a room without internet (BUNDLE=flask-or-fastapi-lab.tar)
	@$(WORKSHOP) bundle -- $(call quoted,$(BUNDLE))

##@ The room

.PHONY: doctor
doctor: ## Check this machine, and say what to do
	@$(LAB) doctor

.PHONY: base-image
base-image: ## Make the base image from Debian packages, where no registry can be reached
	@scripts/base-image

.PHONY: save-images
save-images: ## Write the lab's images to one file (ARCHIVE=lab-images.tar)
	@$(LAB) save-images -- $(call quoted,$(ARCHIVE))

.PHONY: load-images
load-images: ## Read the lab's images from that file
	@$(LAB) load-images -- $(call quoted,$(ARCHIVE))

##@ The code

.PHONY: diff
diff: ## Show the two services side by side: the difference is the lesson (FILE=upstream)
	@scripts/twins $(call quoted,$(FILE)) $(call quoted,$(WIDTH))

.PHONY: count
count: .venv ## Count the code that the same routes take, into the services' READMEs (JSON=file)
	@exec .venv/bin/python -m bench.boilerplate --write $(if $(JSON),--json=$(call quoted,$(JSON)))

.PHONY: test
test: .venv ## Run the tests, the quick ones first; what this machine lacks is named (ARGS=tests/unit)
	@.venv/bin/python tests/run.py --args=$(call quoted,$(ARGS))

.PHONY: lint
lint: .venv ## Check style and types
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@.venv/bin/mypy

.PHONY: bench
bench: .venv ## Measure the lab's own speed against its targets (minutes)
	@.venv/bin/python -m bench

.PHONY: soak
soak: .venv ## Load a lab of its own for 10 minutes, and see that nothing grows or is lost (MINUTES=60)
	@exec .venv/bin/python -m bench.soak $(call quoted,$(MINUTES))

.PHONY: pictures
pictures: .venv ## Draw the staircase and photograph the dashboard, for the documents (minutes)
	@.venv/bin/python scripts/staircase.py docs/staircase.svg
	@$(LAB) up
	@.venv/bin/python scripts/pictures.py

.PHONY: lock
lock: .venv ## Resolve the newest versions into the lock files
	@scripts/lock

.PHONY: check-locks
check-locks: .venv ## See that what is locked can be had on Linux and macOS, on either processor
	@scripts/check-locks

.PHONY: clean
clean: down ## Remove what was made here: environment, caches, logs, images
	@scripts/clean

.venv: $(LOCKS)
	@scripts/venv $(PYTHON)
