# boxlite-allownet: build, install, test, check, measure.
# Everything made goes to $(BUILD); sources are listed once, here.

BUILD   ?= build
CC      ?= cc
AR      ?= ar
GO      ?= go
PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib

# Written by scripts/setup: the Go and Node.js commands to use, empty where there are none.
-include build/env.mk

# ---- sources ---------------------------------------------------------------------------------

ZONES_SRC := \
	zones/address.c \
	zones/allowlist.c \
	zones/build.c \
	zones/config.c \
	zones/configured.c \
	zones/hostname.c \
	zones/inherit.c \
	zones/json.c \
	zones/json_grammar.c \
	zones/json_string.c \
	zones/legacy.c \
	zones/rule.c \
	zones/rule_reason.c \
	zones/splice.c \
	zones/text.c \
	zones/utf8.c \
	zones/zone_set.c \
	zones/zones.c

RESOLVER_SRC := \
	resolver/resolver.c \
	resolver/answer.c \
	resolver/batch.c \
	resolver/cancel.c \
	resolver/channel.c \
	resolver/clock.c \
	resolver/due.c \
	resolver/explain.c \
	resolver/fallback.c \
	resolver/nss.c \
	resolver/nsswitch.c \
	resolver/schedule.c \
	resolver/servers.c

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

# c-ares is linked statically: Debian ships the archive in libc-ares-dev.
CARES_LIBS := -l:libcares.a

# ---- products --------------------------------------------------------------------------------

OBJ     := $(BUILD)/obj
objects  = $(patsubst %.c,$(OBJ)/%.o,$(1))

LIBZONES    := $(BUILD)/lib/libzones.a
LIBRESOLVER := $(BUILD)/lib/libresolver.a

.PHONY: all
all: $(LIBZONES) $(LIBRESOLVER)

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIBZONES): $(call objects,$(ZONES_SRC))
$(LIBRESOLVER): $(call objects,$(RESOLVER_SRC))
$(LIBZONES) $(LIBRESOLVER):
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

.PHONY: clean
clean:
	rm -rf $(BUILD)

# ---- tests: zones ----------------------------------------------------------------------------

ZONES_TESTS := $(patsubst %,$(BUILD)/tests/%,test_rule test_config test_allowlist test_zones \
	test_matcher_model test_zones_memory test_zones_scale)

ALLOW_MODEL_SRC := tests/support/allow_model.c tests/support/allow_random.c
RANDOM_RULES    := $(BUILD)/tests/random-rules

FAILING_ALLOC_LDFLAGS := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=free

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
	test_resolver_memory)
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

# ---- checks ----------------------------------------------------------------------------------

UNIT_TESTS := $(ZONES_TESTS) $(RESOLVER_TESTS)

# RUNNER is put before each program. One that exits with 77 cannot run here, and says why.
.PHONY: check-unit
check-unit: $(UNIT_TESTS)
	@failed=0; for test in $^; do \
		$(RUNNER) $$test; status=$$?; \
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

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)
