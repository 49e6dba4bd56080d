#!/usr/bin/env bash
# Builds the site of the documentation in build/docs; a warning of Doxygen's is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v doxygen >/dev/null; then
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends doxygen >/dev/null
fi
mkdir -p build
rm -rf build/docs
doxygen docs/Doxyfile
echo "docs: build/docs/index.html"
