# Everything a developer does, in one list. `make` alone prints it.
.DEFAULT_GOAL := help
.PHONY: help demo stack test quick coverage bare cluster matrix lint format golden boards pictures image fuzz mutants bench lock clean set-up
BIN := .venv/bin

help:  ## Print this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 17

demo:  ## Try it: a throw-away Matomo database with the exporter on top
	@scripts/setup run
	@$(BIN)/matomo-archive-exporter demo

stack: set-up  ## Try the alerts: the demo with Prometheus and Alertmanager, pages come in
	@$(BIN)/python -m grafana.stack

test:  ## Lint, then every test
	@scripts/test all

quick:  ## For every save: lint, the unit tests, and the database tests on MariaDB alone
	@scripts/test quick

coverage:  ## Lint, then every test with branch coverage
	@scripts/test coverage

bare:  ## Every test from a fresh clone, on a bare Debian in a folder (takes root)
	@scripts/bare

cluster: set-up  ## The chart before a real API server of Kubernetes, which takes nine minutes of CPU to build once
	@scripts/cluster-tools
	@$(BIN)/pytest -q -n0 tests/cluster

matrix:  ## The database tests and the golden pages on every server, oldest to newest
	@scripts/test matrix

lint:  ## Style, format and types
	@scripts/test lint

format: set-up  ## Mend style and format where a tool can
	@$(BIN)/ruff check --quiet --fix
	@$(BIN)/ruff format --quiet

golden: set-up  ## Write the golden files and the chart's README anew (read the difference before you commit)
	@UPDATE_GOLDEN=1 $(BIN)/pytest -q tests/golden tests/systemd/test_environment_file.py

boards: set-up  ## Write the dashboards and alert rules anew from grafana/, also the chart's
	@$(BIN)/python -m grafana

pictures: set-up  ## Draw the boards with Grafana's components, and write those of the docs
	@$(BIN)/python -m grafana.render

image: set-up  ## Build the container image of the tests, on a base made here
	@scripts/container-image

fuzz: set-up  ## Feed the parsers and the HTTP server nonsense for five minutes, or SECONDS=600
	@$(BIN)/python -m tests.fuzz $(or $(SECONDS),300)

mutants: set-up  ## Put 300 small faults into matomo/ and readings/, and list those that no test notices
	@$(BIN)/python -m tests.mutation

bench:  ## Measure what docs/performance.md states
	@scripts/setup bench
	@$(BIN)/python -m benchmarks

lock:  ## Pin the dependencies anew, by version and hash
	@scripts/lock

clean:  ## Remove all that the other commands made
	@find .tools/servers -type l -exec sh -c 'rm -rf "$$(readlink "$$1")"' _ {} \; 2>/dev/null || true
	@podman images -q 'localhost/matomo-archive-exporter*' 2>/dev/null | xargs -r podman rmi -f >/dev/null
	@rm -rf .venv .tools dist .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

set-up:
	@scripts/setup test
