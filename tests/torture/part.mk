# What make knows of tests/torture.

TORTURE     := $(BUILD)/tests/torture
TORTURE_SRC := $(addprefix tests/torture/,torture.c torture_storms.c torture_work.c) \
	tests/support/guest_net.c tests/support/guest_udp.c tests/support/guest_dns.c \
	tests/support/guest_probe.c

$(TORTURE): $(call objects,$(TORTURE_SRC)) $(STANDIN)
	$(LINK) $(BRIDGE_LINK) -lpthread

# A host that has no bridge of its own, and modules that bring one.
RELOAD  := $(BUILD)/tests/reload
MODULES := $(addprefix $(BUILD)/tests/,module-a.so module-b.so)

$(RELOAD): $(OBJ)/tests/torture/reload.o
	$(LINK)
$(MODULES): $(OBJ)/tests/torture/module.o $(STANDIN)
	$(LINK) -shared $(BRIDGE_LINK)

FORK_INSIDE := $(BUILD)/tests/fork-inside.so

$(FORK_INSIDE): $(OBJ)/tests/torture/fork_inside.o
	$(LINK) -shared

# The preload, the host and the bridge in C with sanitizers, in the builds of `make asan` and `make tsan`.
.PHONY: torture-asan torture-tsan
torture-asan:
	+$(ASAN_MAKE) $(BUILD)/asan/libboxlite_allownet.so $(BUILD)/asan/tests/torture
torture-tsan:
	+$(TSAN_MAKE) $(BUILD)/tsan/libboxlite_allownet.so $(BUILD)/tsan/tests/torture

# TORTURE_SECONDS and TORTURE_CREATES make it long, TORTURE_SEED repeats a run; TORTURE_ARGS picks
# tests. Without Go, on the bridge in C alone.
.PHONY: check-torture torture
check-torture: all $(FAKE_SHIMS) support $(TORTURE) $(RELOAD) $(MODULES) \
		$(FORK_INSIDE) torture-asan torture-tsan \
		$(if $(GO),$(BUILD)/tests/bridge/libgvproxy.so)
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/torture $(TORTURE_ARGS)
torture:
	TORTURE_SECONDS=60 TORTURE_CREATES=10000 $(MAKE) check-torture TORTURE_ARGS="-s $(TORTURE_ARGS)"

TEST_PROGRAMS += $(TORTURE) $(RELOAD) $(MODULES) $(FORK_INSIDE)
CHECKS        += check-torture
