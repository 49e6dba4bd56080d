#!/usr/bin/env bash
# fetch_content_test.sh SOURCE TORCH: a project that fetches Grapevine configures and can name its target. It is not
# built: that would be a second build of the library.
set -euo pipefail
source=$1 torch=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.25)
project(Fetching LANGUAGES CXX)
include(FetchContent)
FetchContent_Declare(Grapevine SOURCE_DIR "$source")
FetchContent_MakeAvailable(Grapevine)
add_executable(app "$source/examples/cmake_project/main.cpp")
target_link_libraries(app PRIVATE Grapevine::grapevine)
EOF
cmake -G Ninja -S "$scratch" -B "$scratch/build" -D Torch_ROOT="$torch"
ninja -C "$scratch/build" -t inputs app >"$scratch/inputs"
grep -q 'lib/libgrapevine' "$scratch/inputs"
ninja -C "$scratch/build" -t targets all >"$scratch/targets"
if grep -q grapevine_tests "$scratch/targets"; then
  echo "fetch_content_test: the tests would be built too" >&2
  exit 1
fi
