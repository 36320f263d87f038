# What make knows of tests/golookups.

# Bridges whose Go the object has to recognise, or to leave alone: see tests/golookups/conftest.py.
GOLOOKUPS := $(BUILD)/tests/golookups

# The Go toolchains besides the installed one, as modules of the module proxy. Those that have been
# fetched; GOLOOKUPS=long fetches the others.
GOLOOKUPS_GO      := 1.23.12 1.27.4
GOLOOKUPS_MODULES := $(if $(GO),$(shell $(GO) env GOMODCACHE))/golang.org/toolchain@v0.0.1-go
GOLOOKUPS_HAVE    := $(foreach version,$(GOLOOKUPS_GO),$(if $(filter long,$(GOLOOKUPS_FORM)),$(version),$(if \
	$(wildcard $(GOLOOKUPS_MODULES)$(version).*),$(version))))
GOLOOKUPS_OTHERS  := $(foreach version,$(GOLOOKUPS_HAVE),$(GOLOOKUPS)/go$(version)/libgvproxy.so)

.PHONY: golookups-bridges
golookups-bridges: $(GOLOOKUPS)/stripped/libgvproxy.so $(GOLOOKUPS)/moved/libgvproxy.so $(GOLOOKUPS_OTHERS)

$(GOLOOKUPS)/stripped/libgvproxy.so: $(BUILD)/tests/bridge/libgvproxy.so
	@mkdir -p $(@D)
	strip -o $@ $<

# Go's net package with one field more in the variable that is looked for.
$(GOLOOKUPS)/moved/libgvproxy.so: $(BRIDGE_SRC)
	@mkdir -p $(@D)
	sed 's/^\tgoos  *string .*/\tanother int\n&/' $$($(GO) env GOROOT)/src/net/conf.go > $(@D)/conf.go
	grep -q '^.another int' $(@D)/conf.go
	echo '{"Replace": {"'$$($(GO) env GOROOT)'/src/net/conf.go": "$(abspath $(@D))/conf.go"}}' > $(@D)/overlay.json
	cd $(BRIDGE_DIR) && $(BRIDGE_GO) -buildmode=c-shared -overlay=$(abspath $(@D))/overlay.json \
		-ldflags=-extldflags=-Wl,-soname,libgvproxy.so -o $(abspath $@) .

$(GOLOOKUPS)/go%/libgvproxy.so: $(BRIDGE_SRC)
	@mkdir -p $(@D)
	cd $(BRIDGE_DIR) && GOTOOLCHAIN=go$* $(BRIDGE_GO) -buildmode=c-shared \
		-ldflags=-extldflags=-Wl,-soname,libgvproxy.so -o $(abspath $@) .

# GOLOOKUPS_FORM=long: with each of the toolchains, and longer storms. GOLOOKUPS_ARGS picks tests.
.PHONY: check-golookups
check-golookups: all support test-bridges golookups-bridges
	BUILD=$(BUILD) GOLOOKUPS_FORM=$(GOLOOKUPS_FORM) $(SANDBOX) $(PYTEST) tests/golookups $(GOLOOKUPS_ARGS)

TEST_PROGRAMS += $(if $(GO),golookups-bridges)
CHECKS        += check-golookups
