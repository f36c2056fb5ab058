.DEFAULT_GOAL := help
.PHONY: help install build run test e2e bench check toolchain

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

run: build ## a virtual node and an nginx pod on a Kubernetes inside the process
	bin/virtual-kubelet playground --demo

test: build ## everything that needs only Node.js
	$(VITEST) $(call REPORT,test)

toolchain: ## build real Kubernetes from released Go modules (cached outside the tree)
	e2e/toolchain/build.sh

e2e: build toolchain ## the same with real Kubernetes; ONLY=<word> picks suites
	$(VITEST) --config e2e/vitest.config.ts $(call REPORT,e2e) $(ONLY)

bench: build ## measure against peers on the same machine
	e2e/toolchain/build.sh kube-apiserver kube-scheduler kube-controller-manager kubectl etcd kwok
	node bench/dist/index.js

check: build ## everything a change must pass, without tests of the whole
	npm run --silent check
