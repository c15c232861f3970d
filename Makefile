# Every way to build, test and show harun. `make help` lists them.
SHELL := /bin/bash
HARUN := .build/debug/harun
LAB ?= demo

.PHONY: help deps build test test-trixie test-uutils bench check-cib crash ssh-differential leaks scale e2e e2e-trixie e2e-desktop e2e-crash e2e-split e2e-keys e2e-shapes bench-outage check lint format demo demo-down lab install clean hooks

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

deps: ## install the Debian packages that building, testing and the laboratory need
	scripts/deps

build: deps ## build harun
	swift build --product harun

test: deps ## unit tests and tests against a real sshd on loopback
	swift test --explicit-target-dependency-import-check error

test-trixie: deps ## the SSH tests with Debian 13's libssh2, OpenSSH and sudo, in a root of their own
	swift build --build-tests
	scripts/test-on trixie

test-uutils: deps ## the SSH tests and the scripts of nodes with uutils and sudo-rs, as Ubuntu 26.04 has them (minutes; not in CI)
	swift build --build-tests
	scripts/test-on sid+uutils

crash: deps ## many more random kills than `test` has: HARUN_CRASH_SAMPLES=400
	HARUN_CRASH_SAMPLES=$${HARUN_CRASH_SAMPLES:-400} swift test --filter CrashTests

ssh-differential: deps ## five thousand generated ssh_config and known_hosts files, read by OpenSSH and by harun (minutes)
	HARUN_SSH_DIFFERENTIAL=$${HARUN_SSH_DIFFERENTIAL:-5000} swift test --filter OpenSSHTests

leaks: deps ## the SSH engine cut at every byte, then under AddressSanitizer (minutes)
	scripts/leaks

scale: deps ## two thousand SSH sessions of one process at once, against one real sshd
	swift build -c release --static-swift-stdlib --product SSHTrial
	.build/release/SSHTrial scale 2000

e2e: build ## the whole path on a laboratory of prepared nodes: refusals, deploy, converge, failover, reboots
	scripts/e2e

e2e-crash: build ## failed stages and a whole cluster taken back, and twenty kills over a deploy, on a laboratory (long; not in CI)
	scripts/e2e-crash

e2e-split: build ## the cluster link cut again and again: one node dies, and never the one with the resources (long; not in CI)
	scripts/e2e-split

e2e-keys: build ## every key of a deployed inventory changed, one at a time, on a laboratory (hours; not in CI)
	scripts/e2e-keys

e2e-shapes: build ## what people have on their hosts, on each Debian release, deployed or refused; writes docs/shapes.md (hours; not in CI)
	scripts/e2e-shapes

e2e-trixie: build ## the main path on Debian 13: deploy, converge, status
	TABLE=/dev/null RELEASES=trixie scripts/e2e-shapes plain

e2e-desktop: build ## the guide's whole desktop on a laboratory (long; not in CI)
	scripts/e2e-desktop

bench: deps ## measure harun beside its peers; the figures and their meaning: docs/benchmarks.md
	scripts/bench

bench-outage: build ## how long an orderly move keeps the address and the machine away, beside the guide's order (an hour)
	scripts/bench-outage

check: deps ## format, sizes, import graph, shell scripts, warnings as errors, tests
	scripts/check
	$(MAKE) test

check-cib: deps ## the tools of Debian 12 and 13 judge what harun pushes, without a cluster (half a minute a release at first)
	scripts/check-cib

lint: ## what `check` does without building
	scripts/check --no-build

format: ## rewrite the Swift sources in the project's format
	swift format --in-place --recursive Sources Tests Tools Package.swift

demo: build ## two bare Debian nodes become a proven cluster, here and now
	scripts/demo

demo-down: ## remove the demo's nodes; the images stay for the next one, in /var/tmp/harun-lab
	lab/lab --name $(LAB) destroy
	rm -f inventory/lab.toml

install: deps ## harun and its runbooks under $(PREFIX), /usr/local by default
	swift build -c release --static-swift-stdlib --product harun
	install -D -m 755 .build/release/harun $(DESTDIR)$(or $(PREFIX),/usr/local)/bin/harun
	mkdir -p $(DESTDIR)$(or $(PREFIX),/usr/local)/share/harun
	cp -r runbooks $(DESTDIR)$(or $(PREFIX),/usr/local)/share/harun/

hooks: ## run the quick checks before every commit
	git config core.hooksPath scripts/hooks

clean: ## remove what was built
	rm -rf .build
