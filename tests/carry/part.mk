# What make knows of tests/carry.

# Shims that say what they were started with; a command whose attach only executes, with the preload
# beside it, where the hooks look for the command.
CARRY       := $(BUILD)/tests/carry
FAKE_SHIMS  := $(addsuffix /boxlite-shim,$(addprefix $(CARRY)/,affected unaffected unknown dynamic))
CARRY_TOOLS := $(addprefix $(CARRY)/,boxlite-allownet libboxlite_allownet.so exec-probe early-start.so \
	bwrap-line.so argv-probe)

$(OBJ)/tests/carry/fake_shim_affected.o: tests/carry/fake_shim.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -DAFFECTED -c -o $@ $<
$(OBJ)/tests/carry/fake_shim_unknown.o: tests/carry/fake_shim.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -DUNKNOWN -c -o $@ $<
$(FAKE_SHIMS) $(OBJ)/tests/carry/fake_shim.o $(OBJ)/tests/carry/fake_shim_affected.o \
		$(OBJ)/tests/carry/fake_shim_unknown.o: override SANITIZE :=
$(CARRY)/affected/boxlite-shim: $(OBJ)/tests/carry/fake_shim_affected.o
$(CARRY)/unknown/boxlite-shim: $(OBJ)/tests/carry/fake_shim_unknown.o
$(CARRY)/unaffected/boxlite-shim $(CARRY)/dynamic/boxlite-shim: $(OBJ)/tests/carry/fake_shim.o
$(CARRY)/affected/boxlite-shim $(CARRY)/unaffected/boxlite-shim $(CARRY)/unknown/boxlite-shim: override LDFLAGS += -static
$(FAKE_SHIMS):
	$(LINK)
$(CARRY)/boxlite-allownet: $(call objects,tests/carry/fake_attach.c $(LAUNCH_SRC)) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	$(LINK) $(ELF_LIBS) -lpthread
$(CARRY)/libboxlite_allownet.so: $(SO)
	@mkdir -p $(@D)
	cp $< $@
$(CARRY)/exec-probe: $(OBJ)/tests/carry/exec_probe.o
	$(LINK) -lpthread
# The reader of bwrap's lines for Python, and what bwrap executes in it.
$(CARRY)/bwrap-line.so: shim/boxlite/bwrap_line.c shim/boxlite/bwrap_line.h shim/base/names.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(filter-out $(SANITIZE),$(CFLAGS)) -fvisibility=default -shared -o $@ $<
$(CARRY)/argv-probe: override SANITIZE :=
$(CARRY)/argv-probe: override LDFLAGS += -static
$(CARRY)/argv-probe: $(OBJ)/tests/carry/argv_probe.o
	$(LINK)
$(CARRY)/early-start.so: $(OBJ)/tests/carry/early_start.o
	$(LINK) -shared

HOUSEHOLD := $(CARRY)/household
$(HOUSEHOLD) $(OBJ)/tests/carry/household.o: override SANITIZE :=
$(HOUSEHOLD): $(call objects,tests/carry/household.c tests/attach/bystander.c)
	$(LINK)

# The cost of the exec hooks for everything else: printed, nothing is asserted.
BENCH_EXEC := $(BUILD)/tests/bench/bench-exec
$(BENCH_EXEC): $(call objects,tests/bench/bench_exec.c tests/bench/bench.c)
	$(LINK)
$(BENCH_EXEC)-stub.so: $(call objects,tests/bench/bench_exec_stub.c)
	$(LINK) -shared
.PHONY: bench-exec
bench-exec: $(SO) $(BENCH_EXEC) $(BENCH_EXEC)-stub.so
	@echo "without the preload:"; LD_PRELOAD=$(abspath $(BENCH_EXEC)-stub.so) $(BENCH_EXEC)
	@echo "with it:"; LD_PRELOAD=$(abspath $(SO)):$(abspath $(BENCH_EXEC)-stub.so) $(BENCH_EXEC)

.PHONY: bench-launch
bench-launch: $(CARRY_TOOLS) $(FAKE_SHIMS) support
	BUILD=$(BUILD) $(SANDBOX) /usr/bin/python3 -B tests/bench/bench_launch.py

# CARRY_ARGS picks tests. CHAIN_STARTS=200 is the whole number of starts of the published shims, and
# KILLS=1000 of those in which somebody is sent a signal; without them those tests are skipped (exit 3 of fetch-shims).
# BWRAP_LINES=1000 is how many lines each bwrap is asked about.
.PHONY: check-carry
check-carry: all $(CARRY_TOOLS) $(FAKE_SHIMS) $(HOUSEHOLD) support $(GUEST_PROBE) $(FIRMWARE)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) scripts/fetch-bwrap || [ $$? = 3 ]
	BUILD=$(BUILD) NODE=$(NODE) $(SANDBOX) $(PYTEST) tests/carry $(CARRY_ARGS)

TEST_PROGRAMS += $(CARRY_TOOLS) $(FAKE_SHIMS) $(HOUSEHOLD)
CHECKS        += check-carry
