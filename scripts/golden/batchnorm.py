"""batchnorm.json: 50 steps of train_on_batch of a small network with two batch normalizations: losses, and moving statistics on the way."""
from common import Oracle, camel_keys, keras, normal, np, pack, random, write

STEPS, BATCHES, BATCH, IMAGE, EVERY = 50, 5, 8, (6, 5, 2), 10


def build(optimizer, renorm=None):
    layers = keras.layers
    model = keras.Sequential([
        layers.Input(IMAGE), layers.Conv2D(4, 3, padding="same", use_bias=False), layers.BatchNormalization(momentum=0.9, **(renorm or {})), layers.ReLU(),
        layers.Flatten(), layers.Dense(6, use_bias=False), layers.BatchNormalization(momentum=0.8, epsilon=0.01), layers.Dense(1),
    ])
    model.compile(optimizer, "mean_squared_error")
    return model


def train(x, y, weights, optimizer, renorm):
    def run(cast):
        model = build(optimizer(), renorm)
        model.set_weights([cast(w) for w in weights])
        losses, moving = [], []
        for step in range(STEPS):
            at = slice(step % BATCHES * BATCH, (step % BATCHES + 1) * BATCH)
            losses.append(model.train_on_batch(cast(x[at]), cast(y[at])))
            if (step + 1) % EVERY == 0:
                moving += [np.asarray(w.value) for w in model.non_trainable_variables if "moving" in w.path or "renorm" in w.path]
        tested = model.predict(cast(x), verbose=0)
        return {"losses": np.array(losses, keras.config.floatx()), "moving": moving, "weights": [np.asarray(w) for w in model.get_weights()], "predictions": np.asarray(tested)}

    return run


def main():
    rng = random(7)
    x = normal(rng, BATCHES * BATCH, *IMAGE) + np.float32(0.5)
    y = (x[:, 2, 2, :1] * x[:, 3, 1, 1:] + x[:, 1, 1, :1]).astype("float32")
    oracle, cases = Oracle(), []
    clipped = {"renorm": True, "renorm_momentum": 0.8, "renorm_clipping": {"rmax": 1.2, "rmin": 0.9, "dmax": 0.3}}
    for name, options, optimizer, renorm in (
        ("sgd", {"learningRate": 0.05}, lambda: keras.optimizers.SGD(0.05), {}),
        ("sgd", {"learningRate": 0.02, "momentum": 0.9}, lambda: keras.optimizers.SGD(0.02, momentum=0.9), {}),
        ("adam", {"learningRate": 0.01}, lambda: keras.optimizers.Adam(0.01), {}),
        ("sgd", {"learningRate": 0.02}, lambda: keras.optimizers.SGD(0.02), {"renorm": True}),
        ("sgd", {"learningRate": 0.02}, lambda: keras.optimizers.SGD(0.02), clipped),
    ):
        model = build("sgd", renorm)
        weights = [np.abs(normal(rng, *w.shape)) + np.float32(0.5) if any(part in w.path for part in ("variance", "stddev", "gamma")) else normal(rng, *w.shape, scale=0.3) for w in model.weights]
        found = oracle(f"{name} {options} {renorm}", train(x, y, weights, optimizer, renorm))
        cases.append({
            "optimizer": {"name": name, "options": options}, "renorm": camel_keys(renorm), "initial": [pack(w) for w in weights], "losses": pack(found["losses"]), "predictions": pack(found["predictions"]),
            "moving": [pack(m) for m in found["moving"]], "weights": [pack(w) for w in found["weights"]],
        })
    write("batchnorm", oracle, cases, steps=STEPS, batchSize=BATCH, every=EVERY, data={"x": pack(x), "y": pack(y)})


if __name__ == "__main__":
    main()
