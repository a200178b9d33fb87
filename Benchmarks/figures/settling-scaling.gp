# Processor time per training sample over hidden units, from the rows of `Benchmarks settling --cases scaling` in settling-scaling.csv:
#   Benchmarks settling --cases scaling > settling-scaling.csv && gnuplot Benchmarks/figures/settling-scaling.gp
set terminal svg size 480,320 font "Helvetica,12"
set output "settling-scaling.svg"
set datafile separator ","
file = '< grep "time per sample" settling-scaling.csv | sed "s/ hidden units time per sample//"'
# The line in proportion to the cells goes through the geometric mean of all points.
stats file using (log($3 / $2)) nooutput
set logscale xy 2
set logscale y 10
set xrange [48:44000]
set xlabel "hidden units"
set ylabel "time per sample (µs)"
set xtics (64, 256, 1024, 4096, 16384)
set key top left Left reverse
plot file using 2:3 with linespoints pointtype 7 title "784·2-hidden-10, batch 4, one thread", \
  exp(STATS_mean) * x with lines dashtype 2 title "in proportion to the cells"
