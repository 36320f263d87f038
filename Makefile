# boxlite-allownet: build, install, test, check, measure.
# Everything made goes to $(BUILD); sources are listed once, here.

BUILD   ?= build
CC      ?= cc
AR      ?= ar
GO      ?= go
PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib

VERSION := 1.0.0

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
SELFTEST_BRIDGE_SRC  := $(SELFTEST_BRIDGE_ONLY) $(addprefix shim/command/selftest/,ask.c message.c) \
	shim/base/variables.c
CLI_SRC              := $(filter-out $(SELFTEST_BRIDGE_ONLY),$(COMMAND_SRC)) $(LAUNCH_SRC) $(ATTACH_SRC)

# c-ares, of exactly this version, in no file of the system: scripts/setup puts its sources there.
CARES_VERSION := 1.34.9
CARES         := build/cares-$(CARES_VERSION)
CARES_SRC     := $(wildcard $(CARES)/src/lib/*.c $(CARES)/src/lib/*/*.c)

# ---- flags -----------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wvla -Wundef -Wpointer-arith -Wcast-align -Werror
override CPPFLAGS += -D_GNU_SOURCE -I. -I$(BUILD)/include \
	-DCARES_STATICLIB -isystem resolver/cares -isystem $(CARES)/include
CFLAGS   ?= -O2 -g
override CFLAGS += -std=c17 $(WARNINGS) -fPIC -fvisibility=hidden -fno-semantic-interposition \
	-ftls-model=initial-exec -fstack-protector-strong $(SANITIZE)
CHECK_LIBS := $(shell pkg-config --libs check 2>/dev/null)
ifeq ($(SANITIZE),)
override CPPFLAGS += -D_FORTIFY_SOURCE=2
else
# With sanitizers gcc no longer sees the bounds that it knows without; their reports follow frame
# pointers.
override CFLAGS += -Wno-format-truncation -fno-omit-frame-pointer
endif
override LDFLAGS += $(SANITIZE)

SO_LDFLAGS := -shared -Wl,--version-script=shim/preload/exports.map \
	-Wl,-z,now,-z,relro,-z,nodelete,-z,defs -Wl,-soname,libboxlite_allownet.so

JSON_LIBS  := -l:libjansson.a
ELF_LIBS   := $(shell scripts/elf-libs $(CC))

# Builds a program, or with -shared an object, of the objects and, behind them, the archives among the
# prerequisites.
LINK = @mkdir -p $(@D) && $(SAY) link $@ && $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)
# One short line a file, none with -s; V=1 shows the commands.
SAY := $(if $(V),set -x; : ,$(if $(findstring s,$(firstword -$(MAKEFLAGS))),: ,printf '  %-5s %s\n'))

# ---- products --------------------------------------------------------------------------------

OBJ     := $(BUILD)/obj
objects  = $(patsubst %.c,$(OBJ)/%.o,$(1))

SO  := $(BUILD)/libboxlite_allownet.so
CLI := $(BUILD)/boxlite-allownet

SELFTEST_BRIDGE := $(BUILD)/libboxlite_allownet_selftest.so

LIBZONES    := $(BUILD)/lib/libzones.a
LIBRESOLVER := $(BUILD)/lib/libresolver.a
LIBSHIM     := $(BUILD)/lib/libshim.a

#: all            the object, the command, and the bridge of its self-test, into build/
.PHONY: all
all: $(SO) $(CLI) $(SELFTEST_BRIDGE)

# Made again when the compiler or its flags change, and with it every object.
FLAGS_STAMP := $(BUILD)/include/flags
FLAGS_USED  := $(CC) $(CPPFLAGS) $(CFLAGS)
$(FLAGS_STAMP): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_USED))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(FLAGS_USED))' > $@

$(OBJ)/%.o: %.c $(FLAGS_STAMP) | $(BUILD)/include/build_identity.h $(CARES)/include/ares.h
	@mkdir -p $(@D)
	@$(SAY) cc $< && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# With the same compiler and flags as our own, the sanitizers' among them; but its warnings are its
