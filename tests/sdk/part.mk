# What make knows of tests/sdk.

KVM_ANSWERS := $(BUILD)/tests/kvm-answers.so

$(KVM_ANSWERS): $(OBJ)/tests/sdk/kvm_answers.o
	$(LINK) -shared

# Those of Python's SDK that are made with a box; 0.10.8 is the newest of all.
PYTHON_SDKS := 0.9.5 0.9.7 0.10.1 0.10.2 0.10.8

# SDK_ARGS picks tests. Skipped, and says so, without the registries (exit 3 of fetch-sdk and fetch-wheel).
.PHONY: check-sdk
check-sdk: all support $(GUEST_PROBE) $(FIRMWARE) $(KVM_ANSWERS)
	BUILD=$(BUILD) scripts/fetch-sdk || [ $$? = 3 ]
	BUILD=$(BUILD) scripts/fetch-wheel $(PYTHON_SDKS) || [ $$? = 3 ]
	BUILD=$(BUILD) NODE=$(NODE) $(SANDBOX) $(PYTEST) tests/sdk $(SDK_ARGS)

TEST_PROGRAMS += $(KVM_ANSWERS)
CHECKS        += check-sdk
