"""Losses: value and gradient to y_pred, with options, reductions, weights and masks as they fall."""
import keras
from common import camel_keys, np
from oracle_inputs import Spec, choose, some, subset, values_of
from oracle_ops import camel

CROSSENTROPY = {"from_logits": (True,), "label_smoothing": (0.1, 0.3)}
# class: kinds of targets, kinds of predictions, options
LOSSES = {
    "MeanSquaredError": (["normal"], ["normal"], {}),
    "MeanAbsoluteError": (["normal"], ["normal"], {}),
    "MeanAbsolutePercentageError": (["between", 0.5, 2], ["normal"], {}),
    "MeanSquaredLogarithmicError": (["between", 0.1, 3], ["between", 0.1, 3], {}),
    "Huber": (["normal"], ["normal"], {"delta": (0.3, 2.0)}),
    "LogCosh": (["normal"], ["normal"], {}),
    "CosineSimilarity": (["normal"], ["normal"], {"axis": (-1,)}),
    "Hinge": (["signs"], ["normal"], {}),
    "SquaredHinge": (["signs"], ["normal"], {}),
    "CategoricalHinge": (["onehot"], ["normal"], {}),
    "KLDivergence": (["simplex"], ["simplex"], {}),
    "Poisson": (["floats", 0, 5], ["between", 0.1, 3], {}),
    "BinaryCrossentropy": (["floats", 0, 2], ["between", 0.05, 0.95], CROSSENTROPY),
    "CategoricalCrossentropy": (["onehot"], ["simplex"], CROSSENTROPY),
    "SparseCategoricalCrossentropy": (["ints"], ["simplex"], {"from_logits": (True,), "ignore_class": (1,)}),
    "BinaryFocalCrossentropy": (["floats", 0, 2], ["between", 0.05, 0.95], {**CROSSENTROPY, "apply_class_balancing": (True,), "alpha": (0.3,), "gamma": (1.5, 3.0)}),
    "CategoricalFocalCrossentropy": (["onehot"], ["simplex"], {**CROSSENTROPY, "alpha": (0.4,), "gamma": (1.5, 3.0)}),
    "CategoricalGeneralizedCrossEntropy": (["ints"], ["simplex"], {"q": (0.3, 0.8)}),
    "Dice": (["floats", 0, 2], ["between", 0.05, 0.95], {"axis": ([1],)}),
    "Tversky": (["floats", 0, 2], ["between", 0.05, 0.95], {"alpha": (0.3,), "beta": (0.7,), "axis": ([1],)}),
}
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"]
SHAPES = [(5, 3), (4, 6), (2, 3, 4), (3, 1)]
EACH = 27


def one(rng, kind):
    (target, *target_bounds), (prediction, *bounds), table = LOSSES[kind]
    shape = choose(rng, *SHAPES[:3 if target in ("onehot", "simplex", "ints") else 4])
    options = subset(rng, table)
    if options.get("from_logits"):
        prediction, bounds = "normal", []
    sparse = target == "ints"
    inputs = [[target, list(shape[:-1] if sparse else shape), *([0, shape[-1]] if sparse else target_bounds)], [prediction, list(shape), *bounds]]
    whole = kind in ("Dice", "Tversky") and ("axis" not in options or len(shape) > 2)  # no value for each sample: nothing to weigh
    weighed, masked = not whole and some(rng), not whole and kind not in ("Dice", "Tversky") and some(rng, 0.3)
    if weighed:
        inputs.append(["between", list(choose(rng, shape[:-1], shape[:1])) if len(shape) == 2 else list(shape[:-1]), 0, 2])
    if masked:
        inputs.append(["bits", list(shape[:-1])])
    return inputs, options, choose(rng, *REDUCTIONS), weighed, masked


def compute(kind, options, reduction, weighed, masked):
    def run(drawn, cast):
        drawn = [keras.ops.convert_to_tensor(each) for each in drawn]
        weight = drawn[2] if weighed else None
        prediction = drawn[1].detach().clone().requires_grad_()
        if masked:
            keras.src.backend.set_keras_mask(prediction, keras.ops.cast(drawn[-1], "bool"))
        value = getattr(keras.losses, kind)(**options, reduction=reduction)(drawn[0], prediction, weight)
        value.sum().backward()
        return {"y": values_of(value), "gradient": values_of(prediction.grad)}

    return run


def cases(rng):
    for kind in LOSSES:
        for _ in range(EACH):
            inputs, options, reduction, weighed, masked = one(rng, kind)
            name = {"KLDivergence": "klDivergence"}.get(kind, kind[0].lower() + kind[1:])
            data = {"loss": name, "inputs": inputs, "options": {**camel_keys(options), "reduction": reduction}, **({"weighed": True} if weighed else {}), **({"masked": True} if masked else {})}
            yield Spec(data, compute(kind, options, reduction, weighed, masked))
