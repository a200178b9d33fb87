"""Writes the fixtures of this folder with NumPy and safetensors. Not needed to run the tests."""
import struct

import numpy as np

TYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]
base = np.array([[0, 1, 2], [100, 50, 7]])
arrays = {}
for name in TYPES:
    arrays[f"little_{name}"] = base.astype("<" + name)
    arrays[f"big_{name}"] = base.astype(">" + name)
    arrays[f"fortran_{name}"] = np.asfortranarray(base.astype("<" + name))
arrays["flags"] = np.array([True, False, True])
arrays["scalar"] = np.float64(2.5)
arrays["empty"] = np.zeros((0, 4), np.float32)
arrays["cube"] = np.asfortranarray(np.arange(24, dtype=np.int32).reshape(2, 3, 4))
arrays["note"] = np.array("conductances, µS")
np.savez("numpy-stored.npz", **arrays)
np.savez_compressed("numpy-deflated.npz", **arrays)
for version in [(1, 0), (2, 0), (3, 0)]:
    with open(f"version{version[0]}.npy", "wb") as f:
        np.lib.format.write_array(f, np.arange(6, dtype="<f4").reshape(2, 3), version=version)

# safetensors: written by hand from the format's description.
import json

header, blob = {"__metadata__": {"format": "pt"}}, b""
for name, kind, array in [
    ("w", "F32", np.arange(6, dtype="<f4").reshape(2, 3)),
    ("half", "F16", np.array([0.5, -2], dtype="<f2")),
    ("labels", "I64", np.array([1, -1], dtype="<i8")),
]:
    data = array.tobytes()
    header[name] = {
        "dtype": kind,
        "shape": list(array.shape),
        "data_offsets": [len(blob), len(blob) + len(data)],
    }
    blob += data
text = json.dumps(header).encode()
with open("small.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + blob)
