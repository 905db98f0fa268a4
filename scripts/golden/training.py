"""training.json: 20 steps of train_on_batch for each optimizer and loss: the losses on the way and the weights at the end."""
from common import Oracle, camel, camel_keys, keras, normal, np, pack, random, write

STEPS, BATCHES, BATCH, INPUTS, HIDDEN, OUTPUTS = 20, 5, 15, 7, 9, 5  # an odd batch: no sum of signs is zero

SGD = [
    ("sgd", {"learning_rate": 0.2}),
    ("sgd", {"learning_rate": 0.05, "momentum": 0.9}),
    ("sgd", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    ("sgd", {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.1}),
    ("sgd", {"learning_rate": 0.1, "momentum": 0.9, "clipnorm": 0.1}),
    ("sgd", {"learning_rate": 0.1, "momentum": 0.9, "global_clipnorm": 0.1}),
    ("sgd", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "clipvalue": 0.02}),
]
RMSPROP = [
    ("rmsprop", {"learning_rate": 0.01}),
    ("rmsprop", {"learning_rate": 0.005, "rho": 0.8, "momentum": 0.5}),
    ("rmsprop", {"learning_rate": 0.01, "centered": True}),
    ("rmsprop", {"learning_rate": 0.005, "momentum": 0.5, "centered": True, "epsilon": 1e-4}),
]
ADAM = [
    ("adam", {"learning_rate": 0.02}),
    ("adam", {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}),
    ("adam", {"learning_rate": 0.02, "amsgrad": True, "beta_2": 0.9}),
    ("adam", {"learning_rate": 0.02, "weight_decay": 0.2}),
    ("adam", {"learning_rate": 0.02, "clipnorm": 0.05, "epsilon": 1e-2}),
    ("adam", {"learning_rate": 0.02, "global_clipnorm": 0.05, "epsilon": 1e-2}),
    ("adam", {"learning_rate": 0.02, "clipvalue": 0.01, "epsilon": 1e-2}),
    ("adamw", {"learning_rate": 0.02}),
    ("adamw", {"learning_rate": 0.02, "weight_decay": 0.1, "amsgrad": True}),
]
OTHERS = [
    ("adagrad", {"learning_rate": 0.1}),
    ("adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.01, "epsilon": 1e-3}),
    ("adadelta", {"learning_rate": 5.0, "rho": 0.9, "epsilon": 1e-4}),
    ("adamax", {"learning_rate": 0.02}),
    ("nadam", {"learning_rate": 0.02}),
    ("lion", {"learning_rate": 0.01, "weight_decay": 0.1}),
    ("ftrl", {"learning_rate": 0.3, "beta": 0.1, "l1_regularization_strength": 0.001, "l2_regularization_strength": 0.01, "l2_shrinkage_regularization_strength": 0.01}),
    ("lamb", {"learning_rate": 0.05}),
    ("adafactor", {"learning_rate": 0.05}),
]
AVERAGES = [
    ("sgd", {"learning_rate": 0.2, "use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 5}),
    ("adam", {"learning_rate": 0.02, "gradient_accumulation_steps": 4}),
]

# name of the target, last activation, loss
LOSSES = [
    ("values", "linear", "mean_squared_error", {}),
    ("values", "linear", "mean_absolute_error", {}),
    ("oneHot", "softmax", "categorical_crossentropy", {}),
    ("oneHot", "linear", "categorical_crossentropy", {"from_logits": True}),
    ("classes", "softmax", "sparse_categorical_crossentropy", {}),
    ("classes", "linear", "sparse_categorical_crossentropy", {"from_logits": True}),
    ("labels", "sigmoid", "binary_crossentropy", {}),
    ("labels", "linear", "binary_crossentropy", {"from_logits": True}),
]
OPTIMIZERS = {name.lower(): getattr(keras.optimizers, name) for name in ("SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lion", "Ftrl", "Lamb", "Adafactor")}
LOSS_CLASSES = {
    "mean_squared_error": keras.losses.MeanSquaredError,
    "mean_absolute_error": keras.losses.MeanAbsoluteError,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
    "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy,
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
}


def make_data():
    rng = random(1)
    rows = BATCHES * BATCH
    x = normal(rng, rows, INPUTS)
    truth = x @ normal(rng, INPUTS, OUTPUTS) * 0.5 + 0.1 * normal(rng, rows, OUTPUTS)
    classes = truth.argmax(1).astype("int32")
    data = {"x": x, "values": truth.astype("float32"), "classes": classes, "oneHot": np.eye(OUTPUTS, dtype="float32")[classes], "labels": (truth > 0).astype("float32")}
    weights = [normal(rng, INPUTS, HIDDEN, scale=0.4), normal(rng, HIDDEN, scale=0.1), normal(rng, HIDDEN, OUTPUTS, scale=0.4), normal(rng, OUTPUTS, scale=0.1)]
    return data, weights


def train(data, weights, target, activation, loss, optimizer):
    def run(cast):
        model = keras.Sequential([keras.layers.Input((INPUTS,)), keras.layers.Dense(HIDDEN, "tanh"), keras.layers.Dense(OUTPUTS, activation)])
        model.set_weights([cast(w) for w in weights])
        name, options = optimizer
        loss_name, loss_options = loss
        model.compile(OPTIMIZERS[name](**options), LOSS_CLASSES[loss_name](**loss_options))
        losses = []
        for step in range(STEPS):
            at = slice(step % BATCHES * BATCH, (step % BATCHES + 1) * BATCH)
            losses.append(model.train_on_batch(cast(data["x"][at]), cast(data[target][at])))
        return {"losses": np.array(losses, keras.config.floatx()), "weights": [np.asarray(w) for w in model.get_weights()]}

    return run


def main():
    data, weights = make_data()
    oracle, cases = Oracle(), []
    wanted = [(optimizer, loss) for optimizer in SGD + RMSPROP + ADAM + OTHERS + AVERAGES for loss in LOSSES]
    for (name, options), (target, activation, loss, loss_options) in wanted:
        if (name, options) in AVERAGES and loss != "mean_squared_error":
            continue
        found = oracle(f"{name} {options} {loss}", train(data, weights, target, activation, (loss, loss_options), (name, options)))
        moved = max(np.abs(after - before).max() for after, before in zip(found["weights"], weights, strict=True))
        if moved < 0.02:
            raise ValueError(f"{name} {options} {loss}: weights moved by {moved:.3f} only")
        cases.append({
            "optimizer": {"name": name, "options": camel_keys(options)},
            "loss": {"name": camel(loss), "options": camel_keys(loss_options)},
            "target": target, "activation": activation, "losses": pack(found["losses"]), "weights": [pack(w) for w in found["weights"]],
        })
    write("training", oracle, cases, steps=STEPS, batchSize=BATCH, hidden={"units": HIDDEN, "activation": "tanh"}, units=OUTPUTS,
          data={key: pack(value) for key, value in data.items()}, weights=[pack(w) for w in weights])


if __name__ == "__main__":
    main()
