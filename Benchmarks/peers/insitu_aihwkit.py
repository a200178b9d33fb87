"""aihwkit on the cases of `Benchmarks insitu`, with the same columns.

Needs aihwkit==1.1.0 with torch==2.10.0: python insitu_aihwkit.py THREADS [epoch|trains|transfer]
"""

import os
import resource
import sys
import time

threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
only = sys.argv[2] if len(sys.argv) > 2 else "all"
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(threads)

import torch
from aihwkit.nn import AnalogLinear, AnalogSequential
from aihwkit.optim import AnalogSGD
from aihwkit.simulator.configs import SingleRPUConfig
from aihwkit.simulator.configs.devices import ConstantStepDevice
from aihwkit.simulator.presets import AGADReRamSBPreset, ReRamSBPreset, TTv2ReRamSBPreset
from aihwkit.simulator.tiles import AnalogTile

torch.set_num_threads(threads)
torch.manual_seed(1)


def report(quantity, value, unit):
    print(f"aihwkit,{quantity},{value:.4g},{unit},,", flush=True)


def constant_step():
    return SingleRPUConfig(device=ConstantStepDevice())


def epochs():
    x, y = torch.rand(6000, 784), torch.arange(6000) % 10
    for name, config in (("constant step", constant_step), ("reram-sb", ReRamSBPreset)):
        for batch in (8, 64):
            model = AnalogSequential(
                AnalogLinear(784, 256, rpu_config=config()),
                torch.nn.ReLU(),
                AnalogLinear(256, 128, rpu_config=config()),
                torch.nn.ReLU(),
                AnalogLinear(128, 10, rpu_config=config()),
            )
            optimizer = AnalogSGD(model.parameters(), lr=0.1)
            optimizer.regroup_param_groups(model)
            best = float("inf")
            for _ in range(3):
                start, total = time.perf_counter(), 0.0
                for k in range(0, 6000 - batch + 1, batch):
                    optimizer.zero_grad()
                    loss = torch.nn.functional.cross_entropy(model(x[k : k + batch]), y[k : k + batch])
                    loss.backward()
                    optimizer.step()
                    total += loss.item()
                best = min(best, time.perf_counter() - start)
            report(f"{name} epoch batch {batch} threads {threads}", best, "s")
            report(f"{name} loss batch {batch}", total / (6000 // batch), "")


def step(config, x, g, rate, runs):
    tile = AnalogTile(512, 512, config)
    tile.set_weights(0.1 * (2 * torch.rand(512, 512) - 1))
    tile.set_learning_rate(rate)
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        tile.forward(x)
        tile.backward(g)
        tile.update(x, g)
        best = min(best, time.perf_counter() - start)
    return best


def trains():
    # aihwkit's time is proportional to the batch: 8 samples say what 64 cost.
    x, g = torch.sign(torch.rand(8, 512) - 0.5), torch.sign(torch.rand(8, 512) - 0.5)
    for name, config in (("constant step", constant_step()), ("reram-sb", ReRamSBPreset())):
        config.update.desired_bl = 31
        config.update.fixed_bl = True
        config.update.update_bl_management = False
        config.update.update_management = False
        report(
            f"{name} saturated trains threads {threads}",
            8 / step(config, x, g, 10.0, 2),
            "samples/s",
        )


def transfer():
    x, g = 2 * torch.rand(64, 512) - 1, 2 * torch.rand(64, 512) - 1
    for name, config in (("tiki-taka-v2", TTv2ReRamSBPreset()), ("agad", AGADReRamSBPreset())):
        report(f"{name} threads {threads}", 64 / step(config, x, g, 0.01, 3), "samples/s")


print("case,quantity,value,unit,baseline,times")
for name, case in (("epoch", epochs), ("trains", trains), ("transfer", transfer)):
    if only in ("all", name):
        case()
report("peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")
