# The doors. Each target calls a script or CMake; nothing else is decided here.
.PHONY: demo test bench bench-compare sanitize check format docs setup build clean

demo: build
	build/release/bin/grapevine train --data arxiv-like

test: build
	ctest --preset release

bench: build
	cmake --build --preset release --target grapevine_bench
	build/release/bin/grapevine_bench
	if [ -d build/release/python ]; then PYTHONPATH=build/release/python .venv/bin/python bench/python/beside_cpp.py; fi

# Beside DGL, and with PYG=1 beside PyG. Writes the tables of docs/performance.md, or does what ARGS ask of compare.py.
bench-compare: build
	cmake --build --preset release --target grapevine_compare
	settings=$$(bench/compare/environments.sh $(if $(PYG),--with-pyg) build/compare) && \
	  env $$settings .venv/bin/python bench/compare/compare.py $(or $(ARGS),--out docs/performance.md)

sanitize: setup
	scripts/sanitize.sh

check: setup
	scripts/check_format.sh
	scripts/check_layering.sh

format:
	scripts/check_format.sh --fix

# A site of the public headers and the pages of docs/, in build/docs.
docs:
	scripts/docs.sh

setup:
	@scripts/setup.sh

build: setup
	@test -f build/release/build.ninja || cmake --preset release
	cmake --build --preset release

clean:
	rm -rf build
