#!/usr/bin/env bash
# readme_test.sh README PROGRAM GRAPEVINE: runs the README's program and every command of its sh blocks.
set -euo pipefail
readme=$1 program=$2 grapevine=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir -p build/release/bin data
ln -s "$grapevine" build/release/bin/grapevine

echo "+ the program"
"$program" | tee program.txt
grep -q '^epoch 2: loss' program.txt

mapfile -t commands < <(sed -n '/^```sh$/,/^```$/p' "$readme" | grep -v '^```')
[ "${#commands[@]}" -ge 5 ] || { echo "readme_test: found only ${#commands[@]} commands in $readme" >&2; exit 1; }
for command in "${commands[@]}"; do
  echo "+ $command"
  bash -c "$command"
done
for target in $(sed -nE 's/^    make ([a-z]+).*/\1/p' "$readme"); do
  grep -q "^$target:" "$(dirname "$readme")/Makefile" || { echo "readme_test: no make $target" >&2; exit 1; }
done
