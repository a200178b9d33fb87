"""PyTorch's LSTM of the sizes that `Benchmarks recurrent` gives, one thread: milliseconds a batch."""

import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import torch

torch.set_num_threads(1)
inputs, hidden, steps, samples = map(int, sys.argv[1:5])
model = torch.nn.LSTM(inputs, hidden, batch_first=True)
x = torch.rand(samples, steps, inputs) * 2 - 1
best = float("inf")
with torch.no_grad():
    for _ in range(12):
        start = time.perf_counter()
        model(x)
        best = min(best, time.perf_counter() - start)
print(f"torch,pass,{best * 1e3},ms,,")
