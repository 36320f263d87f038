# What make knows of tests/bridge.

# A bridge in C, for machines without Go and where the bridge's own cost would hide ours.
STANDIN_SRC := \
	tests/support/guest_net.c \
	tests/support/standin_box.c \
	tests/support/standin_bridge.c \
	tests/support/standin_dns.c \
	tests/support/standin_log.c \
	tests/support/standin_zones.c
STANDIN     := $(BUILD)/tests/bridge-standin/libgvproxy.so

.PHONY: standin
standin: $(STANDIN)

$(STANDIN): $(call objects,$(STANDIN_SRC)) $(LIBZONES)
	$(LINK) -shared -Wl,-soname,libgvproxy.so -Wl,-z,defs -lpthread

# The stand-in for boxlite's bridge, once for each generation of it: bridge is 0.9.7, onearg 0.9.0 to
# 0.9.5, zonesfirst 0.8.x, fixed 0.10.3.
BRIDGE_DIR      := tests/bridge
BRIDGE_SRC      := $(wildcard $(BRIDGE_DIR)/*.go) $(BRIDGE_DIR)/go.mod $(BRIDGE_DIR)/go.sum
BRIDGE_VARIANTS := bridge bridge-onearg bridge-zonesfirst bridge-fixed
BRIDGES         := $(patsubst %,$(BUILD)/tests/%/libgvproxy.so,$(BRIDGE_VARIANTS))
BRIDGE_SHIM     := $(BUILD)/tests/bridge-static/boxlite-shim
BRIDGE_GO       := CGO_ENABLED=1 $(GO) build -trimpath -buildvcs=false

GUEST_PROBE     := $(BUILD)/tests/guest-probe
GUEST_PROBE_SRC := \
	tests/support/guest_net.c \
	tests/support/guest_udp.c \
	tests/support/guest_dns.c \
	tests/support/guest_probe.c
BRIDGE_HOST     := $(BUILD)/tests/bridge-host
BRIDGE_HOST_SRC := tests/support/bridge_host.c tests/support/bridge_host_process.c

.PHONY: test-bridges
test-bridges: $(BRIDGES) $(BRIDGE_SHIM) $(GUEST_PROBE) $(BRIDGE_HOST)

$(BUILD)/tests/bridge/libgvproxy.so:            BRIDGE_TAGS :=
$(BUILD)/tests/bridge-onearg/libgvproxy.so:     BRIDGE_TAGS := onearg
$(BUILD)/tests/bridge-zonesfirst/libgvproxy.so: BRIDGE_TAGS := zonesfirst
$(BUILD)/tests/bridge-fixed/libgvproxy.so:      BRIDGE_TAGS := fixed
$(BRIDGES): $(BRIDGE_SRC)
	@mkdir -p $(@D)
	cd $(BRIDGE_DIR) && $(BRIDGE_GO) -buildmode=c-shared -tags='$(BRIDGE_TAGS)' \
		-ldflags=-extldflags=-Wl,-soname,libgvproxy.so -o $(abspath $@) .

$(BUILD)/tests/bridge-static/libgvproxy.a: $(BRIDGE_SRC)
	@mkdir -p $(@D)
	cd $(BRIDGE_DIR) && $(BRIDGE_GO) -buildmode=c-archive -o $(abspath $@) .

# As the original: static, not position independent, symbols kept. The linker's warning about
# getaddrinfo in a static program is what the original lives with. A static program has no sanitizer.
$(BRIDGE_SHIM) $(OBJ)/tests/bridge/shim/shim_main.o: override SANITIZE :=
$(BRIDGE_SHIM): $(OBJ)/tests/bridge/shim/shim_main.o $(BUILD)/tests/bridge-static/libgvproxy.a
	$(CC) $(CFLAGS) -static -o $@ $^ -lpthread 2>$@.warnings || { cat $@.warnings; exit 1; }

$(GUEST_PROBE): $(call objects,$(GUEST_PROBE_SRC) tests/support/guest_probe_main.c)
	$(LINK)

# Programs that use a bridge are linked against the one in C, which is always to be had; all have the
# same name and functions, and LD_LIBRARY_PATH picks the one to run with.
BRIDGE_LINK     := -L$(BUILD)/tests/bridge-standin -lgvproxy

$(BRIDGE_HOST): $(call objects,$(BRIDGE_HOST_SRC)) $(STANDIN)
	$(LINK) $(BRIDGE_LINK) -lpthread

.PHONY: check-bridges
check-bridges: test-bridges $(SANDBOX)
	BUILD=$(BUILD) $(PYTEST) $(BRIDGE_DIR) tests/support/test_guest_probe.py

TEST_PROGRAMS += standin $(BRIDGE_HOST) $(GUEST_PROBE) $(if $(GO),test-bridges)
CHECKS        += check-bridges
