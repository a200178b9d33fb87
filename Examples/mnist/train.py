"""Trains the demo network (784-256-128-10) on MNIST and exports it to ONNX.

Needs torch, numpy and onnx; run it from this folder with the folder of the MNIST files:

    python train.py --data ~/.cache/ohmweave/mnist

The network takes pixels scaled to 0…1 as [batch, 784] and gives ten logits.
"""

import argparse
import gzip
import pathlib

import numpy as np
import torch
from torch import nn


def idx(path):
    raw = gzip.open(path, "rb").read()
    rank = raw[3]
    shape = np.frombuffer(raw, ">u4", rank, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def load(folder, name):
    images = idx(folder / f"{name}-images-idx3-ubyte.gz").reshape(-1, 784)
    labels = idx(folder / f"{name}-labels-idx1-ubyte.gz")
    return torch.tensor(images / np.float32(255)), torch.tensor(labels.astype(np.int64))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    x, y = load(arguments.data, "train")
    xt, yt = load(arguments.data, "t10k")
    model = nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    steps = arguments.epochs * (len(x) // 128)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for epoch in range(arguments.epochs):
        order = torch.randperm(len(x))
        for k in range(len(x) // 128):
            batch = order[k * 128 : (k + 1) * 128]
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        with torch.no_grad():
            accuracy = (model(xt).argmax(1) == yt).float().mean().item()
        print(f"epoch {epoch + 1}: loss {loss.item():.4f}, test accuracy {accuracy:.4f}", flush=True)
    model.eval()
    torch.onnx.export(
        model,
        (torch.zeros(1, 784),),
        "mnist-mlp.onnx",
        input_names=["pixels"],
        output_names=["logits"],
        dynamic_axes={"pixels": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


if __name__ == "__main__":
    main()
