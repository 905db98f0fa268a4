"""fit: the history (keys in order, values), the calls of callbacks with the keys of their logs, and the weights in order afterwards."""
import keras
from common import camel_keys, np
from oracle_inputs import Spec, choose, some, subset, values_of

ROWS, INPUTS = 13, 3
TASKS = {
    "values": {"loss": ("mse", "mae", "huber", "log_cosh"), "metrics": ("mae", "mse", "root_mean_squared_error"), "units": 2, "activation": "linear", "target": ["normal", [ROWS, 2]]},
    "binary": {"loss": ("binary_crossentropy", "hinge"), "metrics": ("accuracy", "mae", "auc"), "units": 1, "activation": "sigmoid", "target": ["floats", [ROWS, 1], 0, 2]},
    "onehot": {"loss": ("categorical_crossentropy", "kl_divergence"), "metrics": ("accuracy", "mse"), "units": 3, "activation": "softmax", "target": ["onehot", [ROWS, 3]]},
    "classes": {"loss": ("sparse_categorical_crossentropy",), "metrics": ("accuracy", "sparse_categorical_crossentropy"), "units": 3, "activation": "softmax", "target": ["ints", [ROWS], 0, 3]},
}
HOOKS = ["train_begin", "train_end", "epoch_begin", "epoch_end", "train_batch_begin", "train_batch_end", "test_begin", "test_end", "test_batch_begin", "test_batch_end"]
EACH = 52


def one(rng, task):
    about = TASKS[task]
    options = {"batch_size": choose(rng, 4, 5, 13), "epochs": choose(rng, 1, 2, 3), "shuffle": False}
    if some(rng, 0.15):
        options["steps_per_epoch"] = choose(rng, 2, 3)  # walks on where the last epoch stopped
    if some(rng, 0.2):
        options["initial_epoch"] = 1
        options["epochs"] += 1
    validation = choose(rng, None, None, "split", "data", "weighed data")
    if validation == "split":
        options["validation_split"] = choose(rng, 0.2, 0.5)
    if validation:
        options.update(subset(rng, {"validation_freq": (2,), "validation_batch_size": (3,)}, 0.3))
    sample_weight = some(rng, 0.35)
    if task in ("classes", "onehot", "binary") and not sample_weight and some(rng, 0.3):
        options["class_weight"] = {"0": 0.5, "1": 2.0}
    compiled = {"loss": choose(rng, *about["loss"]), "metrics": [m for m in about["metrics"] if some(rng)], "weighted_metrics": [choose(rng, *about["metrics"])] if some(rng, 0.25) else [],
                "optimizer": choose(rng, "sgd", "rmsprop", "adam")}
    compiled["weighted_metrics"] = [m for m in compiled["weighted_metrics"] if m not in compiled["metrics"]]
    norm = some(rng, 0.3)
    regularizer = choose(rng, None, None, "l1", "l2")
    return options, compiled, validation, sample_weight, norm, regularizer


class Watch(keras.callbacks.Callback):
    """Which hooks are called, and what their logs hold."""

    def __init__(self):
        super().__init__()
        self.calls = []
        for hook in HOOKS:
            def note(*args, hook=hook, logs=None):
                logs = args[-1] if args and isinstance(args[-1], dict) else logs
                place = [args[0]] if args and not isinstance(args[0], dict) and args[0] is not None else []
                self.calls.append([hook, *place, ",".join(sorted(logs or {}))])
            setattr(self, f"on_{hook}", note)


def network(task, norm, regularizer, weights=None):
    about = TASKS[task]
    layers = [keras.Input((INPUTS,)), keras.layers.Dense(4, "tanh", kernel_regularizer=regularizer), *([keras.layers.BatchNormalization()] if norm else []), keras.layers.Dense(about["units"], about["activation"])]
    model = keras.Sequential(layers)
    if weights is not None:
        model.set_weights(weights)
    return model


def compute(task, options, compiled, validation, sample_weight, norm, regularizer):
    def run(drawn, cast):
        x, y, *rest = drawn
        weight = rest.pop(0) if sample_weight else None
        weights = [abs(w) if i == 5 and norm else w for i, w in enumerate(rest)]
        model = network(task, norm, regularizer, weights)
        names = [keras.metrics.AUC(name="auc", num_thresholds=20) if m == "auc" else keras.metrics.RootMeanSquaredError() if m == "root_mean_squared_error" else m for m in compiled["metrics"]]
        weighted = [keras.metrics.AUC(name="auc", num_thresholds=20) if m == "auc" else keras.metrics.RootMeanSquaredError() if m == "root_mean_squared_error" else m for m in compiled["weighted_metrics"]]
        optimizer = {"sgd": keras.optimizers.SGD(0.05), "rmsprop": keras.optimizers.RMSprop(0.01, epsilon=1e-3), "adam": keras.optimizers.Adam(0.01, epsilon=1e-3)}[compiled["optimizer"]]
        model.compile(optimizer, compiled["loss"], metrics=names, weighted_metrics=weighted)
        data = {"data": (x[:6], y[:6]), "weighed data": (x[:6], y[:6], np.arange(1, 7, dtype=x.dtype) / 2)}.get(validation)
        given = {**options, **({"class_weight": {int(k): v for k, v in options["class_weight"].items()}} if "class_weight" in options else {})}
        watch = Watch()
        history = model.fit(x, y, sample_weight=weight, validation_data=data, verbose=0, callbacks=[watch], **given).history
        floatx = keras.config.floatx()
        return {"history": [np.asarray(values, floatx) for values in history.values()], "weights": [np.asarray(w, floatx) for w in model.get_weights()],
                "notes": {"keys": list(history), "calls": watch.calls}}

    return run


def cases(rng):
    for task, about in TASKS.items():
        for _ in range(EACH):
            options, compiled, validation, sample_weight, norm, regularizer = one(rng, task)
            weights = [list(w.shape) for w in network(task, norm, regularizer).get_weights()]
            inputs = [["normal", [ROWS, INPUTS]], about["target"], *([["between", [ROWS], 0, 2]] if sample_weight else []), *(["normal", shape, 0.5] for shape in weights)]
            data = {"task": task, "options": camel_keys(options), **camel_keys(compiled), "metrics": compiled["metrics"], "weightedMetrics": compiled["weighted_metrics"], "inputs": inputs,
                    **({"validation": validation} if validation else {}), **({"sampleWeight": True} if sample_weight else {}), **({"norm": True} if norm else {}), **({"regularizer": regularizer} if regularizer else {})}
            yield Spec(data, compute(task, options, compiled, validation, sample_weight, norm, regularizer))
