#!/usr/bin/env bash
# Installs what the build needs and is missing: Debian packages, and libtorch from the torch wheel in a
# local .venv unless the user names another libtorch by Torch_ROOT, Torch_DIR or CMAKE_PREFIX_PATH.
# A second run finds everything in place and does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly torch_version=2.13.0
packages=(
  g++ cmake ninja-build ccache clang-format python3 python3-dev python3-venv
  libgtest-dev libgmock-dev libbenchmark-dev libcli11-dev libfmt-dev nlohmann-json3-dev libyaml-cpp-dev
  zlib1g-dev libmetis-dev libcurl4-openssl-dev libarchive-dev libssl-dev libcpp-httplib-dev pkg-config
)

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "setup: installing ${missing[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "setup: not root and no sudo; install by hand: ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
fi

if [ -n "${Torch_ROOT:-}${Torch_DIR:-}${CMAKE_PREFIX_PATH:-}" ]; then
  exit 0  # CMake finds the libtorch that the user named.
fi
if ! compgen -G ".venv/lib/python3*/site-packages/torch-${torch_version}*" >/dev/null; then
  echo "setup: installing torch ${torch_version} into .venv"
  python=python3
  for candidate in python3.11 python3.12 python3.13 python3.10 python3; do
    if "$candidate" -c 'import venv, ensurepip' >/dev/null 2>&1; then python=$candidate; break; fi
  done
  "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet "torch==${torch_version}" numpy
fi
# What the tests of the Python package need.
if ! compgen -G ".venv/lib/python3*/site-packages/ogb" >/dev/null; then
  .venv/bin/python -m pip install --quiet pytest pandas pyyaml scipy tqdm ogb
fi
