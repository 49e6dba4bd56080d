#!/usr/bin/env bash
# Checks that every C++ file is as clang-format leaves it and that text files end well; --fix formats instead.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.cpp' '*.h')
if [ "${1:-}" = --fix ]; then
  clang-format -i "${files[@]}"
  exit 0
fi
clang-format --dry-run --Werror "${files[@]}"
if git grep -nIE '[[:space:]]+$' -- ':!LICENSE'; then
  echo "check_format: trailing white space in the lines above" >&2
  exit 1
fi
echo "format: ${#files[@]} files are formatted"
