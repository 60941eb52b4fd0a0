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
QUICKLY = $(if $(QUICK),--quick)
PARTS ?= 1
SLOW_TAIL ?= 0
LOCKS := requirements.txt pyproject.toml $(wildcard *-svc/pyproject.toml mock-upstream/pyproject.toml)
ARCHIVE ?= lab-images.tar
BUNDLE ?= flask-or-fastapi-lab.tar

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
demo: ## See the effect in a minute and a half (REPEATS=3, JSON=file)
	@$(LAB) demo $(if $(REPEATS),--repeats "$(REPEATS)") $(if $(JSON),--json "$(JSON)")

.PHONY: headless
headless: ## The load without the page (ARGS="-u 40 -t 30s")
	@$(LAB) headless --told="$(ARGS)"

##@ The experiments

.PHONY: experiments
experiments: ## List them, with the minutes they take (QUICK=1)
	@$(LAB) experiments $(QUICKLY)

.PHONY: run
run: ## Run one and judge it: EXP=02 (QUICK=1, SET="FLASK_WORKERS=8")
	@$(LAB) run "$(EXP)" $(QUICKLY) --set "$(SET)"

.PHONY: report
report: ## Run all and judge every claim, on one page: 15 minutes, 4 with QUICK=1 (ONLY="02 05")
	@$(LAB) report $(QUICKLY) --only "$(ONLY)"

.PHONY: page
page: ## Make a report's page anew, from its files: RUN=results/...-report
	@$(LAB) render "$(RUN)"

.PHONY: check-run
check-run: ## Judge a run or a report again, from its files: RUN=results/...
	@$(LAB) check-run "$(RUN)"

.PHONY: compare
compare: ## Two runs side by side, A=results/... B=results/... (FORCE=1 where they are not alike)
	@$(LAB) compare "$(A)" "$(B)" $(if $(FORCE),--force)

.PHONY: plan
plan: ## What each server shape needs, and what breaks first: RATE=200 DELAY=1 (PARTS=2, SLOW_TAIL=1)
	@$(LAB) plan --rate "$(RATE)" --delay "$(DELAY)" --parts "$(PARTS)" --slow-tail "$(SLOW_TAIL)"

##@ The workshop

.PHONY: exercise
exercise: ## Explain an exercise and set its stage: N=03 (AGAIN=1 from the start, N=off ends it)
	@$(LAB) exercise "$(N)" $(if $(AGAIN),--again)

.PHONY: check
check: ## Measure what you made of it, and say PASS or NOT YET: N=03
	@$(LAB) check "$(N)" --not-yet-is-fine

.PHONY: handouts
handouts: ## Build the handouts: pages, booklet, slides (ROOM=http://10.0.0.5, RUN=results/...-report)
	@$(LAB) handouts --room "$(ROOM)" --run "$(RUN)"

.PHONY: rehearse
rehearse: ## Do what the handouts say and compare; exercises begin anew (PAGE=01)
	@$(LAB) rehearse $(PAGE)

.PHONY: bundle
bundle: ## Write one archive for a room without internet (BUNDLE=flask-or-fastapi-lab.tar)
	@$(LAB) bundle "$(BUNDLE)"

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
test: .venv ## Run the tests, the quick ones first; what this machine lacks is named (ARGS=tests/unit)
	@.venv/bin/python tests/run.py $(ARGS)

.PHONY: lint
lint: .venv ## Check style and types
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@.venv/bin/mypy

.PHONY: bench
bench: .venv ## Measure the lab's own speed against its targets (minutes)
	@.venv/bin/python -m bench

.PHONY: soak
soak: .venv ## Load a lab of its own for 10 minutes, and see that nothing grows or is lost (MINUTES=60)
	@exec .venv/bin/python -m bench.soak "$(MINUTES)"

.PHONY: pictures
pictures: .venv ## Photograph the dashboard in real runs, for the documents (minutes)
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
