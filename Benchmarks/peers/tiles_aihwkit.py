"""aihwkit on the shapes of `Benchmarks tile`: pip install aihwkit==1.1.0 torch==2.10.0

Prints the same table: forward samples a second with the default converters and with the standard
preset for inference (PCM read noise, and wires as a polynomial of the columns' load), and the cells
programmed a second in a 512 × 512 PCM tile. The argument is the number of threads.
"""

import os
import sys
import time

threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(threads)

import torch
from aihwkit.nn import AnalogLinear
from aihwkit.simulator.configs import ConstantStepDevice, InferenceRPUConfig, SingleRPUConfig
from aihwkit.simulator.presets import StandardHWATrainingPreset

torch.set_num_threads(threads)


def shortest(body, runs=5):
    body()
    best = float("inf")
    for _ in range(runs):
        count, start = 0, time.perf_counter()
        while True:
            body()
            count += 1
            elapsed = time.perf_counter() - start
            if elapsed >= 0.25:
                break
        best = min(best, elapsed / count)
    return best


def layer(config, n):
    config.mapping.max_input_size = 0
    config.mapping.max_output_size = 0
    analog = AnalogLinear(n, n, bias=False, rpu_config=config)
    analog.set_weights((2 * torch.rand(n, n) - 1) / n**0.5)
    return analog


print("case,quantity,value,unit,baseline,times")
with torch.no_grad():
    for label, make in [
        ("default converters", lambda: SingleRPUConfig(device=ConstantStepDevice())),
        ("PCM read noise and wires", StandardHWATrainingPreset),
    ]:
        for n in (512, 1024):
            analog = layer(make(), n).eval()
            for batch in (64, 512):
                x = 2 * torch.rand(batch, n) - 1
                t = shortest(lambda: analog(x), runs=3)
                print(f"aihwkit,samples {label} {n}x{n} batch {batch} threads {threads},{batch / t},1/s,,")
    analog = layer(InferenceRPUConfig(), 512).eval()
    t = shortest(analog.program_analog_weights, runs=3)
    # A weight is a pair of cells.
    print(f"aihwkit,cells programmed pcm threads {threads},{2 * 512**2 / t},1/s,,")
