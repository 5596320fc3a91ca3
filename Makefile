# `make` lists the commands. Each first makes sure that Swift, GSL and zlib are there and installs
# the two libraries on Debian and Ubuntu.
#
# ARGS adds arguments:  make train ARGS="--seed 2"    make test ARGS="--filter EstimatorsTests"

SHELL := /bin/sh
ARGS ?=
swift_sources := Package.swift Sources Environments Agents Examples Tests

.DEFAULT_GOAL := help
.PHONY: help setup train mpi test fuzz sanitize build bench docs install dist lint format python clean

help: ## list the commands
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1 \2/p' Makefile | \
	  awk '{ printf "  make %-8s", $$2; $$1 = $$2 = ""; print }'

setup: ## install what is missing
	@scripts/setup.sh

train: setup ## train the RELAX actor-critic on CartPole
	swift run -c release rl-train --agent relax-a2c --env cartpole $(ARGS)

# A folder of its own, because the trait changes how everything is compiled.
mpi: setup ## build for several processes (docs/mpi.md) and train CartPole on two
	PKG_CONFIG_PATH=$$(scripts/setup-mpi.sh) swift build -c release --traits MPI --scratch-path .build-mpi --product rl-train
	scripts/mpi-local.sh 2 .build-mpi/release/rl-train --agent a2c --env cartpole --envs 128 $(ARGS)

# The tests run on an optimized build, because they are numeric: in a debug build the proofs alone take many
# times as long. -enable-testing lets them see inside a module (`@testable`); the build has a folder of
# its own, so that going from `make train` to `make test` and back compiles nothing twice.
test: setup ## build and run all tests
	@[ -x .venv/bin/python ] || [ -n "$$RELAXRL_PYTHON" ] || \
	  echo "Tests that compare with Python packages will be skipped; 'make python' brings those packages."
	swift test -c release -Xswiftc -enable-testing --scratch-path .build-test --disable-xctest $(ARGS)

# Suites whose names contain Fuzz, with far more cases than `make test` tries; CASES sets how many.
CASES ?= 2000
fuzz: setup ## try many random files, checkpoints and command lines
	RELAXRL_FUZZ_CASES=$(CASES) swift test -c release -Xswiftc -enable-testing --scratch-path .build-test \
	  --disable-xctest --filter Fuzz $(ARGS)

sanitize: setup ## run kernels and short trainings under the address, thread and undefined-behaviour sanitizers
	scripts/sanitize.sh $(ARGS)

build: setup ## build everything, optimized
	swift build -c release

# Both build programs of their own, with the Swift runtime, GSL and zlib inside: what is installed runs on where
# Swift is not, or is another one.
PREFIX ?= /usr/local
DESTDIR ?=
install: ## install programs and completion for shells below PREFIX, /usr/local
	@! command -v swift >/dev/null 2>&1 || scripts/setup.sh
	scripts/self-contained.sh
	scripts/install.sh "$(DESTDIR)$(PREFIX)"

dist: setup ## pack programs that run on other machines, without Swift
	scripts/dist.sh

bench: setup ## run the benchmarks
	swift run -c release rl-bench $(ARGS)

docs: setup ## build a site of all public declarations, tutorials and settings
	scripts/docs.sh $(ARGS)

lint: ## check layout, documentation comments, imports and links
	.ci/check-imports --self-test
	.ci/check-imports
	.ci/check-links --self-test
	.ci/check-links
	scripts/describe-settings --check
	swift format lint --strict --recursive $(swift_sources)

format: ## mend the layout of all Swift files
	swift format --in-place --recursive $(swift_sources)

python: ## make .venv with the Python packages that some tests compare with
	scripts/python-env.sh

clean: ## remove what was built; runs and .venv stay
	rm -rf .build .build-test .build-mpi .build-static
