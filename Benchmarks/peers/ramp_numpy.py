"""NumPy's searchsorted on the thresholds and inputs of `Benchmarks ramp`: nanoseconds a code."""

import sys
import time

import numpy as np

folder, width = sys.argv[1], int(sys.argv[2])
thresholds = np.fromfile(f"{folder}/thresholds", np.float32).reshape(-1, width)
x = np.fromfile(f"{folder}/inputs", np.float32)
best = float("inf")
for _ in range(5):
    start = time.perf_counter()
    for row in thresholds:
        np.searchsorted(row, x, side="right")
    best = min(best, time.perf_counter() - start)
print(f"numpy,code,{best / (len(thresholds) * len(x)) * 1e9},ns,,")
