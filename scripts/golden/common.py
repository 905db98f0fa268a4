"""What the golden scripts share: running Keras in float64 (the truth) and float32 (what its users see), and writing the tables.

A case is computed in float64 and stored rounded to float32, unless float32 Keras strays from it: then the case is badly conditioned
and the script stops, so that a test's tolerance speaks of our error alone.
"""
import base64
import json
import os
import re

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras.src.backend.common import dtypes  # noqa: E402

dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"  # else many Keras operations on JAX answer float32 to float64

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "golden")


def random(seed):
    return np.random.default_rng(seed)


def normal(rng, *shape, scale=1.0):
    return (rng.standard_normal(shape) * scale).astype("float32")


def camel(name):
    return re.sub(r"_(\w)", lambda m: m.group(1).upper(), name)


def camel_keys(options):
    return {camel(key): camel(value) if isinstance(value, str) else value for key, value in options.items()}


def pack(array):
    """{"shape", "dtype", "data"}: little-endian bytes in base64; floats as float32, integers as int32."""
    array = np.asarray(array)
    dtype = "bool" if array.dtype == bool else "int32" if array.dtype.kind in "iu" else "float32"
    stored = array.astype("int32" if dtype == "bool" else dtype)
    if dtype == "float32" and not np.isfinite(stored).all():
        raise ValueError("golden values must be finite")
    return {"shape": list(array.shape), "dtype": dtype, "data": base64.b64encode(stored.astype("<" + stored.dtype.str[1:]).tobytes()).decode()}


class Oracle:
    """Calls fn(cast) once in float64 and once in float32; cast brings float arrays to the precision in force."""

    def __init__(self, tolerance=2e-5):
        self.tolerance = tolerance
        self.worst = 0.0

    def __call__(self, label, fn):
        exact, usual = [self.run(fn, floatx) for floatx in ("float64", "float32")]
        for key in exact:
            self.check(f"{label} {key}", exact[key], usual[key])
        return exact

    def run(self, fn, floatx):
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(floatx)
        results = fn(lambda array: np.asarray(array, floatx) if np.asarray(array).dtype.kind == "f" else np.asarray(array))
        return {key: [np.asarray(v) for v in value] if isinstance(value, list) else np.asarray(value) for key, value in results.items()}

    def check(self, label, exact, usual, floor=1e-3):
        if isinstance(exact, list):
            largest = max([float(np.abs(a).max()) for a in exact if a.size], default=0)
            for i, (a, b) in enumerate(zip(exact, usual, strict=True)):
                self.check(f"{label}[{i}]", a, b, max(floor, largest / 10))
            return
        if exact.dtype.kind == "f" and exact.dtype != "float64":
            raise TypeError(f"{label} came out as {exact.dtype}")
        if exact.size == 0:
            return
        scale = max(floor, float(np.abs(exact).max()))
        error = float(np.abs(exact.astype("float64") - usual.astype("float64")).max()) / scale
        self.worst = max(self.worst, error)
        if not error <= self.tolerance:
            raise ValueError(f"{label}: float32 is {error:.2e} away from float64")


def write(name, oracle, cases, **shared):
    """One case a line, so that a change of one shows as one line."""
    head = {"keras": keras.version(), "numpy": np.__version__, **shared}
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    text = json.dumps(head, separators=(",", ":"))[:-1] + ',\n"cases":[\n' + lines + "\n]}\n"
    path = os.path.join(FOLDER, f"{name}.json")
    with open(path, "w") as file:
        file.write(text)
    print(f"{name}.json: {len(cases)} cases, {len(text) / 1000:.0f} kB, float32 Keras within {oracle.worst:.1e} of float64")
