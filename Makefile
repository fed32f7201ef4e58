# Two commands matter: `make run` and `make test`. Each does its own set-up and says what it does.
PYTHON ?= python3
VERBS := run test stop clean shell lint lock bench chaos

.DEFAULT_GOAL := help
.PHONY: help manage $(VERBS)

$(VERBS):
	@$(PYTHON) scripts/bootstrap.py $@ $(ARGS)

manage: ## any manage.py command with the right environment: make manage ARGS="chase --dry-run"
	@$(PYTHON) scripts/bootstrap.py manage $(ARGS)

help:
	@echo "make run     start the portal with the real district and demo people (DEMO=0: without; PORT=8000)"
	@echo "make test    lint and test everything (ARGS= goes to pytest)"
	@echo "make stop    stop a portal that runs in the background or in another terminal"
	@echo "make clean   stop, and remove all local data in var/ (asks first; FORCE=1 does not)"
	@echo "make shell   Django's shell beside the running portal"
	@echo "make manage  a manage.py command, e.g. make manage ARGS=\"chase --as-of 2026-11-20 --dry-run\""
	@echo "make lint    ruff, mypy and the import contracts only"
	@echo "make bench   measure and print tables (ARGS=chase: only that; BENCH_SIZE=0.1: a tenth)"
	@echo "make chaos   chase 10,000 obligations while everything is killed at random (ARGS=\"--kills 500 --seed 7\")"
	@echo "make lock    pin requirements*.in anew"
