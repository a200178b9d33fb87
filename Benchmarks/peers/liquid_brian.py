"""Brian2 on the liquid of `Benchmarks spikes`: one sample after the other, compiled code (Cython) where it works.

Arguments: inputs, neurons, steps, samples, share of links, deviation of weights, probability of an input spike.
"""

import sys
import time

import brian2
import numpy

inputs, units, steps, samples = map(int, sys.argv[1:5])
share, gain, rate = map(float, sys.argv[5:8])
brian2.seed(1)
draw = numpy.random.default_rng(1)
brian2.defaultclock.dt = 1 * brian2.ms
tau = -1 / numpy.log(0.9) * brian2.ms
spikes = draw.random((steps, inputs)) < rate
when, which = numpy.nonzero(spikes)
source = brian2.SpikeGeneratorGroup(inputs, which, when * brian2.ms)
neurons = brian2.NeuronGroup(
    units, "dv/dt = -v/tau : 1", threshold="v > 1", reset="v = 0", method="exact")
first = brian2.Synapses(source, neurons, "w : 1", on_pre="v_post += w")
first.connect()
first.w = gain * draw.standard_normal(len(first))
between = brian2.Synapses(neurons, neurons, "w : 1", on_pre="v_post += w")
between.connect(p=share)
between.w = gain * draw.standard_normal(len(between))
network = brian2.Network(source, neurons, first, between)
network.store()
best = float("inf")
network.run(steps * brian2.ms)  # compiles
for _ in range(samples):
    network.restore()
    start = time.perf_counter()
    network.run(steps * brian2.ms)
    best = min(best, time.perf_counter() - start)
print(f"brian2,time per sample,{best * 1e3},ms,,")
