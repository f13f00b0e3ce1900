# Two commands: `make demo` shows the main job, `make test` runs all tests. Both set everything up first.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup setup-services demo serve test check format evaluate evaluate-search robustness bench train clean screenshots

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(STAMP)  ## Create .venv with the command .venv/bin/foreshock

$(STAMP): pyproject.toml constraints.txt
	command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is needed; set PYTHON=" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt "torch==2.13.0"
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[train,dev]"
	$(BIN)/python -m models.export.prepare
	touch $@

setup-services: setup  ## Redis and Chromium for tests, where root on Debian
	.ci/services

demo: setup  ## Load, read and rank the sample workspace
	$(BIN)/foreshock demo

serve: setup  ## API and pages on http://127.0.0.1:8000
	$(BIN)/foreshock serve

test: setup-services  ## All tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: setup  ## Style, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## Put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

evaluate: setup  ## Quality of the shipped reader on the written corpus' test vendors
	$(BIN)/python -m models.evaluation.run

evaluate-search: setup  ## Judged queries: BM25, meaning, both by ranks, and ours
	$(BIN)/python -m benchmarks.search_quality

robustness: setup  ## What typos, casing, quoting or invented names change
	$(BIN)/python -m models.evaluation.robustness

bench: setup  ## Speed and cleaning quality, beside named alternatives
	$(BIN)/python -m benchmarks.cleaning
	$(BIN)/python -m benchmarks.extract
	$(BIN)/python -m benchmarks.api
	$(BIN)/python -m benchmarks.search
	$(BIN)/python -m benchmarks.pages

screenshots: setup-services  ## Pictures of every page, to docs/screenshots
	$(BIN)/python -m benchmarks.screenshots

# Training makes and drops large arrays all the time; without these the allocator gives every one back to the kernel.
train: export MALLOC_MMAP_THRESHOLD_ = 33554432
train: export MALLOC_TRIM_THRESHOLD_ = 8589934592
train: export MALLOC_TOP_PAD_ = 268435456
train: setup  ## Train both readers from scratch (seeded); ARGS="--real DIR" as they were shipped
	$(BIN)/python -m models.training.run accurate $(ARGS)
	$(BIN)/python -m models.training.run fast $(ARGS)

clean:  ## Remove what setup and tools made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
