#!/usr/bin/env bash
# install_test.sh SOURCE BUILD: installs the build, moves the tree, and builds a stranger's project against it from
# another folder with another build type; then the packages.
set -euo pipefail
source=$1 build=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build" --prefix "$scratch/first" >/dev/null
mv "$scratch/first" "$scratch/moved"
if find "$scratch/moved/include" -path '*/detail/*' -o -path '*/cpu/*' | grep .; then
  echo "install_test: private headers were installed" >&2
  exit 1
fi
cp -r "$source/examples/cmake_project" "$scratch/project"
cmake -S "$scratch/project" -B "$scratch/build" -D CMAKE_BUILD_TYPE=Debug -D Grapevine_ROOT="$scratch/moved"
cmake --build "$scratch/build"
"$scratch/build/app" | tee "$scratch/printed"
grep -q '^grapevine [0-9.]*: 1 1.5 0$' "$scratch/printed"

"$scratch/moved/bin/grapevine" --help >/dev/null
if ldd "$scratch/moved/bin/grapevine" | grep -E 'libpython|not found'; then
  echo "install_test: the program must find its libraries and need no Python" >&2
  exit 1
fi

cpack --config "$build/CPackConfig.cmake" -B "$scratch/packages" >/dev/null
dpkg-deb --contents "$scratch"/packages/*.deb >"$scratch/deb"
grep -q 'bin/grapevine$' "$scratch/deb"
tar -tzf "$scratch"/packages/*.tar.gz >"$scratch/tar"
grep -q 'GrapevineConfig.cmake$' "$scratch/tar"
