"""configurations.json: hundreds of configurations of the layers with windows, and of the normalizations, on tiny inputs.

Inputs, weights and dy are not stored: both sides make them with the same generator (`Source` here, `drawFor` in test/configurations.golden.test.ts).
"""
import multiprocessing
import os
from itertools import product

os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0"  # compiling is what takes the time here

from common import Oracle, np, write
from layers import case


class Source:
    """Numbers from -2 to 2 in steps of 2^-22: a congruential generator that begins with the number of the case."""

    def __init__(self, number):
        self.state = (number * 2654435761 + 12345) % 2**32

    def draw(self, *shape, scale=1.0):
        values = np.empty(int(np.prod(shape)), "float32")
        for i in range(values.size):
            self.state = (self.state * 1664525 + 1013904223) % 2**32
            values[i] = (self.state >> 8) / 2**22 - 2
        return values.reshape(shape) * np.float32(scale)


def first(options, shape):
    """The same with channels first."""
    return {**options, "data_format": "channels_first"}, (shape[0], shape[-1], *shape[1:-1])


def both_formats(rows, every=3):
    """Every third (or so) configuration with channels first."""
    return [(kind, *(first(options, shape) if i % every == every - 1 and options.get("padding") != "causal" else (options, shape))) for i, (kind, options, shape) in enumerate(rows)]


def steps(strides, dilation):
    return {**({"strides": strides} if strides != 1 else {}), **({"dilation_rate": dilation} if dilation != 1 else {})}


def convolutions():
    one = [("Conv1D", {"filters": 4, "kernel_size": k, "padding": p, "groups": g, **steps(s, d)}, (2, n, 4))
           for (p, (s, d), g), (k, n) in product(product(("valid", "same", "causal"), ((1, 1), (2, 1), (3, 1), (1, 2), (1, 3)), (1, 2)), ((2, 9), (3, 8)))]
    two = [("Conv2D", {"filters": 4, "kernel_size": k, "padding": p, "groups": g, **steps(s, d)}, (1, 6, 7, 2))
           for p, (s, d), g, k in product(("valid", "same"), ((1, 1), (2, 1), ([1, 2], 1), (3, 1), (1, 2), (1, [2, 1])), (1, 2), (3, [2, 3], 1))]
    three = [("Conv3D", {"filters": 2, "kernel_size": k, "padding": p, "groups": g, **steps(s, d)}, (1, 4, 3, 5, 2))
             for p, (s, d), g, k in product(("valid", "same"), ((1, 1), (2, 1), ([1, 2, 1], 1), (1, 2)), (1, 2), (2, [1, 2, 3]))]
    return both_formats(one) + both_formats(two, 5) + both_formats(three, 5)


def transposed():
    rows = [("Conv1DTranspose", {"filters": 3, "kernel_size": k, "padding": p, **steps(s, 1), **({"output_padding": extra} if extra is not None else {})}, (2, 5, 2))
            for p, s, k, extra in product(("valid", "same"), (1, 2, 3), (2, 3, 4), (None, 1)) if extra is None or extra < s]
    rows += [("Conv1DTranspose", {"filters": 3, "kernel_size": 3, "padding": p, "dilation_rate": 2}, (1, 5, 2)) for p in ("valid", "same")]
    rows += [("Conv2DTranspose", {"filters": 2, "kernel_size": k, "padding": p, **steps(s, 1), **({"output_padding": extra} if extra is not None else {})}, (1, 3, 4, 2))
             for p, s, k, extra in product(("valid", "same"), (1, 2, [2, 3]), (2, [3, 4]), (None, 1)) if extra is None or s != 1]
    rows += [("Conv3DTranspose", {"filters": 2, "kernel_size": k, "padding": p, **steps(s, 1), **({"output_padding": extra} if extra is not None else {})}, (1, 2, 3, 2, 2))
             for p, s, k, extra in product(("valid", "same"), (1, 2), (2, 3), (None, 1)) if extra is None or s != 1]
    return both_formats(rows, 4)


def depthwise():
    ways = list(product(("valid", "same"), ((1, 1), (2, 1), (1, 2)), (1, 2)))
    rows = [("DepthwiseConv1D", {"kernel_size": 3, "padding": p, "depth_multiplier": m, **steps(s, d)}, (2, 7, 3)) for p, (s, d), m in ways]
    rows += [("DepthwiseConv2D", {"kernel_size": k, "padding": p, "depth_multiplier": m, **steps(s, d)}, (1, 6, 5, 3)) for k in (3, [2, 3]) for p, (s, d), m in ways]
    rows += [("SeparableConv1D", {"filters": 4, "kernel_size": 3, "padding": p, "depth_multiplier": m, **steps(s, d)}, (2, 7, 3)) for p, (s, d), m in ways]
    rows += [("SeparableConv2D", {"filters": 4, "kernel_size": [2, 3], "padding": p, "depth_multiplier": m, **steps(s, d)}, (1, 6, 5, 3)) for p, (s, d), m in ways]
    return both_formats(rows)


