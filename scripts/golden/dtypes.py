"""dtypes.json: every op that both have, of float32, int32 and bool: the dtype and values of the result, or that Keras refuses."""
import base64
import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["JAX_PLATFORMS"] = "cpu"

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import activations as act  # noqa: E402
from keras import ops  # noqa: E402

DTYPES = ("float32", "int32", "bool")
SMALL = {
    "float32": [[-2.5, 1, 0], [3, 0.75, -1]],
    "int32": [[-2, 1, 0], [3, 7, -1]],
    "bool": [[False, True, False], [True, True, False]],
}
SECOND = {
    "float32": [[1.5, -2, 3], [0.5, 0.75, 2]],
    "int32": [[5, -2, 3], [2, 7, 4]],
    "bool": [[True, True, False], [False, True, True]],
}
LARGE = {"int32": [[1700000001, 16777217, -1700000003], [1700000003, -16777219, 46341]]}

ONE = {
    "neg": ops.negative, "abs": ops.abs, "sign": ops.sign, "square": ops.square, "sqrt": ops.sqrt, "rsqrt": ops.rsqrt, "reciprocal": ops.reciprocal,
    "exp": ops.exp, "expm1": ops.expm1, "log": ops.log, "log1p": ops.log1p, "sin": ops.sin, "cos": ops.cos, "tanh": ops.tanh, "sigmoid": ops.sigmoid,
    "erf": ops.erf, "erfinv": ops.erfinv, "softplus": ops.softplus, "relu": ops.relu, "elu": ops.elu, "selu": ops.selu,
    "gelu": lambda x: ops.gelu(x, approximate=False), "silu": ops.silu, "floor": ops.floor, "ceil": ops.ceil, "round": ops.round, "isNan": ops.isnan,
    "isFinite": ops.isfinite, "logicalNot": ops.logical_not, "softmax": ops.softmax, "logSoftmax": ops.log_softmax, "sum": ops.sum, "mean": ops.mean,
    "max": ops.max, "min": ops.min, "prod": ops.prod, "any": ops.any, "all": ops.all, "std": ops.std, "variance": ops.var, "logSumExp": ops.logsumexp,
    "argMax": ops.argmax, "argMin": ops.argmin, "cumsum": ops.cumsum, "clip whole": lambda x: ops.clip(x, -1, 2), "clip": lambda x: ops.clip(x, -1.5, 2.5),
    "sum 0": lambda x: ops.sum(x, axis=0), "max 1": lambda x: ops.max(x, axis=1), "argMax 1": lambda x: ops.argmax(x, axis=1), "argMin 0": lambda x: ops.argmin(x, axis=0),
    "cumsum 1": lambda x: ops.cumsum(x, axis=1), "transpose": ops.transpose, "reshape": lambda x: ops.reshape(x, (6,)), "pad": lambda x: ops.pad(x, ((1, 0), (0, 2))),
    "reverse": lambda x: ops.flip(x, axis=1), "tile": lambda x: ops.tile(x, (2, 1)), "repeat": lambda x: ops.repeat(x, 2, axis=1), "slice": lambda x: x[:, 1:],
    "concat": lambda x: ops.concatenate([x, x]), "stack": lambda x: ops.stack([x, x]), "gather": lambda x: ops.take(x, [1, 0], axis=0),
    "takeAlongAxis": lambda x: ops.take_along_axis(x, ops.convert_to_tensor([[2, 0, 1], [0, 0, 1]]), axis=1),
    "add 2": lambda x: ops.add(x, 2), "mul 2": lambda x: ops.multiply(x, 2), "add 2.5": lambda x: ops.add(x, 2.5), "pow 2": lambda x: ops.power(x, 2),
    "mod 3": lambda x: ops.mod(x, 3), "floorDiv 2": lambda x: ops.floor_divide(x, 2), "less 1.5": lambda x: ops.less(x, 1.5), "where 2.5": lambda x: ops.where(ops.greater(x, 0), x, 2.5),
    **{name: getattr(act, keras_name) for name, keras_name in (
        ("relu6", "relu6"), ("leakyRelu", "leaky_relu"), ("celu", "celu"), ("mish", "mish"), ("softsign", "softsign"), ("logSigmoid", "log_sigmoid"),
        ("hardSigmoid", "hard_sigmoid"), ("hardSilu", "hard_silu"), ("hardTanh", "hard_tanh"), ("hardShrink", "hard_shrink"), ("softShrink", "soft_shrink"),
        ("tanhShrink", "tanh_shrink"), ("squareplus", "squareplus"), ("sparsePlus", "sparse_plus"), ("sparseSigmoid", "sparse_sigmoid"))},
}
TWO = {
    "add": ops.add, "sub": ops.subtract, "mul": ops.multiply, "div": ops.divide, "pow": ops.power, "maximum": ops.maximum, "minimum": ops.minimum, "mod": ops.mod,
    "floorDiv": ops.floor_divide, "squaredDifference": lambda a, b: ops.square(ops.subtract(a, b)), "equal": ops.equal, "notEqual": ops.not_equal, "less": ops.less,
    "lessEqual": ops.less_equal, "greater": ops.greater, "greaterEqual": ops.greater_equal, "logicalAnd": ops.logical_and, "logicalOr": ops.logical_or,
    "logicalXor": ops.logical_xor, "where": lambda a, b: ops.where(ops.equal(a, b), a, b), "matmul": lambda a, b: ops.matmul(a, ops.transpose(b)),
    "dot": lambda a, b: ops.dot(a, ops.transpose(b)),
}
WHOLE = {"neg", "abs", "sign", "square", "relu", "round", "sum", "max", "min", "prod", "argMax", "argMin", "argMax 1", "argMin 0", "cumsum", "cumsum 1", "sum 0", "max 1",
         "clip whole", "add 2", "mul 2", "pow 2", "mod 3", "floorDiv 2", "transpose", "gather", "concat"}


def plain(array):
    array = np.asarray(array)
    stored = array.astype("int32" if array.dtype == bool else array.dtype)
    return {"shape": list(array.shape), "dtype": str(array.dtype), "data": base64.b64encode(stored.tobytes()).decode()}


DATA = {f"{name} {dtype}": np.array(values[dtype], dtype) for name, values in (("small", SMALL), ("second", SECOND), ("large", LARGE)) for dtype in values}
DATA["large2 int32"] = np.array(LARGE["int32"], "int32")[::-1] - 1


def case(label, fn, *names):
    row = {"op": label, "x": names}
    inputs = [DATA[name] for name in names]
    try:
        with np.errstate(all="ignore"):
            y = fn(*inputs)
    except (TypeError, ValueError) as error:
        return {**row, "refused": str(error).split(".")[0][:60]}
    return {**row, "y": plain(y)}


def main():
    cases = []
    for name, fn in ONE.items():
        cases += [case(name, fn, f"small {d}") for d in DTYPES]
        if name in WHOLE:
            cases.append(case(name, fn, "large int32"))
    for name, fn in TWO.items():
        cases += [case(name, fn, f"small {a}", f"second {b}") for a in DTYPES for b in DTYPES]
        if name not in ("div", "pow"):
            cases.append(case(name, fn, "large int32", "large2 int32"))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "golden", "dtypes.json")
    data = json.dumps({name: plain(x) for name, x in DATA.items()}, separators=(",", ":"))
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in cases)
    with open(path, "w") as file:
        file.write(f'{{"keras":"{keras.version()}","data":{data},"cases":[\n{lines}\n]}}\n')
    print(len(cases), "cases;", sum("refused" in row for row in cases), "refused")


if __name__ == "__main__":
    main()
