# Every developer command. `make` alone prints the list.
.DEFAULT_GOAL := help
.PHONY: help demo stack test quick coverage bare cluster matrix lint format golden boards pictures image fuzz mutants bench lock clean set-up
BIN := .venv/bin

help:  ## Print this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 17

demo:  ## Run the exporter on a temporary Matomo database
	@scripts/setup run
	@$(BIN)/matomo-archive-exporter demo

stack: set-up  ## The demo with Prometheus and Alertmanager: an out-of-memory alert fires within two minutes
	@$(BIN)/python -m grafana.stack

test:  ## Lint, then every test
	@scripts/test all

quick:  ## Lint, the unit tests, and the database tests on MariaDB
	@scripts/test quick

coverage:  ## Lint, then every test with branch coverage
	@scripts/test coverage

bare:  ## Every test from a fresh clone, on a bare Debian in a folder (needs root)
	@scripts/bare

cluster: set-up  ## Test the chart on a real Kubernetes API server (the first build takes nine minutes of CPU)
	@scripts/cluster-tools
	@$(BIN)/pytest -q -n0 tests/cluster

matrix:  ## The database tests and the golden pages on every server
	@scripts/test matrix

lint:  ## Style, format and types
	@scripts/test lint

format: set-up  ## Fix style and format automatically
	@$(BIN)/ruff check --quiet --fix
	@$(BIN)/ruff format --quiet

golden: set-up  ## Update the golden files and the chart's README (read the difference before you commit)
	@UPDATE_GOLDEN=1 $(BIN)/pytest -q tests/golden tests/systemd/test_environment_file.py

boards: set-up  ## Generate the dashboards and alert rules from grafana/, also the chart's
	@$(BIN)/python -m grafana

pictures: set-up  ## Draw the boards with Grafana's components, and update the pictures in the docs
	@$(BIN)/python -m grafana.render

image: set-up  ## Build the container image for the tests, on a local base
	@scripts/container-image

fuzz: set-up  ## Fuzz the parsers and the HTTP server for five minutes, or SECONDS=600
	@$(BIN)/python -m tests.fuzz $(or $(SECONDS),300)

mutants: set-up  ## Put 300 small faults into matomo/ and readings/, and list those that no test finds
	@$(BIN)/python -m tests.mutation

bench:  ## Measure the figures of docs/performance.md
	@scripts/setup bench
	@$(BIN)/python -m benchmarks

lock:  ## Pin the dependencies by version and hash
	@scripts/lock

clean:  ## Remove everything that the other commands made
	@find .tools/servers -type l -exec sh -c 'rm -rf "$$(readlink "$$1")"' _ {} \; 2>/dev/null || true
	@podman images -q 'localhost/matomo-archive-exporter*' 2>/dev/null | xargs -r podman rmi -f >/dev/null
	@rm -rf .venv .tools dist .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

set-up:
	@scripts/setup test