def pooling():
    shapes = {1: (2, 8, 3), 2: (1, 5, 6, 2), 3: (1, 4, 5, 3, 2)}
    rows = [(f"{kind}Pooling{n}D", {"pool_size": pool, "padding": p, **({"strides": s} if s else {})}, shapes[n])
            for n, kind, pool, s, p in product((1, 2, 3), ("Max", "Average"), (2, 3), (None, 1, 2), ("valid", "same"))]
    rows += [(f"Global{kind}Pooling{n}D", {"keepdims": True} if keep else {}, shapes[n]) for n, kind, keep in product((1, 2, 3), ("Max", "Average"), (False, True))]
    return both_formats(rows)


def shaping():
    one = [("ZeroPadding1D", {"padding": p}, (2, 3, 2)) for p in (1, [0, 2])] + [("Cropping1D", {"cropping": c}, (2, 6, 2)) for c in (1, [0, 2])] + [("UpSampling1D", {"size": 2}, (2, 3, 2))]
    rows = [("ZeroPadding2D", {"padding": p}, (1, 3, 4, 2)) for p in (1, [1, 2], [[0, 1], [2, 0]])]
    rows += [("ZeroPadding3D", {"padding": p}, (1, 2, 3, 2, 2)) for p in (1, [1, 0, 2], [[0, 1], [1, 0], [0, 2]])]
    rows += [("Cropping2D", {"cropping": c}, (1, 5, 6, 2)) for c in (1, [1, 2], [[0, 1], [2, 0]])]
    rows += [("Cropping3D", {"cropping": c}, (1, 4, 5, 4, 2)) for c in (1, [1, 0, 1], [[0, 1], [2, 0], [1, 1]])]
    rows += [("UpSampling2D", {"size": s}, (1, 3, 4, 2)) for s in (2, [1, 3])] + [("UpSampling3D", {"size": s}, (1, 2, 3, 2, 2)) for s in (2, [2, 1, 3])]
    return [*((kind, options, shape) for kind, options, shape in one), *rows, *((kind, *first(options, shape)) for kind, options, shape in rows)]


def normalizations():
    rows = []
    for shape, axis in (((5, 3), -1), ((2, 4, 3), -1), ((2, 4, 3), 1), ((2, 3, 4, 5), -1), ((2, 3, 4, 5), 1), ((2, 3, 4, 4), 1), ((2, 2, 3, 2, 3), -1), ((2, 2, 3, 2, 3), 1)):
        rows += [("BatchNormalization", {"axis": axis, **options}, shape) for options in ({"training": True}, {}, {"training": True, "center": False}, {"scale": False, "epsilon": 0.01})]
    for shape, axis in (((3, 5), -1), ((2, 3, 4), -1), ((2, 3, 4), [1, 2]), ((2, 3, 4), 1), ((2, 2, 3, 4), [1, 3]), ((2, 2, 3, 4), [-1])):
        rows += [("LayerNormalization", {"axis": axis, **options}, shape) for options in ({}, {"center": False}, {"scale": False, "epsilon": 1e-5})]
    rows += [("RMSNormalization", {"axis": axis}, (2, 3, 4)) for axis in (-1, [1, 2])]  # Keras's own takes no other axes
    rows += [("GroupNormalization", {"groups": groups, "axis": axis}, shape) for groups, (shape, axis) in product((1, 2, -1), (((2, 5, 4), -1), ((2, 4, 5), 1), ((2, 3, 3, 4), -1), ((2, 4, 3, 2), 1)))]
    rows += [("UnitNormalization", {"axis": axis}, (2, 3, 4)) for axis in (-1, 1, [1, 2])]
    return rows


def made(numbered):
    """One case; so many of them are worth a few processes."""
    number, (kind, options, shape) = numbered
    oracle = Oracle()
    found = case(oracle, Source(number), kind, options, [shape], draw=Source.draw)
    return oracle.worst, {"number": number, "shape": shape, **{key: value for key, value in found.items() if key not in ("weights", "x", "dy")}}


def main():
    rows = convolutions() + transposed() + depthwise() + pooling() + shaping() + normalizations()
    oracle, cases = Oracle(), []
    with multiprocessing.get_context("spawn").Pool() as pool:
        for worst, one in pool.imap(made, enumerate(rows), chunksize=4):
            oracle.worst = max(oracle.worst, worst)
            cases.append(one)
            if len(cases) % 20 == 0:
                print(len(cases), flush=True)
    write("configurations", oracle, cases)


if __name__ == "__main__":
    main()
