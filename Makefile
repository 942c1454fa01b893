# Targets for people and for CI. `make` alone lists them.

GO ?= go
BIN := bin/krustup
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT := mvdan.cc/gofumpt@v0.12.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

PREFIX ?= /usr/local
INSTALLED := $(DESTDIR)$(PREFIX)

# go test, followed by the skipped tests and their reasons. With STRICT=1, a skip that .ci/skips does not allow fails.
TEST := $(GO) run ./internal/skips $(if $(STRICT),-strict) -- $(GO) test

.DEFAULT_GOAL := help
.PHONY: help build install uninstall dist demo test lint fuzz e2e bench docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/krustup
	@mkdir -p bin
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $(BIN) ./cmd/krustup

install: build ## install the program, completion, manual pages and documents; PREFIX=/usr/local DESTDIR=
	./.ci/stage $(BIN) $(BIN) $(INSTALLED)

uninstall: ## remove what install wrote; `krustup` stores stay
	rm -f $(INSTALLED)/bin/krustup $(INSTALLED)/share/man/man1/krustup.1 $(INSTALLED)/share/man/man1/krustup-*.1
	rm -f $(INSTALLED)/share/bash-completion/completions/krustup $(INSTALLED)/share/zsh/site-functions/_krustup
	rm -f $(INSTALLED)/share/fish/vendor_completions.d/krustup.fish
	rm -rf $(INSTALLED)/share/doc/krustup

dist: build ## write dist/: reproducible archives for x86_64 and aarch64, with checksums
	./.ci/dist $(GO) $(BIN) $(VERSION)

demo: build ## build the Rust code of kernel 6.12 for arm64 and x86_64 from nothing
	@./.ci/demo $(BIN)

test: ## run all tests that need no real archive
	$(GO) vet ./...
	$(GO) vet -tags e2e ./...
	$(TEST) -race -timeout 20m ./...
	$(TEST) -run 'IsFast$$' ./internal/supplier/rustlang

lint: build ## check formatting and code, and the files that `krustup ci init` writes
	@unformatted=$$($(GO) run $(GOFUMPT) -l cmd internal manifests targets toolchain); \
	if [ -n "$$unformatted" ]; then echo "gofumpt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) run $(STATICCHECK) ./...
	$(GO) run $(STATICCHECK) -tags e2e ./...
	@./.ci/configs $(BIN) $(GO) run $(ACTIONLINT)
	@./.ci/vulncheck $(GO) run $(GOVULNCHECK)

fuzz: ## run each fuzz test for FUZZTIME (10s)
	@./.ci/fuzz $(GO) $(or $(FUZZTIME),10s)

e2e: build ## test with real archives and kernels; E2E=full: every target and kernel
	KRUSTUP_E2E=$(or $(E2E),ci) KRUSTUP_BIN=$(abspath $(BIN)) $(TEST) -tags e2e -count=1 -v -timeout 80m -run '^TestEndToEnd(MakeInstall|Dist)?$$' ./cmd/krustup
	@./.ci/real $(BIN) $(TEST)
	[ "$(E2E)" != full ] || ./.ci/container $(BIN)

bench: build ## run the benchmarks, which report ratios
	$(GO) test -run '^$$' -bench . -benchmem ./...

docs: ## record Debian's catalogues and write docs/choices.md, the set of each kernel
	KRUSTUP_CHOICES=write $(GO) test -count=1 -run TestChoicesTable ./cmd/krustup

clean: ## remove the files that these targets write
	rm -rf bin demo dist e2e
