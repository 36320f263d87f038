# boxlite-allownet: build, install, test, check, measure.
# Everything made goes to $(BUILD); sources are listed once, here.

BUILD   ?= build
CC      ?= cc
AR      ?= ar
GO      ?= go
PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib

VERSION := 0.1.0

# Written by scripts/setup: the Go and Node.js commands to use, empty where there are none.
-include build/env.mk

# npm may be had only beside that Node.js.
ifneq ($(NODE),)
export PATH := $(PATH):$(patsubst %/,%,$(dir $(NODE)))
endif

# ---- sources ---------------------------------------------------------------------------------

# A folder is a layer: whatever lies in it belongs to it. scripts/check-layers says which may use which.
ZONES_SRC    := $(wildcard zones/*.c)
RESOLVER_SRC := $(wildcard resolver/*.c)
SHIM_SRC     := $(wildcard $(addprefix shim/,$(addsuffix /*.c,base boxlite arch plan)))
PRELOAD_SRC  := $(wildcard shim/preload/*.c shim/carry/*.c)
LAUNCH_SRC   := $(wildcard shim/launch/*.c)
ATTACH_SRC   := $(wildcard shim/attach/*.c shim/attach/thread/*.c)
COMMAND_SRC  := $(wildcard shim/command/*.c $(addprefix shim/command/,$(addsuffix /*.c,resolve doctor \
	explain overlay selftest output)))

# Not the command's: an object of its own, the bridge that the self-test repairs.
SELFTEST_BRIDGE_ONLY := $(addprefix shim/command/selftest/,bridge.c bridge_lookup.c)
SELFTEST_BRIDGE_SRC  := $(SELFTEST_BRIDGE_ONLY) $(addprefix shim/command/selftest/,ask.c message.c)
CLI_SRC              := $(filter-out $(SELFTEST_BRIDGE_ONLY),$(COMMAND_SRC)) $(LAUNCH_SRC) $(ATTACH_SRC)

# ---- flags -----------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wvla -Wundef -Wpointer-arith -Wcast-align -Werror
override CPPFLAGS += -D_GNU_SOURCE -I. -I$(BUILD)/include
CFLAGS   ?= -O2 -g
override CFLAGS += -std=c17 $(WARNINGS) -fPIC -fvisibility=hidden -fno-semantic-interposition \
	-ftls-model=initial-exec -fstack-protector-strong $(SANITIZE)
CHECK_LIBS := $(shell pkg-config --libs check 2>/dev/null)
ifeq ($(SANITIZE),)
override CPPFLAGS += -D_FORTIFY_SOURCE=2
else
# With sanitizers gcc no longer sees the bounds that it knows without.
override CFLAGS += -Wno-format-truncation
endif
override LDFLAGS += $(SANITIZE)

SO_LDFLAGS := -shared -Wl,--version-script=shim/preload/exports.map -Wl,--exclude-libs=ALL \
	-Wl,-z,now,-z,relro,-z,nodelete,-z,defs -Wl,-soname,libboxlite_allownet.so

# c-ares is linked statically: Debian ships the archive in libc-ares-dev.
CARES_LIBS := -l:libcares.a
JSON_LIBS  := -l:libjansson.a
ELF_LIBS   := $(shell scripts/elf-libs $(CC))

# ---- products --------------------------------------------------------------------------------

OBJ     := $(BUILD)/obj
objects  = $(patsubst %.c,$(OBJ)/%.o,$(1))

SO  := $(BUILD)/libboxlite_allownet.so
CLI := $(BUILD)/boxlite-allownet

SELFTEST_BRIDGE := $(BUILD)/libboxlite_allownet_selftest.so

LIBZONES    := $(BUILD)/lib/libzones.a
LIBRESOLVER := $(BUILD)/lib/libresolver.a
LIBSHIM     := $(BUILD)/lib/libshim.a

.PHONY: all
all: $(SO) $(CLI) $(SELFTEST_BRIDGE)

$(OBJ)/%.o: %.c | $(BUILD)/include/build_identity.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIBZONES): $(call objects,$(ZONES_SRC))
$(LIBRESOLVER): $(call objects,$(RESOLVER_SRC))
$(LIBSHIM): $(call objects,$(SHIM_SRC))
$(LIBZONES) $(LIBRESOLVER) $(LIBSHIM):
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(SO): $(call objects,$(PRELOAD_SRC)) $(LIBSHIM) $(LIBRESOLVER) $(LIBZONES) shim/preload/exports.map
	$(CC) $(CFLAGS) $(LDFLAGS) $(SO_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(CARES_LIBS) -lpthread

$(CLI): $(call objects,$(CLI_SRC)) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(CARES_LIBS) $(JSON_LIBS) $(ELF_LIBS) -lpthread

$(SELFTEST_BRIDGE): $(call objects,$(SELFTEST_BRIDGE_SRC)) $(LIBZONES)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(@F) -Wl,-z,now,-z,relro,-z,defs \
		-Wl,--exclude-libs=ALL -o $@ $^

# Version and revision of the sources being built. Written anew whenever they change, so that a
# build can never carry the identity of another.
$(BUILD)/include/build_identity.h: FORCE
	@mkdir -p $(@D)
	@new=$@.$$$$; scripts/build-identity $(VERSION) > $$new && \
		if cmp -s $$new $@; then rm $$new; else mv $$new $@; fi
.PHONY: FORCE
FORCE:

# ---- install ---------------------------------------------------------------------------------

# The object and the command lie side by side: the command finds the object beside itself.
HOME_DIR     := $(LIBDIR)/boxlite-allownet
DOC_DIR      := $(PREFIX)/share/doc/boxlite-allownet
EXAMPLES_DIR := $(DOC_DIR)/examples
MAN_DIR      := $(PREFIX)/share/man
BASH_DIR     := $(PREFIX)/share/bash-completion/completions
COMMAND_LINK := $(PREFIX)/bin/boxlite-allownet

OBJECTS    := $(SO) $(SELFTEST_BRIDGE)
MAN1       := $(wildcard docs/man/*.1)
MAN7       := $(wildcard docs/man/*.7)
DOCS       := $(wildcard docs/*.md)
IMAGES     := $(wildcard docs/img/*.svg)
SCHEMAS    := $(wildcard docs/schema/*.json)
EXAMPLES   := scripts/deb/boxlite-allownet.conf scripts/deb/boxlite-allownet.default
COMPLETION := shim/command/boxlite-allownet.bash

# $(call into,DIRECTORY,FILES): where the files go.
into = $(addprefix $(DESTDIR)$(1)/,$(notdir $(2)))

.PHONY: install
install: all
	install -d $(addprefix $(DESTDIR),$(HOME_DIR) $(PREFIX)/bin $(DOC_DIR) $(DOC_DIR)/img \
		$(DOC_DIR)/schema $(EXAMPLES_DIR) $(MAN_DIR)/man1 $(MAN_DIR)/man7 $(BASH_DIR))
	install -m 755 $(CLI) $(DESTDIR)$(HOME_DIR)
	install -m 644 $(OBJECTS) $(DESTDIR)$(HOME_DIR)
	ln -sfr $(call into,$(HOME_DIR),$(CLI)) $(DESTDIR)$(COMMAND_LINK)
	install -m 644 $(MAN1) $(DESTDIR)$(MAN_DIR)/man1
	install -m 644 $(MAN7) $(DESTDIR)$(MAN_DIR)/man7
	install -m 644 $(DOCS) $(DESTDIR)$(DOC_DIR)
	install -m 644 $(IMAGES) $(DESTDIR)$(DOC_DIR)/img
	install -m 644 $(SCHEMAS) $(DESTDIR)$(DOC_DIR)/schema
	install -m 644 $(EXAMPLES) $(DESTDIR)$(EXAMPLES_DIR)
	sed -i 's|@OBJECT@|$(HOME_DIR)/$(notdir $(SO))|' $(call into,$(EXAMPLES_DIR),$(EXAMPLES))
	install -m 644 $(COMPLETION) $(DESTDIR)$(BASH_DIR)/boxlite-allownet

# With the same PREFIX, LIBDIR and DESTDIR. Directories that others use as well stay.
.PHONY: uninstall
uninstall:
	rm -f $(call into,$(HOME_DIR),$(CLI) $(OBJECTS)) $(DESTDIR)$(COMMAND_LINK) \
		$(DESTDIR)$(BASH_DIR)/boxlite-allownet \
		$(call into,$(MAN_DIR)/man1,$(MAN1)) $(call into,$(MAN_DIR)/man7,$(MAN7)) \
		$(call into,$(DOC_DIR),$(DOCS)) $(call into,$(DOC_DIR)/img,$(IMAGES)) \
		$(call into,$(DOC_DIR)/schema,$(SCHEMAS)) $(call into,$(EXAMPLES_DIR),$(EXAMPLES))
	for directory in $(HOME_DIR) $(DOC_DIR)/img $(DOC_DIR)/schema $(EXAMPLES_DIR) $(DOC_DIR); do \
		[ ! -d $(DESTDIR)$$directory ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$$directory; \
	done

# ---- packages ----

# Of the last commit.
DIST := boxlite-allownet-$(VERSION)

.PHONY: dist
dist:
	@mkdir -p $(BUILD)
	git -c tar.umask=0022 archive --format=tar --prefix=$(DIST)/ -o $(BUILD)/$(DIST).tar HEAD
	gzip -9nf $(BUILD)/$(DIST).tar
	@[ -z "$$(git status --porcelain)" ] || echo "what is not committed is not in it:" >&2
	@echo $(BUILD)/$(DIST).tar.gz

# Of the sources as they are. No -g, which has directories in it and is stripped in any case.
DEB := $(BUILD)/deb

.PHONY: deb
deb:
	rm -rf $(DEB)/root
	umask 022; $(MAKE) BUILD=$(DEB)/build CFLAGS=-O2 LDFLAGS=-Wl,-z,relro,-z,now \
		PREFIX=/usr LIBDIR=/usr/lib DESTDIR=$(DEB)/root install
	CC="$(CC)" scripts/deb/package $(VERSION) $(DEB) $(BUILD)

.PHONY: clean
clean:
	rm -rf $(BUILD)

# ---- tests: zones ----------------------------------------------------------------------------

ZONES_TESTS := $(patsubst %,$(BUILD)/tests/%,test_rule test_config test_allowlist test_zones \
	test_matcher_model test_zones_memory test_zones_scale test_runes)

ALLOW_MODEL_SRC := tests/support/allow_model.c tests/support/allow_random.c
RANDOM_RULES    := $(BUILD)/tests/random-rules

FAILING_ALLOC_LDFLAGS := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray \
	-Wl,--wrap=strdup,--wrap=open_memstream,--wrap=free

$(ZONES_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/unit/%.o $(LIBZONES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS)

$(BUILD)/tests/test_matcher_model: $(call objects,$(ALLOW_MODEL_SRC) tests/support/matcher_model.c)
$(BUILD)/tests/test_zones_memory: $(call objects,tests/support/failing_alloc.c)
$(BUILD)/tests/test_zones_memory: override LDFLAGS += $(FAILING_ALLOC_LDFLAGS)

$(RANDOM_RULES): $(call objects,tests/support/random_rules.c $(ALLOW_MODEL_SRC))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# ---- tests: resolver -------------------------------------------------------------------------

RESOLVER_TESTS        := $(addprefix $(BUILD)/tests/,test_schedule test_resolver test_cancel test_nss \
	test_resolver_memory test_resolver_edges)
RESOLVER_TEST_SUPPORT := \
	tests/unit/fake_dns.c \
	tests/unit/fake_dns_script.c \
	tests/unit/private_net.c

$(RESOLVER_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/unit/%.o \
		$(call objects,$(RESOLVER_TEST_SUPPORT)) $(LIBRESOLVER)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CARES_LIBS) $(CHECK_LIBS) -lpthread

$(BUILD)/tests/test_resolver_memory: override LDFLAGS += \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup

# ---- tests: support (DNS server, sandbox) ----------------------------------------------------

DNS_SERVER_SRC := \
	tests/support/dns_action.c \
	tests/support/dns_counters.c \
	tests/support/dns_delay.c \
	tests/support/dns_listen.c \
	tests/support/dns_options.c \
	tests/support/dns_reply.c \
	tests/support/dns_script.c \
	tests/support/dns_serve.c \
	tests/support/dns_server.c \
	tests/support/dns_tcp.c

SANDBOX_SRC := \
	tests/support/sandbox.c \
	tests/support/sandbox_etc.c

DNS_SERVER := $(BUILD)/tests/dns-server
SANDBOX    := $(BUILD)/tests/sandbox

# Debian's pytest belongs to this interpreter.
PYTEST := /usr/bin/python3 -B -m pytest -q -p no:cacheprovider

.PHONY: support
support: $(DNS_SERVER) $(SANDBOX)

$(DNS_SERVER): $(call objects,$(DNS_SERVER_SRC))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lldns

$(SANDBOX): $(call objects,$(SANDBOX_SRC))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# The DNS tests run in a sandbox, those of the sandbox make their own.
.PHONY: check-support
check-support: support
	BUILD=$(BUILD) $(PYTEST) tests/support/test_sandbox.py
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/support/test_dns_server.py

# ---- tests: bridges, guest probe, bridge host ------------------------------------------------

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
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libgvproxy.so -Wl,-z,defs -o $@ $^ -lpthread

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
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# Programs that use a bridge are linked against the one in C, which is always to be had; all have the
# same name and functions, and LD_LIBRARY_PATH picks the one to run with.
BRIDGE_LINK     := -L$(BUILD)/tests/bridge-standin -lgvproxy

$(BRIDGE_HOST): $(call objects,$(BRIDGE_HOST_SRC)) $(STANDIN)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BRIDGE_LINK) -lpthread

.PHONY: check-bridges
check-bridges: test-bridges $(SANDBOX)
	BUILD=$(BUILD) $(PYTEST) $(BRIDGE_DIR) tests/support/test_guest_probe.py

# ---- tests: shim -----------------------------------------------------------------------------

SHIM_TESTS := $(addprefix $(BUILD)/tests/,test_settings test_log test_plan test_whole_file \
	test_child)

$(SHIM_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/unit/%.o $(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(CARES_LIBS) -lpthread

# Programs that are run with the preload in them.
PRELOADED := $(addprefix $(BUILD)/tests/,signal-host tgkill lookups early.so plugin.so)

$(BUILD)/tests/signal-host: $(OBJ)/tests/preload/signal_host.o $(STANDIN)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(BRIDGE_LINK) -lpthread
$(BUILD)/tests/plugin.so: $(OBJ)/tests/preload/plugin.o $(STANDIN)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $< $(BRIDGE_LINK)
$(BUILD)/tests/early.so: $(OBJ)/tests/preload/early.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $<
$(BUILD)/tests/tgkill $(BUILD)/tests/lookups: $(BUILD)/tests/%: $(OBJ)/tests/preload/%.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< -lpthread

# End to end: the preload in a process with the Go bridge, a guest that asks. E2E picks tests.
.PHONY: check-e2e
check-e2e: all support test-bridges $(PRELOADED) $(BUILD)/tests/random-rules
	BUILD=$(BUILD) NODE=$(NODE) $(SANDBOX) $(PYTEST) tests/e2e $(E2E)

# ---- tests: attach ----------------------------------------------------------------------------

ATTACH_TESTS := $(addprefix $(BUILD)/tests/,test_handover test_answers test_arch)

$(ATTACH_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/unit/%.o $(call objects,shim/attach/answers.c) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(CARES_LIBS) -lpthread

FIRMWARE := $(BUILD)/tests/firmware/libkrunfw.so.5
BORDER   := $(BUILD)/tests/border

$(BORDER): $(OBJ)/tests/attach/border.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $<

$(FIRMWARE): tests/attach/firmware.c
	@mkdir -p $(@D)
	$(CC) -std=c17 $(WARNINGS) -O1 -fPIC -shared -nostdlib -Wl,-soname,libkrunfw.so.5 -o $@ $<

# A static program that looks at its own registers; written for this processor.
FAKE_SHIM := $(if $(filter x86_64,$(shell uname -m)),$(BUILD)/tests/attach/boxlite-shim)

ifneq ($(FAKE_SHIM),)
$(FAKE_SHIM) $(OBJ)/tests/attach/fake_shim.o: override SANITIZE :=
$(FAKE_SHIM): $(OBJ)/tests/attach/fake_shim.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $<
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
check-attach: all support $(GUEST_PROBE) $(FIRMWARE) $(BORDER) $(FAKE_SHIM) \
		$(if $(GO),$(BRIDGE_SHIM) $(STATIC_SHIMS))
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/attach $(ATTACH_ARGS)

.PHONY: bench-attach
bench-attach: all support $(FIRMWARE)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) $(SANDBOX) /usr/bin/python3 -B tests/attach/bench.py

# ---- tests: carry, launch ---------------------------------------------------------------------

# Shims that say what they were started with; a command whose attach only executes, with the preload
# beside it, where the hooks look for the command.
CARRY       := $(BUILD)/tests/carry
FAKE_SHIMS  := $(addsuffix /boxlite-shim,$(addprefix $(CARRY)/,affected unaffected dynamic))
CARRY_TOOLS := $(addprefix $(CARRY)/,boxlite-allownet libboxlite_allownet.so exec-probe early-start.so)

$(OBJ)/tests/carry/fake_shim_affected.o: tests/carry/fake_shim.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -DAFFECTED -c -o $@ $<
$(FAKE_SHIMS) $(OBJ)/tests/carry/fake_shim.o $(OBJ)/tests/carry/fake_shim_affected.o: override SANITIZE :=
$(CARRY)/affected/boxlite-shim: $(OBJ)/tests/carry/fake_shim_affected.o
$(CARRY)/unaffected/boxlite-shim $(CARRY)/dynamic/boxlite-shim: $(OBJ)/tests/carry/fake_shim.o
$(CARRY)/affected/boxlite-shim $(CARRY)/unaffected/boxlite-shim: override LDFLAGS += -static
$(FAKE_SHIMS):
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^
$(CARRY)/boxlite-allownet: $(call objects,tests/carry/fake_attach.c $(LAUNCH_SRC)) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(CARES_LIBS) $(ELF_LIBS) -lpthread
$(CARRY)/libboxlite_allownet.so: $(SO)
	@mkdir -p $(@D)
	cp $< $@
$(CARRY)/exec-probe: $(OBJ)/tests/carry/exec_probe.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< -lpthread
$(CARRY)/early-start.so: $(OBJ)/tests/carry/early_start.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $<

# The cost of the exec hooks for everything else: printed, nothing is asserted.
BENCH_EXEC := $(BUILD)/tests/bench/bench-exec
$(BENCH_EXEC): $(call objects,tests/bench/bench_exec.c tests/bench/bench.c)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^
$(BENCH_EXEC)-stub.so: $(call objects,tests/bench/bench_exec_stub.c)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $^
.PHONY: bench-exec
bench-exec: $(SO) $(BENCH_EXEC) $(BENCH_EXEC)-stub.so
	@echo "without the preload:"; LD_PRELOAD=$(abspath $(BENCH_EXEC)-stub.so) $(BENCH_EXEC)
	@echo "with it:"; LD_PRELOAD=$(abspath $(SO)):$(abspath $(BENCH_EXEC)-stub.so) $(BENCH_EXEC)

.PHONY: bench-launch
bench-launch: $(CARRY_TOOLS) $(FAKE_SHIMS) support
	BUILD=$(BUILD) $(SANDBOX) /usr/bin/python3 -B tests/bench/bench_launch.py

# CARRY_ARGS picks tests. CHAIN_STARTS=200 is the whole number of starts of the published shims;
# without them those tests are skipped (exit 3 of fetch-shims).
.PHONY: check-carry
check-carry: all $(CARRY_TOOLS) $(FAKE_SHIMS) support $(GUEST_PROBE) $(FIRMWARE)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) NODE=$(NODE) $(SANDBOX) $(PYTEST) tests/carry $(CARRY_ARGS)

# ---- tests: overlay ---------------------------------------------------------------------------

OVERLAY_TESTS := $(BUILD)/tests/test_trailer

$(OVERLAY_TESTS): $(call objects,tests/unit/test_trailer.c shim/command/overlay/trailer.c)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS)

# A parent without a loader.
OVERLAY_PARENT := $(BUILD)/tests/overlay-parent

$(OVERLAY_PARENT) $(OBJ)/tests/overlay/parent.o: override SANITIZE :=
$(OVERLAY_PARENT): $(OBJ)/tests/overlay/parent.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $<

# OVERLAY_STARTS=200 is the whole number of starts; OVERLAY_ARGS picks tests. Skips, and says so,
# without the published shims (exit 3 of fetch-shims).
.PHONY: check-overlay
check-overlay: all support $(OVERLAY_PARENT) $(GUEST_PROBE) $(FIRMWARE)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/overlay $(OVERLAY_ARGS)

# ---- tests: faults ----------------------------------------------------------------------------

# A preload that lets chosen calls fail. A sanitizer's allocator would not be let through by it.
FAULT_LAYER := $(BUILD)/tests/faults/layer.so

$(FAULT_LAYER) $(OBJ)/tests/faults/layer.o: override SANITIZE :=
$(FAULT_LAYER): $(OBJ)/tests/faults/layer.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $<

FAULTS_TESTS := $(addprefix $(BUILD)/tests/,test_plan_memory test_launch_memory)

$(FAULTS_TESTS): override LDFLAGS += $(FAILING_ALLOC_LDFLAGS)
$(FAULTS_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/unit/%.o \
		$(call objects,tests/support/failing_alloc.c) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(CARES_LIBS) -lpthread

# FAULTS=long makes every case; FAULTS_ARGS picks tests.
.PHONY: check-faults
check-faults: all support test-bridges $(FAULT_LAYER) $(FIRMWARE) $(FAKE_SHIMS) $(CARRY_TOOLS)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) FAULTS=$(FAULTS) $(SANDBOX) $(PYTEST) tests/faults $(FAULTS_ARGS)

# ---- tests: torture ---------------------------------------------------------------------------

TORTURE     := $(BUILD)/tests/torture
TORTURE_SRC := $(addprefix tests/torture/,torture.c torture_storms.c torture_work.c) \
	tests/support/guest_net.c tests/support/guest_udp.c tests/support/guest_dns.c \
	tests/support/guest_probe.c

$(TORTURE): $(call objects,$(TORTURE_SRC)) $(STANDIN)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BRIDGE_LINK) -lpthread

# A host that has no bridge of its own, and modules that bring one.
RELOAD  := $(BUILD)/tests/reload
MODULES := $(addprefix $(BUILD)/tests/,module-a.so module-b.so)

$(RELOAD): $(OBJ)/tests/torture/reload.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $<
$(MODULES): $(OBJ)/tests/torture/module.o $(STANDIN)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $< $(BRIDGE_LINK)

FORK_INSIDE := $(BUILD)/tests/fork-inside.so

$(FORK_INSIDE): $(OBJ)/tests/torture/fork_inside.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $<

# The preload, the host and the bridge in C with sanitizers. Not in the builds of `make asan` and `make
# tsan`, which may run beside this.
.PHONY: torture-thread torture-address
torture-thread torture-address: torture-%:
	$(MAKE) BUILD=$(BUILD)/torture-$* CFLAGS="-O1 -g" SANITIZE="-fsanitize=$*" \
		$(BUILD)/torture-$*/libboxlite_allownet.so $(BUILD)/torture-$*/tests/torture

# TORTURE_SECONDS and TORTURE_CREATES make it long, TORTURE_SEED repeats a run; TORTURE_ARGS picks
# tests. Without Go, on the bridge in C alone.
.PHONY: check-torture torture
check-torture: all $(FAKE_SHIMS) support $(TORTURE) $(RELOAD) $(MODULES) \
		$(FORK_INSIDE) torture-thread torture-address \
		$(if $(GO),$(BUILD)/tests/bridge/libgvproxy.so)
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/torture $(TORTURE_ARGS)
torture:
	TORTURE_SECONDS=60 TORTURE_CREATES=10000 $(MAKE) check-torture TORTURE_ARGS="-s $(TORTURE_ARGS)"


# ---- tests: hostile ---------------------------------------------------------------------------

CONTAINER := $(BUILD)/tests/container

$(CONTAINER) $(OBJ)/tests/hostile/container.o: override SANITIZE :=
$(CONTAINER): $(OBJ)/tests/hostile/container.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< -lseccomp

# HOSTILE_ARGS picks tests. Without Go, on the bridge in C; without the published shims (exit 3 of
# fetch-shims) their tests are skipped.
.PHONY: check-hostile
check-hostile: all support $(STANDIN) $(BRIDGE_HOST) $(GUEST_PROBE) $(FIRMWARE) $(CONTAINER) \
		$(BUILD)/tests/lookups $(if $(GO),$(BUILD)/tests/bridge/libgvproxy.so)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/hostile $(HOSTILE_ARGS)

# ---- tests: cli -------------------------------------------------------------------------------

CLI_TESTS := $(BUILD)/tests/test_output

$(CLI_TESTS): $(call objects,tests/unit/test_output.c shim/command/output/terminal.c shim/command/output/usage.c)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS)

