"""callbacks.json: EarlyStopping, ReduceLROnPlateau and ModelCheckpoint over made-up curves: which epochs end, reduce or save."""
import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras  # noqa: E402
import numpy as np  # noqa: E402


class Model:
    """As much of a model as callbacks touch; its weights are the epoch."""

    def __init__(self):
        self.stop_training = False
        self.optimizer = type("Optimizer", (), {"learning_rate": 0.5})()
        self.metrics = []
        self.epoch, self.restored, self.saved = 0, None, []

    def get_weights(self):
        return self.epoch

    def set_weights(self, epoch):
        self.restored = epoch

    def save(self, path, **_):
        self.saved.append(path)


def run(callback, curve):
    model = Model()
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(curve):
        model.epoch = epoch
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {"val_loss": value, "loss": value})
        rates.append(round(float(model.optimizer.learning_rate), 13))
        if model.stop_training:
            break
    callback.on_train_end()
    return {"epochs": len(rates), "rates": rates, "restored": model.restored, "saved": model.saved}


HOOKS = [f"on_{what}_{when}" for what in ("train", "epoch", "train_batch", "test", "test_batch") for when in ("begin", "end")]


def order():
    """Hooks of fit with validation and of evaluate, as they are called: name, number, keys of the logs."""
    told = []

    def hook(name):
        def tell(*args, logs=None):
            logs = logs or (args[-1] if args and isinstance(args[-1], dict) else {})
            told.append([name, *[a for a in args if isinstance(a, int)], list(logs.keys())])

        return tell

    callback = keras.callbacks.LambdaCallback(**{name: hook(name) for name in HOOKS})
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    x = np.ones((3, 1), "float32")
    model.fit(x, x, batch_size=2, epochs=2, validation_data=(x, x), validation_freq=2, verbose=0, callbacks=[callback])
    model.evaluate(x, x, batch_size=2, verbose=0, callbacks=[callback])
    return told


def averages():
    """SwapEMAWeights: losses of training and validation, weights after each epoch and in the end."""
    found = []
    for swap in (False, True):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
        model.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
        x, y = np.array([[1.0], [2.0]], "float32"), np.array([[3.0], [6.0]], "float32")
        weights = []
        keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: weights.append(float(model.get_weights()[0][0, 0])))
        swapping = keras.callbacks.SwapEMAWeights(swap_on_epoch=swap)
        history = model.fit(x, y, epochs=3, batch_size=1, shuffle=False, validation_data=(x, y), verbose=0, callbacks=[swapping, keep])
        found.append({"swapOnEpoch": swap, "history": history.history, "weights": weights, "last": float(model.get_weights()[0][0, 0])})
    return found


def main():
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(60):
        curve = [round(float(v), 4) for v in np.cumsum(rng.normal(-0.1, 0.3, 12)) + 3]
        mode = str(rng.choice(["auto", "min", "max"]))
        stop = {"patience": int(rng.integers(0, 4)), "min_delta": float(rng.choice([0, 0.1])), "mode": mode, "baseline": [None, 2.9][rng.integers(2)],
                "restore_best_weights": bool(rng.integers(2)), "start_from_epoch": int(rng.integers(0, 4))}
        plateau = {"patience": int(rng.integers(1, 4)), "min_delta": float(rng.choice([0, 0.1])), "mode": mode, "factor": float(rng.choice([0.1, 0.5])),
                   "cooldown": int(rng.integers(0, 3)), "min_lr": float(rng.choice([0, 0.1]))}
        keep = {"save_best_only": bool(rng.integers(2)), "mode": mode, "initial_value_threshold": [None, 2.8][rng.integers(2)]}
        for kind, options, made in [
            ("earlyStopping", stop, keras.callbacks.EarlyStopping(**stop)), ("reduceLROnPlateau", plateau, keras.callbacks.ReduceLROnPlateau(**plateau)),
            ("modelCheckpoint", keep, keras.callbacks.ModelCheckpoint("m-{epoch:02d}-{val_loss:.2f}.keras", **keep)),
        ]:
            cases.append({"kind": kind, "options": options, "curve": curve, **run(made, curve)})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "golden", "callbacks.json")
    with open(path, "w") as file:
        json.dump({"cases": cases, "order": order(), "averages": averages()}, file, separators=(",", ":"))


main()
