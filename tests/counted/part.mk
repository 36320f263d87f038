# What make knows of tests/counted.

comma := ,

# The object and the command once more, with whatever reads a text counted.
COUNTED      := $(BUILD)/counted
COUNTED_WRAP := $(patsubst %,-Wl$(comma)--wrap=%,json_read allowlist_read zones_build resolv_conf_read \
	resolver_nameservers hosts_file_read nsswitch_read)
COUNTER      := $(call objects,tests/counted/counter.c)

$(COUNTED)/libboxlite_allownet.so: $(call objects,$(PRELOAD_SRC)) $(COUNTER) $(LIBSHIM) $(LIBRESOLVER) $(LIBZONES) \
		shim/preload/exports.map
	$(LINK) $(COUNTED_WRAP) $(SO_LDFLAGS) -lpthread
$(COUNTED)/boxlite-allownet: $(call objects,$(CLI_SRC)) $(COUNTER) $(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	$(LINK) $(COUNTED_WRAP) $(JSON_LIBS) $(ELF_LIBS) -lpthread
COUNTED_PRODUCTS := $(addprefix $(COUNTED)/,libboxlite_allownet.so boxlite-allownet)

.PHONY: check-counted
check-counted: all support $(COUNTED_PRODUCTS) $(GUEST_PROBE) $(FIRMWARE) $(OVERLAY_PARENT) \
		$(STANDIN) $(BRIDGE_HOST)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) PRODUCTS=$(COUNTED) $(SANDBOX) $(PYTEST) tests/counted

TEST_PROGRAMS += $(COUNTED_PRODUCTS)
CHECKS        += check-counted
