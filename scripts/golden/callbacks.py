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
        json.dump({"cases": cases}, file, separators=(",", ":"))


main()
