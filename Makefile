# The two commands of the README are `make demo` and `make test`; both set everything up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install demo test soak fuzz workers simulation bench lint types imports pytest model evaluate wheel lock clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: install
	$(BIN)/privacybot demo

test: install lint types imports pytest

lint: install
	$(BIN)/ruff check privacybot tests packaging bench
	$(BIN)/ruff format --check privacybot tests packaging bench

types: install
	$(BIN)/mypy

imports: install
	$(BIN)/lint-imports

pytest: install
	$(BIN)/pytest

# An hour under fault injection against real servers; not part of `make test`. Shorter: make soak SECONDS=300
soak: SECONDS = 3600
soak: install
	$(BIN)/python -m tests.system.soak $(SECONDS)

# Mails that nobody would write, until something breaks; what does is kept in tests/mail/crashes.
fuzz: SECONDS = 600
fuzz: install
	$(BIN)/python -m tests.mail.fuzz $(SECONDS)

# Four workers over twelve mailboxes are killed in turn while so many mails come in; `make test` does it with 240.
workers: MAILS = 3000
workers: install
	PRIVACYBOT_WORKERS_MAILS=$(MAILS) $(BIN)/pytest -s tests/system/test_workers.py

# Measures what a mail costs here, checks the model of many workers against four real ones, and forecasts.
simulation: install
	$(BIN)/python -m bench.simulation

# Every measurement beside its goal, as a ratio in one run; some minutes, or hours with FULL=1. One alone:
# .venv/bin/python -m bench.throughput 4000
bench: install
	$(BIN)/python -m bench $(if $(FULL),--full)

# Trains the recognition pipeline from models/corpus and writes it to models/. One thread a process: the processes keep
# the cores busy, and sums come out the same on any number of them.
model: export OPENBLAS_NUM_THREADS = 1
model: install
	$(BIN)/python -m privacybot.recognise.training

# The package, with templates, model and configuration inside it, in dist/.
wheel: install
	$(BIN)/python -m hatchling build -t wheel

# The locks hold hashes and no index address; uv is needed only here. The second is what an installation needs.
lock: LOCK = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate
lock:
	$(LOCK) --group dev --output-file requirements.lock
	$(LOCK) --group build --constraints requirements.lock --output-file packaging/requirements.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
