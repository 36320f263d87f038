# What make knows of tests/operate.

# docs/operate.md, followed on the package and the published SDKs; without those it is skipped (exit 3
# of the fetches). OPERATE_ARGS picks tests.
.PHONY: check-operate
check-operate: deb support $(GUEST_PROBE) $(FIRMWARE) $(KVM_ANSWERS)
	BUILD=$(BUILD) scripts/fetch-sdk 0.9.7 || [ $$? = 3 ]
	BUILD=$(BUILD) scripts/fetch-wheel 0.9.7 || [ $$? = 3 ]
	BUILD=$(BUILD) NODE=$(NODE) $(SANDBOX) unshare --pid --fork --kill-child --mount-proc \
		$(PYTEST) tests/operate $(OPERATE_ARGS)

CHECKS        += check-operate
