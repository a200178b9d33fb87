"""The public PyTorch code for deep resistive networks (rain-neuromorphics/energy-based-learning, papers/fast-drn) on the
training steps of `Benchmarks settling`: 784·2-hidden-10, equilibrium propagation, centered, 4 and 4 iterations, MNIST.

OHMWEAVE_PEER_SETTLING is the path of a checkout. Neither its statistics nor its data loader run beside: only steps count.
"""

import gzip
import os
import sys
import time
import types

threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)

import torch

torch.set_num_threads(threads)
sys.path.insert(0, os.environ["OHMWEAVE_PEER_SETTLING"])
# Their module of optimizers imports TensorBoard, which nothing here uses.
board = types.ModuleType("torch.utils.tensorboard")
board.SummaryWriter = None
sys.modules["torch.utils.tensorboard"] = board

from model.function.cost import SquaredError
from model.function.network import Network
from model.resistive.minimizer import QuadraticMinimizer
from model.resistive.network import DeepResistiveEnergy
from training.epoch import Trainer
from training.monitor import Optimizer
from training.sgd import AugmentedFunction, EquilibriumProp

folder = os.path.join(os.path.dirname(__file__), "../../Examples/mnist")


def read(name, start):
    with gzip.open(os.path.join(folder, name)) as file:
        return torch.frombuffer(bytearray(file.read()[start:]), dtype=torch.uint8)


x = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28).float() / 255
y = read("t10k-labels-idx1-ubyte.gz", 8).long()


def trainer(hidden, gain, batches):
    energy = DeepResistiveEnergy([(2, 28, 28), (hidden,), (10,)], [1.0, 1.0], gain)
    energy.set_device("cpu")
    cost = SquaredError(energy.layers()[-1])
    network = Network(energy)
    augmented = AugmentedFunction(energy, cost)
    minimizer = QuadraticMinimizer(augmented, network.free_layers())
    estimator = EquilibriumProp(energy.params(), energy.layers(), augmented, cost, minimizer)
    estimator.nudging = 1.0
    estimator.variant = "centered"
    inference = QuadraticMinimizer(energy, network.free_layers())
    for each in (minimizer, inference):
        each.num_iterations = 4
        each.mode = "asynchronous"
    optimizer = Optimizer(energy, cost, [0.006] * 4, 0.0, 0.0)
    return Trainer(network, cost, energy.params(), batches, estimator, optimizer, inference)


print("case,quantity,value,unit,baseline,times")
for hidden, gain in ((100, 100.0), (1024, 480.0)):
    for batch in (4, 64):
        count = 20 * batch if hidden > 500 else 100 * batch
        batches = [(x[k : k + batch], y[k : k + batch]) for k in range(0, count, batch)]
        steps = trainer(hidden, gain, batches)
        best = 0.0
        for _ in range(4):
            start = time.perf_counter()
            steps.run()
            best = max(best, count / (time.perf_counter() - start))
        name = f"{hidden} hidden units batch {batch} threads {threads}"
        print(f"torch,{name},{best},1/s,,")
