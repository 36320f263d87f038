# What make knows of tests/doctor.

DOCTOR_TESTS := $(addprefix $(BUILD)/tests/,test_verdict test_bridge_image)

$(DOCTOR_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/unit/%.o $(call objects,$(addprefix shim/command/doctor/, \
		advice.c barrier.c bridge_image.c facts.c trial.c verdict.c verdict_names.c)) $(LIBSHIM)
	$(LINK) $(CHECK_LIBS) $(ELF_LIBS)

# DOCTOR_ARGS picks tests. Those of published artifacts are skipped, and say so, without them (exit 3
# of fetch-shims, fetch-sdk and fetch-wheel).
.PHONY: check-doctor
check-doctor: all support $(GUEST_PROBE) $(FIRMWARE) $(BORDER) $(OVERLAY_PARENT)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) scripts/fetch-sdk || [ $$? = 3 ]
	BUILD=$(BUILD) scripts/fetch-wheel || [ $$? = 3 ]
	BUILD=$(BUILD) NODE=$(NODE) $(SANDBOX) $(PYTEST) tests/doctor $(DOCTOR_ARGS)

# Writes docs/compatibility.md, which check-doctor compares with what it sees.
.PHONY: compatibility
compatibility: all support $(GUEST_PROBE) $(FIRMWARE)
	BUILD=$(BUILD) scripts/fetch-shims
	BUILD=$(BUILD) scripts/fetch-sdk
	BUILD=$(BUILD) PYTHONPATH=tests/support:tests/carry:tests/attach:tests/overlay:tests/cli \
		$(SANDBOX) /usr/bin/python3 -B tests/doctor/compatibility.py

UNIT_TESTS    += $(DOCTOR_TESTS)
CHECKS        += check-doctor
