# What make knows of tests/cli.

CLI_TESTS := $(BUILD)/tests/test_output

$(CLI_TESTS): $(call objects,tests/unit/test_output.c shim/command/output/terminal.c \
		shim/command/output/usage.c) $(LIBSHIM) $(LIBZONES)
	$(LINK) $(CHECK_LIBS)

# CLI_ARGS picks tests.
.PHONY: check-cli
check-cli: all support
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/cli $(CLI_ARGS)

UNIT_TESTS    += $(CLI_TESTS)
CHECKS        += check-cli
