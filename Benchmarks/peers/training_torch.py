"""PyTorch on the epochs of `Benchmarks training`: 6,000 samples through 784-256-128-10, plain SGD."""

import os
import sys
import time

threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)

import torch
from torch import nn

torch.set_num_threads(threads)
x = torch.rand(6000, 784)
y = torch.arange(6000) % 10
print("case,quantity,value,unit,baseline,times")
for batch in (8, 64):
    model = nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    best = float("inf")
    for _ in range(4):
        start = time.perf_counter()
        for k in range(0, 6000 - batch + 1, batch):
            loss = nn.functional.cross_entropy(model(x[k : k + batch]), y[k : k + batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        best = min(best, time.perf_counter() - start)
    print(f"torch,digital epoch batch {batch} threads {threads},{best * 1e3},ms,,")
