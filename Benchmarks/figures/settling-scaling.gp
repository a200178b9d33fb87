# Time per training sample over hidden units, from the rows of `Benchmarks settling --cases scaling` in settling-scaling.csv:
#   Benchmarks settling --cases scaling > settling-scaling.csv && gnuplot Benchmarks/figures/settling-scaling.gp
set terminal svg size 480,320 font "Helvetica,12"
set output "settling-scaling.svg"
set datafile separator ","
set logscale xy 2
set logscale y 10
set xlabel "hidden units"
set ylabel "time per sample (µs)"
set xtics (64, 256, 1024, 4096, 16384)
set key top left
file = '< grep "time per sample" settling-scaling.csv | sed "s/ hidden units time per sample//"'
linear(x) = a * x
a = 1
set fit quiet nolog
fit [512:4096] log(linear(x)) file using 2:(log($3)) via a
plot file using 2:3 with linespoints pointtype 7 title "784·2-hidden-10, batch 4, one thread", \
  linear(x) with lines dashtype 2 title "in proportion to the cells"
