"""losses.json: the value of every loss and its gradient to y_pred, for each option, reduction and weighting."""
from common import Oracle, camel, camel_keys, jax, keras, normal, np, pack, random, write

CLASSES = 4
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"]


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype("float32")


def make_data():
    """Targets and predictions by name; a trailing 3 means rank 3."""
    rng, data = random(2), {}
    for rank, shape in ((2, (6, CLASSES)), (3, (3, 4, CLASSES))):
        suffix = "" if rank == 2 else "3"
        add = lambda name, array: data.__setitem__(name + suffix, array)  # noqa: E731
        logits = normal(rng, *shape, scale=1.5)
        classes = rng.integers(0, CLASSES, shape[:-1]).astype("int32")
        add("values", normal(rng, *shape))
        add("far", (np.sign(rng.standard_normal(shape)) * rng.uniform(0.5, 2, shape)).astype("float32"))
        add("positive", rng.uniform(0.1, 3, shape).astype("float32"))
        add("counts", rng.integers(0, 5, shape).astype("float32"))
        add("classes", classes)
        add("oneHot", np.eye(CLASSES, dtype="float32")[classes])
        add("distribution", softmax(normal(rng, *shape)))
        add("binary", rng.integers(0, 2, shape).astype("float32"))
        add("signs", (rng.integers(0, 2, shape) * 2 - 1).astype("float32"))
        add("logits", logits)
        add("softmax", softmax(logits))
        add("unnormalized", (softmax(logits) * rng.uniform(0.5, 2, shape[:-1] + (1,))).astype("float32"))
        add("sigmoid", (1 / (1 + np.exp(-logits))).astype("float32"))
        add("positivePrediction", rng.uniform(0.1, 3, shape).astype("float32"))
        add("weights", rng.uniform(0, 2, shape[:-1]).astype("float32"))
        add("weightColumn", rng.uniform(0, 2, (shape[0], 1)).astype("float32"))
    data["classColumn"] = data["classes"][:, None]
    unit = normal(rng, 6, 5)
    data["embeddings"] = (unit / np.linalg.norm(unit, axis=1, keepdims=True)).astype("float32")
    data["groups"] = np.array([0, 1, 0, 1, 2, 2], "int32")
    data["ctcLabels"] = np.array([[1, 2, 2, 0, 0], [3, 1, 0, 0, 0], [2, 0, 0, 0, 0]], "int32")
    data["ctcLogits"] = normal(rng, 3, 9, 5)
    data["edgeProbabilities"] = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25, 0.25, 0.25, 0.25], [0, 0, 0, 1], [1e-3, 0.999, 0, 0]], "float32")
    data["edgeLogits"] = np.array([[100, -100, 0, 0], [-100, 100, 0, 1], [30, 30, -30, 0], [0, 0, 0, 0], [0, -0.0, 88, -88], [1e4, -1e4, 50, 20]], "float32")
    return data


