# What make knows of tests/overlay.

OVERLAY_TESTS := $(BUILD)/tests/test_trailer

$(OVERLAY_TESTS): $(call objects,tests/unit/test_trailer.c shim/command/overlay/trailer.c) $(LIBSHIM) $(LIBZONES)
	$(LINK) $(CHECK_LIBS)

# A parent without a loader.
OVERLAY_PARENT := $(BUILD)/tests/overlay-parent

$(OVERLAY_PARENT) $(OBJ)/tests/overlay/parent.o: override SANITIZE :=
$(OVERLAY_PARENT): $(OBJ)/tests/overlay/parent.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $<

# OVERLAY_STARTS=200 is the whole number of starts; OVERLAY_ARGS picks tests. Skips, and says so,
# without the published shims (exit 3 of fetch-shims).
.PHONY: check-overlay
check-overlay: all support $(OVERLAY_PARENT) $(GUEST_PROBE) $(FIRMWARE)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/overlay $(OVERLAY_ARGS)

UNIT_TESTS    += $(OVERLAY_TESTS)
TEST_PROGRAMS += $(OVERLAY_PARENT)
CHECKS        += check-overlay
