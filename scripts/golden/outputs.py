"""outputs.json: models with one to three inputs and outputs under every mix of losses, loss weights, metrics, sample and class weights and penalties: keys, order and
values of history and evaluate. A case is what test/outputs.golden.test.ts draws the model from; data and weights are the patterns below."""
import json
import math
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402

N, CASES = 7, 240
HEADS = {  # kind: (units, activation, losses, metrics)
    "number": (1, "linear", ["mse", "mae", "huber", "log_cosh"], ["mae", "mse"]),
    "answer": (1, "sigmoid", ["binary_crossentropy", "mse", "hinge"], ["accuracy", "mae", "binary_crossentropy"]),
    "label": (3, "softmax", ["sparse_categorical_crossentropy"], ["accuracy", "sparse_top_k_categorical_accuracy"]),
    "class": (3, "softmax", ["categorical_crossentropy", "mse", "kl_divergence"], ["accuracy", "mse", "categorical_crossentropy"]),
}


def values(shape, k):
    """Data: sin(1.3·i + k) over the flat places."""
    return np.sin(1.3 * np.arange(math.prod(shape)) + k).reshape(shape).astype("float32")


def weights(shape, k):
    return (((np.arange(math.prod(shape)) * 7 + k) % 11 - 5) / 10).reshape(shape).astype("float32")


def targets(kind, k):
    if kind == "number":
        return values((N, 1), k)
    if kind == "answer":
        return ((np.arange(N) * 3 + k) % 2).reshape(N, 1).astype("float32")
    labels = (np.arange(N) * 2 + k) % 3
    return labels.astype("int32") if kind == "label" else np.eye(3, dtype="float32")[labels]


def some(rng, choices, least=0):
    return [str(c) for c in rng.permutation(choices)[: int(rng.integers(least, len(choices) + 1))]]


def draw(seed):
    rng = np.random.default_rng(seed)
    pick = lambda xs: xs[int(rng.integers(len(xs)))]  # noqa: E731
    heads = [pick(list(HEADS)) for _ in range(int(rng.integers(1, 4)))]
    several = len(heads) > 1
    form = pick(["list", "object"]) if several else "single"
    losses = [pick(HEADS[h][2]) for h in heads]
    if several and rng.random() < 0.2:
        losses[int(rng.integers(len(heads)))] = None
    if all(loss is None for loss in losses):
        losses[0] = HEADS[heads[0]][2][0]
    return {
        "inputs": [int(d) for d in rng.integers(1, 4, int(rng.integers(1, 4)))], "inputForm": pick(["list", "object"]),
        "hidden": pick([0, 4]), "heads": heads, "form": form, "losses": losses, "byName": bool(rng.random() < 0.5),
        "lossWeights": [float(w) for w in rng.integers(1, 5, len(heads))] if rng.random() < 0.5 else None,
        "metrics": [some(rng, HEADS[h][3]) for h in heads] if rng.random() < 0.7 else None,
        "weightedMetrics": [some(rng, HEADS[h][3]) for h in heads] if rng.random() < 0.5 else None,
        "sampleWeight": pick(["none", "one", "each"]) if several else pick(["none", "one", "classes"]),
        "kernel": pick([None, "l2", "l2"]), "activity": pick([None, None, "l2"]),
        "validation": pick(["none", "split", "data"]), "batchSize": int(pick([2, 3, 7])), "epochs": 2,
    }


def build(case):
    xs = [keras.Input((d,), name=f"in{i}") for i, d in enumerate(case["inputs"])]
    h = layers.Concatenate()(xs) if len(xs) > 1 else xs[0]
    if case["hidden"]:
        h = layers.Dense(case["hidden"], activation="tanh", kernel_regularizer=case["kernel"], name="hidden")(h)
    outs = [layers.Dense(HEADS[k][0], activation=HEADS[k][1], name=f"head{i}", activity_regularizer=case["activity"] if i == 0 else None)(h) for i, k in enumerate(case["heads"])]
    inputs = xs[0] if len(xs) == 1 else xs if case["inputForm"] == "list" else {f"in{i}": x for i, x in enumerate(xs)}
    outputs = outs[0] if case["form"] == "single" else outs if case["form"] == "list" else {f"head{i}": y for i, y in enumerate(outs)}
    model = keras.Model(inputs, outputs)
    for layer in model.layers:
        layer.set_weights([weights(w.shape, len(layer.name) + i) for i, w in enumerate(layer.weights)])
    return model


def arrange(case, each):
    """One entry for each output in the form that the case gives its options."""
    if each is None:
        return None
    if case["form"] == "single":
        return each[0]
    return {f"head{i}": x for i, x in enumerate(each)} if case["form"] == "object" or case["byName"] else each


def data(case, k=0):
    xs = [values((N, d), i + k) for i, d in enumerate(case["inputs"])]
    x = xs[0] if len(xs) == 1 else xs if case["inputForm"] == "list" else {f"in{i}": v for i, v in enumerate(xs)}
    ys = [targets(h, i + k) for i, h in enumerate(case["heads"])]
    y = ys[0] if case["form"] == "single" else ys if case["form"] == "list" else {f"head{i}": v for i, v in enumerate(ys)}
    return x, y


def sample_weights(case):
    one = (np.arange(N) % 4 + 0.5).astype("float32")
    each = [(np.roll(one, i)).astype("float32") for i in range(len(case["heads"]))]
    if case["sampleWeight"] == "one":
        return one
    if case["sampleWeight"] == "each":
        return each if case["form"] == "list" else {f"head{i}": w for i, w in enumerate(each)}
    return None


def run(case):
    keras.utils.clear_session()
    model = build(case)
    metrics, weighted = arrange(case, case["metrics"]), arrange(case, case["weightedMetrics"])
    loss_weights = arrange(case, case["lossWeights"])
    model.compile(keras.optimizers.SGD(0.05), arrange(case, case["losses"]), loss_weights=loss_weights, metrics=metrics, weighted_metrics=weighted, run_eagerly=True)
    x, y = data(case)
    options = {"sample_weight": sample_weights(case), "batch_size": case["batchSize"], "verbose": 0}
    extra = {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}} if case["sampleWeight"] == "classes" else {}
    if case["validation"] == "split":
        extra["validation_split"] = 0.3
    if case["validation"] == "data":
        extra["validation_data"] = data(case, 5)
    history = model.fit(x, y, shuffle=False, epochs=case["epochs"], **options, **extra).history
    return {"history": history, "evaluate": model.evaluate(x, y, return_dict=True, **options)}


def rounded(value):
    return [rounded(v) for v in value] if isinstance(value, (list, tuple, np.ndarray)) else float(f"{float(value):.7g}")


def main():
    cases, refused, seed = [], 0, 0
    while len(cases) < CASES:
        case = draw(seed)
        seed += 1
        try:
            found = run(case)
        except (ValueError, KeyError, TypeError) as error:
            refused += 1
            print("refused", case, str(error)[:150], file=sys.stderr)
            continue
        flat = [*found["evaluate"].values(), *[v for vs in found["history"].values() for v in vs]]
        if not all(math.isfinite(float(v)) for v in flat):
            continue
        cases.append({**case, "history": {k: rounded(v) for k, v in found["history"].items()}, "evaluate": {k: rounded(v) for k, v in found["evaluate"].items()}})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "golden", "outputs.json")
    with open(path, "w") as file:
        json.dump({"cases": cases}, file, separators=(",", ":"))
    print(len(cases), "cases;", refused, "that Keras refused")


main()
