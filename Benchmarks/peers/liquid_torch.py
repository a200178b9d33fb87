"""snnTorch on the cases of `Benchmarks spikes`: a liquid (inference) and training with a surrogate gradient.

Arguments: threads, case (liquid or training), and the sizes of the case. The liquid is `snntorch.Leaky` with a matrix
from neuron to neuron, all samples in one batch, as fast as the library does it; weights and inputs are drawn by the same
laws as ours, and the mean firing rate is printed beside the time.
"""

import os
import sys
import time

threads = sys.argv[1]
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = threads

import torch
import snntorch

torch.set_num_threads(int(threads))
torch.manual_seed(1)


def leaky(threshold):
    slope = snntorch.surrogate.atan(alpha=2.0)
    return snntorch.Leaky(beta=0.9, threshold=threshold, reset_mechanism="zero", spike_grad=slope)


def liquid(inputs, units, steps, samples, share, gain, rate):
    w_in = torch.randn(inputs, units) * gain
    w = torch.randn(units, units) * gain * (torch.rand(units, units) < share)
    x = (torch.rand(steps, samples, inputs) < rate).float()
    neurons = leaky(1.0)
    best, spikes = float("inf"), 0.0
    with torch.no_grad():
        for _ in range(2):
            start = time.perf_counter()
            potential = neurons.init_leaky()
            spike = torch.zeros(samples, units)
            counts = torch.zeros(samples, units)
            for k in range(steps):
                current = torch.addmm(x[k] @ w_in, spike, w)
                spike, potential = neurons(current, potential)
                counts += spike
            best = min(best, time.perf_counter() - start)
            spikes = counts.mean().item() / steps
    print(f"snntorch,pass,{best * 1e3},ms,,")
    print(f"snntorch,rate,{spikes},,,")


def training(inputs, units, outputs, steps, samples):
    first = torch.nn.Linear(inputs, units)
    between = torch.nn.Linear(units, units)
    last = torch.nn.Linear(units, outputs)
    neurons = leaky(1.0)
    parameters = [*first.parameters(), *between.parameters(), *last.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=0.01)
    loss = torch.nn.CrossEntropyLoss()
    x = (torch.rand(samples, steps, inputs) < 0.05).float()
    labels = torch.arange(samples) % outputs
    best = float("inf")
    for _ in range(6):
        start = time.perf_counter()
        optimizer.zero_grad()
        currents = first(x)
        potential = neurons.init_leaky()
        spike = torch.zeros(samples, units)
        counts = 0
        for k in range(steps):
            spike, potential = neurons(currents[:, k] + between(spike), potential)
            counts = counts + spike
        loss(last(counts / steps), labels).backward()
        optimizer.step()
        best = min(best, time.perf_counter() - start)
    print(f"snntorch,step,{best * 1e3},ms,,")


numbers = sys.argv[3:]
if sys.argv[2] == "liquid":
    liquid(*map(int, numbers[:4]), *map(float, numbers[4:]))
else:
    training(*map(int, numbers))
