# What make knows of tests/readers.

READERS    := $(BUILD)/tests/readers
GO_READERS := $(BUILD)/tests/go-readers

$(READERS): $(call objects,tests/readers/readers.c) $(LIBRESOLVER)
	$(LINK)

# Go's own package net, with one more file in it. Go 1.27 leaves nothing in its cache of modules be
# replaced, where it may be itself; there are no modules here.
$(GO_READERS): tests/readers/oracle.go tests/readers/answers.go tests/readers/oracle/net.go
	@mkdir -p $(@D)
	@echo '{"Replace": {"'$$($(GO) env GOROOT)'/src/net/readers.go": "$(CURDIR)/tests/readers/oracle/net.go"}}' \
		> $@.overlay
	GOMODCACHE=$(abspath $@.modules) CGO_ENABLED=1 $(GO) build -trimpath -buildvcs=false -overlay=$(abspath $@.overlay) -o $@ \
		$(filter-out %/net.go,$^)

# READERS_COUNT is how many files of each kind, READERS_SEED which; READERS_ARGS picks tests.
.PHONY: check-readers
check-readers: support $(READERS) $(if $(GO),$(GO_READERS))
	$(SANDBOX) $(PYTEST) tests/readers $(READERS_ARGS)

TEST_PROGRAMS += $(READERS) $(if $(GO),$(GO_READERS))
CHECKS        += check-readers
