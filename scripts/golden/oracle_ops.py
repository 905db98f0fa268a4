"""Ops: NumPy's values; args are those of cornus after the tensors."""
import itertools

import keras
from common import np
from oracle_inputs import Spec, values_of

BROADCASTS = [([3, 4], [3, 4]), ([3, 4], [4]), ([2, 1, 4], [3, 1]), ([], [2, 3]), ([1], [5]), ([2, 3, 4], [1, 3, 1]), ([0, 3], [3]), ([17], [17]), ([4, 1], [1, 6])]
BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "maximum": np.maximum, "minimum": np.minimum, "squaredDifference": lambda a, b: (a - b) ** 2,
    "equal": np.equal, "notEqual": np.not_equal, "less": np.less, "lessEqual": np.less_equal, "greater": np.greater, "greaterEqual": np.greater_equal,
}
UNARY = {
    "abs": np.abs, "ceil": np.ceil, "cos": np.cos, "erf": keras.ops.erf, "exp": np.exp, "expm1": np.expm1, "floor": np.floor, "neg": np.negative, "reciprocal": np.reciprocal, "round": np.round,
    "sigmoid": keras.ops.sigmoid, "sign": np.sign, "sin": np.sin, "softplus": keras.ops.softplus, "square": np.square, "tanh": np.tanh, "isNan": np.isnan, "isFinite": np.isfinite,
    "relu": keras.ops.relu, "elu": keras.ops.elu, "selu": keras.ops.selu, "silu": keras.ops.silu,
}
POSITIVE = {"sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x), "log": np.log, "log1p": np.log1p}
REDUCTIONS = {
    "sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min, "prod": np.prod, "variance": np.var, "std": np.std,
    "logSumExp": lambda x, axis, keepdims: np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims)),
    "any": np.any, "all": np.all,
}
ACTIVATIONS = {
    "relu6": [{}], "leakyRelu": [{}, {"negative_slope": 0.05}], "elu": [{}, {"alpha": 0.5}], "selu": [{}], "celu": [{}, {"alpha": 0.5}], "gelu": [{}, {"approximate": True}], "silu": [{}], "mish": [{}],
    "softplus": [{}], "softsign": [{}], "tanh": [{}], "sigmoid": [{}], "logSigmoid": [{}], "exponential": [{}], "hardSigmoid": [{}], "hardSilu": [{}], "hardTanh": [{}], "hardShrink": [{}, {"threshold": 0.3}],
    "softShrink": [{}, {"threshold": 0.3}], "tanhShrink": [{}], "squareplus": [{}, {"b": 1}], "sparsePlus": [{}], "sparseSigmoid": [{}], "glu": [{}, {"axis": 0}], "softmax": [{}, {"axis": 0}],
    "logSoftmax": [{}, {"axis": 0}], "relu": [{}, {"negative_slope": 0.1, "max_value": 1.5, "threshold": 0.2}],
}


