# What make knows of tests/release: what is published, as `make release` makes it. None of it is in
# scripts/test: it takes minutes, and fetches a compiler.

# RELEASE_ARGS picks tests. Two releases and more are made, in clones; faults are planted.
.PHONY: check-release
check-release: support
	scripts/fetch-cares
	$(PYTEST) tests/release/test_reproducible.py tests/release/test_needs.py $(RELEASE_ARGS)

# The wheel, the package and the tarball in fresh systems, which are fetched and kept. SUITES picks them;
# SUITE=MIRROR is one that this machine's apt does not have. RELEASE_ARGS picks tests. Skips, and says so,
# where a root cannot be made (exit 3 of make-root).
SUITES ?= bullseye bookworm trixie
.PHONY: check-roots
check-roots: support $(GUEST_PROBE) $(FIRMWARE) $(KVM_ANSWERS)
	$(MAKE) -s release
	BUILD=$(BUILD) scripts/fetch-shims 0.9.7 || [ $$? = 3 ]
	tests/release/make-root $(BUILD)/roots $(SUITES) || [ $$? = 3 ]
	BUILD=$(BUILD) SUITES="$(foreach suite,$(SUITES),$(firstword $(subst =, ,$(suite))))" \
		$(SANDBOX) $(PYTEST) -s tests/release/test_roots.py $(RELEASE_ARGS)
