# What make knows of tests/sdk.

KVM_ANSWERS := $(BUILD)/tests/kvm-answers.so

$(KVM_ANSWERS): $(OBJ)/tests/sdk/kvm_answers.o
	$(LINK) -shared

# Skipped, and says so, without npm or its registry (exit 3 of fetch-sdk).
.PHONY: check-sdk
check-sdk: all support $(GUEST_PROBE) $(FIRMWARE) $(KVM_ANSWERS)
	BUILD=$(BUILD) scripts/fetch-sdk || [ $$? = 3 ]
	BUILD=$(BUILD) NODE=$(NODE) $(SANDBOX) $(PYTEST) tests/sdk $(SDK_ARGS)

TEST_PROGRAMS += $(KVM_ANSWERS)
CHECKS        += check-sdk
