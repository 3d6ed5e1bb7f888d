# `make` lists the targets. What a change has to pass is defined once, in .ci/run.

.DEFAULT_GOAL := help
.PHONY: help build test race lint generate verify demo bench crash reliability nodes serializable srp soak ci clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/poolhouse, a static binary
	.ci/run build

test: ## Run all tests, with the databases and clients that are installed
	go test ./...

race: ## Run the tests of the internal packages under the race detector
	go test -race ./internal/...

lint: ## Check format, vet and staticcheck
	.ci/run format vet lint

generate: ## Write the generated code anew
	go generate ./...

verify: ## Everything that a change must pass, with what is installed
	.ci/run format vet lint generated modules vulnerabilities demo test race

demo: ## Play one user's way through a server, and show each call
	go run ./cmd/poolhouse demo

bench: ## Measure against a bare server; takes an hour (BENCH='-only Update' for less)
	go run ./bench $(BENCH)

crash: ## Kill the server 200 times while it writes, and look what is left
	POOLHOUSE_CRASH_KILLS=200 go test -count=1 -timeout 30m -run Crash -v ./internal/store/sqlstore/...

reliability: ## Make every fault of docs/reliability.md, under load; takes less than half an hour
	POOLHOUSE_RELIABILITY=full go test -count=1 -timeout 30m -v ./reliability/
	POOLHOUSE_RELIABILITY=full POOLHOUSE_CRASH_KILLS=500 go test -count=1 -timeout 30m ./internal/store/sqlstore/...

nodes: ## Run the suite of the API against three nodes behind a balancer
	POOLHOUSE_CONFORMANCE_NODES=3 go test -count=1 -timeout 40m ./conformance/

serializable: ## Run the suites on a serializable database whose transactions fail and whose connections break
	POOLHOUSE_STORM=1 POOLHOUSE_REQUIRE_POSTGRES=1 go test -count=1 -timeout 60m -v -run 'TestStore' ./internal/store/sqlstore/postgres
	POOLHOUSE_STORM=1 POOLHOUSE_REQUIRE_POSTGRES=1 go test -count=1 -timeout 60m ./conformance

srp: ## Hold 300 handshakes of a JavaScript client and 10,000 random ones against the server
	POOLHOUSE_EXHAUSTIVE=1 POOLHOUSE_REQUIRE_CLIENTS=1 go test ./internal/srp -count=1 -timeout 60m -v -run 'TestKeysOfTheJavaScriptClient|TestHandshakeAgrees' -rapid.checks=10000

SOAK ?= 1h
soak: ## Have people use a server for an hour on each engine, and look that nothing grows (SOAK=15m for less)
	POOLHOUSE_SOAK=$(SOAK) POOLHOUSE_SOAK_FOLDER=$(CURDIR)/bin/soak go test -count=1 -timeout 0 -run 'TestSoak$$' -v ./reliability

ci: ## Run what the continuous integration runs; installs what is missing
	CI=true .ci/run

clean: ## Remove what was built and downloaded
	rm -rf bin .cache conformance/stories/js/node_modules
