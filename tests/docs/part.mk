# What make knows of tests/docs.

# Of the command only its help is looked at, and what README.md shows of it.
.PHONY: check-docs
check-docs: $(CLI)
	BUILD=$(BUILD) $(PYTEST) tests/docs

#: pictures       the pictures in docs/, made of the text beside each, and of the sources
# The pictures in docs/, of the text beside each, that of the includes of the sources; needs graphviz. They are committed.
.PHONY: pictures
pictures:
	scripts/include-graph --folders > docs/img/includes.dot
	for source in docs/img/*.dot; do scripts/picture $$source || exit; done

CHECKS        += check-docs
