"""Exports the small networks that Ohmweave's ONNX tests read, with what PyTorch computes for them.

usage: python export_test_networks.py FOLDER

For each network it writes NAME.onnx, NAME.input.bin and NAME.output.bin: 32-bit little-endian floats,
samples first. Needs torch 2.10, onnx and onnxscript. The weights are random with a fixed seed.
"""

import math
import pathlib
import sys

import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch import nn

SAMPLES = 5


class LeNet(nn.Module):
    """A convolutional network after LeCun's LeNet-5, narrowed."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 5, padding=2)
        self.second = nn.Conv2d(4, 6, 5)
        self.third = nn.Linear(96, 20)
        self.fourth = nn.Linear(20, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.first(x)), 2)
        x = nn.functional.avg_pool2d(torch.relu(self.second(x)), 2)
        x = torch.relu(self.third(torch.flatten(x, 1)))
        return nn.functional.log_softmax(self.fourth(x), dim=1)


class Recurrent(nn.Module):
    """A recurrent layer of any kind; its last step, or last states, give the classes."""

    def __init__(self, kind, inputs, hidden, uses_state=False, **options):
        super().__init__()
        self.cell = kind(inputs, hidden, batch_first=True, **options)
        directions = 2 if options.get("bidirectional") else 1
        self.uses_state = uses_state
        self.head = nn.Linear(hidden * directions, 4)

    def forward(self, x):
        outputs, state = self.cell(x)
        if self.uses_state:
            last = state[0] if isinstance(state, tuple) else state
            return self.head(last[-1])
        return self.head(outputs[:, -1, :])


class SequenceFirst(nn.Module):
    """A recurrent layer that takes time first and the batch second."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTM(3, 5)

    def forward(self, x):
        outputs, (hidden, cell) = self.cell(x)
        return torch.cat([outputs[-1], hidden[0], cell[0]], dim=1)


class Residual(nn.Module):
    """A residual block with batch normalization, and a global mean."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(6)
        self.first = nn.Conv2d(6, 6, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(6)
        self.second = nn.Conv2d(6, 6, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(6)
        self.shortcut = nn.BatchNorm2d(6)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(6, 5)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.running_mean)
                nn.init.uniform_(module.running_var, 0.5, 2)
                nn.init.normal_(module.weight)
                nn.init.normal_(module.bias)

    def forward(self, x):
        x = torch.relu(self.stem_norm(self.stem(x)))
        y = torch.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        x = torch.relu(y + self.shortcut(x))
        return self.head(torch.flatten(self.pool(x), 1))


class Mixture(nn.Module):
    """Slices, transpositions, concatenations, padding and broadcast arithmetic."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(8, 4)
        self.gain = nn.Parameter(torch.randn(3, 1, 4))

    def forward(self, x):
        left = x[:, :, 1:5:2]
        right = nn.functional.pad(x, (1, 0, 2, 1), value=0.5).transpose(1, 2)[:, :, 2:6]
        mixed = torch.cat([left.transpose(1, 2), right[:, 0:2, :]], dim=1)
        y = self.dense(torch.cat([mixed, mixed * 2 - 1], dim=2)[:, :3, :])
        return (y * self.gain[:, 0, :] / (1 + y * y)).unsqueeze(1).squeeze(1).reshape(-1, 12)


class Transformer(nn.Module):
    """One attention head, as exporters write it out."""

    def __init__(self):
        super().__init__()
        self.query = nn.Linear(6, 6)
        self.key = nn.Linear(6, 6)
        self.value = nn.Linear(6, 6)

    def forward(self, x):
        scores = self.query(x) @ self.key(x).transpose(1, 2) / math.sqrt(6)
        return torch.softmax(scores, dim=-1) @ self.value(x)


