"""Writes test/golden/files/: small arrays as NumPy and the safetensors package store them, and contents.json with what is in them."""
import json
import os

import numpy as np

try:
    from safetensors.numpy import save_file
except ImportError:
    save_file = None

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "golden", "files")
os.makedirs(FOLDER, exist_ok=True)
rng = np.random.default_rng(5)
x = rng.normal(size=(3, 4)) * 30
arrays = {dtype: (abs(x) if dtype[0] == "u" else x).astype(dtype) for dtype in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]}
arrays |= {"bool": x > 0, "scalar": np.float32(2.5), "empty": np.zeros((0, 2), "f4"), "row": np.arange(5, dtype="f4"), "big": x.astype(">f4")}
np.savez(os.path.join(FOLDER, "arrays.npz"), **arrays)
np.savez_compressed(os.path.join(FOLDER, "compressed.npz"), **arrays)
np.save(os.path.join(FOLDER, "one.npy"), arrays["f4"])
if save_file:
    little = {name: np.ascontiguousarray(value).astype(value.dtype.newbyteorder("=")) for name, value in arrays.items() if name != "scalar"}
    save_file(little, os.path.join(FOLDER, "arrays.safetensors"), {"format": "np"})
contents = {name: {"shape": list(value.shape), "values": [float(np.float32(each)) for each in np.ravel(value)]} for name, value in arrays.items()}
with open(os.path.join(FOLDER, "contents.json"), "w") as out:
    json.dump(contents, out)
