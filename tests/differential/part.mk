# What make knows of tests/differential.

GO_LOOKUP := $(BUILD)/tests/go-lookup

$(GO_LOOKUP): tests/differential/lookup.go
	@mkdir -p $(@D)
	CGO_ENABLED=1 $(GO) build -trimpath -buildvcs=false -o $@ $<

# DIFFERENTIAL_ARGS picks worlds; without it there is one of each kind. Each world makes its own
# sandboxes.
.PHONY: check-differential
check-differential: all support $(GO_LOOKUP)
	BUILD=$(BUILD) $(PYTEST) tests/differential
	BUILD=$(BUILD) /usr/bin/python3 -B tests/differential/run.py $(DIFFERENTIAL_ARGS)

TEST_PROGRAMS += $(if $(GO),$(GO_LOOKUP))
