.DEFAULT_GOAL := help
.PHONY: help install build run run-real test e2e e2e-full bench reliability check toolchain differences

VITEST := npx vitest run
REPORT_DIR ?= $(VK_TEST_REPORT_DIR)
REPORT = $(if $(REPORT_DIR),--reporter=default --reporter=json --outputFile.json=$(REPORT_DIR)/$(1).json,)

node_modules/.package-lock.json: package-lock.json
	npm ci

install: node_modules/.package-lock.json

help: ## show this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

build: install ## install what is missing, compile, bundle the command
	npm run --silent build

run: build ## a Kubernetes in one process, a virtual node, an nginx pod on it; until Ctrl-C; PROVIDER=container runs it for real
	bin/virtual-kubelet playground $(if $(PROVIDER),--provider $(PROVIDER)) --apply docs/examples/nginx.yaml

run-real: build toolchain ## the same with real Kubernetes on loopback
	node e2e/dist/demo.js

test: build ## everything that needs only Node.js
	$(VITEST) $(call REPORT,test)

toolchain: ## build real Kubernetes from released Go modules (cached outside the tree)
	e2e/toolchain/build.sh

e2e: build toolchain ## the same with real Kubernetes; ONLY=<word> picks suites
	$(VITEST) --config e2e/vitest.config.ts $(call REPORT,e2e) $(ONLY)

e2e-full: build toolchain ## make e2e with kubectl 1.29 and 1.34 on the playground beside 1.37, metrics-server from 0.6 on, and with larger numbers
	e2e/toolchain/build.sh kubectl-1.29 kubectl-1.34 metrics-server-0.6 metrics-server-0.7 metrics-server-0.8 >/dev/null
	KUBECTL_RELEASES=1.29,1.34 METRICS_SERVERS=0.6,0.7,0.8 STDIN_MB=$(or $(STDIN_MB),100) FORWARD_MB=$(or $(FORWARD_MB),1024) CONTAINER_PODS=$(or $(CONTAINER_PODS),200) CONTAINER_POD_GC=1 \
		$(VITEST) --config e2e/vitest.config.ts $(call REPORT,e2e-full) $(ONLY)

bench: build toolchain ## measure against KWOK on a real API server, 12 minutes; ONLY=<scenario> picks, ARGS=--quick tries it out
	e2e/toolchain/build.sh kwok >/dev/null
	node bench/dist/main.js $(ONLY) $(ARGS)

reliability: build ## long runs: 10,000 sessions killed hard, random bytes and requests; KILLS=<n> and FUZZ=<n> set how long
	STREAM_KILLS=$(or $(KILLS),10000) FUZZ_RUNS=$(or $(FUZZ),20000) $(VITEST) --testTimeout 3600000 \
		packages/streams/src/hard-kills packages/streams/src/fuzz packages/streams/src/websocket/frame-reader packages/kubelet-api/src/hostile-clients packages/kubelet-api/src/fuzz-heads

differences: build toolchain ## compare the playground's store with a real API server, answer by answer
	$(VITEST) --config e2e/vitest.config.ts store-differences

check: install ## everything a change must pass, without tests of the whole
	npm run --silent check
