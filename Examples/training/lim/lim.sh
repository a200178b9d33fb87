# All rows of the first table in README.md: beta, cells, refresh level, seed, test accuracy.
for row in "0 0.0078125" "1 0.013424" "3 0.049702" "5 0.230333"; do
  set -- $row
  for cells in "pair 0.98" "one-sided-pair 0.98" "one-sided-pair 2"; do
    for seed in 2 3 4 5 6; do
      accuracy=$(${OHMWEAVE:-ohmweave} train Examples/training/lim-patterns.yaml --seed $seed \
        --set "device.pulses.parameters={alpha-up: $2, alpha-down: $2, beta-up: $1, beta-down: $1}" \
        --set array.cells=${cells% *} --set array.refresh-above=${cells#* } \
        --output ${RUNS:-runs}/lim-$1-${cells% *}-${cells#* }-$seed \
        2>&1 | grep "test accuracy " | head -1 | tr -s ' ' | cut -d ' ' -f 3)
      echo "$1 $cells $seed $accuracy"
    done
  done
done
