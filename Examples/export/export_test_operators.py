"""Writes small networks of single operators that Ohmweave's ONNX tests read, with what onnxruntime computes for them.

usage: python export_test_operators.py FOLDER

For each network it writes NAME.onnx, NAME.input.bin and NAME.output.bin: 32-bit little-endian floats, samples first.
Needs onnx and onnxruntime. The weights are random with a fixed seed.
"""

import pathlib
import sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SAMPLES = 5
GENERATOR = numpy.random.default_rng(7)
node = helper.make_node


def weights(name, *shape):
    return numpy_helper.from_array(GENERATOR.standard_normal(shape).astype(numpy.float32), name)


def floats(name, *values):
    return numpy_helper.from_array(numpy.array(values, numpy.float32), name)


def integers(name, *values):
    return numpy_helper.from_array(numpy.array(values, numpy.int64), name)


def write(folder, name, shape, nodes, constants, opset):
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    inputs = (2 * GENERATOR.standard_normal((SAMPLES, *shape))).astype(numpy.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    outputs = session.run(None, {"x": inputs})[0]
    onnx.save(model, folder / f"{name}.onnx")
    for kind, values in (("input", inputs), ("output", outputs)):
        numpy.ascontiguousarray(values, "<f4").tofile(folder / f"{name}.{kind}.bin")


def resize(mode, *inputs, **options):
    return node("Resize", ["x", "", *inputs], ["y"], mode=mode, **options)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, "op-activations", [6], [
        node("Elu", ["x"], ["a"], alpha=0.7),
        node("Selu", ["x"], ["b"]),
        node("HardSwish", ["x"], ["c"]),
        node("Mish", ["x"], ["d"]),
        node("Softplus", ["x"], ["e"]),
        node("HardSigmoid", ["x"], ["f"], alpha=0.3),
        node("Concat", ["a", "b", "c", "d", "e", "f"], ["g"], axis=1),
        node("MatMul", ["g", "w"], ["h"]),
        node("Selu", ["h"], ["y"], alpha=1.2, gamma=0.9),
    ], [weights("w", 36, 5)], 18)
    write(folder, "op-split", [7, 4], [
        node("Split", ["x", "sizes"], ["a", "b", "c"], axis=1),
        node("Mul", ["a", "c"], ["d"]),
        node("Concat", ["d", "b"], ["e"], axis=1),
        node("Split", ["e"], ["f", "g"], axis=-1),
        node("Sub", ["f", "g"], ["y"]),
    ], [integers("sizes", 2, 3, 2)], 13)
    write(folder, "op-split-rest", [7, 4], [
        node("Split", ["x"], ["a", "b", "c"], axis=1, num_outputs=3),
        node("Add", ["a", "b"], ["d"]),
        node("Concat", ["c", "d"], ["y"], axis=1),
    ], [], 18)
    write(folder, "op-reduce", [3, 4, 5], [
        node("ReduceSum", ["x", "two"], ["a"], keepdims=1),
        node("ReduceMax", ["x", "two"], ["b"], keepdims=1),
        node("ReduceMin", ["x", "two"], ["c"], keepdims=1),
        node("ReduceMean", ["x", "two"], ["d"], keepdims=1),
        node("Concat", ["a", "b", "c", "d"], ["e"], axis=1),
        node("ReduceMax", ["x", "last"], ["f"], keepdims=0),
        node("ReduceSum", ["f", "last"], ["g"], keepdims=0),
        node("Reshape", ["e", "flat"], ["h"]),
        node("Concat", ["g", "h"], ["y"], axis=1),
    ], [integers("two", 1, 3), integers("last", -1), integers("flat", 0, -1)], 18)
    write(folder, "op-resize-nearest", [2, 4, 5], [resize("nearest", "s")],
          [floats("s", 1, 1, 2, 1.5)], 13)
    write(folder, "op-resize-floor", [2, 4, 5], [
        resize("nearest", "", "sizes", nearest_mode="floor",
               coordinate_transformation_mode="asymmetric", axes=[2, 3]),
    ], [integers("sizes", 7, 3)], 18)
    write(folder, "op-resize-linear", [2, 4, 5], [resize("linear", "s")],
          [floats("s", 1, 1, 2, 0.6)], 13)
    write(folder, "op-resize-corners", [2, 4, 5], [
        node("Shape", ["x"], ["shape"]),
        node("Slice", ["shape", "zero", "half"], ["front"]),
        node("Concat", ["front", "image"], ["sizes"], axis=0),
        resize("linear", "", "sizes", coordinate_transformation_mode="align_corners"),
    ], [integers("zero", 0), integers("half", 2), integers("image", 7, 9)], 13)
    write(folder, "op-resize-pytorch", [2, 4, 5], [
        resize("linear", "s", coordinate_transformation_mode="pytorch_half_pixel"),
    ], [floats("s", 1, 1, 0.25, 2)], 13)
    write(folder, "op-moments", [6], [
        node("MatMul", ["x", "w"], ["h"]),
        node("ReduceMean", ["h"], ["m"], axes=[-1]),
        node("Sub", ["h", "m"], ["c"]),
        node("Pow", ["c", "two"], ["p"]),
        node("ReduceMean", ["p"], ["v"], axes=[-1]),
        node("Add", ["v", "epsilon"], ["e"]),
        node("Sqrt", ["e"], ["s"]),
        node("Div", ["c", "s"], ["y"]),
    ], [weights("w", 6, 5), floats("two", 2), floats("epsilon", 1e-5)], 13)
    write(folder, "op-upsample", [2, 3, 4], [node("Upsample", ["x", "s"], ["y"], mode="nearest")],
          [floats("s", 1, 1, 2, 3)], 9)


if __name__ == "__main__":
    main()
