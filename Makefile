# The few commands of the project. `make demo` and `make test` are the two to start with.
# Every target first installs and fetches what is missing; that is instant when nothing is.

export CCACHE_BASEDIR := $(CURDIR)
jobs ?= $(shell nproc)

.PHONY: help bootstrap build demo test check asan soak bench format clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 20

bootstrap:  ## install the packages and fetch the pinned libraries
	@tools/bootstrap.sh

build: build-release  ## build/release/skymill

build-%: bootstrap
	@cmake --preset $* --log-level=WARNING >/dev/null
	@cmake --build --preset $* -j $(jobs)

demo: build  ## the main job on real data, each command before its output; STORE=s3, gs, az or hdfs: there
	@tools/demo.sh

test: build  ## all tests; ends in `N passed, M failed, K skipped`
	@tools/run_tests.sh release

check: build  ## format, tidy, layers, sizes, headers, artefacts
	@tools/check.sh

asan: build-asan  ## all tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/run_tests.sh asan

soak: build  ## races, kills and damaged bytes, for an hour or two
	@tools/soak.sh

bench: build  ## the measured numbers, as a table
	@bench/run.sh

format:  ## rewrite the C++ files as clang-format-16 likes them
	@tools/check_format.sh --fix

clean:  ## remove build/; the cache stays
	@rm -rf build
