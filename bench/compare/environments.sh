#!/usr/bin/env bash
# Makes the Python environments of the systems that compare.py measures beside Grapevine:
#
#     bench/compare/environments.sh [--with-pyg] DIR
#
# DIR/dgl has DGL 2.1.0 and the last torch that it runs on; pip's default wheel of that torch is the one for CUDA, which
# runs on the CPU, too (5 GB). --with-pyg adds DIR/pyg: PyG 2.8, with torch-sparse and torch-scatter built from source
# against the torch of this checkout, which takes half an hour on two cores; DIR/wheels keeps them for the next time.
# What is there already is left alone, and DGL_PYTHON or PYG_PYTHON name an environment to be used instead. Prints the
# settings that compare.py reads; stderr says what is being done.
set -euo pipefail
cd "$(dirname "$0")/../.."

with_pyg=false
if [ "${1:-}" = --with-pyg ]; then with_pyg=true; shift; fi
if [ $# -ne 1 ]; then
  sed -n '2,10s/^# \{0,1\}//p' bench/compare/environments.sh >&2
  exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)

say() { echo "environments: $*" >&2; }

# make_environment NAME VERSION...: a new environment from the first of these Python versions that is here.
make_environment() {
  local name=$1 candidate
  shift
  for candidate in "$@"; do
    if "$candidate" -c 'import venv, ensurepip' >/dev/null 2>&1; then
      "$candidate" -m venv "$folder/$name"
      return
    fi
  done
  say "none of $* is here, which $name needs"
  exit 1
}

dgl_python=${DGL_PYTHON:-$folder/dgl/bin/python}
if [ -z "${DGL_PYTHON:-}" ] && [ ! -f "$folder/dgl/complete" ]; then
  say "making $folder/dgl"
  make_environment dgl python3.11 python3.10 python3.9
  "$dgl_python" -m pip install --quiet torch==2.2.2 dgl==2.1.0 torchdata==0.7.1 'numpy<2' pydantic 'pandas<3' pyyaml \
    'networkx<3.3' 'setuptools<70'
  # DGL looks for its libraries under torch's exact version; those for 2.2.1 are good for 2.2.2.
  site=$("$dgl_python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  for library in "$site"/dgl/graphbolt/libgraphbolt_pytorch_2.2.1.so \
                 "$site"/dgl/tensoradapter/pytorch/libtensoradapter_pytorch_2.2.1.so; do
    ln -sf "$(basename "$library")" "${library%2.2.1.so}2.2.2.so"
  done
  touch "$folder/dgl/complete"
fi
"$dgl_python" -c 'import dgl, dgl.graphbolt; assert dgl.__version__ == "2.1.0", dgl.__version__' >/dev/null
echo "DGL_PYTHON=$dgl_python"

pyg_python=${PYG_PYTHON:-$folder/pyg/bin/python}
if $with_pyg && [ -z "${PYG_PYTHON:-}" ] && [ ! -f "$folder/pyg/complete" ]; then
  torch=$(.venv/bin/python -c 'import torch; print(torch.__version__.split("+")[0])')
  say "making $folder/pyg with torch $torch"
  make_environment pyg python3.11 python3.12 python3.13 python3.10
  "$pyg_python" -m pip install --quiet "torch==$torch" numpy 'setuptools<80' wheel 'torch_geometric==2.8.*'
  wheels=$folder/wheels/torch-$torch-$("$pyg_python" -c 'import sys; print(sys.implementation.cache_tag)')
  for package in torch_scatter==2.1.2 torch_sparse==0.6.18; do
    if ! compgen -G "$wheels/${package%%==*}-*.whl" >/dev/null; then
      say "building $package"
      FORCE_ONLY_CPU=1 "$pyg_python" -m pip wheel --quiet --no-deps --no-build-isolation -w "$wheels" "$package"
    fi
  done
  "$pyg_python" -m pip install --quiet --find-links "$wheels" torch_scatter==2.1.2 torch_sparse==0.6.18
  touch "$folder/pyg/complete"
fi
if [ -n "${PYG_PYTHON:-}" ] || [ -f "$folder/pyg/complete" ]; then
  "$pyg_python" -c 'import torch_geometric, torch_sparse'
  echo "PYG_PYTHON=$pyg_python"
fi
