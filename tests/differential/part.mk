# What make knows of tests/differential.

GO_LOOKUP := $(BUILD)/tests/go-lookup

$(GO_LOOKUP): tests/differential/lookup.go
	@mkdir -p $(@D)
	CGO_ENABLED=1 $(GO) build -trimpath -buildvcs=false -o $@ $<

# DIFFERENTIAL=long is the whole number of worlds; otherwise there is one of each kind, and boxes of
# published shims in some of them. DIFFERENTIAL_ARGS picks worlds. Each world makes its own sandboxes.
# A world is one passed or failed; a shim that is not to be had is skipped.
DIFFERENTIAL      ?= quick
DIFFERENTIAL_ARGS ?= $(if $(filter long,$(DIFFERENTIAL)),--worlds 0-2099)
BOX_WORLDS_ARGS   ?= $(if $(filter long,$(DIFFERENTIAL)),--worlds 0-74,--quick)
BOX_WORLDS_OF     := 0.9.7 0.10.1

.PHONY: check-differential
check-differential: all support test-bridges $(GO_LOOKUP) $(FIRMWARE)
	BUILD=$(BUILD) $(PYTEST) tests/differential
	BUILD=$(BUILD) /usr/bin/python3 -B tests/differential/run.py $(DIFFERENTIAL_ARGS)
	BUILD=$(BUILD) scripts/fetch-shims $(BOX_WORLDS_OF) > /dev/null || [ $$? = 3 ]
	BUILD=$(BUILD) /usr/bin/python3 -B tests/differential/boxes.py $(BOX_WORLDS_ARGS)

TEST_PROGRAMS += $(if $(GO),$(GO_LOOKUP))
CHECKS        += check-differential
