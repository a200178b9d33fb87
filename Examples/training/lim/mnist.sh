# Lim's rule on MNIST: beta, cells, spread of the step from device to device, seed, test accuracy. 48 runs, about
# a quarter of an hour of one core. alpha is such that 128 pulses cross the range.
for row in "0 0.0078125" "1 0.013424" "3 0.049702" "5 0.230333"; do
  set -- $row
  for cells in "pair 0.5" "one-sided-pair 2"; do
    for spread in 0 30; do
      for seed in 1 2 3; do
        accuracy=$(${OHMWEAVE:-ohmweave} train Examples/training/lim-unidirectional.yaml --seed $seed \
          --set "device.pulses.parameters={alpha-up: $2, alpha-down: $2, beta-up: $1, beta-down: $1}" \
          --set "device.pulses.step.spread=$spread %" \
          --set array.cells=${cells% *} --set array.scale=${cells#* } \
          --output ${RUNS:-runs}/lim-mnist-$1-${cells% *}-$spread-$seed \
          2>&1 | grep "test accuracy " | head -1 | tr -s ' ' | cut -d ' ' -f 3)
        echo "$1 $cells $spread $seed $accuracy"
      done
    done
  done
done
