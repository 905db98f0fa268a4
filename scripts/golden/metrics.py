"""metrics.json: results after a few updates, weighted and not."""
from common import Oracle, camel_keys, keras, np, normal, pack, random, write

CLASSES, BATCHES, ROWS = 5, 3, 8


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype("float32")


def make_data():
    """Batches of each array under names ending in 0, 1, 2."""
    rng, data = random(6), {}
    for i in range(BATCHES):
        logits = normal(rng, ROWS, CLASSES, scale=1.5)
        classes = np.where(rng.random(ROWS) < 0.5, logits.argmax(1), rng.integers(0, CLASSES, ROWS)).astype("int32")
        binary = (1 / (1 + np.exp(-logits)) + 0.35 * rng.standard_normal(logits.shape) > 0.5).astype("float32")
        values = normal(rng, ROWS, CLASSES)
        batch = {
            "classes": classes, "classColumn": classes[:, None], "oneHot": np.eye(CLASSES, dtype="float32")[classes], "softmax": softmax(logits), "logits": logits,
            "sigmoid": (1 / (1 + np.exp(-logits))).astype("float32"), "binary": binary, "binaryColumn": binary[:, :1], "sigmoidColumn": (1 / (1 + np.exp(-logits[:, :1]))).astype("float32"),
            "signs": 2 * binary - 1, "values": values, "near": (values + normal(rng, ROWS, CLASSES, scale=0.5)).astype("float32"),
            "positive": rng.uniform(0.1, 3, (ROWS, CLASSES)).astype("float32"), "counts": rng.integers(0, 5, (ROWS, CLASSES)).astype("float32"),
            "distribution": softmax(normal(rng, ROWS, CLASSES)), "predictedClasses": logits.argmax(1).astype("int32"),
            "weights": rng.uniform(0, 2, ROWS).astype("float32"), "vector": normal(rng, ROWS),
            "classes3": rng.integers(0, CLASSES, (2, 4)).astype("int32"), "softmax3": softmax(normal(rng, 2, 4, CLASSES)), "weights3": rng.uniform(0, 2, (2, 4)).astype("float32"),
        }
        data.update({f"{name}{i}" if name[-1] != "3" else f"{name}_{i}": array for name, array in batch.items()})
    # Predictions with ties: argmax takes the first, top-k counts what is not beaten.
    data["tied"] = np.array([[0.2, 0.2, 0.2, 0.2, 0.2], [0.4, 0.4, 0.1, 0.05, 0.05], [0, 0.5, 0, 0.5, 0], [0.1, 0.1, 0.6, 0.1, 0.1]], "float32")
    data["tiedClasses"] = np.array([0, 1, 3, 4], "int32")
    data["tiedOneHot"] = np.eye(CLASSES, dtype="float32")[data["tiedClasses"]]
    return data


