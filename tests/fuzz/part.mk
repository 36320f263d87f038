# What make knows of tests/fuzz.

FUZZ_TARGETS  := plan rule resolver elf symtab doctor trailer settings jail spec handover
FUZZ_PROGRAMS := $(addprefix $(BUILD)/tests/fuzz-,$(FUZZ_TARGETS))

# With -fsanitize=fuzzer-no-link among the sanitizers libFuzzer looks for inputs; else replay.c runs
# those that it is given.
FUZZ_LINK := $(if $(findstring fuzzer,$(SANITIZE)),-fsanitize=fuzzer)
FUZZ_SRC  := tests/fuzz/fuzz.c $(if $(FUZZ_LINK),,tests/fuzz/inputs.c tests/fuzz/replay.c)

$(FUZZ_PROGRAMS): $(BUILD)/tests/fuzz-%: $(OBJ)/tests/fuzz/fuzz_%.o $(call objects,$(FUZZ_SRC)) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	$(LINK) $(FUZZ_LINK) \
		$(ELF_LIBS) -lpthread

$(BUILD)/tests/fuzz-plan: $(call objects,tests/fuzz/plan_lookup.c)
# The network is in memory.
$(BUILD)/tests/fuzz-resolver: $(call objects,tests/fuzz/fake_answer.c tests/fuzz/fake_net.c \
	tests/unit/fake_nss.c)
$(BUILD)/tests/fuzz-resolver: override LDFLAGS += -Wl,--wrap=raw_socket,--wrap=raw_connect \
	-Wl,--wrap=raw_send,--wrap=raw_receive,--wrap=raw_close,--wrap=fopen
# launch.c is included; files and the last exec are not the kernel's.
$(BUILD)/tests/fuzz-jail: $(call objects,tests/fuzz/fake_files.c tests/fuzz/jail_exec.c shim/carry/exec_route.c \
	$(filter-out shim/launch/launch.c,$(LAUNCH_SRC)))
$(BUILD)/tests/fuzz-jail: override LDFLAGS += -Wl,--wrap=syscall,--wrap=fstatat,--wrap=stat \
	-Wl,--wrap=access,--wrap=open,--wrap=readlink
$(BUILD)/tests/fuzz-symtab: $(call objects,shim/preload/symbol_table.c)
$(BUILD)/tests/fuzz-trailer: $(call objects,shim/command/overlay/trailer.c)
$(BUILD)/tests/fuzz-doctor: $(call objects,$(addprefix shim/command/doctor/,bridge_image.c build.c facts.c))

# Configurations before and after, and what the bridge reads in them: its own sources, seen as a
# package of the bridge's module.
PLAN_PAIRS := $(BUILD)/tests/plan-pairs
ORACLE     := $(BUILD)/tests/oracle
ORACLE_SRC := tests/fuzz/oracle/oracle.go $(addprefix $(BRIDGE_DIR)/,config.go sinkhole.go zones_configured.go)

$(PLAN_PAIRS): $(call objects,$(addprefix tests/fuzz/,plan_pairs.c plan_lookup.c inputs.c fuzz.c)) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	$(LINK) -lpthread
$(ORACLE): $(ORACLE_SRC) $(BRIDGE_DIR)/go.mod $(BRIDGE_DIR)/go.sum
	@mkdir -p $(@D)
	@{ echo '{"Replace": {'; for file in $(ORACLE_SRC); do \
		echo "\"$(CURDIR)/$(BRIDGE_DIR)/oracle/$${file##*/}\": \"$(CURDIR)/$$file\","; \
	done | sed '$$s/,$$//'; echo '}}'; } > $@.overlay
	cd $(BRIDGE_DIR) && $(BRIDGE_GO) -overlay=$(abspath $@.overlay) -o $(abspath $@) ./oracle

# For x86-64; the other files of these folders are `whole` with a field changed.
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
	$(CC) -c -o tests/fuzz/corpus/symtab/whole tests/fuzz/symtab_seed.S
	strip -o tests/fuzz/corpus/symtab/stripped tests/fuzz/corpus/symtab/whole

# Every input of the repository, under ASan and UBSan, with the compiler that the tests are built
# with; shares objects with `make asan`.
.PHONY: check-fuzz replay-fuzz
check-fuzz: $(if $(GO),$(ORACLE))
	+$(ASAN_MAKE) ORACLE=$(ORACLE) replay-fuzz
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

CHECKS        += check-fuzz