# authors' business.
CARES_FLAGS = -DHAVE_CONFIG_H -DCARES_BUILDING_LIBRARY -I$(CARES)/src/lib -I$(CARES)/src/lib/include -w
$(BUILD)/cares/%.o: $(CARES)/src/lib/%.c resolver/cares/ares_config.h resolver/cares/ares_build.h $(FLAGS_STAMP)
	@mkdir -p $(@D)
	@$(SAY) cc $< && $(CC) $(CPPFLAGS) $(CFLAGS) $(CARES_FLAGS) -c -o $@ $<
$(CARES)/include/ares.h:
	@echo "the sources of c-ares $(CARES_VERSION) are not there: run scripts/setup" >&2; exit 1

$(LIBZONES): $(call objects,$(ZONES_SRC))
$(LIBRESOLVER): $(call objects,$(RESOLVER_SRC)) $(CARES_SRC:$(CARES)/src/lib/%.c=$(BUILD)/cares/%.o)
$(LIBSHIM): $(call objects,$(SHIM_SRC))
$(LIBZONES) $(LIBRESOLVER) $(LIBSHIM):
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(SO): $(call objects,$(PRELOAD_SRC)) $(LIBSHIM) $(LIBRESOLVER) $(LIBZONES) shim/preload/exports.map
	$(LINK) $(SO_LDFLAGS) -lpthread

$(CLI): $(call objects,$(CLI_SRC)) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	$(LINK) $(JSON_LIBS) $(ELF_LIBS) -lpthread

