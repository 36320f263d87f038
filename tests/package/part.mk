# What make knows of tests/package.

# What install, deb and dist make, of a copy of these sources. PACKAGE_ARGS picks tests.
.PHONY: check-package
check-package: support
	$(SANDBOX) $(PYTEST) tests/package $(PACKAGE_ARGS)

CHECKS        += check-package
