#!/usr/bin/env bash
# Checks the rules that the compiler does not: rooms include only rooms below them, libtorch's whole-library
# headers stay out, kernels include no torch header, files stay short, and no weak symbol leaves a kernel.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
report() { echo "layering: $1" >&2; status=1; }

declare -A below=(
  [util]="util" [ops]="util ops" [graph]="util ops graph" [message]="util ops graph message"
  [sampling]="util ops graph sampling" [dataloading]="util ops graph sampling dataloading"
  [nn]="util ops graph message nn" [io]="util ops graph io" [datasets]="util ops graph io datasets"
  [train]="util ops graph message sampling dataloading nn io datasets train"
  [serve]="util ops graph message sampling dataloading nn io datasets train serve"
)
for room in "${!below[@]}"; do
  while IFS=: read -r file line text; do
    target=$(sed -E 's|.*grapevine/([a-z]+)[/.].*|\1|' <<<"$text")
    case " version ${below[$room]} " in
      *" $target "*) ;;
      *) report "$file:$line: $room must not include $target" ;;
    esac
  done < <(grep -rnE '#include ["<]grapevine/' "grapevine/$room" || true)
done

while IFS= read -r hit; do report "$hit: include single headers, not the whole library"; done \
  < <(grep -rnE '#include <(torch/torch|ATen/ATen)\.h>' grapevine cli tests bench || true)
while IFS= read -r hit; do report "$hit: only nn/ and train/ headers may include more than ATen/core/Tensor.h"; done \
  < <(grep -rnE '#include <(torch|ATen|c10)/' --include='*.h' grapevine/{ops,graph,message,sampling,dataloading,io,datasets,serve} \
      | grep -vE '<ATen/core/Tensor\.h>|/detail/' || true)
while IFS= read -r hit; do report "$hit: a kernel knows no tensor"; done \
  < <(grep -nE '#include <(torch|ATen|c10)/' grapevine/ops/cpu/*_kernel.cpp grapevine/ops/cpu/*.h || true)
while IFS= read -r hit; do report "$hit: nothing goes into the namespace of a header's reader"; done \
  < <(grep -rnE '^using namespace' --include='*.h' grapevine || true)
while read -r lines file; do
  [ "$file" = total ] || [ "$lines" -le 500 ] || report "$file: $lines lines; past 500 a file wants to be two"
done < <(find grapevine cli tests bench examples -name '*.cpp' -o -name '*.h' | xargs wc -l)

# A weak (inline) symbol compiled for a larger instruction set could replace the baseline's copy at link time.
for object in build/*/CMakeFiles/grapevine_kernels_avx{2,512}.dir/grapevine/ops/cpu/*.o; do
  [ -f "$object" ] || continue
  case "$object" in *asan*|*tsan*) continue ;; esac
  weak=$(nm -C "$object" | grep -E ' [WVu] ' | grep -v 'DW\.ref\.__gxx_personality_v0' || true)
  [ -z "$weak" ] || report "$object: weak symbols leave a kernel: $weak"
done
[ "$status" -ne 0 ] || echo "layering: every include points down"
exit "$status"
