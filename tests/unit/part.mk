# What make knows of tests/unit.

# ---- zones ----

ZONES_TESTS := $(patsubst %,$(BUILD)/tests/%,test_rule test_config test_allowlist test_zones \
	test_matcher test_zones_memory test_zones_scale test_runes)

ALLOW_MODEL_SRC := tests/support/allow_model.c tests/support/allow_random.c
RANDOM_RULES    := $(BUILD)/tests/random-rules

FAILING_ALLOC_LDFLAGS := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray \
	-Wl,--wrap=strdup,--wrap=free

$(ZONES_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/unit/%.o $(LIBZONES)
	$(LINK) $(CHECK_LIBS)

$(BUILD)/tests/test_matcher: $(call objects,$(ALLOW_MODEL_SRC))
$(BUILD)/tests/test_zones_memory: $(call objects,tests/support/failing_alloc.c)
$(BUILD)/tests/test_zones_memory: override LDFLAGS += $(FAILING_ALLOC_LDFLAGS)

$(RANDOM_RULES): $(call objects,tests/support/random_rules.c $(ALLOW_MODEL_SRC))
	$(LINK)

# ---- resolver ----

RESOLVER_TESTS        := $(addprefix $(BUILD)/tests/,test_schedule test_resolver test_cancel test_nss \
	test_resolver_memory test_resolver_edges test_question_faults test_guessing)
RESOLVER_TEST_SUPPORT := \
	tests/unit/fake_dns.c \
	tests/unit/fake_dns_script.c \
	tests/unit/few_descriptors.c \
	tests/unit/private_net.c

$(RESOLVER_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/unit/%.o \
		$(call objects,$(RESOLVER_TEST_SUPPORT)) $(LIBRESOLVER)
	$(LINK) $(CHECK_LIBS) -lpthread

# libc is not asked: what it does takes real time. test_nss has it.
$(filter-out %/test_nss,$(RESOLVER_TESTS)): $(call objects,tests/unit/fake_nss.c)

$(BUILD)/tests/test_resolver_memory: override LDFLAGS += \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup

$(BUILD)/tests/test_question_faults $(BUILD)/tests/test_guessing: override LDFLAGS += -Wl,--wrap=raw_random,--wrap=open
$(BUILD)/tests/test_guessing: override LDFLAGS += -Wl,--wrap=nss_ask
$(BUILD)/tests/test_question_faults: override LDFLAGS += -Wl,--wrap=raw_socket,--wrap=raw_connect \
	-Wl,--wrap=raw_send,--wrap=raw_receive

UNIT_TESTS    += $(ZONES_TESTS) $(RESOLVER_TESTS)

#: check-unit     unit tests; asan, tsan and valgrind run them that way
# RUNNER is put before each program. One that exits with 77 cannot run here, and says why.
.PHONY: check-unit
check-unit: $(BUILD)/tests/sandbox
	@failed=0; for test in $(UNIT_TESTS); do \
		$(SANDBOX) $(RUNNER) $$test; status=$$?; \
		if [ $$status = 77 ]; then echo "1 skipped in 0s: $$test"; \
		elif [ $$status != 0 ]; then echo "$$test: exit $$status"; failed=1; fi; \
	done; exit $$failed

# TEST_CASES bounds the generated cases, fewer here than check-unit has: it is the code that is looked
# at, not the rules. Nor does test_zones_scale, which measures, tell more in an instrumented build.
ASAN_MAKE  := $(MAKE) BUILD=$(BUILD)/asan CFLAGS="-O1 -g" \
	SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=all"
UBSAN_MAKE := $(MAKE) BUILD=$(BUILD)/ubsan CFLAGS="-O1 -g" SANITIZE="-fsanitize=undefined -fno-sanitize-recover=all"
TSAN_MAKE  := $(MAKE) BUILD=$(BUILD)/tsan CFLAGS="-O1 -g" SANITIZE=-fsanitize=thread

# The other programs have one thread.
THREADED     := $(addprefix $(BUILD)/tests/,test_cancel test_nss test_quiet)
INSTRUMENTED  = $(filter-out %/test_zones_scale,$(UNIT_TESTS))

.PHONY: asan ubsan tsan valgrind check-instrumented check-threaded
asan:
	+$(ASAN_MAKE) check-instrumented
ubsan:
	+$(UBSAN_MAKE) check-instrumented
tsan:
	+$(TSAN_MAKE) check-threaded

# What scripts/test builds before it runs anything, so that no two of its parts build the same thing.
.PHONY: sanitized instrumented-programs threaded-programs
sanitized:
	+$(ASAN_MAKE) instrumented-programs
	+$(TSAN_MAKE) threaded-programs
instrumented-programs:
	+$(MAKE) $(INSTRUMENTED) $(FUZZ_PROGRAMS) $(PLAN_PAIRS) $(TORTURE) $(SO)
threaded-programs:
	+$(MAKE) $(THREADED) $(TORTURE) $(SO)

check-instrumented: export TEST_CASES ?= 2000
check-instrumented:
	$(MAKE) check-unit UNIT_TESTS="$(INSTRUMENTED)"
check-threaded:
	$(MAKE) check-unit UNIT_TESTS="$(THREADED)"
# All tests of a program in one process, since each new one costs a leak check of its own; but not where
# a test leaves its process other than it was. Without test_nss, which waits for answers by the clock: it is
# too slow in it. ASan, UBSan and TSan have it.
ONE_EACH := $(addprefix $(BUILD)/tests/,test_cancel test_log test_quiet)

valgrind: export TEST_CASES ?= 100
valgrind:
	CK_FORK=no $(MAKE) check-valgrind \
		UNIT_TESTS="$(filter-out %/test_nss $(ONE_EACH),$(INSTRUMENTED))"
	$(MAKE) check-valgrind UNIT_TESTS="$(ONE_EACH)"
.PHONY: check-valgrind
check-valgrind:
	$(MAKE) check-unit RUNNER="valgrind --quiet --error-exitcode=9 \
		--leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite"
