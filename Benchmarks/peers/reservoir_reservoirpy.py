"""ReservoirPy on the tasks of `Benchmarks reservoirs`: 300 tanh units and ridge regression, on the very same series.

Arguments: file of numbers (one a line: training inputs and targets, test inputs and targets, each as long as the next
arguments say), steps, wash-out, leak, input scaling, ridge, seed. Prints the error of the test and the time of training and
test together.
"""

import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy
import reservoirpy
from reservoirpy.mat_gen import uniform
from reservoirpy.nodes import Reservoir, Ridge

if hasattr(reservoirpy, "verbosity"):
    reservoirpy.verbosity(0)
file, steps, wash = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
leak, scaling, ridge, seed = float(sys.argv[4]), float(sys.argv[5]), float(sys.argv[6]), int(sys.argv[7])
parts, start = [], 0
numbers = numpy.loadtxt(file)
for length in (wash + steps, steps) * 2:
    parts.append(numbers[start : start + length, None])
    start += length
u, y, test_u, test_y = parts
best = float("inf")
for _ in range(3):
    reservoir = Reservoir(
        300, lr=leak, sr=0.95, input_scaling=scaling, input_connectivity=1.0, rc_connectivity=0.1, Win=uniform,
        seed=seed)
    readout = Ridge(ridge=ridge)
    reservoir.run(u[:2])  # draws the matrices
    reservoir.reset()
    begin = time.perf_counter()
    states = reservoir.run(u)
    readout.fit(states[wash:], y)
    reservoir.reset()
    found = readout.run(reservoir.run(test_u)[wash:])
    best = min(best, time.perf_counter() - begin)
error = numpy.sqrt(numpy.mean((found - test_y) ** 2)) / test_y.std()
print(f"reservoirpy,{os.path.basename(file)} NRMSE,{error},,,")
print(f"reservoirpy,{os.path.basename(file)} time,{best * 1e3},ms,,")
