# What make knows of tests/e2e.

SHIM_TESTS := $(addprefix $(BUILD)/tests/,test_settings test_log test_plan test_whole_file test_descriptors \
	test_child test_quiet)

$(SHIM_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/unit/%.o $(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	$(LINK) $(CHECK_LIBS) -lpthread

# Programs that are run with the preload in them.
PRELOADED := $(addprefix $(BUILD)/tests/,signal-host tgkill lookups early.so plugin.so)

$(BUILD)/tests/signal-host: $(OBJ)/tests/preload/signal_host.o $(STANDIN)
	$(LINK) $(BRIDGE_LINK) -lpthread
$(BUILD)/tests/plugin.so: $(OBJ)/tests/preload/plugin.o $(STANDIN)
	$(LINK) -shared $(BRIDGE_LINK)
$(BUILD)/tests/early.so: $(OBJ)/tests/preload/early.o
	$(LINK) -shared
$(BUILD)/tests/tgkill $(BUILD)/tests/lookups: $(BUILD)/tests/%: $(OBJ)/tests/preload/%.o
	$(LINK) -lpthread

# End to end: the preload in a process with the Go bridge, a guest that asks. E2E picks tests.
.PHONY: check-e2e
check-e2e: all support test-bridges $(PRELOADED) $(BUILD)/tests/random-rules
	BUILD=$(BUILD) NODE=$(NODE) $(SANDBOX) $(PYTEST) tests/e2e $(E2E)

UNIT_TESTS    += $(SHIM_TESTS)
TEST_PROGRAMS += $(PRELOADED) $(RANDOM_RULES)
CHECKS        += check-e2e
