#!/usr/bin/env bash
# accuracy.sh DATA_FOLDER: the test accuracies that must be reached on real graphs, DATA_FOLDER/facebook and
# DATA_FOLDER/cora in DGL's OnDiskDataset layout. Exit status 1 if one is not.
set -euo pipefail
data=${1:?usage: bench/accuracy.sh DATA_FOLDER}
grapevine="$(dirname "$0")/../build/release/bin/grapevine"
status=0

report() {  # NAME MEAN TARGET
  echo "$1: $2 (at least $3)"
  awk -v mean="$2" -v target="$3" 'BEGIN { exit !(mean >= target) }' || status=1
}

accuracy() {  # SEED OPTIONS...
  local seed=$1
  shift
  "$grapevine" train --seed "$seed" "$@" | awk '/^test_acc/ { print $2 }'
}

mean() { awk '{ sum += $1 } END { printf "%.4f", sum / NR }'; }

facebook=(--data "$data/facebook" --model sage --fanout 4,4 --hidden 128 --lr 0.003 --epochs 10)
cora=(--data "$data/cora" --model gcn --full-graph --hidden 16 --dropout 0.5 --lr 0.01 --weight-decay 5e-4
      --epochs 200)

over_ten_seeds() {  # OPTIONS...
  for seed in 0 1 2 3 4 5 6 7 8 9; do
    accuracy "$seed" "$@"
  done | mean
}

report "facebook, sage, the default seed" "$(accuracy 0 "${facebook[@]}")" 0.895
report "facebook, sage, mean of seeds 0 to 9" "$(over_ten_seeds "${facebook[@]}")" 0.895
report "cora, gcn, mean of seeds 0 to 9" "$(over_ten_seeds "${cora[@]}")" 0.808
exit "$status"