# CLI_ARGS picks tests.
.PHONY: check-cli
check-cli: all support
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/cli $(CLI_ARGS)

# ---- tests: explain ---------------------------------------------------------------------------

EXPLAIN_TESTS := $(BUILD)/tests/test_map_order
MAP_ORDER     := $(BUILD)/tests/map-order

$(EXPLAIN_TESTS): $(call objects,tests/unit/test_map_order.c shim/command/explain/map_order.c)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS)

# The order of a map is that of the Go which builds this and the bridges.
$(MAP_ORDER): tests/explain/maporder.go
	@mkdir -p $(@D)
	$(GO) build -trimpath -buildvcs=false -o $@ $<

# EXPLAIN_ARGS picks tests. Those of the published shims are skipped without them (exit 3 of
# fetch-shims); EXPLAIN_STARTS is the number of their starts.
.PHONY: check-explain
check-explain: all support test-bridges $(MAP_ORDER) $(FIRMWARE)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/explain $(EXPLAIN_ARGS)

# ---- tests: doctor ----------------------------------------------------------------------------

DOCTOR_TESTS := $(addprefix $(BUILD)/tests/,test_verdict test_bridge_image)

$(DOCTOR_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/unit/%.o $(call objects,$(addprefix shim/command/doctor/, \
		advice.c barrier.c bridge_image.c facts.c verdict.c verdict_names.c)) $(LIBSHIM)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(ELF_LIBS)

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

# ---- tests: the published SDK -----------------------------------------------------------------

KVM_ANSWERS := $(BUILD)/tests/kvm-answers.so

$(KVM_ANSWERS): $(OBJ)/tests/sdk/kvm_answers.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $<

# Skipped, and says so, without npm or its registry (exit 3 of fetch-sdk).
.PHONY: check-sdk
check-sdk: all support $(GUEST_PROBE) $(FIRMWARE) $(KVM_ANSWERS)
	BUILD=$(BUILD) scripts/fetch-sdk || [ $$? = 3 ]
	BUILD=$(BUILD) NODE=$(NODE) $(SANDBOX) $(PYTEST) tests/sdk $(SDK_ARGS)

# ---- tests: fuzz ----

FUZZ_TARGETS  := plan rule resolver elf doctor trailer settings jail spec handover
FUZZ_PROGRAMS := $(addprefix $(BUILD)/tests/fuzz-,$(FUZZ_TARGETS))

# With -fsanitize=fuzzer-no-link among the sanitizers libFuzzer looks for inputs; else replay.c runs
# those that it is given.
FUZZ_LINK := $(if $(findstring fuzzer,$(SANITIZE)),-fsanitize=fuzzer)
FUZZ_SRC  := tests/fuzz/fuzz.c $(if $(FUZZ_LINK),,tests/fuzz/inputs.c tests/fuzz/replay.c)

$(FUZZ_PROGRAMS): $(BUILD)/tests/fuzz-%: $(OBJ)/tests/fuzz/fuzz_%.o $(call objects,$(FUZZ_SRC)) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $(FUZZ_LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(CARES_LIBS) \
		$(ELF_LIBS) -lpthread

$(BUILD)/tests/fuzz-plan: $(call objects,tests/fuzz/plan_lookup.c tests/support/matcher_model.c)
# The network is in memory.
$(BUILD)/tests/fuzz-resolver: $(call objects,tests/fuzz/fake_answer.c tests/fuzz/fake_net.c)
$(BUILD)/tests/fuzz-resolver: override LDFLAGS += -Wl,--wrap=socket,--wrap=setsockopt,--wrap=connect \
	-Wl,--wrap=sendmsg,--wrap=recvfrom,--wrap=close,--wrap=fopen
# launch.c is included; files and the last exec are not the kernel's.
$(BUILD)/tests/fuzz-jail: $(call objects,tests/fuzz/fake_files.c tests/fuzz/jail_exec.c shim/carry/exec_route.c \
	$(filter-out shim/launch/launch.c,$(LAUNCH_SRC)))
$(BUILD)/tests/fuzz-jail: override LDFLAGS += -Wl,--wrap=syscall,--wrap=fstatat,--wrap=stat \
	-Wl,--wrap=access,--wrap=open,--wrap=readlink
$(BUILD)/tests/fuzz-trailer: $(call objects,shim/command/overlay/trailer.c)
$(BUILD)/tests/fuzz-doctor: $(call objects,$(addprefix shim/command/doctor/,bridge_image.c build.c facts.c))

# Configurations before and after, and what the bridge reads in them: its own sources, seen as a
# package of the bridge's module.
PLAN_PAIRS := $(BUILD)/tests/plan-pairs
ORACLE     := $(BUILD)/tests/oracle
ORACLE_SRC := tests/fuzz/oracle/oracle.go $(addprefix $(BRIDGE_DIR)/,config.go sinkhole.go zones_configured.go)

$(PLAN_PAIRS): $(call objects,$(addprefix tests/fuzz/,plan_pairs.c plan_lookup.c inputs.c fuzz.c)) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CARES_LIBS) -lpthread
$(ORACLE): $(ORACLE_SRC) $(BRIDGE_DIR)/go.mod $(BRIDGE_DIR)/go.sum
	@mkdir -p $(@D)
	@{ echo '{"Replace": {'; for file in $(ORACLE_SRC); do \
		echo "\"$(CURDIR)/$(BRIDGE_DIR)/oracle/$${file##*/}\": \"$(CURDIR)/$$file\","; \
	done | sed '$$s/,$$//'; echo '}}'; } > $@.overlay
	cd $(BRIDGE_DIR) && $(BRIDGE_GO) -overlay=$(abspath $@.overlay) -o $(abspath $@) ./oracle

# For x86-64; the other files of that folder are `whole` with a field changed.
ELF_SEED := $(CC) -nostdlib -static -no-pie -Wl,-n,-z,noseparate-code,-z,max-page-size=16 \
	-Wl,--build-id=none tests/fuzz/elf_seed.S -o tests/fuzz/corpus/elf
.PHONY: fuzz-elf-seeds
fuzz-elf-seeds:
	$(ELF_SEED)/whole -DMARKER -DFRAME=24 -DLENGTH_REGISTER=0xc9
	$(ELF_SEED)/onearg -DMARKER -DFRAME=16 -DLENGTH_REGISTER=0xc9
	$(ELF_SEED)/no-lookups -DMARKER -DFRAME=24 -DLENGTH_REGISTER=0xc0
	$(ELF_SEED)/unaffected -DFRAME=24 -DLENGTH_REGISTER=0xc9
	$(ELF_SEED)/stripped -DMARKER -DFRAME=24 -DLENGTH_REGISTER=0xc9 -s
	chmod -x tests/fuzz/corpus/elf/*

# Every input of the repository, under ASan and UBSan, with the compiler that the tests are built
# with; shares objects with `make asan`.
.PHONY: check-fuzz replay-fuzz
check-fuzz: $(if $(GO),$(ORACLE))
	$(MAKE) BUILD=$(BUILD)/asan CFLAGS="-O1 -g" ORACLE=$(ORACLE) replay-fuzz \
		SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=all"
replay-fuzz: export ASAN_OPTIONS := abort_on_error=1
replay-fuzz: export UBSAN_OPTIONS := abort_on_error=1:print_stacktrace=1
replay-fuzz: $(FUZZ_PROGRAMS) $(PLAN_PAIRS)
	@failed=0; for target in $(FUZZ_TARGETS); do \
		$(BUILD)/tests/fuzz-$$target tests/fuzz/corpus/$$target \
			$$([ $$target != doctor ] || echo tests/fuzz/corpus/elf) || failed=1; \
	done; \
	if [ -z "$(GO)" ]; then echo "oracle: 1 skipped in 0s: no Go toolchain"; \
	else $(PLAN_PAIRS) -m 20 tests/fuzz/corpus/plan | $(ORACLE) || failed=1; fi; exit $$failed

# Looks for new inputs, T seconds for each target; FUZZ picks targets. Needs clang and its libFuzzer.
T    ?= 20
FUZZ ?= $(FUZZ_TARGETS)
.PHONY: fuzz fuzz-programs
fuzz-programs: $(FUZZ_PROGRAMS)
fuzz: $(PLAN_PAIRS) $(if $(GO),$(ORACLE))
	$(MAKE) BUILD=$(BUILD)/fuzz CC=clang CFLAGS="-O1 -g -Wno-unknown-warning-option" fuzz-programs \
		SANITIZE="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all"
	$(MAKE) BUILD=$(BUILD)/fuzz/gcov CC=gcc CFLAGS="-O0 -g" SANITIZE=--coverage fuzz-programs
	BUILD=$(abspath $(BUILD)) T=$(T) /usr/bin/python3 -B tests/fuzz/run.py $(FUZZ)

# ---- tests: package ----

# What install, deb and dist make, of a copy of these sources. PACKAGE_ARGS picks tests.
.PHONY: check-package
check-package: support
	$(SANDBOX) $(PYTEST) tests/package $(PACKAGE_ARGS)

# ---- tests: operate ----

# docs/operate.md, followed on the package and the published SDKs; without those it is skipped (exit 3
# of the fetches). OPERATE_ARGS picks tests.
.PHONY: check-operate
check-operate: deb support $(GUEST_PROBE) $(FIRMWARE) $(KVM_ANSWERS)
	BUILD=$(BUILD) scripts/fetch-sdk 0.9.7 || [ $$? = 3 ]
	BUILD=$(BUILD) scripts/fetch-wheel 0.9.7 || [ $$? = 3 ]
	BUILD=$(BUILD) NODE=$(NODE) $(SANDBOX) unshare --pid --fork --kill-child --mount-proc \
		$(PYTEST) tests/operate $(OPERATE_ARGS)

# ---- bench ----

# Compared with the Go bridge where that is built.
.PHONY: check-standin
check-standin: standin $(BRIDGE_HOST) $(GUEST_PROBE) $(SANDBOX)
	BUILD=$(BUILD) $(PYTEST) tests/support/test_standin.py

BENCH := $(addprefix $(BUILD)/tests/bench/,bench-create bench-lookup bench-stub.so bench-nothing \
	bench-start bench-plan bench-null-hook.so bench-exec bench-exec-stub.so $(if $(GO),serial))

$(BUILD)/tests/bench/bench-create: $(call objects,tests/bench/bench_create.c tests/bench/bench.c) $(STANDIN)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) -L$(dir $(STANDIN)) -lgvproxy -lpthread
$(BUILD)/tests/bench/bench-lookup: $(call objects,tests/bench/bench_lookup.c tests/bench/bench.c)
$(BUILD)/tests/bench/bench-start: $(call objects,tests/bench/bench_start.c tests/bench/bench.c)
$(BUILD)/tests/bench/bench-nothing: $(call objects,tests/bench/bench_nothing.c)
$(addprefix $(BUILD)/tests/bench/,bench-lookup bench-start bench-nothing):
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^
$(BUILD)/tests/bench/bench-stub.so: $(call objects,tests/bench/bench_stub.c)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $^
$(BUILD)/tests/bench/bench-null-hook.so: $(call objects,tests/bench/bench_null_hook.c)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $^
$(BUILD)/tests/bench/serial: tests/bench/serial/main.go tests/bench/serial/go.mod
	@mkdir -p $(@D)
	cd $(<D) && $(GO) build -trimpath -buildvcs=false -o $(abspath $@) .
$(BUILD)/tests/bench/bench-plan: $(call objects,tests/bench/bench_plan.c tests/bench/bench_heap.c tests/bench/bench.c) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CARES_LIBS) -lpthread

# Prints tables; says which aims are met and fails for none of them. Where the Go bridge is built it
# is measured as well.
.PHONY: bench bench-preload
bench: bench-preload bench-exec bench-launch bench-attach
bench-preload: all $(BENCH) $(DNS_SERVER) $(SANDBOX) $(FIRMWARE)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) CC=$(CC) $(SANDBOX) /usr/bin/python3 -B scripts/bench

# Pictures from the data files of the last `make bench`.
.PHONY: plots
plots:
	@mkdir -p docs/img
	gnuplot -e "data='$(BUILD)/bench'; out='docs/img'" tests/bench/plots.gp

# ---- tests: docs ------------------------------------------------------------------------------

# Of the command only its help is looked at, and what README.md shows of it.
.PHONY: check-docs
check-docs: $(CLI)
	BUILD=$(BUILD) $(PYTEST) tests/docs

# The pictures in docs/, of the text beside each; needs graphviz. They are committed.
.PHONY: pictures
pictures:
	for source in docs/img/*.dot; do scripts/picture $$source || exit; done

# ---- coverage ---------------------------------------------------------------------------------

COVERAGE      := $(BUILD)/coverage
COVERAGE_MAKE  := $(MAKE) BUILD=$(COVERAGE) CFLAGS="-O0 -g -fprofile-update=atomic" SANITIZE=--coverage

# Lines and branches by module: figures in $(COVERAGE)/results.json, arms that nothing has reached in
# $(COVERAGE)/untested.txt. COVERAGE_OF are the targets to run beside the fuzzers' seeds; one that fails
# is mentioned, and what it has reached counts all the same.
COVERAGE_OF ?= check-unit check-e2e check-carry check-overlay check-cli check-explain check-doctor \
	check-faults

.PHONY: coverage
coverage:
	@mkdir -p $(COVERAGE)
	find $(COVERAGE) -name '*.gcda' -delete
	[ ! -d $(BUILD)/shims ] || [ -e $(COVERAGE)/shims ] || cp -al $(BUILD)/shims $(COVERAGE)/shims
	$(COVERAGE_MAKE) $(COVERAGE)/obj/tests/support/coverage_flush.o
	$(COVERAGE_MAKE) $(COVERAGE)/boxlite-allownet LDFLAGS="-Wl,--wrap=_exit,--wrap=syscall \
		$(abspath $(COVERAGE)/obj/tests/support/coverage_flush.o)"
	$(COVERAGE_MAKE) GO= replay-fuzz
	for target in $(COVERAGE_OF); do \
		TEST_CASES=5000 $(COVERAGE_MAKE) $$target || echo "coverage: $$target failed"; done
	scripts/coverage $(COVERAGE)

# ---- proof ------------------------------------------------------------------------------------

# The long form of each part, one after the other, then the figures of docs/evidence.md. Takes two
# hours or so; PROOF_ARGS picks parts and shortens them, see scripts/proof.
.PHONY: proof
proof:
	BUILD=$(BUILD) scripts/proof $(PROOF_ARGS)

# ---- checks ----------------------------------------------------------------------------------

UNIT_TESTS := $(ZONES_TESTS) $(RESOLVER_TESTS) $(SHIM_TESTS) $(ATTACH_TESTS) $(OVERLAY_TESTS) \
	$(FAULTS_TESTS) $(EXPLAIN_TESTS) $(DOCTOR_TESTS) $(CLI_TESTS)

# RUNNER is put before each program. One that exits with 77 cannot run here, and says why.
.PHONY: check-unit
check-unit: $(UNIT_TESTS) $(SANDBOX)
	@failed=0; for test in $(UNIT_TESTS); do \
		$(SANDBOX) $(RUNNER) $$test; status=$$?; \
		if [ $$status = 77 ]; then echo "1 skipped in 0s: $$test"; \
		elif [ $$status != 0 ]; then echo "$$test: exit $$status"; failed=1; fi; \
	done; exit $$failed

# Fewer random cases than check-unit has: it is the code that is looked at here, not the rules.
.PHONY: asan ubsan tsan valgrind
asan:
	TEST_CASES=5000 $(MAKE) BUILD=$(BUILD)/asan CFLAGS="-O1 -g" check-unit \
		SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=all"
ubsan:
	TEST_CASES=5000 $(MAKE) BUILD=$(BUILD)/ubsan CFLAGS="-O1 -g" check-unit \
		SANITIZE="-fsanitize=undefined -fno-sanitize-recover=all"
tsan:
	TEST_CASES=2000 $(MAKE) BUILD=$(BUILD)/tsan CFLAGS="-O1 -g" check-unit SANITIZE=-fsanitize=thread
valgrind:
	TEST_CASES=200 $(MAKE) check-unit RUNNER="valgrind --quiet --error-exitcode=9 \
		--leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite"

.PHONY: lint
lint: all
	BUILD=$(BUILD) scripts/lint

# Whatever the tests need, so that two parts that run side by side build nothing at the same time.
.PHONY: tests
tests: all support standin $(UNIT_TESTS) $(BRIDGE_HOST) $(GUEST_PROBE) $(PRELOADED) $(RANDOM_RULES) \
	$(FIRMWARE) $(BORDER) $(FAKE_SHIM) $(CARRY_TOOLS) $(FAKE_SHIMS) $(OVERLAY_PARENT) $(KVM_ANSWERS) \
	$(TORTURE) $(RELOAD) $(MODULES) $(FORK_INSIDE) $(CONTAINER) \
	$(if $(GO),test-bridges $(STATIC_SHIMS) $(MAP_ORDER))

.PHONY: check
check: check-unit check-support check-standin check-bridges check-e2e check-attach check-carry \
	check-overlay check-sdk check-doctor check-cli check-explain check-faults check-torture \
	check-hostile check-fuzz check-package check-operate check-docs

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)
