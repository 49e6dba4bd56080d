#!/usr/bin/env bash
# run.sh DGL_CHECKOUT FILE...: files of DGL's own test suite, such as common/function/test_basics.py, under Grapevine;
# a line of counts for each. DGL_CHECKOUT is a clone of dmlc/dgl. Needs the build of preset release.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
checkout=$(cd "${1:?usage: run.sh DGL_CHECKOUT FILE...}" && pwd)
shift
export PYTHONPATH=$here:$checkout/tests:$root/build/release/python PYTHONDONTWRITEBYTECODE=1
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} DGLBACKEND=pytorch
cd "$checkout/tests/python"
for file in "$@"; do
  echo "$file: $("$root/.venv/bin/python" -m grapevine.dgl -m pytest -p dgl_backend_shim -p no:cacheprovider -q "$file" |
    tail -n 1)"
done
