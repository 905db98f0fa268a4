"""Metrics: the result after each of several updates, with and without weights and masks, and again after a reset."""
import keras
from common import camel_keys, np
from oracle_inputs import Spec, choose, some, subset, values_of

PROBABILITY, BINARY = ["between", 0.02, 0.98], ["floats", 0, 2]
AT = {"num_thresholds": (5, 50)}
# class: kinds of targets, kinds of predictions, options, needed options
METRICS = {
    "Accuracy": (["floats", 0, 3], ["floats", 0, 3], {}, {}),
    "BinaryAccuracy": (BINARY, PROBABILITY, {"threshold": (0.3, 0.8)}, {}),
    "CategoricalAccuracy": (["onehot"], ["simplex"], {}, {}),
    "SparseCategoricalAccuracy": (["ints"], ["simplex"], {}, {}),
    "TopKCategoricalAccuracy": (["onehot"], ["simplex"], {}, {"k": (1, 2, 3)}),
    "SparseTopKCategoricalAccuracy": (["ints"], ["simplex"], {}, {"k": (1, 2, 3)}),
    "MeanSquaredError": (["normal"], ["normal"], {}, {}),
    "RootMeanSquaredError": (["normal"], ["normal"], {}, {}),
    "MeanAbsoluteError": (["normal"], ["normal"], {}, {}),
    "MeanAbsolutePercentageError": (["between", 0.5, 2], ["normal"], {}, {}),
    "MeanSquaredLogarithmicError": (["between", 0.1, 3], ["between", 0.1, 3], {}, {}),
    "LogCoshError": (["normal"], ["normal"], {}, {}),
    "CosineSimilarity": (["normal"], ["normal"], {"axis": (-1,)}, {}),
    "PearsonCorrelation": (["normal"], ["normal"], {}, {}),
    "ConcordanceCorrelation": (["normal"], ["normal"], {}, {}),
    "R2Score": (["normal"], ["normal"], {"class_aggregation": ("uniform_average", "variance_weighted_average"), "num_regressors": (0, 1)}, {}),
    "KLDivergence": (["simplex"], ["simplex"], {}, {}),
    "Poisson": (["floats", 0, 5], ["between", 0.1, 3], {}, {}),
    "Hinge": (["signs"], ["normal"], {}, {}),
    "SquaredHinge": (["signs"], ["normal"], {}, {}),
    "CategoricalHinge": (["onehot"], ["normal"], {}, {}),
    "BinaryCrossentropy": (BINARY, PROBABILITY, {"label_smoothing": (0.2,)}, {}),
    "CategoricalCrossentropy": (["onehot"], ["simplex"], {"label_smoothing": (0.2,)}, {}),
    "SparseCategoricalCrossentropy": (["ints"], ["simplex"], {}, {}),
    "TruePositives": (BINARY, PROBABILITY, {"thresholds": (0.4, [0.2, 0.6])}, {}),
    "FalsePositives": (BINARY, PROBABILITY, {"thresholds": (0.4, [0.2, 0.6])}, {}),
    "TrueNegatives": (BINARY, PROBABILITY, {"thresholds": (0.4, [0.2, 0.6])}, {}),
    "FalseNegatives": (BINARY, PROBABILITY, {"thresholds": (0.4, [0.2, 0.6])}, {}),
    "Precision": (BINARY, PROBABILITY, {"thresholds": (0.4, [0.2, 0.6]), "top_k": (2,), "class_id": (1,)}, {}),
    "Recall": (BINARY, PROBABILITY, {"thresholds": (0.4, [0.2, 0.6]), "top_k": (2,), "class_id": (1,)}, {}),
    "AUC": (BINARY, PROBABILITY, {"num_thresholds": (10, 100), "curve": ("ROC", "PR"), "summation_method": ("interpolation", "minoring", "majoring")}, {}),
    "F1Score": (["onehot"], ["simplex"], {"average": ("micro", "macro", "weighted"), "threshold": (0.4,)}, {}),
    "FBetaScore": (["onehot"], ["simplex"], {"average": ("micro", "macro", "weighted"), "beta": (0.5, 2.0), "threshold": (0.4,)}, {}),
    "SensitivityAtSpecificity": (BINARY, PROBABILITY, AT, {"specificity": (0.3, 0.7)}),
    "SpecificityAtSensitivity": (BINARY, PROBABILITY, AT, {"sensitivity": (0.3, 0.7)}),
    "PrecisionAtRecall": (BINARY, PROBABILITY, AT, {"recall": (0.3, 0.7)}),
    "RecallAtPrecision": (BINARY, PROBABILITY, AT, {"precision": (0.3, 0.7)}),
    "IoU": (["floats", 0, 3], ["floats", 0, 3], {"ignore_class": (0, 2)}, {"num_classes": (3,), "target_class_ids": ([0], [0, 2], [1, 2])}),
    "MeanIoU": (["floats", 0, 3], ["floats", 0, 3], {"ignore_class": (0, 2)}, {"num_classes": (3, 4)}),
    "BinaryIoU": (BINARY, PROBABILITY, {"threshold": (0.3,), "target_class_ids": ([0], [1])}, {}),
    "OneHotIoU": (["onehot"], ["simplex"], {}, {"num_classes": (3,), "target_class_ids": ([0], [0, 2])}),
    "OneHotMeanIoU": (["onehot"], ["simplex"], {}, {"num_classes": (3,)}),
}
EACH = 16
#: Metrics that do not look at masks in Keras either, or whose weights have one shape only.
FLAT = {"R2Score", "F1Score", "FBetaScore"}
SEGMENTED = {"IoU", "MeanIoU", "BinaryIoU", "OneHotIoU", "OneHotMeanIoU"}
UNMASKED = FLAT | SEGMENTED | {name for name in METRICS if "At" in name and name != "CategoricalAccuracy"} | {"TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives", "Precision", "Recall", "AUC"}


