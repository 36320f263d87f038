# What make knows of tests/lab: machines under software emulation, each in a folder of its own.

# ---- guest: boxes with a booted guest ----

LAB_GUEST := $(BUILD)/lab/guest
LAB_ASK   := $(BUILD)/tests/lab/ask

# Runs inside the guest: a static client with another libc than the guest's getent.
$(LAB_ASK): tests/lab/guest/ask.c
	@mkdir -p $(@D)
	@$(SAY) cc $< && musl-gcc -static -O1 -std=c17 $(WARNINGS) -o $@ $<

# Skips, and says so, where the machine cannot be made (exit 3 of make-machine).
guest-machine = BUILD=$(BUILD) tests/lab/guest/make-machine $(LAB_GUEST) $(1) || [ $$? = 3 ]

# GUEST_RELEASES picks SDKs (node-0.9.7 is npm's, python-0.10.1 is PyPI's), GUEST_BOXES is the number of
# boxes without and with the repair of the first one; GUEST_ARGS picks tests. All of it is emulated.
GUEST_RELEASES ?= node-0.9.7 node-0.10.0 python-0.9.5 python-0.10.1 python-0.10.2
GUEST_BOXES    ?= 2
.PHONY: check-guest check-guest-quick soak-guest soak-starts demo-guest
check-guest: all support $(LAB_ASK)
	$(call guest-machine,$(GUEST_RELEASES))
	BUILD=$(BUILD) GUEST_RELEASES="$(GUEST_RELEASES)" GUEST_BOXES=$(GUEST_BOXES) \
		$(PYTEST) -s tests/lab/guest $(GUEST_ARGS)

# One boot, two boxes without and two with.
check-guest-quick:
	@$(MAKE) check-guest GUEST_RELEASES=node-0.9.7 GUEST_BOXES=2 \
		GUEST_ARGS="-k 'symptom or listener or flags' $(GUEST_ARGS)"

# N boxes without the repair and N with it, what earlier runs have left included (tests/lab/guest/soak.py).
N ?= 200
soak-guest: all support $(LAB_ASK)
	$(call guest-machine,node-0.9.7)
	BUILD=$(BUILD) /usr/bin/python3 -B tests/lab/guest/soak.py $(N)

# N starts of each kind, each until the guest's agent runs (tests/lab/guest/soak_starts.py); STARTS_ARGS:
# its options.
soak-starts: all support $(LAB_ASK)
	$(call guest-machine,node-0.9.7)
	BUILD=$(BUILD) /usr/bin/python3 -B tests/lab/guest/soak_starts.py $(N) $(STARTS_ARGS)

demo-guest: all support $(LAB_ASK)
	$(call guest-machine,node-0.9.7)
	@BUILD=$(BUILD) /usr/bin/python3 -B tests/lab/guest/demo.py

# ---- arm64 ----

# Runs inside: the command, in which no way back out of a wait is found, beside the object.
NOT_WAITED := $(BUILD)/tests/lab/not-waited
$(NOT_WAITED)/boxlite-allownet: $(call objects,$(filter-out %/vdso.c,$(CLI_SRC)) tests/lab/arm64/no_restorer.c) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES) | $(NOT_WAITED)/libboxlite_allownet.so
	$(LINK) $(JSON_LIBS) $(ELF_LIBS) -lpthread
$(NOT_WAITED)/libboxlite_allownet.so: $(SO)
	@mkdir -p $(@D)
	cp $< $@

# ARM64_RELEASES picks the shims; ARM64 is `all`, or `quick` for what depends on the processor alone, with
# the first of them. Skips, and says so, where the machine cannot be made. All of it is emulated.
ARM64          ?= all
ARM64_RELEASES ?= 0.9.7 0.9.0 0.9.1 0.9.3 0.9.4 0.9.5 0.10.0 0.10.1 0.10.2 0.10.3 0.10.8
.PHONY: check-arm64 check-arm64-quick
check-arm64:
	tests/lab/arm64/make-machine $(BUILD)/lab/arm64 $(ARM64_RELEASES) || [ $$? = 3 ]
	BUILD=$(BUILD) ARM64=$(ARM64) $(PYTEST) -s tests/lab/arm64 $(ARM64_ARGS)
check-arm64-quick:
	@$(MAKE) check-arm64 ARM64=quick ARM64_RELEASES=0.9.7

# ---- x86-64 ----

# X86_64_ONLY is a word of the names of what is to be tried. All of it is emulated.
X86_64_RELEASES := 0.9.7 0.10.1
.PHONY: check-x86_64
check-x86_64: deb support $(GUEST_PROBE) $(FIRMWARE)
	BUILD=$(BUILD) tests/lab/x86_64/make-machine $(BUILD)/lab/x86_64 $(X86_64_RELEASES) || [ $$? = 3 ]
	BUILD=$(BUILD) $(PYTEST) -s tests/lab/x86_64 $(X86_64_ARGS)
