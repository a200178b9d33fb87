"""Trains a 64-32-10 perceptron on scikit-learn's 8 × 8 digits and saves it for a YAML description.

Needs torch, scikit-learn, safetensors and numpy. Writes digits-test.npz here and
digits-mlp.safetensors to circuits/networks/, beside digits-mlp.yaml.
"""

import pathlib

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from torch import nn

here = pathlib.Path(__file__).parent
torch.manual_seed(1)
digits = load_digits()
x = torch.tensor(digits.data / 16, dtype=torch.float32)
y = torch.tensor(digits.target)
order = torch.tensor(np.random.default_rng(1).permutation(len(x)))
test, training = order[:360], order[360:]
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=1e-2)
for epoch in range(150):
    for part in training[torch.randperm(len(training))].split(64):
        loss = nn.functional.cross_entropy(model(x[part]), y[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print("test accuracy", (model(x[test]).argmax(1) == y[test]).float().mean().item())
save_file(model.state_dict(), here / "../../circuits/networks/digits-mlp.safetensors")
np.savez_compressed(
    here / "digits-test.npz",
    x=digits.images[test].astype(np.float32) / 16,
    y=digits.target[test],
)