def one(rng, kind):
    (target, *target_bounds), (prediction, *bounds), table, needed = METRICS[kind]
    options = {**{name: choose(rng, *values) for name, values in needed.items()}, **subset(rng, table)}
    if "thresholds" in options and "top_k" in options:
        del options["top_k"]
    shape = (6, 3) if kind in FLAT | {"Precision", "Recall", "OneHotIoU", "OneHotMeanIoU"} else choose(rng, (6, 3), (5, 4), (2, 4, 3))
    sparse = target == "ints"
    weighed = some(rng)
    masked = kind not in UNMASKED and some(rng, 0.3)
    weight_shape = list(shape[:-1]) if kind not in SEGMENTED else list(shape[:-1] if target == "onehot" else shape)
    inputs = []
    for _ in range(3):
        inputs.append([target, list(shape[:-1] if sparse else shape), *([0, shape[-1]] if sparse else target_bounds)])
        inputs.append([prediction, list(shape), *bounds])
        if weighed:
            inputs.append(["between", weight_shape, 0, 4 if kind in SEGMENTED else 2])
        if masked:
            inputs.append(["bits", list(shape[:-1])])
    return inputs, options, weighed, masked


def compute(kind, options, weighed, masked):
    def run(drawn, cast):
        metric = getattr(keras.metrics, kind)(**options)
        each = len(drawn) // 3
        updates = [[keras.ops.convert_to_tensor(part) for part in drawn[i * each:(i + 1) * each]] for i in range(3)]
        results = []
        for i, (y_true, y_pred, *rest) in enumerate(updates):
            if i == 2:
                metric.reset_state()
            if masked:
                keras.src.backend.set_keras_mask(y_pred, keras.ops.cast(rest[-1], "bool"))
            metric.update_state(y_true, y_pred, sample_weight=rest[0] if weighed else None)
            results.append(values_of(metric.result()).astype(keras.config.floatx()))
        return {"y": results}

    return run


def cases(rng):
    for kind in METRICS:
        name = {"KLDivergence": "klDivergence", "AUC": "auc", "IoU": "iou"}.get(kind, kind[0].lower() + kind[1:])
        for _ in range(EACH):
            inputs, options, weighed, masked = one(rng, kind)
            data = {"metric": name, "inputs": inputs, "options": camel_keys(options), **({"weighed": True} if weighed else {}), **({"masked": True} if masked else {})}
            yield Spec(data, compute(kind, options, weighed, masked))
