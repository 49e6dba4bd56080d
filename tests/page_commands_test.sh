#!/usr/bin/env bash
# page_commands_test.sh PAGE GRAPEVINE: runs every command of the page's sh blocks in a scratch folder.
set -euo pipefail
page=$1 grapevine=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir -p build/release/bin data
ln -s "$grapevine" build/release/bin/grapevine
mapfile -t commands < <(sed -n '/^```sh$/,/^```$/p' "$page" | grep -v '^```')
[ "${#commands[@]}" -ge 1 ] || { echo "page_commands_test: found no commands in $page" >&2; exit 1; }
for command in "${commands[@]}"; do
  echo "+ $command"
  bash -c "$command"
done
