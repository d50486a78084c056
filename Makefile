# make test runs everything; what it needs beyond Go it fetches and builds itself.

GO ?= go
# Test binaries and tools go here, and to the user's cache folder for what is
# worth keeping between checkouts (e2e/README.md).
BIN := $(CURDIR)/bin
# The race detector needs cgo. Without a C compiler the tests run without it.
RACE ?= $(shell command -v "$$($(GO) env CC)" >/dev/null 2>&1 && echo -race)
# How long each fuzz target runs under make fuzz.
FUZZTIME ?= 20s
# More flags for the end-to-end tests, such as E2E='-run TestCrash -seed 7'.
E2E ?=

.PHONY: all build test unit quick e2e soak reliability lint vuln cross deploy release bench fuzz clean pictures

all: build test lint

build:
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=auto -o $(BIN)/headgate ./cmd/headgate

test: unit e2e

unit:
	$(GO) vet ./...
	$(GO) test $(RACE) $$($(GO) list ./... | grep -v '/e2e')

# What to run before each commit: under 90 s on two cores, without races, real processes
# of others, and the builds that some tests make.
quick:
	$(GO) vet ./...
	$(GO) test -short $$($(GO) list ./... | grep -v '/e2e')

e2e:
	$(GO) test -count=1 -timeout=12m -v ./e2e $(E2E)

# A minute of workers, broken connections and kill -9; make test has five seconds of it.
soak:
	$(GO) test -count=1 -timeout=10m -v ./e2e -run 'TestSoak$$' -soak 60s $(E2E)

# Writes docs/reliability.md anew: each fault, what is promised, what was measured. Ten
# minutes of it are random bytes. Root on Linux with strace and nft measures all of them.
reliability:
	$(GO) test -count=1 -timeout=40m -v ./e2e -run 'TestFaults$$' -reliability $(CURDIR)/docs/reliability.md -random-bytes 10m $(E2E)

# The linters have a module of their own, so their dependencies stay out of go.mod.
$(BIN)/%: tools/go.mod tools/go.sum
	@mkdir -p $(BIN)
	cd tools && $(GO) build -buildvcs=false -o $(BIN)/ tool

$(BIN)/nfpm $(BIN)/cyclonedx-gomod &: tools/release/go.mod tools/release/go.sum
	@mkdir -p $(BIN)
	cd tools/release && $(GO) build -buildvcs=false -o $(BIN)/ tool

lint: $(BIN)/golangci-lint
	@unformatted=$$(gofmt -l . ); if [ -n "$$unformatted" ]; then echo "gofmt -w these:" $$unformatted; exit 1; fi
	$(GO) vet ./...
	$(BIN)/staticcheck ./...
	$(BIN)/golangci-lint run ./...

vuln: $(BIN)/golangci-lint
	$(BIN)/govulncheck ./...

# The command and the client library, for the platforms that no test runs on.
cross:
	@set -e; for target in linux/arm64 darwin/arm64 windows/amd64; do \
		echo "== $$target"; \
		CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) build -buildvcs=false -o /dev/null ./cmd/headgate; \
		CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) vet ./push/...; \
	done

# What is for containers and systemd, looked at without an engine.
deploy:
	cd deploy/check && $(GO) run . ..

# Binaries for five platforms, packages, bills of materials and checksums, in dist/.
release: $(BIN)/nfpm $(BIN)/cyclonedx-gomod
	BIN=$(BIN) deploy/release.sh

bench:
	$(GO) run ./bench

fuzz:
	@set -e; for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "== $$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

clean:
	rm -rf $(BIN) dist

# Makes the README's pictures anew; needs curl, script (of util-linux) and Chromium.
pictures:
	docs/pictures.sh
