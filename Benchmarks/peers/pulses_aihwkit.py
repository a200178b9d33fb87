"""aihwkit's pulses in nanoseconds a device and pulse, noise on, for `Benchmarks pulses`.

Needs aihwkit==1.1.0 with torch==2.10.0. One thread.
"""

import os
import time

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from aihwkit.simulator.configs import SingleRPUConfig
from aihwkit.simulator.configs import devices
from aihwkit.simulator.presets import devices as presets
from aihwkit.simulator.tiles import AnalogTile

torch.set_num_threads(1)
SIZE, PULSES = 100, 1000
CASES = {
    "constant-step": devices.ConstantStepDevice,
    "linear-step": devices.LinearStepDevice,
    "soft-bounds": devices.SoftBoundsDevice,
    "exponential-step": devices.ExpStepDevice,
    "power-step": devices.PowStepDevice,
    "piecewise-step": devices.PiecewiseStepDevice,
    "ecram": presets.EcRamPresetDevice,
    "pcm-preset": presets.PCMPresetDevice,
    "reram-sb": presets.ReRamSBPresetDevice,
    "reram-es": presets.ReRamESPresetDevice,
}

for name, device in CASES.items():
    config = SingleRPUConfig(device=device())
    # One pulse a call to every device: a bit length of 1 and rank-one factors that always fire.
    config.update.desired_bl = 1
    config.update.fixed_bl = True
    config.update.update_bl_management = False
    config.update.update_management = False
    tile = AnalogTile(SIZE, SIZE, config)
    tile.set_learning_rate(1.0)
    x, d = torch.ones(1, SIZE), -torch.ones(1, SIZE)
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        for _ in range(PULSES):
            tile.update(x, d)
        best = min(best, time.process_time() - start)
    print(f"aihwkit,pulse {name},{best / PULSES / SIZE**2 * 1e9:.1f},ns,,", flush=True)
