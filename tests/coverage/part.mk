# What make knows of tests/coverage.

COVERAGE      := $(BUILD)/coverage
COVERAGE_MAKE  := $(MAKE) BUILD=$(COVERAGE) CFLAGS="-O0 -g -fprofile-update=atomic" SANITIZE=--coverage

# Lines and branches by module: figures in $(COVERAGE)/results.json, arms that nothing has reached in
# $(COVERAGE)/untested.txt. COVERAGE_OF are the targets to run beside the fuzzers' seeds; one that fails
# is mentioned, and what it has reached counts all the same.
COVERAGE_OF ?= check-unit check-readers check-e2e check-carry check-overlay check-cli check-explain \
	check-doctor check-faults

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
