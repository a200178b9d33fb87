"""aihwkit on the hardware-aware epochs of `Benchmarks training`, with the same columns.

Needs aihwkit==1.1.0 with torch==2.10.0: python hardware_aware_aihwkit.py THREADS [CASE]
Additive noise of 3 % of the largest weight with ideal converters, by the faster of its two inference
tiles; and its standard preset for hardware-aware training (8 bits, PCM read noise, IR drop).
"""

import os
import resource
import sys
import time

threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(threads)

import torch
from aihwkit.nn import AnalogLinear, AnalogSequential
from aihwkit.optim import AnalogSGD
from aihwkit.simulator.configs import InferenceRPUConfig, TorchInferenceRPUConfig
from aihwkit.simulator.configs.utils import WeightModifierType
from aihwkit.simulator.presets.inference import StandardHWATrainingPreset

torch.set_num_threads(threads)
torch.manual_seed(1)


def report(quantity, value, unit):
    print(f"aihwkit,{quantity},{value:.4g},{unit},,", flush=True)


def noisy(config):
    def make():
        c = config()
        c.modifier.type = WeightModifierType.ADD_NORMAL
        c.modifier.std_dev = 0.03
        c.modifier.rel_to_actual_wmax = True
        c.forward.is_perfect = True
        return c

    return make


cases = (
    ("additive noise by the C++ tile", noisy(InferenceRPUConfig)),
    ("additive noise by the torch tile", noisy(TorchInferenceRPUConfig)),
    ("standard preset with IR drop", StandardHWATrainingPreset),
)
samples = 1200
x, y = torch.rand(samples, 784), torch.arange(samples) % 10
wanted = sys.argv[2] if len(sys.argv) > 2 else ""
for name, config in cases:
    if wanted not in name:
        continue
    for batch in (8, 64):
        model = AnalogSequential(
            AnalogLinear(784, 256, rpu_config=config()),
            torch.nn.ReLU(),
            AnalogLinear(256, 128, rpu_config=config()),
            torch.nn.ReLU(),
            AnalogLinear(128, 10, rpu_config=config()),
        )
        optimizer = AnalogSGD(model.parameters(), lr=0.01)
        optimizer.regroup_param_groups(model)
        best = float("inf")
        for _ in range(2):
            count = 0
            start = time.perf_counter()
            for k in range(0, samples - batch + 1, batch):
                optimizer.zero_grad()
                out = model(x[k : k + batch])
                torch.nn.functional.cross_entropy(out, y[k : k + batch]).backward()
                optimizer.step()
                count += batch
            best = min(best, (time.perf_counter() - start) * 6000 / count)
        report(f"{name} epoch batch {batch} threads {threads}", best * 1e3, "ms")
report("peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB")
