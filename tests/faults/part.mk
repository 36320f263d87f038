# What make knows of tests/faults.

# A preload that lets chosen calls fail. A sanitizer's allocator would not be let through by it.
FAULT_LAYER := $(BUILD)/tests/faults/layer.so

$(FAULT_LAYER) $(OBJ)/tests/faults/layer.o: override SANITIZE :=
$(FAULT_LAYER): $(OBJ)/tests/faults/layer.o
	$(LINK) -shared

FAULTS_TESTS := $(addprefix $(BUILD)/tests/,test_plan_memory test_launch_memory)

$(FAULTS_TESTS): override LDFLAGS += $(FAILING_ALLOC_LDFLAGS)
$(FAULTS_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/unit/%.o \
		$(call objects,tests/support/failing_alloc.c) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	$(LINK) $(CHECK_LIBS) -lpthread

# FAULTS=long makes every case; FAULTS_ARGS picks tests.
.PHONY: check-faults
check-faults: all support test-bridges $(FAULT_LAYER) $(FIRMWARE) $(FAKE_SHIMS) $(CARRY_TOOLS)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) FAULTS=$(FAULTS) $(SANDBOX) $(PYTEST) tests/faults $(FAULTS_ARGS)

UNIT_TESTS    += $(FAULTS_TESTS)
CHECKS        += check-faults
