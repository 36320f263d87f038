# What make knows of tests/hostile.

CONTAINER    := $(BUILD)/tests/container
DENY_SOCKETS := $(BUILD)/tests/deny-sockets.so

$(CONTAINER) $(OBJ)/tests/hostile/container.o: override SANITIZE :=
$(CONTAINER): $(OBJ)/tests/hostile/container.o
	$(LINK) -lseccomp

$(DENY_SOCKETS) $(OBJ)/tests/hostile/deny_sockets.o: override SANITIZE :=
$(DENY_SOCKETS): $(OBJ)/tests/hostile/deny_sockets.o
	$(LINK) -shared

# HOSTILE_ARGS picks tests. Without Go, on the bridge in C; without the published shims (exit 3 of
# fetch-shims) their tests are skipped.
.PHONY: check-hostile
check-hostile: all support $(STANDIN) $(BRIDGE_HOST) $(GUEST_PROBE) $(FIRMWARE) $(CONTAINER) $(DENY_SOCKETS) \
		$(BUILD)/tests/lookups $(if $(GO),$(BUILD)/tests/bridge/libgvproxy.so)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/hostile $(HOSTILE_ARGS)

TEST_PROGRAMS += $(CONTAINER) $(DENY_SOCKETS)
CHECKS        += check-hostile
