# What make knows of tests/privilege.

ELEVATED := $(BUILD)/tests/elevated

# Static, so that nothing of a preload is in it.
$(ELEVATED) $(OBJ)/tests/privilege/elevated.o: override SANITIZE :=
$(ELEVATED): $(OBJ)/tests/privilege/elevated.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $<

# PRIVILEGE_ARGS picks tests. As root, since only root makes set-user-ID programs of root's: skips
# else, and without the published shims (exit 3 of fetch-shims).
.PHONY: check-privilege
check-privilege: all support $(ELEVATED) $(OVERLAY_PARENT) $(FIRMWARE) $(BRIDGE_HOST) $(STANDIN)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/privilege $(PRIVILEGE_ARGS)

TEST_PROGRAMS += $(ELEVATED)
CHECKS        += check-privilege
