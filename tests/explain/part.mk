# What make knows of tests/explain.

EXPLAIN_TESTS := $(BUILD)/tests/test_map_order
MAP_ORDER     := $(BUILD)/tests/map-order

$(EXPLAIN_TESTS): $(call objects,tests/unit/test_map_order.c shim/command/explain/map_order.c)
	$(LINK) $(CHECK_LIBS)

# The order of a map is that of the Go which builds this and the bridges.
$(MAP_ORDER): tests/explain/maporder.go
	@mkdir -p $(@D)
	$(GO) build -trimpath -buildvcs=false -o $@ $<

# EXPLAIN_ARGS picks tests. Those of the published shims are skipped without them (exit 3 of
# fetch-shims); EXPLAIN_STARTS is the number of their starts.
.PHONY: check-explain
check-explain: all support test-bridges $(MAP_ORDER) $(FIRMWARE)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/explain $(EXPLAIN_ARGS)

UNIT_TESTS    += $(EXPLAIN_TESTS)
TEST_PROGRAMS += $(if $(GO),$(MAP_ORDER))
CHECKS        += check-explain
