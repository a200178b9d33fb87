# Time per sample of a liquid over its firing rate, from the rows of `Benchmarks spikes --cases rates` in spike-rates.csv:
#   Benchmarks spikes --cases rates > spike-rates.csv && gnuplot Benchmarks/figures/spike-rates.gp
set terminal svg size 480,320 font "Helvetica,12"
set output "spike-rates.svg"
set datafile separator ","
set xlabel "spikes per neuron and step"
set ylabel "time per sample (µs)"
set key bottom right Left reverse
set yrange [0:*]
set xrange [-0.001:*]
file = "< awk -F, '/mean rate/ { rate = $3 } /time per sample/ { print rate \",\" $3 }' spike-rates.csv"
linear(x) = a + b * x
set fit quiet nolog
fit linear(x) file using 1:2 via a, b
plot file using 1:2 with points pointtype 7 title "1,000 neurons, 250 steps", \
  linear(x) with lines dashtype 2 title "constant + one row per spike"