$(SELFTEST_BRIDGE): $(call objects,$(SELFTEST_BRIDGE_SRC)) $(LIBZONES)
	$(LINK) -shared -Wl,-soname,$(@F) -Wl,-z,now,-z,relro,-z,defs

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
PAGES      := README.md CHANGELOG.md
IMAGES     := $(wildcard docs/img/*.svg docs/img/*.dot)
SCHEMAS    := $(wildcard docs/schema/*.json)
EXAMPLES   := scripts/deb/boxlite-allownet.conf scripts/deb/boxlite-allownet.default
COMPLETION := shim/command/boxlite-allownet.bash

# $(call into,DIRECTORY,FILES): where the files go.
into = $(addprefix $(DESTDIR)$(1)/,$(notdir $(2)))

#: install        into PREFIX (/usr/local), below DESTDIR
.PHONY: install
install: all
	install -d $(addprefix $(DESTDIR),$(HOME_DIR) $(PREFIX)/bin $(DOC_DIR) $(DOC_DIR)/img \
		$(DOC_DIR)/schema $(EXAMPLES_DIR) $(MAN_DIR)/man1 $(MAN_DIR)/man7 $(BASH_DIR))
	install -m 755 $(CLI) $(DESTDIR)$(HOME_DIR)
	install -m 644 $(OBJECTS) $(DESTDIR)$(HOME_DIR)
	ln -sfr $(call into,$(HOME_DIR),$(CLI)) $(DESTDIR)$(COMMAND_LINK)
	install -m 644 $(MAN1) $(DESTDIR)$(MAN_DIR)/man1
	install -m 644 $(MAN7) $(DESTDIR)$(MAN_DIR)/man7
	sed -i 's|PREFIX/lib/boxlite-allownet|$(HOME_DIR)|; s|PREFIX|$(PREFIX)|' \
		$(call into,$(MAN_DIR)/man1,$(MAN1)) $(call into,$(MAN_DIR)/man7,$(MAN7))
	install -m 644 $(DOCS) $(PAGES) $(DESTDIR)$(DOC_DIR)
	sed -i 's|](docs/|](|g' $(call into,$(DOC_DIR),$(PAGES))
	install -m 644 $(IMAGES) $(DESTDIR)$(DOC_DIR)/img
	install -m 644 $(SCHEMAS) $(DESTDIR)$(DOC_DIR)/schema
	install -m 644 $(EXAMPLES) $(DESTDIR)$(EXAMPLES_DIR)
	sed -i 's|@OBJECT@|$(HOME_DIR)/$(notdir $(SO))|' $(call into,$(EXAMPLES_DIR),$(EXAMPLES))
	install -m 644 $(COMPLETION) $(DESTDIR)$(BASH_DIR)/boxlite-allownet

# With the same PREFIX, LIBDIR and DESTDIR. Directories that others use as well stay.
#: uninstall      what install has put there
.PHONY: uninstall
uninstall:
	rm -f $(call into,$(HOME_DIR),$(CLI) $(OBJECTS)) $(DESTDIR)$(COMMAND_LINK) \
		$(DESTDIR)$(BASH_DIR)/boxlite-allownet \
		$(call into,$(MAN_DIR)/man1,$(MAN1)) $(call into,$(MAN_DIR)/man7,$(MAN7)) \
		$(call into,$(DOC_DIR),$(DOCS) $(PAGES)) $(call into,$(DOC_DIR)/img,$(IMAGES)) \
		$(call into,$(DOC_DIR)/schema,$(SCHEMAS)) $(call into,$(EXAMPLES_DIR),$(EXAMPLES))
	for directory in $(HOME_DIR) $(DOC_DIR)/img $(DOC_DIR)/schema $(EXAMPLES_DIR) $(DOC_DIR); do \
		[ ! -d $(DESTDIR)$$directory ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$$directory; \
	done

# ---- packages ----

# Of the last commit.
DIST := boxlite-allownet-$(VERSION)

#: dist           a tarball of the last commit
.PHONY: dist
dist:
	@mkdir -p $(BUILD)
	git -c tar.umask=0022 archive --format=tar --prefix=$(DIST)/ -o $(BUILD)/$(DIST).tar HEAD
	gzip -9nf $(BUILD)/$(DIST).tar
	@[ -z "$$(git status --porcelain)" ] || echo "what is not committed is not in it:" >&2
	@echo $(BUILD)/$(DIST).tar.gz

# Of the sources as they are. No -g, which has directories in it and is stripped in any case.
DEB := $(BUILD)/deb

#: deb            a Debian package of the sources as they are
.PHONY: deb
deb:
	rm -rf $(DEB)/root
	umask 022; $(MAKE) BUILD=$(DEB)/build CFLAGS=-O2 LDFLAGS=-Wl,-z,relro,-z,now \
		PREFIX=/usr LIBDIR=/usr/lib DESTDIR=$(DEB)/root install
	CC="$(CC)" scripts/deb/package $(VERSION) $(DEB) $(BUILD)

#: release        what is published, of the last commit, for both processors, into build/dist/
.PHONY: release
release:
	scripts/release/release

#: tag            an annotated tag of the last commit, with what CHANGELOG.md says of this version
.PHONY: tag
tag:
	scripts/release/tag

#: clean          removes build/
.PHONY: clean
clean:
	rm -rf $(BUILD)

# ---- tests ----

# Each folder of tests says in its part.mk what it builds and which check runs it, and adds to
#   UNIT_TESTS     programs that check-unit runs
#   TEST_PROGRAMS  whatever else its checks need, so that two that run side by side build nothing at the
#                  same time
#   CHECKS         its checks
# The first ones have what others use.
PARTS := unit support bridge e2e attach carry overlay sdk
include $(foreach part,$(PARTS),tests/$(part)/part.mk)
include $(filter-out $(foreach part,$(PARTS),tests/$(part)/part.mk),$(sort $(wildcard tests/*/part.mk)))

check-unit: $(UNIT_TESTS)

#: tests          builds whatever the checks need
#: check          all checks, one after the other; scripts/test does more, two at a time
#: lint           what can be told without running anything
#: proof          the long form of each check; hours
.PHONY: tests print-checks check lint proof build-clang
print-checks:
	@echo check-unit $(CHECKS)
tests: all $(UNIT_TESTS) $(TEST_PROGRAMS)
check: check-unit $(CHECKS)

lint: all
	BUILD=$(BUILD) scripts/lint

# The other compiler's warnings.
build-clang:
	+$(MAKE) BUILD=$(BUILD)/clang CC=clang all

# The long form of each part, one after the other, then the figures of docs/evidence.md. Takes hours;
# PROOF_ARGS picks parts and shortens them, see scripts/proof.
proof:
	BUILD=$(BUILD) scripts/proof $(PROOF_ARGS)

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)

#: help           this list
.PHONY: help
help:
	@sed -n 's/^#: /  /p' $(MAKEFILE_LIST)