def op(name, inputs, args, fn):
    return Spec({"op": name, "inputs": inputs, "args": args}, lambda drawn, cast: {"y": np.asarray(values_of(keras.ops.convert_to_tensor(fn(*drawn))) if not isinstance(fn(*drawn), np.ndarray | np.generic) else fn(*drawn))})


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def snake(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def numeric():
    for (name, fn), (a, b) in itertools.product(BINARY.items(), BROADCASTS):
        ties = name in ("equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual", "maximum", "minimum")
        kind = ["floats", a, -2, 3] if ties else ["normal", a]
        yield op(name, [kind, [kind[0], b, *kind[2:]]], [], fn)
    for name, fn in (("add", np.add), ("sub", np.subtract), ("mul", np.multiply), ("maximum", np.maximum), ("less", np.less), ("equal", np.equal), ("minimum", np.minimum)):
        for a, b in BROADCASTS[:5]:
            yield op(name, [["ints", a, -9, 9], ["ints", b, -9, 9]], [], fn)
    for a, b in BROADCASTS:
        yield op("div", [["normal", a], ["between", b, 0.5, 2]], [], np.divide)
        yield op("pow", [["between", a, 0.2, 3], ["normal", b]], [], np.power)
        yield op("floorDiv", [["floats", a, -20, 20], ["floats", b, 1, 6]], [], np.floor_divide)
        yield op("mod", [["floats", a, -20, 20], ["floats", b, -6, 0]], [], np.mod)
        yield op("mod", [["ints", a, -20, 20], ["ints", b, 1, 6]], [], np.mod)
        yield op("floorDiv", [["ints", a, -20, 20], ["ints", b, -6, 0]], [], np.floor_divide)
        for name, fn in (("logicalAnd", np.logical_and), ("logicalOr", np.logical_or), ("logicalXor", np.logical_xor)):
            yield op(name, [["bits", a], ["bits", b]], [], fn)
    for (name, fn), kind in itertools.product(UNARY.items(), (["normal", [2, 3, 4]], ["normal", [17], 4], ["edges", []])):
        if kind[0] == "edges" and name in ("sin", "cos", "selu", "elu", "silu", "softplus", "expm1", "exp", "square", "reciprocal", "round", "erf"):
            continue  # infinite places and overflow, where float64 and float32 differ: the tables of numbers hold these
        yield op(name, [kind], [], fn)
    for (name, fn), shape in itertools.product(POSITIVE.items(), ([2, 3, 4], [17], [1])):
        yield op(name, [["between", shape, 0.01, 5]], [], fn)


def reductions():
    axes = {3: (None, 0, 1, -1, [0, 2], [1, 2], [0, 1, 2]), 2: (None, 0, -1, [0, 1]), 1: (None, 0)}
    for (name, fn), shape in itertools.product(REDUCTIONS.items(), ([2, 3, 4], [5, 7], [19])):
        for axis, keep in itertools.product(axes[len(shape)], (False, True)):
            kind = ["bits", shape] if name in ("any", "all") else ["normal", shape]
            yield op(name, [kind], [axis, keep], lambda x, fn=fn, axis=axis, keep=keep: fn(x, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keep))
    for name, fn in (("argMax", np.argmax), ("argMin", np.argmin)):
        for shape, axis, kind in itertools.product(([3, 4], [2, 3, 5], [11]), (0, -1), (["normal"], ["floats", 0, 3])):
            yield op(name, [[kind[0], shape, *kind[1:]]], [axis], lambda x, fn=fn, axis=axis: fn(x, axis=axis))
    for shape, axis in (([7], 0), ([3, 4], 0), ([3, 4], 1), ([2, 3, 4], 1), ([2, 3, 4], -1)):
        yield op("cumsum", [["normal", shape]], [axis], lambda x, axis=axis: np.cumsum(x, axis=axis))


def shaping():
    for perm in itertools.permutations(range(3)):
        yield op("transpose", [["normal", [2, 3, 4]]], [list(perm)], lambda x, perm=perm: np.transpose(x, perm))
    for perm in list(itertools.permutations(range(4)))[::2]:
        yield op("transpose", [["normal", [2, 3, 1, 4]]], [list(perm)], lambda x, perm=perm: np.transpose(x, perm))
    for shape in ([6, 4], [-1], [3, -1, 2], [24, 1], [2, 2, 2, 3]):
        yield op("reshape", [["normal", [2, 3, 4]]], [shape], lambda x, shape=shape: x.reshape(shape))
    for axis, n in itertools.product((0, 1, -1), (2, 3)):
        yield op("repeat", [["normal", [2, 3, 4]]], [n, axis], lambda x, n=n, axis=axis: np.repeat(x, n, axis))
        yield op("expandDims", [["normal", [2, 3]]], [axis], lambda x, axis=axis: np.expand_dims(x, axis))
        yield op("reverse", [["normal", [2, 3, 4]]], [axis], lambda x, axis=axis: np.flip(x, axis))
    for reps in ([2, 1], [1, 3], [2, 2], [2, 1, 2]):
        yield op("tile", [["normal", [2, 3]]], [reps], lambda x, reps=reps: np.tile(x, reps))
    for shape in ([4, 2, 3], [2, 3], [5, 4, 2, 3]):
        yield op("broadcastTo", [["normal", [2, 3]]], [shape], lambda x, shape=shape: np.broadcast_to(x, shape).copy())
        yield op("broadcastTo", [["normal", [1, 3]]], [[*shape[:-2], 2, 3]], lambda x, shape=shape: np.broadcast_to(x, [*shape[:-2], 2, 3]).copy())
    for widths, value in itertools.product(([[0, 0], [1, 2]], [[2, 0], [0, 1]], [[1, 1], [1, 1]], [[0, 0], [0, 0]]), (0, -1.5)):
        yield op("pad", [["normal", [2, 3]]], [widths, value], lambda x, widths=widths, value=value: np.pad(x, widths, constant_values=value))
        yield op("pad", [["ints", [2, 3], -5, 5]], [widths, int(value * 2)], lambda x, widths=widths, value=value: np.pad(x, widths, constant_values=int(value * 2)))
    for begin, size in (([0, 0], [2, 2]), ([1, 2], [1, 2]), ([2, 0], [1, 4]), ([0, 3], [3, 1]), ([1, 1], [2, 3])):
        yield op("slice", [["normal", [3, 4]]], [begin, size], lambda x, b=begin, s=size: x[b[0]:b[0] + s[0], b[1]:b[1] + s[1]])
    for axis, (start, end, step) in itertools.product((0, 1), ((None, None, 2), (1, None, 2), (None, -1, 1), (-3, -1, 1), (4, None, -1), (None, None, -2), (-1, 0, -2), (2, 2, 1), (-9, 9, 3))):
        pick = lambda x, axis=axis, cut=slice(start, end, step): x[(slice(None),) * axis + (cut,)]  # noqa: E731
        yield op("stridedSlice", [["normal", [5, 6]]], [axis, start, end, step], pick)


def combining():
    for axis, sizes in itertools.product((0, 1, -1), ([1, 2], [2, 2, 1], [3], [0, 2])):
        shapes = [[size if i == axis % 3 else d for i, d in enumerate((2, 3, 4))] for size in sizes]
        yield Spec({"op": "concat", "list": True, "inputs": [["normal", shape] for shape in shapes], "args": [axis]}, lambda drawn, cast, axis=axis: {"y": np.concatenate(drawn, axis)})
        yield Spec({"op": "stack", "list": True, "inputs": [["normal", [2, 3]] for _ in sizes], "args": [axis]}, lambda drawn, cast, axis=axis: {"y": np.stack(drawn, axis)})
    for axis, parts in itertools.product((0, 1, -1), (2, [1, 3], [2, 1, 1])):
        bounds = parts if isinstance(parts, int) else list(np.cumsum(parts)[:-1])
        yield Spec({"op": "split", "many": True, "inputs": [["normal", [4, 4, 4]]], "args": [parts, axis]}, lambda drawn, cast, bounds=bounds, axis=axis: {"y": [part.copy() for part in np.split(drawn[0], bounds, axis)]})
    for axis in (0, 1, -1, -2):
        for shape in ([3], [2, 2], [1]):
            yield op("gather", [["normal", [4, 5, 6]], ["ints", shape, -4, 4]], [axis], lambda x, i, axis=axis: np.take(x, i, axis))
        ints = ["ints", [2 if axis % 3 == 0 else 4, 2 if axis % 3 == 1 else 5, 2 if axis % 3 == 2 else 6], -4, 4]
        yield op("takeAlongAxis", [["normal", [4, 5, 6]], ints], [axis], lambda x, i, axis=axis: np.take_along_axis(x, i, axis))
    for shape, depth in (([5], 4), ([2, 3], 3), ([1], 1), ([7], 9)):
        yield op("oneHot", [["ints", shape, 0, depth]], [depth], lambda i, depth=depth: np.eye(depth)[i])
    for c, a, b in (([3, 4], [3, 4], [4]), ([3, 1], [3, 4], [3, 4]), ([2, 3, 4], [4], [3, 1]), ([4], [2, 4], []), ([1], [3], [3])):
        yield op("where", [["bits", c], ["normal", a], ["normal", b]], [], np.where)
        yield op("where", [["bits", c], ["ints", a, -5, 5], ["ints", b, -5, 5]], [], np.where)
    for a, b in (([3, 4], [4, 5]), ([2, 3, 4], [4, 5]), ([2, 3, 4], [2, 4, 5]), ([1, 3, 4], [5, 4, 2]), ([4], [4, 5]), ([3, 4], [4]), ([4], [4]), ([2, 1, 3, 4], [1, 5, 4, 2]), ([7, 19], [19, 33]), ([1, 64], [64, 1])):
        yield op("matmul", [["normal", a], ["normal", b]], [], np.matmul)
    for ta, tb in itertools.product((False, True), (False, True)):
        for n, m, k in ((3, 5, 4), (1, 7, 2), (9, 2, 17)):
            a, b = ([k, n] if ta else [n, k]), ([m, k] if tb else [k, m])
            yield op("matmul", [["normal", a], ["normal", b]], [{"transposeA": ta, "transposeB": tb}], lambda x, y, ta=ta, tb=tb: (x.T if ta else x) @ (y.T if tb else y))


def activations():
    for (name, sets), shape in itertools.product(ACTIVATIONS.items(), ([2, 4, 6], [4, 8])):
        for options in sets:
            def run(x, name=name, options=options):
                return values_of(getattr(keras.activations, snake(name))(keras.ops.convert_to_tensor(x), **options))
            args = [{camel(key): value for key, value in options.items()}] if options else []
            yield Spec({"op": name, "of": "activations", "inputs": [["normal", shape, 2]], "args": args}, lambda drawn, cast, run=run: {"y": run(drawn[0])})


def cases(rng):
    yield from numeric()
    yield from reductions()
    yield from shaping()
    yield from combining()
    yield from activations()
