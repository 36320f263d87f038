# What make knows of tests/support.

DNS_SERVER_SRC := \
	tests/support/dns_action.c \
	tests/support/dns_command.c \
	tests/support/dns_counters.c \
	tests/support/dns_delay.c \
	tests/support/dns_listen.c \
	tests/support/dns_options.c \
	tests/support/dns_reply.c \
	tests/support/dns_script.c \
	tests/support/dns_serve.c \
	tests/support/dns_server.c \
	tests/support/dns_tcp.c

SANDBOX_SRC := \
	tests/support/sandbox.c \
	tests/support/sandbox_etc.c

DNS_SERVER := $(BUILD)/tests/dns-server
SANDBOX    := $(BUILD)/tests/sandbox

# Debian's pytest belongs to this interpreter.
PYTEST := /usr/bin/python3 -B -m pytest -q -p no:cacheprovider

.PHONY: support
support: $(DNS_SERVER) $(SANDBOX)

$(DNS_SERVER): $(call objects,$(DNS_SERVER_SRC))
	$(LINK) -lldns

$(SANDBOX): $(call objects,$(SANDBOX_SRC))
	$(LINK)

# The DNS tests run in a sandbox, those of the sandbox make their own.
.PHONY: check-support
check-support: support
	BUILD=$(BUILD) $(PYTEST) tests/support/test_sandbox.py tests/lab/test_console.py
	BUILD=$(BUILD) $(SANDBOX) $(PYTEST) tests/support/test_dns_server.py

TEST_PROGRAMS += support
CHECKS        += check-support
