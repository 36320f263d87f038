# What make knows of tests/attach.

ATTACH_TESTS := $(addprefix $(BUILD)/tests/,test_handover test_go_addresses test_arch)

$(ATTACH_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/unit/%.o $(call objects,shim/attach/go_addresses.c) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	$(LINK) $(CHECK_LIBS) -lpthread

FIRMWARE := $(BUILD)/tests/firmware/libkrunfw.so.5
BORDER   := $(BUILD)/tests/border

$(BORDER): $(OBJ)/tests/attach/border.o
	$(LINK)

STRANGER := $(BUILD)/tests/stranger

$(STRANGER) $(call objects,tests/attach/stranger.c tests/attach/bystander.c): override SANITIZE :=
$(STRANGER): $(call objects,tests/attach/stranger.c tests/attach/bystander.c)
	$(LINK)

$(FIRMWARE): tests/attach/firmware.c
	@mkdir -p $(@D)
	$(CC) -std=c17 $(WARNINGS) -O1 -fPIC -shared -nostdlib -Wl,-soname,libkrunfw.so.5 -o $@ $<

# A static program that looks at its own registers; written for this processor.
FAKE_SHIM := $(if $(filter x86_64,$(shell uname -m)),$(BUILD)/tests/attach/boxlite-shim)

ifneq ($(FAKE_SHIM),)
$(FAKE_SHIM) $(OBJ)/tests/attach/fake_shim.o: override SANITIZE :=
$(FAKE_SHIM): $(OBJ)/tests/attach/fake_shim.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -pthread -o $@ $<
endif

# What the published shims are not: a create with one argument, the zones of 0.8.x, an executable that
# is position independent.
STATIC_SHIMS := $(patsubst %,$(BUILD)/tests/static-%/boxlite-shim,onearg zonesfirst pie)
STATIC_MAIN  := $(OBJ)/tests/bridge/shim/shim_main.o

$(BUILD)/tests/static-%/libgvproxy.a: $(BRIDGE_SRC)
	@mkdir -p $(@D)
	cd $(BRIDGE_DIR) && $(BRIDGE_GO) -buildmode=c-archive -tags='$*' -o $(abspath $@) .
$(STATIC_SHIMS): override SANITIZE :=
$(STATIC_SHIMS): $(BUILD)/tests/static-%/boxlite-shim: $(BUILD)/tests/static-%/libgvproxy.a $(STATIC_MAIN)
	$(CC) $(CFLAGS) -static$(if $(filter pie,$*),-pie) -Wl,-u,waitpid,-u,sigaltstack -o $@ \
		$(STATIC_MAIN) $< -lpthread \
		2>$@.warnings || { cat $@.warnings; exit 1; }

# Skips, and says so, without the published shims (exit 3 of fetch-shims). ATTACH_STARTS=200 is the
# whole number of starts; ATTACH_ARGS picks tests.
.PHONY: check-attach
check-attach: all support $(GUEST_PROBE) $(FIRMWARE) $(BORDER) $(STRANGER) $(FAKE_SHIM) \
		$(if $(GO),$(BRIDGE_SHIM) $(STATIC_SHIMS))
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/attach $(ATTACH_ARGS)

.PHONY: bench-attach
bench-attach: all support $(FIRMWARE)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) $(SANDBOX) /usr/bin/python3 -B tests/attach/bench.py

UNIT_TESTS    += $(ATTACH_TESTS)
TEST_PROGRAMS += $(FIRMWARE) $(BORDER) $(STRANGER) $(FAKE_SHIM) $(if $(GO),$(STATIC_SHIMS))
CHECKS        += check-attach
