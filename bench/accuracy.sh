#!/usr/bin/env bash
# accuracy.sh DATA_FOLDER [PATTERN]: test accuracies on real graphs, beside what papers and DGL have; docs/accuracy.md
# tells more. DATA_FOLDER holds planetoid/ (ind.cora.*, ind.citeseer.*) and ondisk/facebook (DGL's OnDiskDataset layout).
# PATTERN, a regular expression, picks rows, which are called "cora gcn" and the like. Environment: SEEDS, how many
# (10), from 0; THREADS, of torch (1). Exit status 1 if a row is more than a point below its reference.
set -euo pipefail
data=${1:?usage: bench/accuracy.sh DATA_FOLDER [PATTERN]}
pattern=${2:-.}
seeds=${SEEDS:-10}
threads=${THREADS:-1}
grapevine=${GRAPEVINE:-"$(dirname "$0")/../build/release/bin/grapevine"}
status=0

# The mean and the deviation of the numbers read, in per cent.
summary() {
  awk '{ n++; sum += $1; squares += $1 * $1 }
       END { mean = sum / n; printf "%.1f ± %.1f\n", 100 * mean, 100 * sqrt(n > 1 ? (squares - n * mean^2) / (n - 1) : 0) }'
}

# row DATA NAME REFERENCE OPTIONS...; a reference of 0 is none
row() {
  local name="$1 $2" folder="$data/planetoid/$1" reference=$3 result
  [[ $1 == facebook ]] && folder="$data/ondisk/facebook"
  shift 3
  [[ $name =~ $pattern ]] || return 0
  result=$(for ((seed = 0; seed < seeds; ++seed)); do
             "$grapevine" train --data "$folder" --threads "$threads" --seed "$seed" "$@" | awk '/^test_acc/ { print $2 }'
           done | summary)
  echo "| ${name/ / | } | $result | $seeds | $reference | \`$*\` |"
  awk -v mean="${result% ±*}" -v reference="$reference" 'BEGIN { exit !(mean >= reference - 1) }' || status=1
}

echo "| data | model | test % | seeds | reference | options of \`grapevine train\` |"
echo "|---|---|---|---|---|---|"

adam=(--full-graph --hidden 16 --dropout 0.5 --lr 0.01 --weight-decay 5e-4 --epochs 200)
attention=(--full-graph --hidden 8 --heads 8 --option attn_drop=0.6 --input-dropout 0.6 --dropout 0.6 --activation elu
           --lr 0.005 --weight-decay 5e-4 --epochs 300 --select best-valid)
sgc=(--model sgc --full-graph --layers 1 --option k=2 --option cached=true --lr 0.2)
appnp=(--model appnp --full-graph --hidden 64 --option edge_drop=0.5 --input-dropout 0.5 --dropout 0.5 --lr 0.01
       --weight-decay 5e-4 --epochs 200 --select best-valid)
gcnii=(--model gcnii --full-graph --layers 16 --hidden 64 --lr 0.01 --weight-decay 5e-4 --weight-decay-of conv=0.01
       --epochs 1000 --patience 100 --select best-valid)

row cora gcn 81.5 --model gcn "${adam[@]}"
row cora gat 83.0 --model gat "${attention[@]}"
row cora gatv2 0 --model gatv2 "${attention[@]}"
row cora sage-gcn 83.3 --model sage --aggregator gcn --input-dropout 0.5 "${adam[@]}"
row cora sage-mean 79.2 --model sage --aggregator mean --input-dropout 0.5 "${adam[@]}"
row cora sgc 81.9 "${sgc[@]}" --weight-decay 2e-5 --epochs 100
row cora appnp 83.7 "${appnp[@]}"
row cora gin 60.2 --model gin --input-dropout 0.5 "${adam[@]}" --select best-valid
row cora tag 83.3 --model tag --input-dropout 0.5 "${adam[@]}" --select best-valid
row cora cheb 81.2 --model cheb --option k=3 --input-dropout 0.5 "${adam[@]}"
row cora gcnii 84.6 "${gcnii[@]}" --input-dropout 0.6 --dropout 0.6

row citeseer gcn 70.3 --model gcn "${adam[@]}"
row citeseer gat 72.5 --model gat "${attention[@]}"
row citeseer gatv2 0 --model gatv2 "${attention[@]}"
row citeseer sage-gcn 71.1 --model sage --aggregator gcn --input-dropout 0.5 "${adam[@]}"
row citeseer sage-mean 0 --model sage --aggregator mean --input-dropout 0.5 "${adam[@]}"
row citeseer sgc 72.5 "${sgc[@]}" --weight-decay 5e-5 --epochs 150
row citeseer appnp 71.5 "${appnp[@]}"
row citeseer gin 42.3 --model gin --input-dropout 0.5 "${adam[@]}" --select best-valid
row citeseer tag 71.4 --model tag --input-dropout 0.5 "${adam[@]}" --select best-valid
row citeseer cheb 69.6 --model cheb --option k=3 --input-dropout 0.5 "${adam[@]}"
row citeseer gcnii 72.9 "${gcnii[@]}" --option lambda=0.6 --input-dropout 0.7 --dropout 0.7

batches=(--fanout 4,4 --batch-size 1024 --lr 0.003 --epochs 10)
row facebook sage 90.1 --model sage --hidden 128 "${batches[@]}"
row facebook gat 0 --model gat --hidden 16 --heads 8 --activation elu "${batches[@]}"
row facebook gatv2 0 --model gatv2 --hidden 16 --heads 8 --activation elu "${batches[@]}"
row facebook gin 0 --model gin --hidden 128 "${batches[@]}"
exit "$status"