REGRESSION = [("values", "logits")]
LABELS = [("oneHot", "softmax"), ("distribution", "softmax")]
# class, options, pairs of (target, prediction)
LOSSES = [
    ("MeanSquaredError", {}, REGRESSION),
    ("MeanAbsoluteError", {}, REGRESSION),
    ("MeanAbsolutePercentageError", {}, [("far", "values")]),
    ("MeanSquaredLogarithmicError", {}, [("positive", "positivePrediction")]),
    ("Huber", {}, REGRESSION),
    ("Huber", {"delta": 0.4}, REGRESSION),
    ("LogCosh", {}, REGRESSION),
    ("CosineSimilarity", {}, REGRESSION),
    ("Hinge", {}, [("signs", "logits"), ("binary", "logits")]),
    ("SquaredHinge", {}, [("signs", "logits"), ("binary", "logits")]),
    ("CategoricalHinge", {}, [("oneHot", "logits")]),
    ("KLDivergence", {}, [("distribution", "softmax")]),
    ("Poisson", {}, [("counts", "positivePrediction")]),
    ("BinaryCrossentropy", {}, [("binary", "sigmoid")]),
    ("BinaryCrossentropy", {"from_logits": True}, [("binary", "logits")]),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, [("binary", "sigmoid")]),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, [("binary", "logits")]),
    ("CategoricalCrossentropy", {}, [*LABELS, ("oneHot", "unnormalized")]),
    ("CategoricalCrossentropy", {"from_logits": True}, [("oneHot", "logits"), ("distribution", "logits")]),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, LABELS),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, [("oneHot", "logits")]),
    ("SparseCategoricalCrossentropy", {}, [("classes", "softmax"), ("classes", "unnormalized")]),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, [("classes", "logits")]),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, [("classes", "softmax")]),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2, "from_logits": True}, [("classes", "logits")]),
    ("BinaryFocalCrossentropy", {}, [("binary", "sigmoid")]),
    ("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 1.5}, [("binary", "logits")]),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.3, "label_smoothing": 0.1}, [("binary", "sigmoid")]),
    ("CategoricalFocalCrossentropy", {}, [("oneHot", "softmax")]),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "gamma": 1.5, "alpha": 0.4}, [("oneHot", "logits")]),
    ("CategoricalFocalCrossentropy", {"label_smoothing": 0.1, "alpha": [0.1, 0.2, 0.3, 0.4]}, [("oneHot", "softmax")]),
    ("CategoricalGeneralizedCrossEntropy", {}, [("classes", "softmax")]),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.8}, [("classes", "softmax")]),
]
# class, options, target, prediction, rest of the case
SINGLE = [
    ("SparseCategoricalCrossentropy", {}, "classColumn", "softmax", {}),
    ("CosineSimilarity", {"axis": 1}, "values3", "logits3", {}),
    ("CosineSimilarity", {"axis": 1}, "values3", "logits3", {"reduction": "none"}),
    ("Dice", {}, "binary", "sigmoid", {}),
    ("Dice", {"axis": [1]}, "binary", "sigmoid", {}),
    ("Dice", {"axis": [1]}, "binary", "sigmoid", {"weights": "weights"}),
    ("Dice", {"axis": [1, 2]}, "binary3", "sigmoid3", {"reduction": "none"}),
    ("Tversky", {}, "binary", "sigmoid", {}),
    ("Tversky", {"alpha": 0.3, "beta": 0.7, "axis": [1]}, "binary", "sigmoid", {"reduction": "none"}),
    ("Tversky", {"alpha": 0.3, "beta": 0.7, "axis": [1, 2]}, "binary3", "sigmoid3", {}),
    ("Circle", {"gamma": 8.0}, "groups", "embeddings", {}),
    ("Circle", {"gamma": 8.0, "margin": 0.2}, "groups", "embeddings", {"reduction": "none"}),
    ("CTC", {}, "ctcLabels", "ctcLogits", {}),
    ("CTC", {}, "ctcLabels", "ctcLogits", {"reduction": "none"}),
]
# Zeros, ones and huge logits: where the clip lies depends on the precision, so float32 speaks.
EDGES = [
    ("BinaryCrossentropy", {}, "binary", "edgeProbabilities"),
    ("BinaryCrossentropy", {"from_logits": True}, "binary", "edgeLogits"),
    ("CategoricalCrossentropy", {}, "oneHot", "edgeProbabilities"),
    ("CategoricalCrossentropy", {"from_logits": True}, "oneHot", "edgeLogits"),
    ("SparseCategoricalCrossentropy", {}, "classes", "edgeProbabilities"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "classes", "edgeLogits"),
    ("KLDivergence", {}, "oneHot", "edgeProbabilities"),
    ("Poisson", {}, "counts", "edgeProbabilities"),
    ("LogCosh", {}, "values", "edgeLogits"),
]


def names(target):
    return {"KLDivergence": "klDivergence", "CTC": "ctc"}.get(target, target[0].lower() + target[1:])


class Table:
    def __init__(self):
        self.data, self.oracle, self.cases = make_data(), Oracle(), []

    def add(self, kind, options, target, prediction, reduction="sum_over_batch_size", weights=None, edge=False):
        def run(cast):
            loss = getattr(keras.losses, kind)(**options, reduction=reduction)
            y_true, weight = cast(self.data[target]), cast(self.data[weights]) if weights else None

            def total(y_pred):
                value = loss(y_true, y_pred, weight)
                return value.sum(), value

            gradient, value = jax.grad(total, has_aux=True)(jax.numpy.asarray(cast(self.data[prediction])))
            return {"value": value, "gradient": gradient}

        found = self.oracle.run(run, "float32") if edge else self.oracle(f"{kind} {options} {target} {reduction} {weights}", run)
        self.cases.append({
            "loss": names(kind), "options": camel_keys(options), "reduction": camel(reduction), "yTrue": target, "yPred": prediction,
            **({"sampleWeight": weights} if weights else {}), **({"edge": True} if edge else {}),
            "value": pack(found["value"]), "gradient": pack(found["gradient"]),
        })


def main():
    table = Table()
    for kind, options, pairs in LOSSES:
        for target, prediction in pairs:
            for reduction in REDUCTIONS:
                for weights in (None, "weights"):
                    table.add(kind, options, target, prediction, reduction, weights)
            if kind == "CategoricalGeneralizedCrossEntropy":
                continue
            table.add(kind, options, target, prediction, weights="weightColumn")
            for weights in (None, "weights3", "weightColumn3"):
                table.add(kind, options, f"{target}3", f"{prediction}3", weights=weights)
    for kind, options, target, prediction, rest in SINGLE:
        table.add(kind, options, target, prediction, **rest)
    for kind, options, target, prediction in EDGES:
        table.add(kind, options, target, prediction, "none", edge=True)
    write("losses", table.oracle, table.cases, data={name: pack(array) for name, array in table.data.items()})


if __name__ == "__main__":
    main()