BINARY, COLUMN, ONE_HOT, SPARSE = ("binary", "sigmoid"), ("binaryColumn", "sigmoidColumn"), ("oneHot", "softmax"), ("classes", "softmax")
REGRESSION = ("values", "near")
WEIGHTED = [None, "weights"]
# class, options, (target, prediction), weightings
METRICS = [
    ("Accuracy", {}, ("classes", "predictedClasses"), WEIGHTED),
    ("BinaryAccuracy", {}, BINARY, WEIGHTED),
    ("BinaryAccuracy", {"threshold": 0.7}, COLUMN, WEIGHTED),
    ("CategoricalAccuracy", {}, ONE_HOT, WEIGHTED),
    ("SparseCategoricalAccuracy", {}, SPARSE, WEIGHTED),
    ("SparseCategoricalAccuracy", {}, ("classColumn", "softmax"), [None]),
    ("SparseCategoricalAccuracy", {}, ("classes3_", "softmax3_"), [None, "weights3_"]),
    ("TopKCategoricalAccuracy", {"k": 2}, ONE_HOT, WEIGHTED),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, SPARSE, WEIGHTED),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, ("classes3_", "softmax3_"), [None]),
    *[(kind, options, BINARY, WEIGHTED) for kind in ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives") for options in ({}, {"thresholds": [0.3, 0.8]})],
    *[
        (kind, options, BINARY, WEIGHTED)
        for kind in ("Precision", "Recall")
        for options in ({}, {"thresholds": 0.3}, {"thresholds": [0.2, 0.6, 0.9]}, {"class_id": 2})
    ],
    *[(kind, options, ONE_HOT, [None]) for kind in ("Precision", "Recall") for options in ({"top_k": 2}, {"top_k": 2, "class_id": 1})],
    ("SensitivityAtSpecificity", {"specificity": 0.6}, BINARY, WEIGHTED),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6}, BINARY, WEIGHTED),
    ("PrecisionAtRecall", {"recall": 0.6}, BINARY, WEIGHTED),
    ("RecallAtPrecision", {"precision": 0.7}, BINARY, WEIGHTED),
    ("AUC", {}, BINARY, WEIGHTED),
    ("AUC", {"num_thresholds": 20}, COLUMN, WEIGHTED),
    ("AUC", {"curve": "PR"}, BINARY, WEIGHTED),
    ("AUC", {"curve": "PR", "summation_method": "minoring", "num_thresholds": 30}, BINARY, [None]),
    ("AUC", {"summation_method": "majoring", "num_thresholds": 30}, BINARY, [None]),
    ("AUC", {"thresholds": [0.2, 0.5, 0.6]}, BINARY, [None]),
    ("AUC", {"multi_label": True, "num_labels": CLASSES}, BINARY, WEIGHTED),
    ("AUC", {"multi_label": True, "num_labels": CLASSES, "label_weights": [0.1, 0.2, 0.3, 0.2, 0.2]}, BINARY, [None]),
    ("AUC", {"from_logits": True}, ("binary", "logits"), [None]),
    ("F1Score", {}, ONE_HOT, WEIGHTED),
    *[("F1Score", {"average": average, "threshold": 0.5}, BINARY, WEIGHTED) for average in ("micro", "macro", "weighted")],
    ("FBetaScore", {"beta": 2.0, "average": "macro"}, ONE_HOT, WEIGHTED),
    ("IoU", {"num_classes": CLASSES, "target_class_ids": [0, 2]}, ("classes", "predictedClasses"), [None]),  # Keras casts weights to int here
    ("BinaryIoU", {}, BINARY, [None]),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, BINARY, [None]),
    ("MeanIoU", {"num_classes": CLASSES}, ("classes", "predictedClasses"), [None]),
    ("MeanIoU", {"num_classes": CLASSES, "ignore_class": 1}, ("classes", "predictedClasses"), [None]),
    ("OneHotIoU", {"num_classes": CLASSES, "target_class_ids": [0, 2]}, ONE_HOT, [None]),
    ("OneHotMeanIoU", {"num_classes": CLASSES}, ONE_HOT, [None]),
    ("MeanSquaredError", {}, REGRESSION, WEIGHTED),
    ("RootMeanSquaredError", {}, REGRESSION, WEIGHTED),
    ("MeanAbsoluteError", {}, REGRESSION, WEIGHTED),
    ("MeanAbsolutePercentageError", {}, ("positive", "near"), WEIGHTED),
    ("MeanSquaredLogarithmicError", {}, ("counts", "positive"), WEIGHTED),
    ("CosineSimilarity", {}, REGRESSION, WEIGHTED),
    ("LogCoshError", {}, REGRESSION, WEIGHTED),
    ("R2Score", {}, REGRESSION, WEIGHTED),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, REGRESSION, [None]),
    ("R2Score", {"class_aggregation": None, "num_regressors": 2}, REGRESSION, [None]),
    ("PearsonCorrelation", {}, REGRESSION, WEIGHTED),
    ("ConcordanceCorrelation", {}, REGRESSION, WEIGHTED),
    *[(kind, {}, (target, "logits"), WEIGHTED) for kind in ("Hinge", "SquaredHinge") for target in ("signs", "binary")],
    ("CategoricalHinge", {}, ("oneHot", "logits"), WEIGHTED),
    ("KLDivergence", {}, ("distribution", "softmax"), WEIGHTED),
    ("Poisson", {}, ("counts", "positive"), WEIGHTED),
    ("BinaryCrossentropy", {}, BINARY, WEIGHTED),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, ("binary", "logits"), WEIGHTED),
    ("CategoricalCrossentropy", {}, ONE_HOT, WEIGHTED),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, ("oneHot", "logits"), WEIGHTED),
    ("SparseCategoricalCrossentropy", {}, SPARSE, WEIGHTED),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 1}, ("classes", "logits"), WEIGHTED),
    ("Mean", {}, ("vector", None), WEIGHTED),
    ("Sum", {}, ("vector", None), WEIGHTED),
]
TIES = [
    ("CategoricalAccuracy", {}, "tiedOneHot"), ("SparseCategoricalAccuracy", {}, "tiedClasses"),
    ("TopKCategoricalAccuracy", {"k": 1}, "tiedOneHot"), ("SparseTopKCategoricalAccuracy", {"k": 2}, "tiedClasses"), ("SparseTopKCategoricalAccuracy", {"k": 9}, "tiedClasses"),
]
NAMES = {"AUC": "auc", "KLDivergence": "klDivergence", "IoU": "iou", "MeanIoU": "meanIoU", "FBetaScore": "fbetaScore", "TopKCategoricalAccuracy": "topKCategoricalAccuracy"}


def main():
    data, oracle, cases = make_data(), Oracle(), []

    def add(kind, options, updates):
        def run(cast):
            metric, results = getattr(keras.metrics, kind)(**options), []
            for update in updates:
                values, weights = [cast(data[name]) for name in update["values"]], update.get("sampleWeight")
                metric.update_state(*values, **({"sample_weight": cast(data[weights])} if weights else {}))
                results.append(np.asarray(metric.result(), keras.config.floatx()))
            return {"results": results}

        found = oracle(f"{kind} {options} {updates[0]}", run)
        cases.append({"metric": NAMES.get(kind, kind[0].lower() + kind[1:]), "options": camel_keys(options), "updates": updates, "results": [pack(r) for r in found["results"]]})

    for kind, options, names, weightings in METRICS:
        for weights in weightings:
            add(kind, options, [
                {"values": [f"{name}{i}" for name in names if name], **({"sampleWeight": f"{weights}{i}"} if weights else {})} for i in range(BATCHES)
            ])
    for kind, options, target in TIES:
        add(kind, options, [{"values": [target, "tied"]}])
    write("metrics", oracle, cases, data={name: pack(array) for name, array in data.items()})


if __name__ == "__main__":
    main()
