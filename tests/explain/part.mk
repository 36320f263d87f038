# What make knows of tests/explain.

# EXPLAIN_ARGS picks tests. Those of the published shims are skipped without them (exit 3 of
# fetch-shims); EXPLAIN_STARTS is the most of their starts.
.PHONY: check-explain
check-explain: all support test-bridges $(FIRMWARE)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/explain $(EXPLAIN_ARGS)

CHECKS        += check-explain
