# The doors. Each target calls a script or CMake; nothing else is decided here.
.PHONY: demo test bench sanitize check format setup build clean

demo: build
	build/release/bin/grapevine train --data arxiv-like

test: build
	ctest --preset release

bench: build
	cmake --build --preset release --target grapevine_bench
	build/release/bin/grapevine_bench

sanitize: setup
	scripts/sanitize.sh

check: setup
	scripts/check_format.sh
	scripts/check_layering.sh

format:
	scripts/check_format.sh --fix

setup:
	@scripts/setup.sh

build: setup
	@test -f build/release/build.ninja || cmake --preset release
	cmake --build --preset release

clean:
	rm -rf build