class Encoder(nn.Module):
    """An encoder layer of a transformer; inside of it torch joins the batch with heads or with words."""

    def __init__(self, batch_first):
        super().__init__()
        self.batch_first = batch_first
        self.word = nn.Linear(3, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 12, batch_first=batch_first, norm_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = self.word(x)
        if not self.batch_first:
            x = x.transpose(0, 1)
        return self.head(self.layer(x).mean(1 if self.batch_first else 0))


def randomized(model):
    """Larger weights than PyTorch's initial ones, so that errors show."""
    for parameter in model.parameters():
        parameter.data.mul_(1.7)
    return model.eval()


def save(folder, name, inputs, outputs):
    for kind, values in (("input", inputs), ("output", outputs)):
        numpy.ascontiguousarray(values, "<f4").tofile(folder / f"{name}.{kind}.bin")


def export(folder, name, model, shape, opset, dynamo=False, axis=0, fixed=False):
    """Exports `model` for samples of `shape`, the batch at `axis`, with a symbolic batch size.

    With `fixed` the file is written for a batch of one, as exporters do when nobody asks for more.
    """
    model = randomized(model)
    inputs = torch.randn(SAMPLES, *shape)
    given = inputs.movedim(0, axis)
    with torch.no_grad():
        outputs = model(given)
    arguments = (given[:, :2] if axis == 1 else given[:2],)
    path = str(folder / f"{name}.onnx")
    common = dict(input_names=["x"], output_names=["y"], opset_version=opset)
    if fixed:
        torch.onnx.export(model, (given[:1],), path, dynamo=False, **common)
    elif dynamo:
        dimension = torch.export.Dim("batch", min=1, max=4096)
        torch.onnx.export(
            model, arguments, path, dynamo=True, dynamic_shapes=({axis: dimension},),
            external_data=False, verbose=False, optimize=True, **common)
    else:
        torch.onnx.export(
            model, arguments, path, dynamo=False, dynamic_axes={"x": {axis: "batch"}}, **common)
    strip(path)
    save(folder, name, inputs, outputs)


def strip(path):
    """Drops notes and metadata, which the tests do not need."""
    model = onnx.load(path)
    model.metadata_props.clear()
    model.graph.metadata_props.clear()
    for value in model.graph.value_info:
        value.metadata_props.clear()
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.doc_string = ""
        node.metadata_props.clear()
    onnx.save(model, path)


def operators(folder):
    """One small model an operator that PyTorch's exporters seldom write, against ONNX's own evaluator."""
    generator = numpy.random.default_rng(5)

    def constant(name, *shape, dtype=numpy.float32):
        return numpy_helper.from_array(generator.standard_normal(shape).astype(dtype), name)

    def integers(name, *values):
        return numpy_helper.from_array(numpy.array(values, numpy.int64), name)

    def model(name, shape, nodes, constants, opset):
        graph = helper.make_graph(
            nodes, name,
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *shape])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], constants)
        built = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
        inputs = generator.standard_normal((SAMPLES, *shape)).astype(numpy.float32)
        outputs = ReferenceEvaluator(built).run(None, {"x": inputs})[0]
        onnx.save(built, folder / f"{name}.onnx")
        save(folder, name, inputs, outputs)

    node = helper.make_node
    model("op-gemm", [6], [
        node("Gemm", ["x", "w", "b"], ["a"], alpha=0.5, beta=2.0, transB=1),
        node("HardSigmoid", ["a"], ["c"], alpha=0.3, beta=0.4),
        node("Gemm", ["c", "v"], ["d"]),
        node("Softmax", ["d"], ["y"], axis=-1),
    ], [constant("w", 7, 6), constant("b", 7, dtype=numpy.float32), constant("v", 7, 3)], 13)
    model("op-half", [4], [
        node("Cast", ["w"], ["wf"], to=TensorProto.FLOAT),
        node("MatMul", ["x", "wf"], ["a"]),
        node("Cast", ["d"], ["df"], to=TensorProto.FLOAT),
        node("Add", ["a", "df"], ["b"]),
        node("Clip", ["b", "low", "high"], ["y"]),
    ], [constant("w", 4, 5, dtype=numpy.float16), constant("d", 5, dtype=numpy.float64),
        numpy_helper.from_array(numpy.float32(-0.7), "low"),
        numpy_helper.from_array(numpy.float32(1.1), "high")], 13)
    model("op-conv", [4, 9, 8], [
        node("Conv", ["x", "w", "b"], ["a"], strides=[2, 1], pads=[1, 2, 0, 1], dilations=[1, 2],
             group=2, kernel_shape=[3, 2]),
        node("Tanh", ["a"], ["c"]),
        node("Conv", ["c", "v"], ["d"], auto_pad="SAME_UPPER", strides=[2, 2]),
        node("AveragePool", ["d"], ["y"], kernel_shape=[2, 2], pads=[1, 0, 0, 1],
             count_include_pad=1),
    ], [constant("w", 6, 2, 3, 2), constant("b", 6), constant("v", 3, 6, 3, 3)], 13)
    model("op-pool", [3, 7, 6], [
        node("MaxPool", ["x"], ["a"], kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1,
             pads=[1, 0, 1, 0]),
        node("AveragePool", ["a"], ["b"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        node("GlobalAveragePool", ["b"], ["c"]),
        node("Add", ["b", "c"], ["y"]),
    ], [], 12)
    model("op-pad", [3, 5], [
        node("Pad", ["x", "p"], ["a"], mode="reflect"),
        node("Pad", ["a", "q"], ["b"], mode="edge"),
        node("Gather", ["b", "g"], ["c"], axis=2),
        node("Slice", ["c", "s", "e", "k", "t"], ["d"]),
        node("Unsqueeze", ["d", "u"], ["f"]),
        node("Expand", ["f", "shape"], ["h"]),
        node("LeakyRelu", ["h"], ["y"], alpha=0.2),
    ], [integers("p", 0, 1, 2, 0, 1, 1), integers("q", 0, 0, 1, 0, 2, 0), integers("g", 5, 0, -1, 3),
        integers("s", -1, 0), integers("e", -100, 3), integers("k", 1, 2), integers("t", -2, 1),
        integers("u", 1), integers("shape", 1, 2, 1, 1)], 13)
    model("op-norm-first", [5], [
        node("BatchNormalization", ["x", "s", "b", "m", "v"], ["a"], epsilon=1e-3),
        node("MatMul", ["a", "w"], ["c"]),
        node("Gelu", ["c"], ["d"], approximate="tanh"),
        node("Gelu", ["d"], ["e"]),
        node("LogSoftmax", ["e"], ["y"]),
    ], [constant("s", 5), constant("b", 5), constant("m", 5),
        numpy_helper.from_array(generator.uniform(0.5, 2, 5).astype(numpy.float32), "v"),
        constant("w", 5, 4)], 20)
    model("op-gru", [6, 3], [
        node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
        node("GRU", ["t", "w", "r", "b", "", "h"], ["", "s"], hidden_size=4),
        node("Squeeze", ["s", "a"], ["y"]),
    ], [constant("w", 1, 12, 3), constant("r", 1, 12, 4), constant("b", 1, 24),
        numpy_helper.from_array(numpy.zeros((1, 1, 4), numpy.float32), "h"), integers("a", 0)], 14)


def external(folder):
    """The multilayer perceptron once more, with its weights in a file beside it."""
    built = onnx.load(folder / "mlp.onnx")
    onnx.save(
        built, folder / "mlp-external.onnx", save_as_external_data=True,
        location="mlp-external.data", size_threshold=0)
    for kind in ("input", "output"):
        (folder / f"mlp-external.{kind}.bin").write_bytes((folder / f"mlp.{kind}.bin").read_bytes())


def fixed_batch(folder):
    """Networks whose file names a batch of one in every shape."""
    torch.manual_seed(2)
    export(folder, "lenet-fixed", LeNet(), [1, 24, 24], 13, fixed=True)
    export(folder, "gru-fixed", Recurrent(nn.GRU, 3, 4, num_layers=2, bidirectional=True), [6, 3], 13,
           fixed=True)
    export(folder, "mixture-fixed", Mixture(), [4, 6], 13, fixed=True)
    export(folder, "encoder-fixed", Encoder(True), [4, 3], 17, fixed=True)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    lstm, gru, rnn = nn.LSTM, nn.GRU, nn.RNN
    stacked = dict(num_layers=2, bidirectional=True)

    def mlp():
        return nn.Sequential(
            nn.Flatten(), nn.Linear(12, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 6), nn.Sigmoid(),
            nn.Linear(6, 4), nn.Softmax(dim=1))

    def depthwise():
        return nn.Sequential(
            nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.ReLU6(), nn.Conv2d(4, 7, 1),
            nn.LeakyReLU(0.1), nn.MaxPool2d(3, stride=2, padding=1))

    def line():
        return nn.Sequential(
            nn.Conv1d(3, 5, 4, stride=2, padding=1, dilation=2), nn.BatchNorm1d(5), nn.Tanh(),
            nn.MaxPool1d(2), nn.AvgPool1d(2), nn.Flatten(), nn.Linear(15, 4))

    def gelu():
        return nn.Sequential(nn.Linear(7, 9), nn.GELU(), nn.Linear(9, 3))

    for dynamo in (False, True):
        end = "-dynamo" if dynamo else ""
        options = dict(dynamo=dynamo)

        def opset(n):
            return max(n, 18) if dynamo else n

        export(folder, "lenet" + end, LeNet(), [1, 24, 24], opset(9), **options)
        export(folder, "mlp" + end, mlp(), [3, 4], opset(9), **options)
        export(folder, "lstm" + end, Recurrent(lstm, 4, 6), [7, 4], opset(17), **options)
        export(folder, "lstm-stacked" + end, Recurrent(lstm, 4, 5, **stacked), [6, 4], opset(14),
               **options)
        export(folder, "gru" + end, Recurrent(gru, 3, 5, True), [6, 3], opset(11), **options)
        export(folder, "gru-stacked" + end, Recurrent(gru, 3, 4, **stacked), [6, 3], opset(15),
               **options)
        export(folder, "rnn" + end, Recurrent(rnn, 3, 5, nonlinearity="relu"), [6, 3], opset(13),
               **options)
        export(folder, "residual" + end, Residual(), [3, 8, 8], opset(12), **options)
        export(folder, "depthwise" + end, depthwise(), [4, 7, 9], opset(10), **options)
        export(folder, "line" + end, line(), [3, 31], opset(13), **options)
        export(folder, "gelu" + end, gelu(), [7], opset(14), **options)
        export(folder, "mixture" + end, Mixture(), [4, 6], opset(13), **options)
        export(folder, "attention" + end, Transformer(), [5, 6], opset(16), **options)
        export(folder, "encoder" + end, Encoder(True), [4, 3], opset(17), **options)
        export(folder, "encoder-words-first" + end, Encoder(False), [4, 3], opset(17), **options)
    export(folder, "sequence-first", SequenceFirst(), [6, 3], 12, axis=1)
    fixed_batch(folder)
    operators(folder)
    external(folder)


if __name__ == "__main__":
    main()
