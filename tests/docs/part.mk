# What make knows of tests/docs.

# Of the command only its help is looked at, and what README.md shows of it.
.PHONY: check-docs
check-docs: $(CLI)
	BUILD=$(BUILD) $(PYTEST) tests/docs

#: pictures       the pictures in docs/, made of the text beside each
# The pictures in docs/, of the text beside each; needs graphviz. They are committed.
.PHONY: pictures
pictures:
	for source in docs/img/*.dot; do scripts/picture $$source || exit; done

CHECKS        += check-docs
