# The two commands that a fresh machine needs are `make demo` and `make test`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help demo test build gallery verify bench lint format docs clean sanitize fuzz dependencies test-dependencies

SOURCES := Sources Tests Benchmarks Examples/library Package.swift
OHMWEAVE := .build/release/ohmweave

help:
	@echo 'make demo     installs what is missing, builds, maps the MNIST network and writes a report'
	@echo 'make test     installs what is missing, builds and runs the tests'
	@echo 'make build    builds the command .build/release/ohmweave'
	@echo 'make bench    runs the benchmarks; OHMWEAVE_PEER_PYTHON=PATH of a Python with aihwkit runs it beside'
	@echo 'make gallery draws the figures of Examples/gallery'
	@echo 'make verify   replays all claims of Examples/claims (hours; finished ones are kept)'
	@echo 'make lint     checks the format (make format corrects it)'
	@echo 'make sanitize runs the C kernels under the sanitizers'
	@echo 'make fuzz     reads 20,000 mutated files'
	@echo 'make docs     writes the reference documentation to docs/reference'
	@echo 'make clean    removes what was built'

dependencies:
	@Scripts/install-dependencies

test-dependencies:
	@Scripts/install-dependencies $(if $(CI),--tests)

build: dependencies
	Scripts/build -c release --product ohmweave

demo: build
	$(OHMWEAVE) map Examples/mnist/mnist-mlp.onnx --data mnist --device hfo2-1t1r --chips 10 \
	  --output runs/demo --overwrite

test: test-dependencies
	Scripts/build -c release --build-tests
	swift test -c release --skip-build

bench: dependencies
	Scripts/build -c release --product Benchmarks
	for case in $$(.build/release/Benchmarks --help | awk '/^SUBCOMMANDS/ { on = 1; next } \
	  on && /^  [a-z]/ { print $$1 }'); do .build/release/Benchmarks $$case; done

gallery: build
	Scripts/gallery

verify: build
	$(OHMWEAVE) verify --output runs/verify

sanitize:
	@Scripts/sanitize

fuzz: dependencies
	@Scripts/fuzz

lint:
	swift format lint --strict --recursive $(SOURCES)

format:
	swift format format --in-place --recursive $(SOURCES)

docs: dependencies
	OHMWEAVE_DOCUMENTATION=1 swift package --scratch-path .build-docs --allow-writing-to-directory docs/reference \
	  generate-documentation --target Ohmweave --output-path docs/reference \
	  --transform-for-static-hosting --hosting-base-path ohmweave
	@echo 'The reference documentation is in docs/reference.'

clean:
	rm -rf .build .build-docs .build-debug docs/reference
